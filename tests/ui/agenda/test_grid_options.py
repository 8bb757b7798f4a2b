from datetime import date, datetime, time

import pytest

from core.domain.opening import OpeningHours
from core.ui.agenda.grid_options import business_hours, hours_shown, layout, options
from core.ui.agenda.range import Shown, View

TUESDAY = date(2026, 12, 8)
WEEK = Shown(View.WEEK, TUESDAY)
WEEKDAYS = [
    OpeningHours(weekday, opens, closes)
    for weekday in range(5)
    for opens, closes in ((time(9), time(12)), (time(13), time(17)))
]


def span(begins: str, ends: str) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(f"2026-12-{begins}"), datetime.fromisoformat(f"2026-12-{ends}")


@pytest.mark.parametrize(
    ("hours", "spans", "shown"),
    [
        ([], [], (8, 18)),  # nothing open, nothing booked
        (WEEKDAYS, [], (8, 18)),  # an hour around
        ([OpeningHours(1, time(7, 30), time(19, 30))], [], (6, 21)),
        ([OpeningHours(1, time(0, 30), time(0))], [], (0, 24)),
        ([OpeningHours(1, time(9), time(12), valid_until=date(2026, 12, 1))], [], (8, 18)),  # not in these days
        (WEEKDAYS, [span("08T18:30", "08T19:10")], (8, 20)),  # booked later than open
        (WEEKDAYS, [span("08T06:10", "08T07:00")], (6, 18)),
        (WEEKDAYS, [span("08T23:30", "09T00:30")], (0, 24)),
        (WEEKDAYS, [span("08T23:30", "09T00:00")], (8, 24)),
    ],
)
def test_the_hours_shown_hold_all_that_is_open_and_booked(
    hours: list[OpeningHours], spans: list[tuple[datetime, datetime]], shown: tuple[int, int]
) -> None:
    assert hours_shown(WEEK, hours, spans) == shown


@pytest.mark.parametrize(
    ("view", "hours", "spans", "weekend"),
    [
        (View.WEEK, WEEKDAYS, [], False),
        (View.MONTH, WEEKDAYS, [], False),
        (View.DAY, WEEKDAYS, [], True),
        (View.LIST, WEEKDAYS, [], True),
        (View.WEEK, [*WEEKDAYS, OpeningHours(5, time(9), time(12))], [], True),
        (View.WEEK, WEEKDAYS, [span("12T09:00", "12T09:20")], True),
        (View.MONTH, WEEKDAYS, [span("20T09:00", "20T09:20")], True),
    ],
)
def test_the_weekend_is_drawn_where_something_happens_on_it(
    view: View, hours: list[OpeningHours], spans: list[tuple[datetime, datetime]], weekend: bool
) -> None:
    assert layout(Shown(view, TUESDAY), hours, spans).weekend is weekend


def test_opening_hours_are_told_in_fullcalendars_week() -> None:
    hours = [
        OpeningHours(0, time(9), time(12)),
        OpeningHours(6, time(20), time(0), date(2026, 12, 1), date(2026, 12, 31)),
    ]
    assert business_hours(hours) == [
        {"daysOfWeek": [1], "startTime": "09:00", "endTime": "12:00"},
        {
            "daysOfWeek": [0],
            "startTime": "20:00",
            "endTime": "24:00",
            "startRecur": "2026-12-01",
            "endRecur": "2027-01-01",
        },
    ]


def test_the_options_drive_the_days_from_the_page_on_the_clinics_clock() -> None:
    made = options(
        layout(WEEK, WEEKDAYS, []),
        WEEKDAYS,
        now=datetime(2026, 12, 8, 10, 7, 31),  # noqa: DTZ001
        zone="America/New_York",
        locale="en-gb",
    )
    assert (made["timeZone"], made["now"]) == ("America/New_York", "2026-12-08T10:07:00")
    assert made["visibleRange"] == {"start": "2026-12-07", "end": "2026-12-14"}
    assert (made["slotMinTime"], made["slotMaxTime"], made["firstDay"]) == ("08:00", "18:00", 1)
    assert made["hiddenDays"] == [6, 0]
    assert made["headerToolbar"] is False
    assert not any("resource" in str(value).lower() for value in made.values())


def test_no_hours_at_all_are_told_apart_from_closed_all_day() -> None:
    made = options(layout(WEEK, [], []), [], now=datetime(2026, 12, 8, 10), zone="UTC", locale="en-gb")  # noqa: DTZ001
    assert made["businessHours"] is False


def test_the_grid_begins_anew_only_where_its_kind_or_height_changes() -> None:
    week, day = layout(WEEK, WEEKDAYS, []), layout(Shown(View.DAY, TUESDAY), WEEKDAYS, [])
    assert week.key == day.key
    assert layout(WEEK.later, WEEKDAYS, []).key == week.key
    assert layout(WEEK, WEEKDAYS, [span("08T18:30", "08T19:10")]).key != week.key
    assert layout(Shown(View.MONTH, TUESDAY), WEEKDAYS, []).key != week.key


def test_a_list_grows_with_its_lines_and_more_so_on_a_phone() -> None:
    shown = Shown(View.LIST, TUESDAY)
    spans = [span("08T09:00", "08T09:20")] * 12
    assert layout(shown, WEEKDAYS, []).height < layout(shown, WEEKDAYS, spans).height
    assert layout(shown, WEEKDAYS, spans).height < layout(shown, WEEKDAYS, spans, narrow=True).height
