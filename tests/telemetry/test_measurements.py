"""What is counted, and that it is counted once."""

from time import sleep

import pytest

from core.scheduler.accounts import Accounts, SignInRefused
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.store import SlotTaken, Store
from core.telemetry import measurements
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic


def value(name: str, **labels: str) -> float:
    return measurements.REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_booking_counts_once_however_often_it_is_sent_and_a_lost_race_apart(
    sqlite_store: Store, clock: HandClock
) -> None:
    clinic = make_clinic(sqlite_store, clock)
    scheduler = AppointmentScheduler(sqlite_store, clock)
    nine = clock.now.replace(day=8, hour=9)
    names = [("careslot_bookings_total", {"by": by}) for by in ("patient", "staff")] + [
        ("careslot_races_lost_total", {})
    ]
    before = [value(name, **labels) for name, labels in names]
    for _ in range(3):
        scheduler.book_appointment(clinic["patient"], Booking("one", 1, 1, 1, nine))
    scheduler.book_appointment(clinic["reception"], Booking("two", 2, 1, 1, nine.replace(hour=10)))
    with pytest.raises(SlotTaken):
        scheduler.book_appointment(clinic["other_patient"], Booking("three", 2, 1, 1, nine))
    after = [value(name, **labels) for name, labels in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]


def test_refused_sign_ins_are_counted_without_their_address(sqlite_store: Store, clock: HandClock) -> None:
    make_clinic(sqlite_store, clock)
    before = value("careslot_sign_ins_refused_total")
    with pytest.raises(SignInRefused):
        Accounts(sqlite_store, clock).sign_in("nobody@example.com", "not the password")
    assert value("careslot_sign_ins_refused_total") == before + 1
    assert b"nobody@example.com" not in measurements.exposition()


def test_a_page_is_timed_also_where_it_ends_early() -> None:
    def page() -> None:
        with measurements.page_run("test"):
            sleep(0.03)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        page()
    assert value("careslot_page_seconds_count", page="test") == 1
    assert value("careslot_page_seconds_bucket", page="test", le="0.025") == 0
    assert value("careslot_page_seconds_sum", page="test") > 0.025
