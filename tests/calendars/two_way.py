"""A clinic with calendars in memory that are pushed to and read from, and somebody else who works in them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import RowMapping, Select, Table, insert, select, update

from core.calendars.calendar import FoundEvent
from core.calendars.check import CalendarCheck
from core.calendars.pull import CalendarPull
from core.calendars.sync import CalendarSync
from core.domain.appointment import Appointment
from core.domain.timespan import Timespan
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.checks import CalendarChecks
from core.scheduler.decisions import CalendarDecisions
from core.scheduler.history import as_appointment, load_row
from core.scheduler.links import CalendarLinks
from core.scheduler.pulls import CalendarPulls
from core.scheduler.store import Store, open_engine
from core.scheduler.tables import appointment_history, calendar_links, calendars, doctors, sessions
from tests.calendars.memory import MemoryCalendar
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VISIT = timedelta(minutes=20)


def at(starts_at: datetime, minutes: int = 20) -> Timespan:
    return Timespan(starts_at, starts_at + timedelta(minutes=minutes))


class Memories(dict[str, MemoryCalendar]):
    """The calendars by number."""

    def calendar(self, provider: str, calendar_id: str, name: str) -> MemoryCalendar:
        return self[calendar_id]


class TwoWay:
    """The clinic of the factory, whose two doctors share the calendar "clinic"."""

    def __init__(self, store: Store, clock: HandClock, *, tombstones: bool) -> None:
        self.store, self.clock, self.tombstones = store, clock, tombstones
        clock.now = NINE - DAY
        self.clinic: MadeClinic = make_clinic(store, clock)
        self.memories = Memories(clinic=MemoryCalendar(tombstones=tombstones))
        self.memory = self.memories["clinic"]
        self.scheduler = AppointmentScheduler(store, clock)
        self.links = CalendarLinks(store, clock)
        self.sync = CalendarSync(self.links, self.memories, clock)
        self.pulls = CalendarPulls(store, clock, self.scheduler)
        self.decisions = CalendarDecisions(store, clock, self.scheduler)
        self.pull = CalendarPull(self.pulls, self.memories, clock)
        self.check = CalendarCheck(CalendarChecks(store, clock), self.pull, self.pulls, self.memories, clock)
        self._keys = iter(range(10_000))

    def travel(self, now: datetime) -> None:
        """Go to another day, with everybody still signed in."""
        self.clock.now = now
        self.store.write(lambda connection: connection.execute(update(sessions).values(expires_at=now + DAY)) and None)

    def book(self, starts_at: datetime = NINE, *, doctor: int = 1, user: int = 1, pushed: bool = True) -> int:
        booking = Booking(f"key-{next(self._keys)}", user, doctor, 1, starts_at)
        number = self.scheduler.book_appointment(self.clinic["reception"], booking).appointment_id
        if pushed:
            self.links.request(self.clinic["reception"], number)
            self.push()
        return number

    def push(self) -> None:
        self.sync.run_due(limit=1000)

    def read(self) -> None:
        """Let a minute pass, and read all calendars."""
        self.clock.advance(minutes=1)
        self.pull.run_due(limit=100)

    def agree(self) -> None:
        """Go on until nothing is left to do on either side."""
        for _ in range(4):
            self.read()
            self.push()

    def settle(self) -> int:
        """Let the ten minutes pass, and settle what is due then."""
        self.clock.advance(minutes=10)
        return self.pull.settle_due()

    def appointment(self, number: int) -> Appointment:
        return self.store.read(lambda connection: as_appointment(load_row(connection, number)))

    def rows(self, query: Table | Select[tuple[object, ...]]) -> list[RowMapping]:
        chosen = select(query).order_by(*query.primary_key) if isinstance(query, Table) else query
        return self.store.read(lambda connection: list(connection.execute(chosen).mappings()))

    def link(self, number: int) -> RowMapping:
        (link,) = self.rows(select(calendar_links).where(calendar_links.c.appointment_id == number))
        return link

    def calendar(self, calendar_id: str = "clinic") -> RowMapping:
        (row,) = self.rows(select(calendars).where(calendars.c.calendar_id == calendar_id))
        return row

    def event(self, number: int) -> FoundEvent:
        found = self.memories[self.link(number)["calendar_id"]].events[self.link(number)["event_id"]]
        assert not found.cancelled
        return found

    def last_change(self, number: int) -> tuple[str, str]:
        """The action of the last change, and the role of whoever made it."""
        history = select(appointment_history).where(appointment_history.c.appointment_id == number)
        row = self.rows(history.order_by(appointment_history.c.history_id))[-1]
        return row["action"], row["role"]

    def is_agreed(self, *numbers: int) -> bool:
        """Whether exactly these stand there, each once and as here, and nothing waits."""
        ours = sorted((self.appointment(number).starts_at, self.appointment(number).ends_at) for number in numbers)
        theirs = sorted(
            (event.starts_at, event.ends_at)
            for memory in self.memories.values()
            for event in memory.living
            if event.uid == event.event_id and event.starts_at and event.ends_at
        )
        held = [link for number in numbers for link in [self.link(number)] if link["held"]]
        return ours == theirs and not held and self.links.pending() == 0

    def add_calendar(self, calendar_id: str, doctor: int) -> MemoryCalendar:
        """Give a doctor a calendar of the doctor's own."""

        def work(connection: object) -> None:
            connection.execute(insert(calendars).values(calendar_id=calendar_id, name=calendar_id, provider="embedded"))  # type: ignore[attr-defined]
            connection.execute(update(doctors).where(doctors.c.doctor_id == doctor).values(calendar_id=calendar_id))  # type: ignore[attr-defined]

        self.store.write(work)
        self.memories[calendar_id] = MemoryCalendar(tombstones=self.tombstones)
        return self.memories[calendar_id]


KINDS = [
    pytest.param(("sqlite", True), id="sqlite, tombstones"),
    pytest.param(("sqlite", False), id="sqlite, no tombstones"),
    pytest.param(("postgresql", True), id="postgresql, tombstones", marks=pytest.mark.postgresql),
]


@pytest.fixture(params=KINDS)
def two_way(request: pytest.FixtureRequest, clock: HandClock) -> Iterator[TwoWay]:
    engine, tombstones = request.param
    store = Store(open_engine(str(request.getfixturevalue(f"{engine}_url"))))
    yield TwoWay(store, clock, tombstones=tombstones)
    store.dispose()
