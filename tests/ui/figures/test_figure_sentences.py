"""The sentences above the charts, each for a clinic like many and for one where there is little to say."""

from dataclasses import replace
from datetime import date

import pytest

from core.reports.report import Attendance, Availability, FreeTime, HourCell, Mark, Period, Question, Report, TimeUse
from core.ui.figures.busy_hours import sentence
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


@pytest.mark.parametrize(
    ("visit_type_id", "days", "waits", "booked"),
    [
        (
            None,
            9,
            "First visit waits longest: 9 days to the third free time; the target is 7.",
            "Friday after 15:00 is",
        ),
        (
            1,
            9,
            "First visit: 9 days to the third free time; the target is 7.",
            "First visit takes 40 % of Friday after",
        ),
        (4, 0, "Video visit has three free times today; the target is 7 days.", "Video visit takes 40 % of Friday"),
        (4, None, "Video visit: fewer than three free times within 60 days.", "Video visit takes 40 % of Friday after"),
    ],
)
def test_what_counts_one_visit_type_names_it(
    visit_type_id: int | None, days: int | None, waits: str, booked: str
) -> None:
    found = made.availability()
    shown = tuple(
        replace(wait, days=days) if wait.visit_type_id == visit_type_id else wait
        for wait in found.visit_types
        if visit_type_id in {None, wait.visit_type_id}
    )
    report = made.made_report(
        question=Question(made.PERIOD, visit_type_id=visit_type_id), availability=replace(found, visit_types=shown)
    )
    told = sentences(report)
    assert told[1] == waits
    assert told[3].startswith(booked)


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize(
    ("visit_type", "says"),
    [("", "Monday {cut} 11:00 is 0 % booked."), ("Video", "Video takes 0 % of Monday {cut} 11:00.")],
)
def test_the_emptiest_part_of_a_weekday(cut: str, visit_type: str, says: str) -> None:
    empty = range(9, 11) if cut == "before" else range(11, 13)
    cells = [HourCell(0, hour, 240, 0 if hour in empty else 240, 0, 0) for hour in range(9, 13)]
    assert sentence(cells, visit_type).replace("\N{NO-BREAK SPACE}", " ") == says.format(cut=cut)


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
