from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.timespan import NaiveTime, ReversedTime, Timespan

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def span(start: int, end: int) -> Timespan:
    return Timespan(NINE + timedelta(minutes=start), NINE + timedelta(minutes=end))


@pytest.mark.parametrize(
    ("other", "overlap", "covered"),
    [
        (span(-60, -30), False, False),  # before
        (span(-30, 0), False, False),  # right before
        (span(-30, 1), True, False),  # reaching in
        (span(0, 30), True, True),  # the same
        (span(0, 10), True, True),  # within, from the start
        (span(10, 20), True, True),  # within
        (span(20, 30), True, True),  # within, to the end
        (span(-10, 40), True, False),  # around
        (span(29, 60), True, False),  # reaching out
        (span(30, 60), False, False),  # right after
        (span(60, 90), False, False),  # after
    ],
)
def test_spans_overlap_only_where_they_share_an_instant(other: Timespan, overlap: bool, covered: bool) -> None:
    visit = span(0, 30)
    assert visit.overlaps(other) is overlap
    assert other.overlaps(visit) is overlap
    assert visit.covers(other) is covered


@pytest.mark.parametrize(("minute", "inside"), [(-1, False), (0, True), (29, True), (30, False)])
def test_the_start_belongs_to_a_span_and_the_end_does_not(minute: int, inside: bool) -> None:
    assert span(0, 30).contains(NINE + timedelta(minutes=minute)) is inside


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 28, 24), (3, 29, 23), (10, 25, 25)])
def test_a_day_lasts_as_long_as_the_clock_really_runs(month: int, day: int, hours: int) -> None:
    london = ZoneInfo("Europe/London")
    midnight = datetime(2026, month, day, tzinfo=london)
    assert Timespan(midnight, midnight + timedelta(days=1)).duration == timedelta(hours=hours)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTime):
        Timespan(NINE.replace(tzinfo=None), NINE)


@pytest.mark.parametrize("end", [0, -1])
def test_an_end_that_is_not_after_the_start_is_refused(end: int) -> None:
    with pytest.raises(ReversedTime):
        span(0, end)


def test_equal_instants_from_different_zones_make_equal_spans() -> None:
    paris = ZoneInfo("Europe/Paris")
    there = Timespan(NINE.astimezone(paris), (NINE + timedelta(minutes=30)).astimezone(paris))
    assert there == span(0, 30)
    assert there.start.tzinfo is UTC
