"""Charts 2, 5 and 6: how soon a visit can be had, who doesn't come, and how long patients wait."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from core.domain.appointment import Status
from core.reports import metrics
from core.reports.report import Attendance, Availability, HourWait, LeadGroup, VisitTypeWait, Waiting
from core.scheduler.figure_sums import LEAD, WAIT, Measured, Tally
from core.scheduler.figures import StoredFigures
from core.scheduler.schedule import OPEN

TARGET_DAYS = 7
"""The days within which the third next appointment should be free: a week, unless a clinic sets itself another goal."""

LEAD_GROUPS = ((0, 0), (1, 1), (2, 7), (8, 30), (31, None))
"""Whole days of 24 hours from booking to the start, least and most of each group."""


def lead_group(least: int | None) -> tuple[int, int | None] | None:
    """The group that begins with so many days, None where none does."""
    return next((group for group in LEAD_GROUPS if group[0] == least), None)


def availability(stored: StoredFigures) -> Availability:
    """Chart 2: the last measurement of each visit type, and the period's by week."""
    by_type = groupby(stored.measured, key=lambda entry: (entry.visit_type_id, entry.name))
    return Availability(
        tuple(_wait(number, name, list(found), stored) for (number, name), found in by_type),
        TARGET_DAYS,
        stored.clinic.policy.horizon_days,
    )


def _wait(number: int, name: str, found: list[Measured], stored: StoredFigures) -> VisitTypeWait:
    last = found[-1] if found[-1].day is not None and found[-1].day >= stored.today - timedelta(days=7) else None
    weeks: dict[date, list[int | None]] = {}
    for entry in found:
        if entry.day is not None and stored.asked.first <= entry.day <= stored.asked.last:
            weeks.setdefault(entry.day - timedelta(days=entry.day.weekday()), []).append(entry.days)
    return VisitTypeWait(
        number,
        name,
        last.days if last else None,
        last.day if last else None,
        tuple((monday, metrics.third_next_available(days)) for monday, days in weeks.items()),
    )


def attendance(stored: StoredFigures) -> Attendance:
    """Chart 5: who came of past visits, by how long ahead they were booked."""
    leads = [tally for tally in stored.tallies if tally.past and tally.measure == LEAD]
    groups = tuple(_lead_group(leads, least, most) for least, most in LEAD_GROUPS)
    return Attendance(groups, sum(past_visits(stored, status) for status in OPEN))


def _lead_group(leads: list[Tally], least: int, most: int | None) -> LeadGroup:
    completed, no_show = Counter[bool](), Counter[bool]()
    for tally in leads:
        if least <= tally.value and (most is None or tally.value <= most):
            completed[tally.now] += tally.completed
            no_show[tally.now] += tally.no_show
    interval = metrics.wilson_interval(no_show[True], completed[True] + no_show[True])
    return LeadGroup(
        least=least,
        most=most,
        completed=completed[True],
        no_show=no_show[True],
        rate=metrics.no_show_rate(completed[True], no_show[True]),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        before=metrics.no_show_rate(completed[False], no_show[False]),
    )


def waiting(stored: StoredFigures) -> Waiting:
    """Chart 6: from check-in to start, by the hour of the day that the visit was to begin in."""
    waits = [tally for tally in stored.tallies if tally.measure == WAIT]
    now = [tally for tally in waits if tally.now]
    everybody = _hour_wait(0, now)
    # Whoever was left in progress has both stamps too, and is not completed.
    stamped = everybody.visits - past_visits(stored, Status.IN_PROGRESS)
    return Waiting(
        tuple(
            _hour_wait(hour, (tally for tally in now if tally.hour == hour)) for hour in sorted({t.hour for t in now})
        ),
        everybody,
        _hour_wait(0, (tally for tally in waits if not tally.now)),
        max(0, past_visits(stored, Status.COMPLETED) - stamped),
    )


def past_visits(stored: StoredFigures, status: Status) -> int:
    """How many past visits of the period, as asked for, have the status."""
    return sum(
        entry.visits for entry in stored.sums if entry.now and entry.past and entry.asked and entry.status == status
    )


def _hour_wait(hour: int, tallies: Iterable[Tally]) -> HourWait:
    counts = histogram(tallies)
    found = metrics.waiting_time(counts)
    return HourWait(hour, counts.total(), found[0] if found else None, found[1] if found else None)


def histogram(tallies: Iterable[Tally]) -> Counter[int]:
    """How many visits have each value."""
    counts: Counter[int] = Counter()
    for tally in tallies:
        counts[tally.value] += tally.visits
    return counts
