from datetime import UTC, date, datetime

import pytest

from core.ui.address import day_in, instant_in, number_in
from core.ui.appointments.reschedule_draft import RescheduleDraft

WHOLE = RescheduleDraft(7, 2, date(2026, 12, 9), datetime(2026, 12, 9, 9, 15, tzinfo=UTC), date(2026, 12, 1))


@pytest.mark.parametrize(
    "draft",
    [RescheduleDraft(), RescheduleDraft(7), RescheduleDraft(7, 2), RescheduleDraft(7, 2, date(2026, 12, 9)), WHOLE],
)
def test_a_draft_comes_back_from_the_address_it_wrote(draft: RescheduleDraft):
    assert RescheduleDraft.read(draft.address()) == draft


def test_nothing_is_read_after_an_answer_that_is_missing():
    address = WHOLE.address()
    assert RescheduleDraft.read({**address, "move": "seven"}) == RescheduleDraft()
    without_day = RescheduleDraft.read({**address, "day": "tomorrow"})
    assert (without_day.day, without_day.starts_at) == (None, None)


def test_days_that_can_not_be_booked_are_dropped_with_their_time():
    first, last = date(2026, 12, 7), date(2027, 2, 5)
    assert WHOLE.within(first, last) == RescheduleDraft(7, 2, WHOLE.day, WHOLE.starts_at)
    assert WHOLE.within(date(2026, 12, 10), last) == RescheduleDraft(7, 2)
    assert WHOLE.within(date(2026, 12, 1), last) == WHOLE


@pytest.mark.parametrize("typed", [None, "", "-1", "0", "1.5", "²", "2147483648", "9" * 400, "1 "])
def test_what_is_no_id_counts_as_none(typed: str | None):
    assert number_in(typed) is None


def test_ids_days_and_instants_are_read():
    assert number_in("2147483647") == 2147483647
    assert day_in("2026-12-09") == date(2026, 12, 9)
    assert instant_in("1796807700") == datetime(2026, 12, 9, 9, 15, tzinfo=UTC)
    assert instant_in("9" * 11) is None
