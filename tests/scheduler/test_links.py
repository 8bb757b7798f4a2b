from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import insert, select, update

from core.domain.principal import NotAllowed
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import (
    CalendarLinks,
    Due,
    NoCalendar,
    NotShown,
    OutOfStep,
    Upcoming,
    touch_calendar_links,
    touch_doctor_links,
    touch_user_links,
)
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def links(store: Store, clock: HandClock) -> CalendarLinks:
    return CalendarLinks(store, clock)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id


def test_a_request_is_due_once_and_asking_again_is_the_same_link(
    links: CalendarLinks, clinic: MadeClinic, number: int
) -> None:
    assert links.request(clinic["patient"], number) == links.request(clinic["doctor"], number)
    (due,) = links.claim()
    assert (due.patient_name, due.doctor_name, due.starts_at, due.wanted) == (
        "Patient 1",
        "Dr. Sarah Johnson",
        NINE,
        True,
    )
    assert links.claim() == []
    assert links.record_success(due, etag="1", content_hash="a" * 64)
    assert links.pending() == 0


def test_strangers_may_not_ask(links: CalendarLinks, clinic: MadeClinic, number: int) -> None:
    for name in ("other_patient", "other_doctor"):
        with pytest.raises(NotAllowed):
            links.request(clinic[name], number)


def test_a_cancelled_appointment_is_not_put_anywhere(
    links: CalendarLinks, scheduler: AppointmentScheduler, clinic: MadeClinic, number: int
) -> None:
    scheduler.cancel(clinic["patient"], number)
    with pytest.raises(NotShown):
        links.request(clinic["patient"], number)


def test_a_doctor_without_a_calendar_is_said(
    links: CalendarLinks, store: Store, clinic: MadeClinic, number: int
) -> None:
    store.write(lambda connection: connection.execute(update(tables.doctors).values(calendar_id=None)) and None)
    with pytest.raises(NoCalendar):
        links.request(clinic["patient"], number)


def test_a_lease_ends_and_then_another_worker_may_claim(
    links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    links.request(clinic["patient"], number)
    (slow,) = links.claim()
    clock.advance(minutes=3)
    (quick,) = links.claim()
    assert slow.lease_owner != quick.lease_owner
    assert not links.record_success(slow, etag="1", content_hash=None)
    assert not links.release(slow)
    assert links.release(quick)
    assert len(links.claim()) == 1


def test_a_failure_waits_until_its_time(
    links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    links.request(clinic["patient"], number)
    (due,) = links.claim()
    assert links.record_failure(due, kind="passing", sentence="No answer.", retry_at=clock() + timedelta(minutes=1))
    assert links.claim() == []
    clock.advance(minutes=1)
    (again,) = links.claim()
    assert again.attempts == 1


def test_a_change_after_the_claim_stays_due(
    links: CalendarLinks, scheduler: AppointmentScheduler, clinic: MadeClinic, number: int
) -> None:
    links.request(clinic["patient"], number)
    (due,) = links.claim()
    scheduler.reschedule(clinic["patient"], number, NINE + timedelta(hours=1))
    assert links.record_success(due, etag="1", content_hash="a" * 64)
    (again,) = links.claim()
    assert again.starts_at == NINE + timedelta(hours=1)


def test_another_calendar_of_the_doctor_empties_the_first(
    links: CalendarLinks, store: Store, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    links.request(clinic["patient"], number)
    store.write(
        lambda connection: (
            connection.execute(insert(tables.calendars).values(calendar_id="new", name="New", provider="embedded")),
            connection.execute(update(tables.doctors).values(calendar_id="new")),
            touch_doctor_links(connection, 1, clock()),
        )
    )
    assert {due.calendar_id: due.wanted for due in links.claim()} == {"clinic": False, "new": True}


@pytest.mark.parametrize("what", ["calendar", "user"])
def test_a_changed_name_or_detail_makes_upcoming_events_due(
    links: CalendarLinks, store: Store, clinic: MadeClinic, number: int, clock: HandClock, what: str
) -> None:
    links.request(clinic["patient"], number)
    (due,) = links.claim()
    links.record_success(due, etag="1", content_hash="a" * 64)
    if what == "calendar":
        store.write(lambda connection: touch_calendar_links(connection, "clinic", clock()))
    else:
        store.write(lambda connection: touch_user_links(connection, 1, clock()))
    assert links.pending() == links.pending("clinic") == 1
    clock.now = NINE + timedelta(days=1)
    store.write(lambda connection: touch_user_links(connection, 1, clock()))
    revision = store.read(
        lambda connection: connection.execute(select(tables.calendar_links.c.wanted_revision)).scalar_one()
    )
    assert revision == 2


def numbers(found: list[OutOfStep]) -> list[int]:
    return [appointment.appointment_id for appointment in found]


def test_what_is_upcoming_counts_apart_from_what_is_out_of_step(
    links: CalendarLinks, scheduler: AppointmentScheduler, store: Store, clinic: MadeClinic, number: int
) -> None:
    later = Booking("later", 1, 1, 1, NINE + timedelta(hours=2))
    others = Booking("others", 2, 2, 1, NINE)
    second = scheduler.book_appointment(clinic["patient"], later).appointment_id
    scheduler.book_appointment(clinic["other_patient"], others)
    gone = scheduler.book_appointment(clinic["patient"], Booking("gone", 1, 1, 1, NINE + timedelta(hours=4)))
    scheduler.cancel(clinic["patient"], gone.appointment_id)
    assert links.upcoming_of_doctor(clinic["doctor"], 1) == Upcoming(booked=2, out_of_step=2)
    links.request(clinic["doctor"], number)
    (due,) = links.claim()
    links.record_success(due, etag="1", content_hash="a" * 64)
    assert links.upcoming_of_doctor(clinic["doctor"], 1) == Upcoming(booked=2, out_of_step=1)
    assert numbers(links.out_of_step(clinic["manager"], 1)) == [second]
    store.write(
        lambda connection: (
            connection.execute(insert(tables.calendars).values(calendar_id="new", name="New", provider="embedded")),
            connection.execute(update(tables.doctors).values(calendar_id="new")),
        )
    )
    assert numbers(links.out_of_step(clinic["doctor"], 1)) == [number, second]


def test_a_failed_link_stays_out_of_step_until_it_is_mended(
    links: CalendarLinks, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    links.request(clinic["doctor"], number)
    (due,) = links.claim()
    links.record_failure(due, kind="passing", sentence="No answer.", retry_at=clock())
    assert links.out_of_step(clinic["doctor"], 1) == [OutOfStep(number, NINE, "Patient 1")]


def test_only_a_doctor_and_staff_ask_what_is_out_of_step(links: CalendarLinks, clinic: MadeClinic) -> None:
    for name in ("patient", "other_doctor"):
        with pytest.raises(NotAllowed):
            links.out_of_step(clinic[name], 1)
        with pytest.raises(NotAllowed):
            links.upcoming_of_doctor(clinic[name], 1)


def test_workers_at_the_same_moment_never_claim_the_same_link(
    links: CalendarLinks, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    for hour in range(3):
        booking = Booking(f"key-{hour}", 1, 1, 1, NINE + timedelta(hours=hour))
        links.request(clinic["patient"], scheduler.book_appointment(clinic["patient"], booking).appointment_id)
    claimed: list[Due] = []
    together = Barrier(4)

    def work() -> None:
        together.wait()
        claimed.extend(links.claim(2))

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    claimed.extend(links.claim())
    assert sorted(due.link_id for due in claimed) == sorted({due.link_id for due in claimed})
    assert len(claimed) == 3
