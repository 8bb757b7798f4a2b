from datetime import UTC, datetime, timedelta

import pytest

from core.domain.policy import (
    InThePast,
    Policy,
    TooFarAhead,
    TooLate,
    TooManyUpcoming,
    notice_in_words,
    refuse_outside_window,
    refuse_too_many,
)

NOW = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
POLICY = Policy()

WINDOW = [
    (timedelta(seconds=-1), InThePast),
    (timedelta(0), TooLate),
    (timedelta(hours=2, seconds=-1), TooLate),
    (timedelta(hours=2), None),
    (timedelta(days=60, seconds=-1), None),
    (timedelta(days=60), TooFarAhead),
]


@pytest.mark.parametrize(("ahead", "rule"), WINDOW)
def test_online_booking_opens_after_notice_and_ends_at_the_horizon(ahead: timedelta, rule: type | None) -> None:
    if rule is None:
        refuse_outside_window(POLICY, NOW + ahead, NOW, "555-0100")
    else:
        with pytest.raises(rule):
            refuse_outside_window(POLICY, NOW + ahead, NOW, "555-0100")


def test_too_late_says_whom_to_call() -> None:
    with pytest.raises(TooLate, match=r"Online booking closes 2 hours before. Call 555-0100."):
        refuse_outside_window(POLICY, NOW + timedelta(hours=1), NOW, "555-0100")


def test_a_cancellation_is_late_after_the_cut_off() -> None:
    starts_at = NOW + timedelta(days=1)
    assert not POLICY.is_late(starts_at, NOW)
    assert POLICY.is_late(starts_at, NOW + timedelta(seconds=1))


def test_the_limit_of_upcoming_appointments_holds() -> None:
    refuse_too_many(POLICY, 3)
    with pytest.raises(TooManyUpcoming):
        refuse_too_many(POLICY, 4)


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 minute"), (45, "45 minutes"), (60, "1 hour"), (90, "90 minutes"), (120, "2 hours")]
)
def test_notice_reads_as_people_say_it(minutes: int, words: str) -> None:
    assert notice_in_words(minutes) == words
