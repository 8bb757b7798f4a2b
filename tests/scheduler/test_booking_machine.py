"""Random histories of booking against a simple model: what the model allows happens, and nothing else does."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import select

from core.domain.appointment import Status
from core.domain.errors import CareSlotError
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.migrate import migrate
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic

MONDAY = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
LENGTH = {1: 20, 2: 40}
BUFFER = timedelta(minutes=5)

_template: list[Path] = []


def fresh_database(folder: Path) -> str:
    if not _template:
        made = Path(tempfile.mkdtemp()) / "template.db"
        migrate(f"sqlite:///{made}")
        _template.append(made)
    shutil.copy(_template[0], folder / "clinic.db")
    return f"sqlite:///{folder / 'clinic.db'}"


@dataclass(frozen=True)
class Known:
    """What the model knows of an appointment."""

    user: int
    doctor: int
    starts: datetime
    ends: datetime
    status: Status

    def clashes(self, other: "Known") -> bool:
        if not (self.status.occupies and other.status.occupies):
            return False
        doctor = self.doctor == other.doctor and self.starts < other.ends + BUFFER and other.starts < self.ends + BUFFER
        patient = self.user == other.user and self.starts < other.ends and other.starts < self.ends
        return doctor or patient


def open_for(starts: datetime, ends: datetime) -> bool:
    """London is on UTC in December: Monday to Friday, 09-12 and 13-17."""
    minutes = starts.hour * 60 + starts.minute, (ends - starts).seconds // 60
    return starts.weekday() < 5 and any(
        opens <= minutes[0] and minutes[0] + minutes[1] <= closes for opens, closes in ((540, 720), (780, 1020))
    )


times = st.builds(
    lambda day, step: MONDAY.replace(hour=8) + timedelta(days=day, minutes=5 * step),
    st.integers(0, 5),
    st.integers(0, 110),
)


class BookingMachine(RuleBasedStateMachine):
    made = Bundle("made")

    @initialize()
    def open_the_clinic(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store(open_engine(fresh_database(self.folder)))
        self.clock = HandClock(MONDAY)
        self.clinic = make_clinic(self.store, self.clock, patients=3)
        self.staff = self.clinic["reception"]
        self.scheduler = AppointmentScheduler(self.store, self.clock)
        self.known: dict[int, Known] = {}
        self.before: dict[int, tuple[Known, datetime] | None] = {}
        self.keys = 0

    def fits(self, wanted: Known, number: int | None = None) -> bool:
        return not any(wanted.clashes(other) for key, other in self.known.items() if key != number)

    def attempt(self, work, *arguments, **more):
        try:
            return work(self.staff, *arguments, **more)
        except CareSlotError:
            return None

    @rule(target=made, user=st.integers(1, 3), doctor=st.integers(1, 2), kind=st.integers(1, 2), starts=times)
    def book(self, user: int, doctor: int, kind: int, starts: datetime):
        self.keys += 1
        wanted = Known(user, doctor, starts, starts + timedelta(minutes=LENGTH[kind]), Status.SCHEDULED)
        allowed = starts >= self.clock() and open_for(wanted.starts, wanted.ends) and self.fits(wanted)
        booked = self.attempt(self.scheduler.book_appointment, Booking(f"k{self.keys}", user, doctor, kind, starts))
        assert (booked is not None) is allowed
        if booked is None:
            return multiple()
        self.known[booked.appointment_id] = wanted
        self.before[booked.appointment_id] = None
        return booked.appointment_id

    @rule(number=made, starts=times, doctor=st.integers(1, 2))
    def move(self, number: int, starts: datetime, doctor: int) -> None:
        old = self.known[number]
        wanted = replace(old, starts=starts, ends=starts + (old.ends - old.starts), doctor=doctor)
        movable = old.status in {Status.SCHEDULED, Status.CHECKED_IN}
        same = wanted == old
        possible = (starts >= self.clock() or starts == old.starts) and open_for(starts, wanted.ends)
        allowed = movable and (same or (possible and self.fits(wanted, number)))
        moved = self.attempt(self.scheduler.reschedule, number, starts, doctor_id=doctor)
        assert (moved is not None) is allowed
        if allowed and not same:
            if old.status is Status.CHECKED_IN and starts.date() != old.starts.date():
                wanted = replace(wanted, status=Status.SCHEDULED)
            self.known[number], self.before[number] = wanted, (old, self.clock())

    @rule(number=made, step=st.sampled_from(["check_in", "start", "complete", "mark_no_show", "cancel"]))
    def advance(self, number: int, step: str) -> None:
        old, now = self.known[number], self.clock()
        froms, to = {
            "check_in": ({Status.SCHEDULED}, Status.CHECKED_IN),
            "start": ({Status.CHECKED_IN}, Status.IN_PROGRESS),
            "complete": ({Status.IN_PROGRESS}, Status.COMPLETED),
            "mark_no_show": ({Status.SCHEDULED, Status.CHECKED_IN}, Status.NO_SHOW),
            "cancel": ({Status.SCHEDULED, Status.CHECKED_IN}, Status.CANCELLED),
        }[step]
        early = old.starts > now and (step == "mark_no_show" or old.starts.date() != now.date())
        over = step in {"check_in", "start"} and old.starts.date() != now.date() and old.ends <= now
        allowed = old.status in froms and (step == "cancel" or not (early or over))
        assert (self.attempt(getattr(self.scheduler, step), number) is not None) is allowed
        if allowed:
            self.known[number], self.before[number] = replace(old, status=to), (old, now)

    @rule(number=made)
    def undo(self, number: int) -> None:
        last = self.before[number]
        allowed = last is not None and self.clock() - last[1] <= timedelta(days=1) and self.fits(last[0], number)
        assert (self.attempt(self.scheduler.undo, number) is not None) is allowed
        if allowed and last is not None:
            self.known[number], self.before[number] = last[0], None

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        rows = self.store.read(lambda connection: connection.execute(select(tables.appointments)).all())
        assert {
            row.appointment_id: Known(row.user_id, row.doctor_id, row.starts_at, row.ends_at, Status(row.status))
            for row in rows
        } == self.known
        assert all(row.start_time.hour == row.starts_at.hour for row in rows)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.dispose()
            shutil.rmtree(self.folder)


TestBooking = BookingMachine.TestCase
TestBooking.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
