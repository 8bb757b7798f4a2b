"""Bookings ask for their calendar in one row, links are made of the rows, and until then nothing passes for in step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, func, insert, select, update

from core.scheduler import link_requests, tables
from core.scheduler.awaited import count_on_their_way
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.calendar_health import CalendarHealth
from core.scheduler.calendar_overview import count_moving, load_calendars
from core.scheduler.checks import CalendarChecks
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.links import (
    CalendarLinks,
    touch_calendar_links,
    touch_doctor_links,
    touch_user_links,
    touch_visit_type_links,
)
from core.scheduler.readiness import queue_of, readiness
from core.scheduler.restored import settle_restored
from core.scheduler.rows import SyncState, load_rows
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, calendars, doctors, sessions, users, visit_types
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import INSTALLATION, MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def links(store: Store, clock: HandClock, clinic: MadeClinic) -> CalendarLinks:
    del clinic
    store.write(lambda connection: connection.execute(update(calendars).values(auto=True)) and None)
    return CalendarLinks(store, clock)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic, links: CalendarLinks) -> int:
    """An appointment whose calendar takes every booking."""
    del links
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id


def linked(store: Store) -> list[tuple[object, ...]]:
    query = select(calendar_links.c.appointment_id, calendar_links.c.calendar_id, calendar_links.c.requested_at)
    return [tuple(row) for row in store.read(lambda connection: connection.execute(query.order_by("link_id")).all())]


def asked(store: Store) -> list[int]:
    query = select(tables.link_requests.c.appointment_id)
    return list(store.read(lambda connection: connection.execute(query).scalars().all()))


def give_doctor(store: Store, clock: HandClock, calendar_id: str | None, doctor_id: int = 1) -> None:
    """Give the doctor another calendar, as the use case does."""

    def work(connection: Connection) -> None:
        if calendar_id is not None and calendar_id != "clinic":
            connection.execute(insert(calendars).values(calendar_id=calendar_id, name="Other", provider="embedded"))
        connection.execute(update(doctors).where(doctors.c.doctor_id == doctor_id).values(calendar_id=calendar_id))
        touch_doctor_links(connection, doctor_id, clock())

    store.write(work)


def test_a_booking_is_linked_by_whoever_pushes_next(
    store: Store, clock: HandClock, links: CalendarLinks, number: int
) -> None:
    booked_at = clock()
    assert (linked(store), asked(store)) == ([], [number])
    clock.advance(seconds=30)
    assert links.make_requested() == 1
    assert (linked(store), asked(store)) == ([(number, "clinic", booked_at)], [])
    event = link_requests.event_id(INSTALLATION, "clinic", number, 1)
    written = store.read(lambda connection: connection.execute(select(appointments.c.calendar_event_id)).scalar())
    (due,) = links.claim()
    assert due.event_id == written == event
    assert links.make_requested() == 0


def test_nothing_is_asked_of_a_calendar_that_does_not_take_every_booking(
    store: Store, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE))
    assert asked(store) == []


def test_until_it_is_linked_it_counts_as_waiting_everywhere(
    store: Store, clock: HandClock, clinic: MadeClinic, links: CalendarLinks, number: int
) -> None:
    def told() -> dict[str, object]:
        def work(connection: Connection) -> dict[str, object]:
            (row,) = load_rows(connection, appointments.c.appointment_id == number)
            (calendar,) = load_calendars(connection)
            return {
                "badge": (row.sync.state, row.sync.requested_at),
                "calendar": (calendar.pending, calendar.failed),
                "on their way": count_on_their_way(connection, [number, number + 1]),
                "moving": count_moving(connection, [1], clock()),
            }

        (state,) = CalendarHealth(store, clock).look(clinic["manager"]).calendars
        queue = queue_of(store, clock)
        assert queue is not None
        expected = CalendarChecks(store, clock).expected("clinic", clock())
        return store.read(work) | {
            "health": (state.waiting, state.failing, state.waiting_since),
            "queue": (queue.waiting, queue.failing, queue.lag),
            "ready": [one.reasons for one in readiness(store, clock) if one.name == "calendars"],
            "pending": (links.pending(), links.pending("clinic"), links.pending("other")),
            "not to be compared": expected.on_their_way,
        }

    booked_at = clock()
    clock.advance(minutes=16)
    before = told()
    assert before == {
        "badge": ("pending", booked_at),
        "calendar": (1, 0),
        "on their way": 1,
        "moving": 1,
        "health": (1, 0, booked_at),
        "queue": (1, 0, timedelta(minutes=16)),
        "ready": [("1 of the changes have been due for over 15 minutes",)],
        "pending": (1, 1, 0),
        "not to be compared": 1,
    }
    links.make_requested()
    assert told() == before


def test_what_is_asked_for_by_hand_first_is_linked_once(
    store: Store, clinic: MadeClinic, links: CalendarLinks, number: int
) -> None:
    links.request(clinic["doctor"], number)
    assert (len(linked(store)), asked(store)) == (1, [])
    assert links.make_requested() == 0


def test_a_request_beside_a_link_is_settled_without_another(
    store: Store, clock: HandClock, clinic: MadeClinic, links: CalendarLinks, number: int
) -> None:
    links.request(clinic["doctor"], number)
    store.write(lambda connection: link_requests.ask_for_link(connection, number, "clinic", clock()))
    assert links.make_requested() == 1
    assert (len(linked(store)), asked(store)) == (1, [])


def test_what_is_cancelled_before_it_was_linked_is_linked_and_not_wanted(
    store: Store, scheduler: AppointmentScheduler, clinic: MadeClinic, links: CalendarLinks, number: int
) -> None:
    scheduler.cancel(clinic["reception"], number)
    assert [due.wanted for due in links.claim()] == [False]
    scheduler.undo(clinic["reception"], number)
    assert (asked(store), links.pending()) == ([], 1)


@pytest.mark.parametrize("how", ["moved to the other doctor", "its doctor uses another calendar"])
def test_what_belongs_elsewhere_before_it_was_linked_is_linked_there(
    store: Store,
    clock: HandClock,
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    links: CalendarLinks,
    number: int,
    how: str,
) -> None:
    doctor_id = 2 if how.startswith("moved") else 1
    give_doctor(store, clock, "other", doctor_id=doctor_id)
    if doctor_id != 1:
        scheduler.reschedule(clinic["reception"], number, NINE, doctor_id=doctor_id)
    assert asked(store) == []
    assert {(due.calendar_id, due.wanted) for due in links.claim()} == {("other", True), ("clinic", False)}


def test_while_the_doctor_has_no_calendar_it_is_wanted_nowhere_and_then_in_the_next_one(
    store: Store, clock: HandClock, links: CalendarLinks, number: int
) -> None:
    give_doctor(store, clock, None)
    (row,) = store.read(lambda connection: load_rows(connection, appointments.c.appointment_id == number))
    assert row.sync == SyncState("none")
    give_doctor(store, clock, "other")
    assert {(due.calendar_id, due.wanted) for due in links.claim()} == {("other", True), ("clinic", False)}


def test_a_past_visit_is_linked_with_the_calendar_of_its_time(
    store: Store, clock: HandClock, links: CalendarLinks, number: int
) -> None:
    clock.now = NINE + timedelta(days=1)
    give_doctor(store, clock, "other")
    assert links.make_requested() == 1
    assert [(one, calendar) for one, calendar, _ in linked(store)] == [(number, "clinic")]


def test_a_calendar_that_is_removed_takes_its_requests_along(
    store: Store, clock: HandClock, clinic: MadeClinic, links: CalendarLinks, number: int
) -> None:
    del number
    clock.now = NINE + timedelta(days=1)
    for doctor_id in (1, 2):
        give_doctor(store, clock, None, doctor_id)
    store.write(lambda connection: connection.execute(update(sessions).values(seen_at=clock())) and None)
    ClinicCalendars(store, clock).remove(clinic["manager"], "clinic")
    assert (asked(store), links.pending(), linked(store)) == ([], 0, [])


def test_after_a_restore_each_request_has_its_link(
    store: Store, clock: HandClock, links: CalendarLinks, number: int
) -> None:
    del links
    settle_restored(store, clock(), clock)
    assert (asked(store), [one for one, *_ in linked(store)]) == ([], [number])


@pytest.mark.parametrize("what", ["detail", "name", "visit type"])
def test_what_an_event_tells_is_not_read_while_it_is_being_changed(
    store: Store, clock: HandClock, links: CalendarLinks, number: int, what: str
) -> None:
    """On SQLite nobody else writes meanwhile; on PostgreSQL the link is made when the change is done."""
    made: list[int] = []

    def change(connection: Connection) -> None:
        now = clock()
        if what == "detail":
            connection.execute(update(calendars).values(detail="private"))
            touch_calendar_links(connection, "clinic", now)
        elif what == "name":
            connection.execute(update(users).values(name="Somebody Else"))
            touch_user_links(connection, 1, now)
        else:
            connection.execute(update(visit_types).values(name="Another"))
            touch_visit_type_links(connection, 1, now)
        if not store.is_sqlite:
            made.append(links.make_requested())

    store.write(change)
    assert made in ([], [0])
    assert (asked(store), links.make_requested()) == ([number], 1)


def test_more_than_one_transaction_takes_are_all_linked(store: Store, clock: HandClock, links: CalendarLinks) -> None:
    count = link_requests.AT_ONCE + 5
    kind = store.read(lambda connection: connection.execute(select(visit_types.c.visit_type_id)).scalars().first())
    rows = [
        {
            "user_id": 1,
            "doctor_id": 1,
            "visit_type_id": kind,
            "starts_at": NINE + timedelta(days=at),
            "ends_at": NINE + timedelta(days=at, minutes=20),
            "occupied_until": NINE + timedelta(days=at, minutes=20),
            "appointment_date": (NINE + timedelta(days=at)).date(),
            "start_time": NINE.time(),
            "end_time": (NINE + timedelta(minutes=20)).time(),
            "created_at": clock(),
        }
        for at in range(count)
    ]

    def work(connection: Connection) -> None:
        connection.execute(insert(appointments), rows)
        for made in connection.execute(select(appointments.c.appointment_id)).scalars().all():
            link_requests.ask_for_link(connection, made, "clinic", clock())

    store.write(work)
    assert links.make_requested() == count
    many = store.read(lambda connection: connection.execute(select(func.count()).select_from(calendar_links)).scalar())
    assert (many, links.pending(), asked(store)) == (count, count, [])


def test_links_made_while_appointments_move_stand_where_their_doctors_are(
    store: Store, clock: HandClock, scheduler: AppointmentScheduler, clinic: MadeClinic, links: CalendarLinks
) -> None:
    give_doctor(store, clock, "other", doctor_id=2)
    store.write(lambda connection: connection.execute(update(calendars).values(auto=True)) and None)
    over = Event()
    troubles: list[Exception] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            troubles.append(error)

    def make() -> None:
        while not over.is_set():
            links.make_requested()

    def book_and_move(patient: int) -> None:
        for at in range(12):
            start = NINE + timedelta(days=patient + 7 * (at // 4), minutes=30 * (at % 4))
            booking = Booking(f"{patient}-{at}", patient, 1, 1, start)
            made = scheduler.book_appointment(clinic["reception"], booking)
            scheduler.reschedule(clinic["reception"], made.appointment_id, start, doctor_id=2)

    makers = [Thread(target=guarded, args=(make,)) for _ in range(2)]
    bookers = [Thread(target=guarded, args=(partial(book_and_move, patient),)) for patient in (1, 2)]
    for thread in [*makers, *bookers]:
        thread.start()
    for thread in bookers:
        thread.join()
    over.set()
    for thread in makers:
        thread.join()
    links.make_requested()
    query = select(calendar_links.c.appointment_id).where(
        calendar_links.c.wanted, calendar_links.c.calendar_id == "other"
    )
    shown = list(store.read(lambda connection: connection.execute(query).scalars().all()))
    wanted = select(func.count()).select_from(calendar_links).where(calendar_links.c.wanted)
    assert troubles == []
    assert (len(shown), len(set(shown))) == (24, 24)
    assert store.read(lambda connection: connection.execute(wanted).scalar()) == 24
    assert asked(store) == []
