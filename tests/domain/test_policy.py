from datetime import UTC, datetime, timedelta

import pytest

from core.domain.policy import (
    InThePast,
    Policy,
    Refusal,
    TooFarAhead,
    TooLate,
    TooManyUpcoming,
    notice_in_words,
    refuse_outside_window,
    refuse_too_many,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy()


@pytest.mark.parametrize(
    ("after", "refusal"),
    [
        (timedelta(seconds=-1), InThePast),
        (timedelta(0), TooLate),
        (timedelta(hours=2, seconds=-1), TooLate),
        (timedelta(minutes=120), None),
        (timedelta(days=60, seconds=-1), None),
        (timedelta(days=60), TooFarAhead),
    ],
)
def test_booking_is_open_from_the_notice_up_to_the_horizon(after: timedelta, refusal: type[Refusal] | None) -> None:
    if refusal is None:
        refuse_outside_window(POLICY, NOW + after, NOW, "555-0100")
        assert POLICY.earliest(NOW) <= NOW + after < POLICY.latest(NOW)
    else:
        with pytest.raises(refusal):
            refuse_outside_window(POLICY, NOW + after, NOW, "555-0100")


@pytest.mark.parametrize(("phone", "whom"), [("555-0100", "555-0100"), ("", "the clinic")])
def test_the_sentence_says_how_long_before_and_whom_to_call(phone: str, whom: str) -> None:
    with pytest.raises(TooLate, match=f"Online booking closes 2 hours before. Call {whom}."):
        refuse_outside_window(POLICY, NOW, NOW, phone)


@pytest.mark.parametrize(
    ("before", "late"),
    [(timedelta(hours=25), False), (timedelta(hours=24), False), (timedelta(hours=24, seconds=-1), True)],
)
def test_a_change_is_late_only_after_the_cut_off(before: timedelta, late: bool) -> None:
    assert POLICY.is_late(NOW, NOW - before) is late


def test_one_more_than_the_limit_is_refused() -> None:
    refuse_too_many(POLICY, 3)
    with pytest.raises(TooManyUpcoming, match="at most 4 upcoming"):
        refuse_too_many(POLICY, 4)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (90, "90 minutes"), (120, "2 hours")],
)
def test_notice_is_said_in_the_largest_whole_unit(minutes: int, words: str) -> None:
    assert notice_in_words(minutes) == words
