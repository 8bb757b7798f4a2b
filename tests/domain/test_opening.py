from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.opening import (
    ClosesBeforeOpening,
    HoursOverlap,
    OpeningHours,
    Span,
    day_span,
    open_spans,
    refuse_overlapping,
    subtract,
)

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
BEIRUT = ZoneInfo("Asia/Beirut")  # its clocks change at midnight

DAYS = [
    (LONDON, date(2026, 3, 28), 24),
    (LONDON, date(2026, 3, 29), 23),
    (LONDON, date(2026, 10, 25), 25),
    (NEW_YORK, date(2026, 3, 8), 23),
    (NEW_YORK, date(2026, 11, 1), 25),
    (BEIRUT, date(2026, 3, 29), 23),
    (BEIRUT, date(2026, 10, 24), 25),
]


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
def test_a_day_has_its_hours(zone: ZoneInfo, day: date, hours: int) -> None:
    start, end = day_span(day, zone)
    assert end - start == hours * 3600
    whole_day = OpeningHours(day.weekday(), time(0), time(0))
    assert open_spans([whole_day], zone, day, day) == [(start, end)]


def utc(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # Sundays: London skips 01:00-02:00, repeats 01:00-02:00

CHANGES = [
    # day, opens, closes, UTC from, UTC to
    (SPRING, time(0, 30), time(3), (0, 30), (2, 0)),
    (SPRING, time(1, 30), time(4), (1, 0), (3, 0)),  # opens within the skipped hour: at the change
    (SPRING, time(0), time(1, 30), (0, 0), (1, 0)),  # closes within the skipped hour: at the change
    (SPRING, time(9), time(12), (8, 0), (11, 0)),
    (AUTUMN, time(0, 30), time(3), (-1, 30), (3, 0)),
    (AUTUMN, time(1, 30), time(3), (0, 30), (3, 0)),  # opens in the repeated hour: the first time
    (AUTUMN, time(0), time(1, 30), (-1, 0), (1, 30)),  # closes in the repeated hour: the last time
    (AUTUMN, time(9), time(12), (9, 0), (12, 0)),
]


@pytest.mark.parametrize(("day", "opens", "closes", "start", "end"), CHANGES)
def test_hours_are_right_on_days_when_clocks_change(
    day: date, opens: time, closes: time, start: tuple[int, int], end: tuple[int, int]
) -> None:
    midnight = utc(day, 0)
    expected = [(midnight + start[0] * 3600 + start[1] * 60, midnight + end[0] * 3600 + end[1] * 60)]
    assert open_spans([OpeningHours(6, opens, closes)], LONDON, day, day) == expected


def test_an_hour_that_does_not_exist_is_not_open() -> None:
    assert open_spans([OpeningHours(6, time(1), time(2))], LONDON, SPRING, SPRING) == []


def test_hours_hold_on_their_weekday_between_their_dates() -> None:
    hours = OpeningHours(0, time(9), time(12), date(2026, 12, 7), date(2026, 12, 14))
    mondays = [date(2026, 11, 30) + timedelta(days=7 * week) for week in range(4)]
    assert [hours.holds_on(day) for day in mondays] == [False, True, True, False]
    assert not hours.holds_on(date(2026, 12, 8))


def test_hours_of_a_day_may_touch_but_not_overlap() -> None:
    morning = OpeningHours(0, time(9), time(12))
    refuse_overlapping([morning, OpeningHours(0, time(12), time(17)), OpeningHours(1, time(9), time(12))])
    until_new_year = OpeningHours(0, time(9), time(12), valid_until=date(2026, 12, 31))
    refuse_overlapping([until_new_year, OpeningHours(0, time(8), time(12), valid_from=date(2027, 1, 1))])
    for other in (OpeningHours(0, time(11), time(13)), OpeningHours(0, time(8), time(0))):
        with pytest.raises(HoursOverlap):
            refuse_overlapping([morning, other])
    with pytest.raises(ClosesBeforeOpening):
        OpeningHours(0, time(12), time(9))


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=8).map(
    lambda pairs: sorted((start, start + length) for start, length in pairs)
)


def instants(given_spans: list[Span]) -> set[int]:
    return {moment for start, end in given_spans for moment in range(start, end)}


def disjoint(given_spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in given_spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


@given(spans.map(disjoint), spans)
def test_subtracting_leaves_what_only_the_first_has(open_time: list[Span], taken: list[Span]) -> None:
    left = subtract(open_time, taken)
    assert instants(left) == instants(open_time) - instants(taken)
    assert all(start < end for start, end in left)
    assert left == sorted(left)
