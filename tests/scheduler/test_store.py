from datetime import date

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import DBAPIError

from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.schedule import Schedule
from core.scheduler.store import Store, open_engine
from core.scheduler.tables import calendars
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

COUNT = select(func.count()).select_from(calendars)
TUESDAY = date(2026, 12, 8)


def add(connection: Connection, number: str = "one") -> None:
    connection.execute(insert(calendars).values(calendar_id=number, name="Clinic", provider="embedded"))


def test_all_that_one_reading_finds_is_of_one_moment(store: Store) -> None:
    def read(connection: Connection) -> tuple[int, int]:
        before = connection.execute(COUNT).scalar_one()
        store.write(add)
        return before, connection.execute(COUNT).scalar_one()

    assert store.read(read) == (0, 0)
    assert store.read(lambda connection: connection.execute(COUNT).scalar_one()) == 1


def test_connections_that_have_read_write_and_see_each_others_changes_again(store: Store) -> None:
    for number in ("one", "two", "three"):
        store.read(lambda connection: connection.execute(COUNT).scalar_one())
        store.write(lambda connection, number=number: add(connection, number))  # type: ignore[misc]
    with store.engine.connect() as connection:
        assert connection.execute(COUNT).scalar_one() == 3
        if not store.is_sqlite:
            assert connection.get_isolation_level() == "READ COMMITTED"


@pytest.mark.postgresql
def test_a_reading_can_change_nothing(postgresql_url: str) -> None:
    store = Store(open_engine(postgresql_url))
    try:
        with pytest.raises(DBAPIError, match="read-only"):
            store.read(add)
    finally:
        store.dispose()


def test_a_board_is_as_old_as_its_revision_says(
    store: Store, database_url: str, clock: HandClock, clinic: MadeClinic
) -> None:
    """Somebody books while a page reads the board: the page must see it, or see later that it is out of date."""
    other = Store(open_engine(database_url))
    booked: list[int] = []

    def book_meanwhile(*_heard: object) -> None:
        if not booked:
            booked.append(1)
            booking = Booking("meanwhile", 1, clinic.doctor, clinic.follow_up, clock().replace(day=8, hour=9))
            AppointmentScheduler(other, clock).book_appointment(clinic["reception"], booking)

    def before(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if "max(appointment_history" in statement.lower():
            book_meanwhile()

    scheduler = AppointmentScheduler(store, clock)
    event.listen(store.engine, "before_cursor_execute", before)
    try:
        board = scheduler.day_board(clinic["reception"], None, TUESDAY)
    finally:
        event.remove(store.engine, "before_cursor_execute", before)
        other.dispose()
    assert booked
    newest = Schedule(store, clock).glance(clinic["reception"], None).revision
    assert (len(board.rows), board.revision == newest) in {(1, True), (0, False)}
