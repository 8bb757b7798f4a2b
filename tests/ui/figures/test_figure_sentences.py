"""The sentences above the charts, each for a clinic like many and for one where there is little to say."""

from dataclasses import replace
from datetime import date

import pytest

from core.reports.report import Attendance, Availability, FreeTime, Mark, Period, Report, TimeUse
from core.ui.figures.colours import chart_colours
from core.ui.figures.filters import Filters
from core.ui.figures.marks import mark_in, mark_text
from core.ui.figures.told import panels
from tests.ui.figures import made_report as made

COLOURS = chart_colours("light")


def sentences(report: Report) -> list[str]:
    return [panel.sentence.replace("\N{NO-BREAK SPACE}", " ") for panel in panels(report, COLOURS)]


def test_each_chart_says_one_thing() -> None:
    assert sentences(made.made_report()) == [
        "Next week 34 of 105 h are free; most: Dr. Michael Chen, Thursday.",
        "First visit waits longest: 9 days to the third free time; the target is 7.",
        "Of 354 h, 71 % seen, 6 % lost to no-shows.",
        "Friday after 15:00 is 40 % booked.",
        "Beyond 7 days' notice, 9 % don't come (n = 412).",
        "Half wait under 8 min; one in ten over 24.",
    ]


def test_a_clinic_that_has_nothing_yet_is_told_so() -> None:
    nothing = TimeUse(0, 0, 0, 0, 0, 0, 0, 0, None)
    empty = made.made_report(
        free=FreeTime(made.NEXT_WEEK, (), ()),
        availability=Availability((), 7, 60),
        use=replace(made.use_of_time(), doctors=(), all=nothing, before=nothing),
        hours=(),
        attendance=Attendance((), 0),
        waiting=replace(made.waiting(), hours=(), all=replace(made.waiting().all, visits=3)),
    )
    told = sentences(empty)
    assert told[:3] == [
        "Next week has no bookable time.",
        "There are no visit types yet.",
        "No time could be booked in this period.",
    ]
    assert told[4:] == [
        "Too few visits to say: 0, and 20 are needed.",
        "Too few visits to say: 3, and 20 are needed.",
    ]
    assert all(panel.spec is None for panel in panels(empty, COLOURS))


def test_full_weeks_and_waits_beyond_the_horizon_are_said() -> None:
    free = made.free_time()
    full = replace(free, cells=tuple(replace(cell, free=0) for cell in free.cells))
    waits = made.availability()
    beyond = replace(waits, visit_types=(replace(waits.visit_types[0], days=None), *waits.visit_types[1:]))
    told = sentences(made.made_report(free=full, availability=beyond))
    assert told[0] == "Next week is full: none of 105 h are free."
    assert told[1] == "First visit: fewer than three free times within 60 days."
    today = replace(waits, visit_types=tuple(replace(wait, days=0) for wait in waits.visit_types))
    assert sentences(made.made_report(availability=today))[1] == (
        "Every visit type has three free times today; the target is 7 days."
    )


@pytest.mark.parametrize("theme", ["light", "dark", None])
def test_every_mark_of_every_chart_can_be_asked_for_by_its_name(theme: str | None) -> None:
    shown = panels(made.made_report(), chart_colours(theme))
    assert [panel.name for panel in shown if not panel.marks] == ["availability"]
    for panel in shown:
        assert panel.spec is not None
        assert panel.table.rows
        for mark in panel.marks:
            found = mark_in(mark)
            assert isinstance(found, Mark)
            assert mark_text(found) == mark


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({}, Period(date(2026, 11, 9), date(2026, 12, 6))),
        ({"period": "7"}, Period(date(2026, 11, 30), date(2026, 12, 6))),
        ({"period": "90"}, Period(date(2026, 9, 8), date(2026, 12, 6))),
        ({"period": "own", "from": "2026-01-05", "to": "2026-01-09"}, Period(date(2026, 1, 5), date(2026, 1, 9))),
        ({"period": "own", "from": "2026-01-09"}, Period(date(2026, 11, 9), date(2026, 12, 6))),
        ({"period": "own", "from": "1000-01-01", "to": "2026-01-09"}, Period(date(2026, 11, 9), date(2026, 12, 6))),
        ({"period": "forever"}, Period(date(2026, 11, 9), date(2026, 12, 6))),
    ],
)
def test_the_period_of_an_address(address: dict[str, str], expected: Period) -> None:
    assert Filters.read(address, ()).period(made.TODAY) == expected
