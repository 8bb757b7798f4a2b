"""The list of all figures, of the period and of the one before."""

from collections import Counter
from datetime import timedelta

from core.domain.appointment import Status
from core.reports import metrics
from core.reports.report import Figure, Key
from core.reports.time_charts import Bookable
from core.reports.visit_charts import histogram
from core.scheduler.figure_sums import CYCLE, LEAD, OUTSIDE, WAIT
from core.scheduler.figures import StoredFigures
from core.scheduler.schedule import OPEN

Value = tuple[float | None, int | None]
"""A figure and its denominator."""

_UNITS = {
    Key.VISITS: "visits",
    Key.BOOKABLE_MINUTES: "minutes",
    Key.UTILISATION_BOOKED: "share",
    Key.UTILISATION_REALISED: "share",
    Key.OUTSIDE_MINUTES: "minutes",
    Key.NO_SHOW_RATE: "share",
    Key.UNRECORDED: "visits",
    Key.CANCELLATION_RATE: "share",
    Key.LATE_CANCELLATION_RATE: "share",
    Key.LEAD_TIME_MEDIAN: "days",
    Key.LEAD_TIME_LOWER_QUARTILE: "days",
    Key.LEAD_TIME_UPPER_QUARTILE: "days",
    Key.THIRD_NEXT_AVAILABLE: "days",
    Key.WAITING_MEDIAN: "minutes",
    Key.WAITING_P90: "minutes",
    Key.CYCLE_TIME_MEDIAN: "minutes",
}


def key_figures(stored: StoredFigures, times: list[Bookable]) -> tuple[Figure, ...]:
    """Every figure in its order."""
    now, before = (_values(stored, times, now=now) for now in (True, False))
    return tuple(Figure(key, unit, now[key][0], before[key][0], now[key][1]) for key, unit in _UNITS.items())


def _values(stored: StoredFigures, times: list[Bookable], *, now: bool) -> dict[Key, Value]:
    return {
        **_of_visits(stored, now=now),
        **_of_time(stored, [time for time in times if time.window.now == now], now=now),
        **_of_waiting(stored, now=now),
    }


def _of_visits(stored: StoredFigures, *, now: bool) -> dict[Key, Value]:
    every: Counter[str] = Counter()
    past: Counter[str] = Counter()
    late = 0
    for entry in stored.sums:
        if entry.now == now and entry.asked and entry.status != OUTSIDE:
            every[entry.status] += entry.visits
            late += entry.late
            if entry.past:
                past[entry.status] += entry.visits
    booked, cancelled = every.total(), every[Status.CANCELLED]
    completed, no_show = past[Status.COMPLETED], past[Status.NO_SHOW]
    return {
        Key.VISITS: (booked - cancelled, booked),
        Key.NO_SHOW_RATE: (metrics.no_show_rate(completed, no_show), completed + no_show),
        Key.UNRECORDED: (sum(past[status] for status in OPEN), past.total() - past[Status.CANCELLED]),
        Key.CANCELLATION_RATE: (metrics.cancellation_rate(cancelled, booked), booked),
        Key.LATE_CANCELLATION_RATE: (metrics.cancellation_rate(late, booked), booked),
    }


def _of_time(stored: StoredFigures, times: list[Bookable], *, now: bool) -> dict[Key, Value]:
    kept = seen = outside = 0
    for entry in stored.sums:
        if entry.now != now or not entry.asked or entry.status == Status.CANCELLED:
            continue
        if entry.status == OUTSIDE:
            outside += entry.minutes
            continue
        kept += entry.minutes
        if entry.past and entry.status == Status.COMPLETED:
            seen += entry.minutes
    bookable = sum(time.minutes for time in times)
    past = sum(time.minutes for time in times if time.window.past)
    return {
        Key.BOOKABLE_MINUTES: (bookable, None),
        Key.UTILISATION_BOOKED: (metrics.utilisation_booked(kept, bookable), bookable),
        Key.UTILISATION_REALISED: (metrics.utilisation_realised(seen, past), past),
        Key.OUTSIDE_MINUTES: (outside, None),
    }


def _of_waiting(stored: StoredFigures, *, now: bool) -> dict[Key, Value]:
    tallies = [tally for tally in stored.tallies if tally.now == now]
    leads, waits, cycles = (
        histogram(tally for tally in tallies if tally.measure == measure) for measure in (LEAD, WAIT, CYCLE)
    )
    lower, lead, upper = metrics.lead_time(leads) or (None, None, None)
    median, p90 = metrics.waiting_time(waits) or (None, None)
    first, last = (
        (stored.asked.first, stored.asked.last)
        if now
        else (stored.asked.earlier, stored.asked.first - timedelta(days=1))
    )
    measured = [entry.days for entry in stored.measured if entry.day is not None and first <= entry.day <= last]
    visits, waited = leads.total(), waits.total()
    return {
        Key.LEAD_TIME_MEDIAN: (lead, visits),
        Key.LEAD_TIME_LOWER_QUARTILE: (lower, visits),
        Key.LEAD_TIME_UPPER_QUARTILE: (upper, visits),
        Key.THIRD_NEXT_AVAILABLE: (metrics.third_next_available(measured), len(measured)),
        Key.WAITING_MEDIAN: (median, waited),
        Key.WAITING_P90: (p90, waited),
        Key.CYCLE_TIME_MEDIAN: (metrics.cycle_time(cycles), cycles.total()),
    }
