from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.opening import ClosesBeforeOpening, HoursOverlap, OpeningHours, refuse_overlapping
from core.ui.setup.week import (
    UNTIL,
    UnreadableHours,
    WeekPlan,
    changed_for,
    dates_words,
    hours_of,
    like_monday,
    plans_of,
    problems_of,
    stretches,
    tidied,
    usual_week,
    weekly_minutes,
)

NINE, NOON, ONE, FIVE = time(9), time(12), time(13), time(17)
TO = "\N{EN DASH}"
WORKDAY = f"09:00{TO}12:00, 13:00{TO}17:00"
NEW_YEAR, LAST_OF_YEAR = date(2027, 1, 1), date(2026, 12, 31)


def week(monday: str = "", valid_from: date | None = None, valid_until: date | None = None) -> WeekPlan:
    return WeekPlan((monday, *[""] * 6), valid_from, valid_until)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", []),
        ("  ", []),
        ("Closed", []),
        ("-", []),
        ("09:00-12:00", [(NINE, NOON)]),
        (WORKDAY, [(NINE, NOON), (ONE, FIVE)]),
        ("9-12, 13-17", [(NINE, NOON), (ONE, FIVE)]),
        ("9-12; 13-17", [(NINE, NOON), (ONE, FIVE)]),
        ("9-12 and 13-17", [(NINE, NOON), (ONE, FIVE)]),
        ("9 to 12 & 1pm until 5pm", [(NINE, NOON), (ONE, FIVE)]),
        ("0900-1200", [(NINE, NOON)]),
        ("900-1200", [(NINE, NOON)]),
        ("9.30-12h15", [(time(9, 30), time(12, 15))]),
        ("9am-12pm", [(NINE, NOON)]),
        ("9 a.m. - noon", [(NINE, NOON)]),
        ("1-5pm", [(ONE, FIVE)]),
        ("1pm-5", [(ONE, FIVE)]),
        ("9-5pm", [(NINE, FIVE)]),
        ("9am-5", [(NINE, FIVE)]),
        ("22-24", [(time(22), time(0))]),
        ("22:00-00:00", [(time(22), time(0))]),
        ("10pm-12am", [(time(22), time(0))]),
        ("0:00-24:00", [(time(0), time(0))]),
    ],
)
def test_times_are_read_as_people_write_them(text: str, read: list[tuple[time, time]]) -> None:
    assert stretches(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "lunch",
        "9",
        "9-",
        "9-12-15",
        "25-26",
        "9:60-12",
        "24-12",
        "9-24:30",
        "13pm-5pm",
        "0am-5",
        "9-12, later",
        "9--12",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UnreadableHours):
        stretches(text)
    assert tidied(text) == text
    assert set(problems_of([week(text)])) == {(0, 0)}


def test_times_are_tidied_and_put_in_order() -> None:
    assert tidied("13-17 and 9-12") == WORKDAY
    assert tidied("22-24") == f"22:00{TO}24:00"
    assert tidied("closed") == ""


@pytest.mark.parametrize(
    ("plan", "place", "says"),
    [
        (week("12:00-09:00"), (0, 0), "Closing time must be after opening time."),
        (week("9-9"), (0, 0), "Closing time must be after opening time."),
        (week("9-12, 11-13"), (0, 0), f"11:00{TO}13:00 overlaps 09:00{TO}12:00."),
        (week("", NEW_YEAR, LAST_OF_YEAR), (0, UNTIL), "The last day must not be before the first."),
    ],
)
def test_a_problem_stands_where_it_is_and_says_what_it_is(
    plan: WeekPlan, place: tuple[int, int | str], says: str
) -> None:
    assert problems_of([plan]) == {place: says}


def test_hours_that_touch_or_hold_at_other_dates_are_no_problem() -> None:
    assert problems_of([week("9-12, 12-17"), week("9-12", NEW_YEAR)]) == {
        (1, 0): f"09:00{TO}12:00 overlaps 09:00{TO}12:00 of the hours “Every week”."
    }
    assert problems_of([week("9-12", None, LAST_OF_YEAR), week("9-12", NEW_YEAR)]) == {}
    assert problems_of([week("9-12"), WeekPlan(("", "9-12", *[""] * 5), NEW_YEAR)]) == {}


def test_every_wrong_day_is_named() -> None:
    plan = WeekPlan(("9-8", "lunch", "9-12, 9-12", "9-12", "", "", "8-9, 22-24, 23-24"))
    assert set(problems_of([plan])) == {(0, 0), (0, 1), (0, 2), (0, 6)}


def test_ready_made_weeks() -> None:
    assert usual_week(WeekPlan(("lunch",) * 7)).days == (WORKDAY,) * 5 + ("", "")
    assert like_monday(WeekPlan(("8-9", "", "", "", "", "10-11", ""))).days == ("8-9",) * 5 + ("10-11", "")
    assert weekly_minutes(usual_week(WeekPlan())) == 35 * 60
    assert weekly_minutes(week("0-24")) == 24 * 60


@pytest.mark.parametrize(
    ("first", "last", "after"),
    [
        # from a date on: the old hours end the day before
        (NEW_YEAR, None, [(None, LAST_OF_YEAR), (NEW_YEAR, None)]),
        # for a while: the old ones go on afterwards
        (
            NEW_YEAR,
            date(2027, 1, 8),
            [(None, LAST_OF_YEAR), (NEW_YEAR, date(2027, 1, 8)), (date(2027, 1, 9), None)],
        ),
    ],
)
def test_other_hours_cut_the_ones_that_held(
    first: date, last: date | None, after: list[tuple[date | None, date | None]]
) -> None:
    plans = changed_for([week("9-12")], first, last)
    assert [(plan.valid_from, plan.valid_until) for plan in plans] == after
    assert {plan.days[0] for plan in plans} == {"9-12"}
    assert problems_of(plans) == {}


def test_other_hours_replace_what_lies_wholly_within_them() -> None:
    plans = [
        week("9-12", None, LAST_OF_YEAR),
        week("8-10", NEW_YEAR, date(2027, 1, 8)),
        week("13-17", date(2027, 1, 9)),
    ]
    changed = changed_for(plans, date(2026, 12, 24), date(2027, 1, 31))
    assert [(plan.days[0], plan.valid_from, plan.valid_until) for plan in changed] == [
        ("9-12", None, date(2026, 12, 23)),
        ("9-12", date(2026, 12, 24), date(2027, 1, 31)),
        ("13-17", date(2027, 2, 1), None),
    ]


def test_dates_in_words() -> None:
    assert dates_words(week()) == "Every week"
    assert dates_words(week("", NEW_YEAR)) == "From 1 January 2027 on"
    assert dates_words(week("", None, LAST_OF_YEAR)) == "Until 31 December 2026"
    assert dates_words(week("", NEW_YEAR, date(2027, 1, 8))) == "From 1 January 2027 to 8 January 2027"


def test_reversed_hours_never_become_opening_hours() -> None:
    with pytest.raises(ClosesBeforeOpening):
        hours_of([week("12-9")])


_minutes = st.integers(0, 24 * 60 - 1)
_dates = st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def _hours(draw: st.DrawFn) -> OpeningHours:
    opens, closes = sorted((draw(_minutes), draw(_minutes)))
    first, last = draw(_dates), draw(_dates)
    if first and last and last < first:
        first, last = last, first
    end = time(0) if opens == closes else time(closes // 60, closes % 60)
    return OpeningHours(draw(st.integers(0, 6)), time(opens // 60, opens % 60), end, first, last)


@given(st.lists(_hours(), max_size=12))
def test_hours_survive_the_way_into_the_fields_and_back(hours: list[OpeningHours]) -> None:
    plans = plans_of(hours)
    assert sorted(map(repr, hours_of(plans))) == sorted(map(repr, hours))
    assert plans_of(hours_of(plans)) == plans


@given(st.lists(_hours(), max_size=8))
def test_the_fields_show_a_problem_exactly_where_the_rule_would_refuse(hours: list[OpeningHours]) -> None:
    try:
        refuse_overlapping(hours)
    except HoursOverlap:
        assert problems_of(plans_of(hours))
    else:
        assert problems_of(plans_of(hours)) == {}


@given(st.lists(_hours(), max_size=6), st.dates(date(2026, 1, 1), date(2028, 12, 31)), _dates)
def test_other_hours_never_overlap_and_leave_every_other_day_as_it_was(
    hours: list[OpeningHours], first: date, last: date | None
) -> None:
    if last is not None and last < first:
        first, last = last, first
    before = plans_of(hours)
    if problems_of(before):
        return
    after = changed_for(before, first, last)
    assert problems_of(after) == {}
    for day in (first, date(2025, 12, 31), date(2026, 7, 1), date(2027, 3, 3), date(2029, 1, 1)):
        if not first <= day <= (last or date.max):
            assert _held(after, day) == _held(before, day)


def _held(plans: tuple[WeekPlan, ...], day: date) -> list[tuple[time, time]]:
    return sorted((entry.opens, entry.closes) for entry in hours_of(plans) if entry.holds_on(day))
