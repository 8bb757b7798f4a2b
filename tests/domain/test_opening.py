import itertools
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
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
    wall_instant,
)

LONDON = ZoneInfo("Europe/London")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HOUR = 3600


def utc(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


def on(day: date, opens: str, closes: str) -> OpeningHours:
    return OpeningHours(day.weekday(), time.fromisoformat(opens), time.fromisoformat(closes))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 28), 24),
        ("Europe/London", SPRING, 23),
        ("Europe/London", AUTUMN, 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/Santiago", date(2026, 4, 4), 25),  # the hour before midnight comes twice
        ("America/Santiago", date(2026, 9, 6), 23),  # midnight itself is skipped
        ("America/Havana", date(2026, 11, 1), 25),  # midnight itself comes twice
        ("Asia/Beirut", date(2026, 3, 29), 23),  # midnight itself is skipped
        ("Asia/Beirut", date(2026, 10, 24), 25),  # the hour before midnight comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_days_last_as_long_as_the_zone_says(zone: str, day: date, hours: float) -> None:
    there = ZoneInfo(zone)
    start, end = day_span(day, there)
    assert (end - start) / HOUR == hours
    assert open_spans([on(day, "00:00", "00:00")], there, day, day) == [(start, end)]


@pytest.mark.parametrize(
    ("opens", "closes", "span"),
    [
        ("09:00", "12:00", (utc(SPRING, 8), utc(SPRING, 11))),
        ("00:00", "03:00", (utc(SPRING, 0), utc(SPRING, 2))),  # an hour is lost
        ("01:30", "03:00", (utc(SPRING, 1), utc(SPRING, 2))),  # opens in the skipped hour: at the change
        ("00:00", "01:30", (utc(SPRING, 0), utc(SPRING, 1))),  # closes in the skipped hour: at the change
    ],
)
def test_hours_around_a_skipped_hour_end_or_begin_at_the_change(opens: str, closes: str, span: Span) -> None:
    assert open_spans([on(SPRING, opens, closes)], LONDON, SPRING, SPRING) == [span]


@pytest.mark.parametrize(("opens", "closes"), [("01:00", "02:00"), ("01:15", "01:45")])
def test_hours_that_lie_within_a_skipped_hour_do_not_take_place(opens: str, closes: str) -> None:
    assert open_spans([on(SPRING, opens, closes)], LONDON, SPRING, SPRING) == []


@pytest.mark.parametrize(
    ("opens", "closes", "span"),
    [
        ("09:00", "12:00", (utc(AUTUMN, 9), utc(AUTUMN, 12))),
        ("01:15", "01:45", (utc(AUTUMN, 0, 15), utc(AUTUMN, 1, 45))),
        ("01:30", "03:00", (utc(AUTUMN, 0, 30), utc(AUTUMN, 3))),
        ("00:30", "03:00", (utc(AUTUMN, 0) - HOUR // 2, utc(AUTUMN, 3))),
        ("00:00", "01:30", (utc(AUTUMN, 0) - HOUR, utc(AUTUMN, 1, 30))),
    ],
)
def test_hours_open_at_the_first_and_close_at_the_last_of_a_repeated_hour(opens: str, closes: str, span: Span) -> None:
    assert open_spans([on(AUTUMN, opens, closes)], LONDON, AUTUMN, AUTUMN) == [span]


def test_hours_that_follow_each_other_never_overlap_in_a_repeated_hour() -> None:
    hours = [on(AUTUMN, "00:30", "01:15"), on(AUTUMN, "01:30", "03:00")]
    assert open_spans(hours, LONDON, AUTUMN, AUTUMN) == [(utc(AUTUMN, 0) - HOUR // 2, utc(AUTUMN, 3))]


def test_hours_of_a_day_that_touch_are_one_stretch_also_where_one_holds_for_a_while_only() -> None:
    first, last = date(2026, 11, 30), date(2026, 12, 7)
    hours = [
        OpeningHours(0, time(12), time(14), valid_from=date(2026, 12, 1), valid_until=date(2026, 12, 31)),
        OpeningHours(0, time(9), time(12)),
        OpeningHours(0, time(14), time(15)),
    ]
    assert open_spans(hours, LONDON, first, last) == [
        (utc(first, 9), utc(first, 12)),
        (utc(first, 14), utc(first, 15)),
        (utc(last, 9), utc(last, 15)),
    ]


def test_each_day_has_a_stretch_of_its_own_where_it_is_open_round_the_clock() -> None:
    hours = [OpeningHours(weekday, time(0), time(0)) for weekday in (0, 1)]
    monday, tuesday = date(2026, 12, 7), date(2026, 12, 8)
    assert open_spans(hours, LONDON, monday, tuesday) == [day_span(monday, LONDON), day_span(tuesday, LONDON)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/London", AUTUMN),
        ("America/Santiago", date(2026, 9, 5)),  # the midnight that ends it is skipped
        ("America/Havana", date(2026, 10, 31)),  # the midnight that ends it comes twice
    ],
)
def test_closing_at_midnight_means_the_end_of_the_day(zone: str, day: date) -> None:
    there = ZoneInfo(zone)
    assert open_spans([on(day, "00:00", "00:00")], there, day, day) == [day_span(day, there)]


def test_hours_hold_on_their_weekday_from_their_first_to_their_last_date() -> None:
    monday = date(2026, 6, 1)
    hours = OpeningHours(0, time(9), time(12), valid_from=date(2026, 6, 8), valid_until=date(2026, 6, 15))
    found = open_spans([hours], LONDON, monday, date(2026, 6, 30))
    assert found == [(utc(date(2026, 6, day), 8), utc(date(2026, 6, day), 11)) for day in (8, 15)]


def test_spans_come_in_order_whatever_the_order_of_the_hours() -> None:
    day = date(2026, 6, 1)
    hours = [on(day, "13:00", "17:00"), on(day, "09:00", "12:00")]
    assert open_spans(hours, LONDON, day, day) == [(utc(day, 8), utc(day, 11)), (utc(day, 12), utc(day, 16))]


@pytest.mark.parametrize(("opens", "closes"), [("09:00", "09:00"), ("12:00", "09:00")])
def test_closing_before_opening_is_refused(opens: str, closes: str) -> None:
    with pytest.raises(ClosesBeforeOpening):
        on(SPRING, opens, closes)


@pytest.mark.parametrize(
    ("opens", "closes", "refused"),
    [
        ("07:00", "08:00", False),
        ("07:00", "09:00", False),
        ("08:00", "09:01", True),
        ("09:00", "12:00", True),
        ("11:59", "00:00", True),
        ("12:00", "00:00", False),
    ],
)
def test_hours_of_one_weekday_may_touch_but_not_overlap(opens: str, closes: str, refused: bool) -> None:
    both = [on(SPRING, "09:00", "12:00"), on(SPRING, opens, closes)]
    if refused:
        with pytest.raises(HoursOverlap):
            refuse_overlapping(both)
    else:
        refuse_overlapping(both)
        assert len(open_spans(both, LONDON, SPRING, SPRING)) == (2 if closes == "08:00" else 1)


def test_the_same_hours_may_follow_each_other_by_date() -> None:
    old = OpeningHours(0, time(9), time(12), valid_until=date(2026, 6, 30))
    refuse_overlapping([old, OpeningHours(0, time(9), time(12), valid_from=date(2026, 7, 1))])
    with pytest.raises(HoursOverlap):
        refuse_overlapping([old, OpeningHours(0, time(9), time(12), valid_from=date(2026, 6, 30))])


def test_a_skipped_wall_time_means_the_instant_of_the_change() -> None:
    assert wall_instant(SPRING, time(1, 30), LONDON) == utc(SPRING, 1)


def test_a_repeated_wall_time_means_its_first_or_its_last_occurrence() -> None:
    assert wall_instant(AUTUMN, time(1, 30), LONDON) == utc(AUTUMN, 0, 30)
    assert wall_instant(AUTUMN, time(1, 30), LONDON, latest=True) == utc(AUTUMN, 1, 30)


small_spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8
).map(sorted)


def seconds(spans: list[Span]) -> set[int]:
    return {moment for start, end in spans for moment in range(start, end)}


def disjoint(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in spans:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


@settings(deadline=None)
@given(small_spans.map(disjoint), small_spans)
def test_subtracting_leaves_exactly_the_seconds_that_are_not_taken(spans: list[Span], taken: list[Span]) -> None:
    left = subtract(spans, taken)
    assert seconds(left) == seconds(spans) - seconds(taken)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(left))
    assert all(start < end for start, end in left)
