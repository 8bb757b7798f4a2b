from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.timespan import NaiveTime, ReversedTime, Timespan


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, 8, hour, minute, tzinfo=UTC)


TEN_TO_ELEVEN = Timespan(at(10), at(11))

OVERLAPS = [
    (at(8), at(9), False),  # before
    (at(9), at(10), False),  # right before
    (at(9), at(10, 1), True),  # into the start
    (at(10), at(11), True),  # exactly the same
    (at(10, 15), at(10, 45), True),  # within
    (at(9), at(12), True),  # around
    (at(10, 59), at(12), True),  # out of the end
    (at(11), at(12), False),  # right after
    (at(12), at(13), False),  # after
]


@pytest.mark.parametrize(("start", "end", "overlap"), OVERLAPS)
def test_spans_overlap_where_they_share_an_instant(start: datetime, end: datetime, overlap: bool) -> None:
    other = Timespan(start, end)
    assert TEN_TO_ELEVEN.overlaps(other) is overlap
    assert other.overlaps(TEN_TO_ELEVEN) is overlap


def test_the_start_belongs_to_a_span_and_the_end_does_not() -> None:
    assert TEN_TO_ELEVEN.contains(at(10))
    assert not TEN_TO_ELEVEN.contains(at(11))
    assert TEN_TO_ELEVEN.covers(Timespan(at(10), at(11)))
    assert not TEN_TO_ELEVEN.covers(Timespan(at(10), at(11, 1)))


def test_elapsed_time_is_right_over_a_change_of_clocks() -> None:
    london = ZoneInfo("Europe/London")
    night = Timespan(datetime(2026, 3, 29, 0, 0, tzinfo=london), datetime(2026, 3, 29, 3, 0, tzinfo=london))
    assert night.duration == timedelta(hours=2)


def test_naive_and_reversed_times_are_refused() -> None:
    with pytest.raises(NaiveTime):
        Timespan(datetime(2026, 12, 8), at(11))  # noqa: DTZ001 - that is the point
    for end in (at(10), at(9)):
        with pytest.raises(ReversedTime):
            Timespan(at(10), end)
