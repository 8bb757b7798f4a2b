"""The third next available, measured once a clinic day, on both engines."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from core.domain.opening import OpeningHours
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.demo.load import fill_demo
from core.scheduler.hours import whole_days
from core.scheduler.setup import ClinicSetup
from core.scheduler.snapshots import WHICHEVER, Snapshots
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

MONDAY = date(2026, 12, 7)
Key = tuple[date, int, int]


@pytest.fixture
def snapshots(store: Store, clock: HandClock) -> Snapshots:
    return Snapshots(store, clock)


def stored(store: Store) -> dict[Key, int | None]:
    with store.engine.connect() as connection:
        rows = connection.execute(select(tables.availability_snapshots))
        return {(row.day, row.visit_type_id, row.doctor_id): row.days for row in rows}


def test_each_visit_type_is_measured_with_whichever_doctor_and_with_each(
    store: Store, clock: HandClock, clinic: MadeClinic, snapshots: Snapshots, scheduler: AppointmentScheduler
) -> None:
    setup = ClinicSetup(store, clock)
    # Dr. Chen has a closure until Wednesday and sees patients an hour a day; Dr. Johnson is away for all that can be booked.
    narrow = [OpeningHours(weekday, time(9), time(10)) for weekday in range(5)]
    setup.set_hours(clinic["manager"], clinic.other_doctor, narrow)
    zone = setup.clinic().zone
    setup.add_closure(clinic["manager"], clinic.other_doctor, *whole_days(MONDAY, MONDAY + timedelta(days=1), zone))
    setup.add_closure(clinic["manager"], clinic.doctor, *whole_days(MONDAY, MONDAY + timedelta(days=61), zone))
    wednesday = datetime(2026, 12, 9, 9, 0, tzinfo=UTC)
    scheduler.hold(clinic.visitor, clinic.other_doctor, clinic.follow_up, wednesday)
    snapshots.take()
    assert stored(store) == {
        (MONDAY, clinic.follow_up, WHICHEVER): 2,  # Wednesday 09:00, 09:15 and 09:30, the hold notwithstanding
        (MONDAY, clinic.follow_up, clinic.doctor): None,
        (MONDAY, clinic.follow_up, clinic.other_doctor): 2,
        (MONDAY, clinic.check_up, WHICHEVER): 3,  # two starts fit on Wednesday
        (MONDAY, clinic.check_up, clinic.doctor): None,
        (MONDAY, clinic.check_up, clinic.other_doctor): 3,
    }


def test_a_doctor_who_is_full_round_the_clock_has_no_time_before_the_next_week(
    store: Store, clock: HandClock, clinic: MadeClinic, snapshots: Snapshots, scheduler: AppointmentScheduler
) -> None:
    setup = ClinicSetup(store, clock)
    long = setup.save_visit_type(
        clinic["manager"], None, name="Sleep study", minutes=480, buffer_minutes=0, doctor_ids=[clinic.doctor]
    )
    round_the_clock = [OpeningHours(weekday, time(0), time(0)) for weekday in (0, 1)]
    setup.set_hours(clinic["manager"], clinic.doctor, round_the_clock)
    clock.now = datetime(2026, 12, 7, tzinfo=UTC)
    for number in range(6):
        starts = clock.now + timedelta(hours=8 * number)
        scheduler.book_appointment(clinic["reception"], Booking(f"{number}", 1, clinic.doctor, long, starts))
    snapshots.take()
    assert stored(store)[MONDAY, clinic.follow_up, clinic.doctor] == 7


def test_a_day_is_measured_once_whoever_measures_again(
    store: Store, clock: HandClock, clinic: MadeClinic, snapshots: Snapshots
) -> None:
    midnight = datetime(2026, 12, 8, tzinfo=UTC)
    assert snapshots.take() == midnight
    before = stored(store)
    assert set(before.values()) == {0}
    ClinicSetup(store, clock).add_closure(clinic["manager"], None, clock.now, midnight + timedelta(days=9))
    assert Snapshots(store, clock).take() == midnight
    assert stored(store) == before
    clock.now = midnight
    assert snapshots.take() == midnight + timedelta(days=1)
    assert stored(store)[midnight.date(), clinic.follow_up, WHICHEVER] == 9


def test_what_is_not_offered_is_not_measured_and_looked_for_again_soon(
    store: Store, clock: HandClock, clinic: MadeClinic, snapshots: Snapshots
) -> None:
    store.write(lambda connection: connection.execute(update(tables.doctors).values(active=False)) and None)
    assert snapshots.take() == clock.now + timedelta(minutes=10)
    assert stored(store) == {}


def test_without_a_clinic_there_is_nothing_to_measure(sqlite_store: Store, clock: HandClock) -> None:
    assert Snapshots(sqlite_store, clock).take() == clock.now + timedelta(minutes=10)


def test_the_demo_clinic_has_measured_every_day_of_its_past(store: Store) -> None:
    now = HandClock(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    fill_demo(store, now)
    found = stored(store)
    assert len(found) == 270 * 4 * (1 + 3)
    assert (min(found)[0], max(found)[0]) == (date(2026, 2, 27), date(2026, 11, 23))
    assert {0, 1, 2, 3} <= set(found.values())
    assert None not in found.values()
    for (day, kind, _), days in found.items():
        assert found[day, kind, WHICHEVER] <= days  # of several doctors somebody is free at least as soon
