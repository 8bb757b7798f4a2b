"""Whether the clinic can work, and what monitoring is told where it can't, on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core.scheduler import heartbeat, tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import CalendarLinks
from core.scheduler.readiness import Standing, queue_of, readiness
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

ALL_OK = [Standing("database"), Standing("migrations"), Standing("worker"), Standing("calendars")]


@pytest.fixture
def link_id(store: Store, clock: HandClock, clinic: MadeClinic, scheduler: AppointmentScheduler) -> int:
    """A change that no calendar has taken yet, with a worker that lives."""
    booked = scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, clock.now.replace(day=8, hour=9)))
    beat(store, clock)
    return CalendarLinks(store, clock).request(clinic["patient"], booked.appointment_id)


def beat(store: Store, clock: HandClock, worker: str = "one") -> None:
    store.write(lambda connection: heartbeat.beat(connection, worker, clock()))


def test_workers_tell_that_they_live_and_are_forgotten_an_hour_after_their_death(
    store: Store, clock: HandClock
) -> None:
    assert store.read(heartbeat.last_beat) is None
    began = clock()
    beat(store, clock, "killed")
    clock.advance(seconds=10)
    beat(store, clock)
    beat(store, clock)
    assert store.read(heartbeat.last_beat) == began + timedelta(seconds=10)
    store.write(lambda connection: heartbeat.retire(connection, "one"))
    assert store.read(heartbeat.last_beat) == began
    clock.advance(minutes=59)
    assert store.write(lambda connection: heartbeat.forget_silent(connection, clock())) == 0
    clock.advance(minutes=2)
    assert store.write(lambda connection: heartbeat.forget_silent(connection, clock())) == 1
    assert store.read(lambda connection: connection.scalar(select(func.count()).select_from(tables.workers))) == 0


def test_a_worker_is_missed_after_a_minute(store: Store, clock: HandClock, clinic: MadeClinic) -> None:
    missed = Standing("worker", "degraded", ("none was seen in the last minute",))
    assert readiness(store, clock)[2] == missed
    beat(store, clock)
    clock.advance(seconds=60)
    assert readiness(store, clock) == ALL_OK
    clock.advance(seconds=1)
    assert readiness(store, clock)[2] == missed


@pytest.mark.parametrize(
    ("due", "error", "paused", "reasons"),
    [
        (-14, None, None, ()),
        (-15, None, None, ("1 of the changes have been due for over 15 minutes",)),
        (5, "passing", None, ()),
        (60, "refused", None, ("1 of the changes failed, and wait long",)),
        (-20, None, 5, ("1 of the changes wait for a calendar that takes none for now",)),
        (-20, None, -1, ("1 of the changes have been due for over 15 minutes",)),
    ],
    ids=["soon enough", "overdue", "tried again soon", "needs a person", "its calendar rests", "has rested"],
)
def test_changes_that_calendars_do_not_take_are_told(
    store: Store,
    clock: HandClock,
    link_id: int,
    due: int,
    error: str | None,
    paused: int | None,
    reasons: tuple[str, ...],
) -> None:
    resting = None if paused is None else clock() + timedelta(minutes=paused)
    link = update(tables.calendar_links).values(due_at=clock() + timedelta(minutes=due), error_kind=error)
    store.write(lambda connection: connection.execute(link) and None)
    store.write(lambda connection: connection.execute(update(tables.calendars).values(paused_until=resting)) and None)
    assert readiness(store, clock)[3] == Standing("calendars", "degraded" if reasons else "ok", reasons)
    found = queue_of(store, clock)
    assert found is not None
    assert (found.waiting, found.failing, found.lag) == (1, int(error is not None), timedelta(minutes=max(0, -due)))


@pytest.mark.parametrize(
    ("read", "failed", "reasons"),
    [
        (None, False, ()),  # nobody has come to read it yet
        (-14, False, ()),
        (-15, False, ("1 of the calendars have not been read for over 15 minutes",)),
        (None, True, ("1 of the calendars have not been read for over 15 minutes",)),
    ],
)
def test_calendars_that_are_not_read_are_told(
    store: Store, clock: HandClock, clinic: MadeClinic, read: int | None, failed: bool, reasons: tuple[str, ...]
) -> None:
    pulled_at = None if read is None else clock() + timedelta(minutes=read)
    values = {"pulled_at": pulled_at, "pull_error_at": clock() if failed else None, "drift": 3}
    store.write(lambda connection: connection.execute(update(tables.calendars).values(**values)) and None)
    assert readiness(store, clock)[3] == Standing("calendars", "degraded" if reasons else "ok", reasons)
    found = queue_of(store, clock)
    assert found is not None
    assert found.unread == ({} if read is None else {"embedded": timedelta(minutes=-read)})
    assert found.drift == 3


def test_paused_syncing_is_told_and_so_are_tables_of_another_version_and_a_database_that_is_gone(
    store: Store, clock: HandClock, clinic: MadeClinic
) -> None:
    reason = "Jane Smith restored a backup."
    store.write(lambda connection: connection.execute(update(tables.clinic).values(sync_paused_reason=reason)) and None)
    assert readiness(store, clock)[3] == Standing("calendars", "degraded", ("syncing is paused",))
    store.write(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0'") and None)
    assert readiness(store, clock)[1:] == [Standing("migrations", "failed", ("the tables are of another version",))]
    store.write(lambda connection: connection.exec_driver_sql("DROP TABLE workers") and None)
    gone = Store(open_engine("postgresql://nobody@127.0.0.1:1/nothing"))
    assert readiness(gone, clock) == [Standing("database", "failed", ("it does not answer",))]
    assert queue_of(gone, clock) is None
    gone.dispose()
