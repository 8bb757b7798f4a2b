"""A report made by hand: a clinic of three doctors and four visit types on Monday 7 December 2026."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.reports.report import (
    Attendance,
    Availability,
    Figure,
    FreeCell,
    FreeTime,
    HourCell,
    HourWait,
    Key,
    LeadGroup,
    Named,
    Period,
    Question,
    Report,
    TimeUse,
    UseOfTime,
    VisitTypeWait,
    Waiting,
)

TODAY = date(2026, 12, 7)
PERIOD = Period(TODAY - timedelta(days=28), TODAY - timedelta(days=1))
DOCTORS = (Named(1, "Dr. Sarah Johnson"), Named(2, "Dr. Michael Chen"), Named(3, "Dr. Emily Davis"))
NEXT_WEEK = Period(date(2026, 12, 14), date(2026, 12, 20))
_H = 60


def free_time() -> FreeTime:
    """34 of 105 hours are free; most of them with Dr. Chen on Thursday."""
    free = {1: (0, 45, 90, 120, 60), 2: (60, 30, 180, 400, 240), 3: (15, 0, 200, 300, 300)}
    return FreeTime(
        NEXT_WEEK,
        DOCTORS,
        tuple(
            FreeCell(NEXT_WEEK.first + timedelta(days=day), doctor, 7 * _H, minutes)
            for doctor, days in free.items()
            for day, minutes in enumerate(days)
        ),
    )


def availability(weeks: int = 12) -> Availability:
    """The first visit waits longest."""
    mondays = [TODAY - timedelta(weeks=number) for number in range(weeks, 0, -1)]
    types = {
        "First visit": (9, (4, 5, 5, 6, 7, 6, 7, 8, 8, 9, 9, 9)),
        "Follow-up": (2, (1, 1, 2, 2, 1, 1.5, 2, 3, 2, 2, 1, 2)),
        "Physical check-up": (6, (8, 7, 7, 6, None, 6, 5, 5, 6, 6, 6, 6)),
        "Video visit": (0, (0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0)),
    }
    return Availability(
        tuple(
            VisitTypeWait(number, name, now, TODAY, tuple(zip(mondays, line[-weeks:] if weeks else (), strict=True)))
            for number, (name, (now, line)) in enumerate(types.items(), 1)
        ),
        target_days=7,
        horizon_days=60,
    )


def time_use(
    hours: float, seen: float, no_show: float, no_outcome: float = 0, blocked: float = 0, **more: Any
) -> TimeUse:
    """A doctor's hours and the shares of them; what remains is unused."""
    whole = round(hours * _H)
    parts = [round(whole * share) for share in (seen, no_show, no_outcome, 0.11, blocked)]
    found = TimeUse(whole, *parts, whole - sum(parts), outside=0, ceiling=0.86)
    return replace(found, **more)


def use_of_time() -> UseOfTime:
    """71 % seen, 6 % lost."""
    return UseOfTime(
        PERIOD.last,
        (
            (DOCTORS[0], time_use(140, 0.74, 0.04, outside=95)),
            (DOCTORS[1], time_use(118, 0.61, 0.09, 0.03, 0.05)),
            (DOCTORS[2], time_use(96, 0.45, 0.02, 0.01, 0.3)),
        ),
        all=time_use(354, 0.71, 0.06, 0.01, outside=95),
        before=time_use(350, 0.68, 0.07),
    )


def busy_hours() -> tuple[HourCell, ...]:
    """Fridays after 15:00 are emptiest; Saturdays are hardly ever open."""
    cells = []
    for weekday in range(5):
        for hour in (9, 10, 11, 13, 14, 15, 16):
            share = 0.95 - 0.05 * weekday - (0.35 if weekday == 4 and hour >= 15 else 0.03 * (hour - 9))
            cells.append(HourCell(weekday, hour, 720, round(720 * share), round(700 * share), 700))
    cells.append(HourCell(5, 9, 120, 60, 0, 0))
    return tuple(cells)


def attendance() -> Attendance:
    """Beyond seven days' notice more visits are missed."""
    made = ((0, 0, 190, 4), (1, 2, 160, 6), (3, 7, 220, 14), (8, 14, 180, 16), (15, 28, 140, 15), (29, None, 54, 7))
    groups = tuple(
        LeadGroup(
            least,
            most,
            came,
            missed,
            missed / (came + missed),
            max(0.0, missed / (came + missed) - 2 / (came + missed) ** 0.5 * 0.3),
            missed / (came + missed) + 2 / (came + missed) ** 0.5 * 0.35,
            missed / (came + missed) * 1.1,
        )
        for least, most, came, missed in made
    )
    return Attendance(groups, unrecorded=7)


def waiting() -> Waiting:
    """Half wait under 8 minutes, one in ten over 24."""
    hours = {9: (70, 4, 12), 10: (84, 6, 18), 11: (80, 9, 27), 12: (2, 5, 6), 13: (66, 5, 14), 14: (77, 8, 22)}
    hours |= {15: (75, 11, 29), 16: (60, 12, 33)}
    return Waiting(
        tuple(HourWait(hour, *found) for hour, found in hours.items()),
        all=HourWait(0, 514, 8, 24),
        before=HourWait(0, 498, 7, 22),
        unstamped=12,
    )


def figures() -> tuple[Figure, ...]:
    """Every figure once."""
    made: dict[Key, tuple[str, float | None, float | None, int | None]] = {
        Key.VISITS: ("visits", 1204, 1190, None),
        Key.BOOKABLE_MINUTES: ("minutes", 354 * _H, 350 * _H, None),
        Key.UTILISATION_BOOKED: ("share", 0.83, 0.8, 354 * _H),
        Key.UTILISATION_REALISED: ("share", 0.71, 0.68, 354 * _H),
        Key.OUTSIDE_MINUTES: ("minutes", 95, 0, None),
        Key.NO_SHOW_RATE: ("share", 0.061, 0.07, 1006),
        Key.UNRECORDED: ("visits", 7, 3, None),
        Key.CANCELLATION_RATE: ("share", 0.11, 0.12, 1350),
        Key.LATE_CANCELLATION_RATE: ("share", 0.02, 0.03, 1350),
        Key.LEAD_TIME_MEDIAN: ("days", 6, 5.5, 1204),
        Key.LEAD_TIME_LOWER_QUARTILE: ("days", 1, 1, 1204),
        Key.LEAD_TIME_UPPER_QUARTILE: ("days", 14, 13, 1204),
        Key.THIRD_NEXT_AVAILABLE: ("days", 4, None, 80),
        Key.WAITING_MEDIAN: ("minutes", 8, 7, 514),
        Key.WAITING_P90: ("minutes", 24, 22, 514),
        Key.CYCLE_TIME_MEDIAN: ("minutes", 31, 30, 514),
    }
    return tuple(Figure(key, *values) for key, values in made.items())


def made_report(**parts: Any) -> Report:
    """The report, with other parts where they are given."""
    found = Report(
        Question(PERIOD),
        datetime(2026, 12, 7, 7, tzinfo=UTC),
        visits=1204,
        free=free_time(),
        availability=availability(),
        use=use_of_time(),
        hours=busy_hours(),
        attendance=attendance(),
        waiting=waiting(),
        figures=figures(),
    )
    return replace(found, **parts)
