from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import RowMapping, select, update

from core.calendars.calendar import CalendarRefused, CalendarUnreachable
from core.calendars.sync import CalendarSync, Progress
from core.domain.principal import NotAllowed
from core.domain.timespan import Timespan
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import CalendarLinks, OutOfStep, Upcoming, touch_links
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_conflicts, calendar_links, doctors
from tests.calendars.memory import MemoryCalendar
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
EACH_CALL = ["before", "after"]


class OneCalendar:
    """Finds the same calendar whatever is asked for."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self.found = calendar

    def calendar(self, provider: str, calendar_id: str, name: str) -> MemoryCalendar:
        return self.found


class Mirror:
    """A clinic with one booked appointment and a calendar."""

    def __init__(self, store: Store, clock: HandClock, *, tombstones: bool) -> None:
        self.store, self.clock = store, clock
        self.clinic: MadeClinic = make_clinic(store, clock)
        self.memory = MemoryCalendar(tombstones=tombstones)
        self.scheduler = AppointmentScheduler(store, clock)
        self.links = CalendarLinks(store, clock)
        self.sync = CalendarSync(self.links, OneCalendar(self.memory), clock)
        self.who = self.clinic["patient"]
        self.number = self.scheduler.book_appointment(self.who, Booking("key", 1, 1, 1, NINE)).appointment_id

    def book(self, key: str, starts_at: datetime) -> int:
        return self.scheduler.book_appointment(self.who, Booking(key, 1, 1, 1, starts_at)).appointment_id

    def settle(self) -> None:
        for _ in range(10):
            self.clock.advance(hours=1)
            self.sync.run_due()
            if self.links.pending() == 0:
                return

    def link(self) -> RowMapping:
        return self.store.read(lambda connection: connection.execute(select(calendar_links)).mappings().one())

    def event_id(self) -> str | None:
        return self.store.read(lambda connection: connection.execute(select(appointments.c.calendar_event_id)).scalar())


@pytest.fixture(params=[True, False], ids=["tombstones", "no tombstones"])
def mirror(request: pytest.FixtureRequest, sqlite_store: Store, clock: HandClock) -> Mirror:
    clock.now = NINE - timedelta(days=1)
    return Mirror(sqlite_store, clock, tombstones=request.param)


def lost() -> None:
    raise CalendarUnreachable("lost")


def arm(mirror: Mirror, side: str, passing: int) -> None:
    """Let the request after `passing` good ones fail, before or after it commits."""
    faults: list[Callable[[], None]] = [*[lambda: None] * passing, lost]
    (mirror.memory.before if side == "before" else mirror.memory.after).extend(faults)


def test_a_sync_puts_one_event_there_and_names_it_on_the_appointment(mirror: Mirror) -> None:
    outcome = mirror.sync.sync_appointment(mirror.who, mirror.number)
    assert (outcome.state, outcome.sentence) == ("synced", "Synced to Clinic.")
    (event,) = mirror.memory.living
    assert (event.starts_at, event.title) == (NINE, "Appointment: Patient 1 with Dr. Sarah Johnson")
    assert mirror.event_id() == event.event_id
    assert mirror.links.pending() == 0


@pytest.mark.parametrize("passing", [0, 1, 2])
@pytest.mark.parametrize("side", EACH_CALL)
def test_a_lost_answer_leaves_one_event(mirror: Mirror, side: str, passing: int) -> None:
    arm(mirror, side, passing)
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.settle()
    moved = NINE + timedelta(hours=1)
    mirror.scheduler.reschedule(mirror.clinic["reception"], mirror.number, moved)
    mirror.settle()
    (event,) = mirror.memory.living
    assert (event.starts_at, event.event_id) == (moved, mirror.event_id())
    assert mirror.links.pending() == 0


@pytest.mark.parametrize("passing", [0, 1])
@pytest.mark.parametrize("side", EACH_CALL)
def test_a_lost_answer_to_a_cancellation_leaves_no_event(mirror: Mirror, side: str, passing: int) -> None:
    arm(mirror, side, passing)
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.scheduler.cancel(mirror.clinic["reception"], mirror.number)
    mirror.settle()
    assert mirror.memory.living == []
    assert mirror.event_id() is None


def test_an_undone_cancellation_brings_the_event_back(mirror: Mirror) -> None:
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.scheduler.cancel(mirror.who, mirror.number)
    mirror.sync.run_due()
    assert mirror.memory.living == []
    mirror.scheduler.undo(mirror.clinic["reception"], mirror.number)
    mirror.sync.run_due()
    (event,) = mirror.memory.living
    assert event.event_id == mirror.event_id()


def test_an_event_that_somebody_removed_comes_back_when_asked_for(mirror: Mirror) -> None:
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.memory.delete(mirror.memory.living[0].event_id)
    assert mirror.sync.sync_appointment(mirror.who, mirror.number).state == "synced"
    assert len(mirror.memory.living) == 1


def test_nothing_is_sent_where_nothing_that_shows_has_changed(mirror: Mirror) -> None:
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.store.write(lambda connection: touch_links(connection, mirror.number, mirror.clock()))
    before = list(mirror.memory.requests)
    mirror.sync.run_due()
    assert mirror.memory.requests == before
    assert mirror.links.pending() == 0


def test_a_change_during_the_push_stays_due(mirror: Mirror) -> None:
    moved = NINE + timedelta(hours=1)
    mirror.memory.after.append(lambda: mirror.scheduler.reschedule(mirror.who, mirror.number, moved) and None)
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    assert mirror.links.pending() == 1
    mirror.sync.run_due()
    assert [event.starts_at for event in mirror.memory.living] == [moved]


def conflicts(mirror: Mirror) -> list[tuple[str, datetime, datetime]]:
    told = calendar_conflicts.c.kind, calendar_conflicts.c.their_starts_at, calendar_conflicts.c.our_starts_at
    rows = mirror.store.read(lambda connection: connection.execute(select(*told)).all())
    return [(kind, theirs, ours) for kind, theirs, ours in rows]


def move_there(mirror: Mirror, starts_at: datetime) -> None:
    """As the doctor does in the calendar."""
    mirror.memory.move(mirror.memory.living[0].event_id, Timespan(starts_at, starts_at + timedelta(minutes=20)))


def test_where_both_sides_moved_it_ours_wins_and_the_other_is_kept_for_people_to_see(mirror: Mirror) -> None:
    theirs, ours = NINE + timedelta(hours=3), NINE + timedelta(hours=1)
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    move_there(mirror, theirs)
    mirror.scheduler.reschedule(mirror.who, mirror.number, ours)
    assert mirror.sync.run_due().done == 1
    assert [event.starts_at for event in mirror.memory.living] == [ours]
    assert conflicts(mirror) == [("both_changed", theirs, ours)]
    assert mirror.link()["held"] is None


def test_a_clash_is_kept_before_the_calendar_forgets_the_other_time(mirror: Mirror) -> None:
    theirs, ours = NINE + timedelta(hours=3), NINE + timedelta(hours=1)
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    move_there(mirror, theirs)
    mirror.scheduler.reschedule(mirror.who, mirror.number, ours)
    mirror.memory.after.extend([lambda: None, lambda: None, lost])  # the answer to the update that overwrote it
    mirror.sync.run_due()
    mirror.settle()
    assert [event.starts_at for event in mirror.memory.living] == [ours]
    assert conflicts(mirror) == [("both_changed", theirs, ours)]


def test_an_event_that_was_only_renamed_there_is_no_clash(mirror: Mirror) -> None:
    mirror.sync.sync_appointment(mirror.who, mirror.number)
    mirror.memory.edit(mirror.memory.living[0].event_id, "Mine")
    mirror.scheduler.reschedule(mirror.who, mirror.number, NINE + timedelta(hours=1))
    assert mirror.sync.run_due().done == 1
    assert mirror.memory.living[0].title == "Appointment: Patient 1 with Dr. Sarah Johnson"
    assert conflicts(mirror) == []


def test_two_workers_do_each_thing_once(mirror: Mirror) -> None:
    other = CalendarSync(CalendarLinks(mirror.store, mirror.clock), OneCalendar(mirror.memory), mirror.clock)
    mirror.links.request(mirror.who, mirror.number)
    mirror.memory.after.append(lambda: seen.append(other.run_due().done))
    seen: list[int] = []
    mirror.sync.run_due()
    assert seen == [0]
    assert mirror.memory.requests == ["create"]


def test_a_worker_whose_lease_ended_changes_nothing(mirror: Mirror) -> None:
    mirror.links.request(mirror.who, mirror.number)
    (slow,) = mirror.links.claim()
    mirror.clock.advance(minutes=5)
    assert mirror.sync.run_due().done == 1
    before = dict(mirror.link())
    assert not mirror.links.record_success(slow, etag="stale", content_hash=None)
    assert not mirror.links.record_failure(slow, kind="passing", sentence="", retry_at=mirror.clock())
    assert not mirror.links.record_identity(slow, event_id="stale", generation=9)
    assert dict(mirror.link()) == before


def test_a_refusal_is_kept_with_its_cure_and_tried_again_in_an_hour(mirror: Mirror) -> None:
    def refused() -> None:
        raise CalendarRefused("it may not be changed", "Share it.")

    mirror.memory.before.append(refused)
    outcome = mirror.sync.sync_appointment(mirror.who, mirror.number)
    assert outcome.state == "failed"
    assert mirror.link()["error"] == outcome.sentence
    assert mirror.sync.run_due().done == 0
    mirror.clock.advance(hours=1)
    assert mirror.sync.run_due().done == 1
    assert mirror.link()["error"] is None


def test_a_booking_stands_whatever_becomes_of_the_calendar(mirror: Mirror) -> None:
    mirror.memory.before.append(lost)
    later = Booking("other", 1, 1, 1, NINE + timedelta(hours=2))
    booked, outcome = mirror.sync.book_with_calendar(mirror.who, later, mirror.scheduler)
    assert (booked.starts_at, outcome.state) == (later.starts_at, "pending")
    mirror.settle()
    assert [event.starts_at for event in mirror.memory.living] == [later.starts_at]


def test_a_doctor_without_a_calendar_is_an_outcome_of_the_booking(mirror: Mirror) -> None:
    mirror.store.write(lambda connection: connection.execute(update(doctors).values(calendar_id=None)) and None)
    later = Booking("other", 1, 1, 1, NINE + timedelta(hours=2))
    _, outcome = mirror.sync.book_with_calendar(mirror.who, later, mirror.scheduler)
    assert outcome.sentence.startswith("This doctor has no calendar yet.")


def test_all_upcoming_appointments_of_a_doctor_are_synced_one_by_one(mirror: Mirror) -> None:
    second = mirror.book("other", NINE + timedelta(hours=2))
    assert list(mirror.sync.sync_upcoming(mirror.clinic["doctor"], 1)) == [
        Progress(1, 2, OutOfStep(mirror.number, NINE, "Patient 1"), None),
        Progress(2, 2, OutOfStep(second, NINE + timedelta(hours=2), "Patient 1"), None),
    ]
    assert len(mirror.memory.living) == 2


def test_syncing_all_again_sends_only_what_is_out_of_step(mirror: Mirror) -> None:
    doctor = mirror.clinic["doctor"]
    second = mirror.book("other", NINE + timedelta(hours=2))
    for step in mirror.sync.sync_upcoming(doctor, 1):  # left after the first
        assert step.appointment.appointment_id == mirror.number
        break
    assert mirror.links.upcoming_of_doctor(doctor, 1) == Upcoming(booked=2, out_of_step=1)
    (step,) = mirror.sync.sync_upcoming(doctor, 1)
    assert (step.total, step.appointment.appointment_id, step.problem) == (1, second, None)
    requests = list(mirror.memory.requests)
    assert list(mirror.sync.sync_upcoming(doctor, 1)) == []
    assert mirror.memory.requests == requests
    mirror.scheduler.reschedule(mirror.clinic["reception"], mirror.number, NINE + timedelta(hours=1))
    assert mirror.links.upcoming_of_doctor(doctor, 1) == Upcoming(booked=2, out_of_step=1)


def test_one_that_is_refused_does_not_keep_the_others_from_the_calendar(mirror: Mirror) -> None:
    def refused() -> None:
        raise CalendarRefused("it may not be changed", "Share it.")

    second = mirror.book("other", NINE + timedelta(hours=2))
    mirror.memory.before.append(refused)
    first_step, second_step = mirror.sync.sync_upcoming(mirror.clinic["doctor"], 1)
    assert first_step.problem is not None
    assert (second_step.appointment.appointment_id, second_step.problem) == (second, None)
    assert [left.appointment_id for left in mirror.links.out_of_step(mirror.clinic["doctor"], 1)] == [mirror.number]


def test_another_patient_may_not_sync_it(mirror: Mirror) -> None:
    with pytest.raises(NotAllowed):
        mirror.sync.sync_appointment(mirror.clinic["other_patient"], mirror.number)
