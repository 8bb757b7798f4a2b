from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.domain.bookable import BookableTime, WeekHour, days_between, minutes_of
from core.domain.opening import HoursOverlap, OpeningHours, Span, refuse_overlapping

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 12, 7)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def utc(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


def on(weekday: int, opens: str, closes: str, since: date | None = None, until: date | None = None) -> OpeningHours:
    return OpeningHours(weekday, time.fromisoformat(opens), time.fromisoformat(closes), since, until)


def total(hours: list[OpeningHours], first: date, last: date, closures: list[Span] | None = None) -> int:
    return BookableTime(hours, closures or [], days_between(LONDON, first, last)).by_hour.total()


WEEK = [on(weekday, *hours) for weekday in range(5) for hours in (("09:00", "12:00"), ("13:00", "17:00"))]


@pytest.mark.parametrize(
    ("hours", "first", "last", "minutes"),
    [
        (WEEK, MONDAY, MONDAY, 420),
        (WEEK, date(2026, 12, 12), date(2026, 12, 13), 0),  # a weekend
        (WEEK, MONDAY, date(2026, 12, 13), 5 * 420),
        (WEEK, date(2025, 12, 8), date(2026, 12, 6), 52 * 5 * 420),  # over two changes of clocks that don't matter
        (WEEK, MONDAY, date(2026, 12, 6), 0),  # no days at all
        ([on(0, "09:00", "12:00", since=date(2026, 12, 14))], MONDAY, date(2026, 12, 31), 3 * 180),
        ([on(0, "09:00", "12:00", until=date(2026, 12, 14))], MONDAY, date(2026, 12, 31), 2 * 180),
        ([on(0, "09:00", "12:00", until=date(2026, 12, 6))], MONDAY, date(2026, 12, 31), 0),
        ([on(0, "09:00", "12:00", since=date(2027, 1, 1))], MONDAY, date(2026, 12, 31), 0),
        ([on(6, "00:00", "03:00")], SPRING, SPRING, 120),
        ([on(6, "00:00", "03:00")], AUTUMN, AUTUMN, 240),
        ([on(6, "00:00", "00:00")], AUTUMN, AUTUMN, 1500),
    ],
)
def test_bookable_minutes_of_hours_and_dates(hours: list[OpeningHours], first: date, last: date, minutes: int) -> None:
    assert total(hours, first, last) == minutes


@pytest.mark.parametrize(
    ("closures", "minutes"),
    [
        ([(utc(MONDAY, 0), utc(MONDAY, 8))], 420),  # before opening
        ([(utc(MONDAY, 9, 30), utc(MONDAY, 10))], 390),
        ([(utc(MONDAY, 11), utc(MONDAY, 14))], 300),  # over the break
        ([(utc(MONDAY, 9, 30), utc(MONDAY, 10, 30)), (utc(MONDAY, 10), utc(MONDAY, 11))], 330),  # overlapping
        ([(utc(MONDAY, 0), utc(MONDAY, 10)), (utc(MONDAY, 10), utc(MONDAY, 24 - 1, 59))], 0),
        ([(utc(date(2026, 12, 1), 0), utc(MONDAY, 10))], 360),  # since long before
        ([(utc(MONDAY, 16), utc(date(2026, 12, 20), 0))], 360),  # until long after
        ([(utc(date(2026, 12, 8), 0), utc(date(2026, 12, 9), 0))], 420),  # another day
    ],
)
def test_closures_take_from_bookable_minutes_once(closures: list[Span], minutes: int) -> None:
    assert total(WEEK, MONDAY, MONDAY, closures) == minutes


def test_minutes_are_told_by_weekday_and_hour_of_the_clock() -> None:
    days = days_between(LONDON, MONDAY, date(2026, 12, 20))
    hours = [on(0, "09:30", "11:00"), on(2, "23:15", "00:00")]
    closed = [(utc(MONDAY, 10, 15), utc(MONDAY, 10, 30))]
    assert BookableTime(hours, closed, days).by_hour == {(0, 9): 60, (0, 10): 105, (2, 23): 90}


def test_a_repeated_hour_counts_twice_and_a_skipped_one_not_at_all() -> None:
    hours = [on(6, "00:00", "03:00")]
    autumn = BookableTime(hours, [], days_between(LONDON, AUTUMN, AUTUMN)).by_hour
    assert autumn == {(6, 0): 60, (6, 1): 120, (6, 2): 60}
    spring = BookableTime(hours, [], days_between(LONDON, SPRING, SPRING)).by_hour
    assert spring == {(6, 0): 60, (6, 2): 60}


def test_busy_time_of_a_calendar_counts_once_and_only_where_it_was_bookable() -> None:
    bookable = BookableTime(WEEK, [(utc(MONDAY, 9), utc(MONDAY, 10))], days_between(LONDON, MONDAY, MONDAY))
    busy = [
        (utc(MONDAY, 8), utc(MONDAY, 10, 20)),
        (utc(MONDAY, 10), utc(MONDAY, 10, 30)),
        (utc(MONDAY, 18), utc(MONDAY, 19)),
    ]
    assert bookable.minutes_within(busy) == 30
    assert bookable.minutes_within([]) == 0


ZONES = ("Europe/London", "America/Havana", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe")
AROUND = (SPRING, date(2026, 9, 6), AUTUMN, date(2026, 4, 5), date(2026, 11, 1))
quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def weeks(draw: st.DrawFn) -> tuple[list[OpeningHours], ZoneInfo, date, date]:
    """Opening hours without overlap, and some days around a change of clocks."""
    first = draw(st.sampled_from(AROUND)) - timedelta(days=draw(st.integers(0, 8)))
    dates = st.none() | st.integers(-2, 12).map(lambda days: first + timedelta(days=days))
    hours = []
    for _ in range(draw(st.integers(1, 4))):
        opens, closes = draw(quarters), draw(quarters)
        assume(closes > opens or closes == time(0))
        hours.append(OpeningHours(draw(st.integers(0, 6)), opens, closes, draw(dates), draw(dates)))
    try:
        refuse_overlapping(hours)
    except HoursOverlap:
        assume(condition=False)
    return hours, ZoneInfo(draw(st.sampled_from(ZONES))), first, first + timedelta(days=draw(st.integers(0, 8)))


spans = st.lists(st.tuples(st.integers(-200, 1200), st.integers(1, 300)), max_size=4)


def walked(hours: list[OpeningHours], zone: ZoneInfo, first: date, last: date) -> set[int]:
    """The open quarter hours, told by looking at the clock on the wall at every one; skipped hours open at the change."""
    moments = range(utc(first, 0) - 20 * 3600, utc(last, 0) + 50 * 3600, 900)
    found = set()
    for moment in moments:
        wall = datetime.fromtimestamp(moment, zone)
        if first <= wall.date() <= last and any(
            entry.holds_on(wall.date())
            and entry.opens <= wall.time()
            and (entry.closes == time(0) or wall.time() < entry.closes)
            for entry in hours
        ):
            found.add(moment)
    return found


@settings(deadline=None, max_examples=50)
@given(weeks(), spans, spans)
def test_counted_minutes_equal_those_that_one_finds_by_walking_through_the_days(
    week: tuple[list[OpeningHours], ZoneInfo, date, date], closed: list[tuple[int, int]], busy: list[tuple[int, int]]
) -> None:
    hours, zone, first, last = week
    start = utc(first, 0)
    closures, taken = (
        [(start + 900 * begins, start + 900 * (begins + length)) for begins, length in each] for each in (closed, busy)
    )
    bookable = BookableTime(hours, closures, days_between(zone, first, last))
    by_day = [span for _, day_spans in bookable.by_day for span in day_spans]
    found = {moment for begins, ends in by_day for moment in range(begins, ends, 900)}
    by_hour: Counter[WeekHour] = Counter()
    for moment in found:
        wall = datetime.fromtimestamp(moment, zone)
        by_hour[wall.weekday(), wall.hour] += 15
    assert bookable.by_hour == by_hour
    assert minutes_of(by_day) == by_hour.total()
    assert bookable.minutes_within(taken) == 15 * sum(
        any(begins <= moment < ends for begins, ends in taken) for moment in found
    )
    open_then = {m for m in walked(hours, zone, first, last) if not any(b <= m < e for b, e in closures)}
    # Hours that begin or end within a repeated hour are open from its first to its last such time, so beyond the wall's.
    assert open_then <= found
    if not days_between(zone, first, last).changed:
        assert open_then == found
