"""Every figure of the clinic, defined once: what it counts, its formula, unit and denominator, and where it comes from.

Past days are those before today in the clinic's zone. A figure of nothing is None, never zero. Medians and percentiles are
nearest-rank: the smallest value that at least that share of all values does not exceed, so always one that occurred
(Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996, definition 1).
"""

from collections.abc import Iterable, Mapping
from math import ceil, sqrt

from core.domain.bookable import WeekHour

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: 95 % lie between it and its opposite."""

_ROUNDING = 1e-9


def bookable_minutes(by_hour: Mapping[WeekHour, int]) -> int:
    """Minutes in which doctors see patients: opening hours less closures, as core.domain.bookable counts them."""
    return sum(by_hour.values())


def utilisation_booked(booked_minutes: int, bookable: int) -> float | None:
    """The share of bookable time that is booked: minutes of appointments not cancelled ÷ bookable minutes.

    Of all days of the period, also those to come; without buffers. It passes 1 where visits lie outside opening hours.
    """
    return _share(booked_minutes, bookable)


def utilisation_realised(completed_minutes: int, bookable: int) -> float | None:
    """The share of bookable time that was used: planned minutes of completed visits ÷ bookable minutes, of past days.

    Without buffers. It passes 1 where visits lie outside opening hours.
    """
    return _share(completed_minutes, bookable)


def no_show_rate(completed: int, no_show: int) -> float | None:
    """The share of patients who did not come: no-shows ÷ (completed + no-shows), of past days.

    Cancelled visits and those of which nobody said what happened are in neither.
    """
    return _share(no_show, completed + no_show)


def cancellation_rate(cancelled: int, booked: int) -> float | None:
    """The share of appointments that were cancelled: cancelled ÷ booked (whatever became of them).

    For late ones alone, cancelled by patients or at their wish after the clinic's cut-off (24 hours before the start,
    unless set otherwise), hand in just these as `cancelled`; the denominator stays the same.
    """
    return _share(cancelled, booked)


def wilson_interval(part: int, whole: int) -> tuple[float, float] | None:
    """The 95 % confidence interval of a rate part ÷ whole, both ends as fractions of 1.

    Wilson's score interval: (p + z²/2n ± z√(p(1 - p)/n + z²/4n²)) ÷ (1 + z²/n). Unlike p ± z√(p(1 - p)/n) it holds for few
    visits and for rates near 0 (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22, 1927).
    """
    if whole <= 0:
        return None
    share, square = part / whole, Z_95**2 / whole
    middle = share + square / 2
    reach = Z_95 * sqrt(share * (1 - share) / whole + square / (4 * whole))
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    # With none or all, one end is exactly 0 or 1; rounding must not pass it.
    return (low if part else 0.0), (high if part < whole else 1.0)


def lead_time(counts: Mapping[int, int]) -> tuple[int, int, int] | None:
    """How long ahead patients book: lower quartile, median and upper quartile, in whole days of 24 hours.

    From the moment of booking to the start, of appointments not cancelled; `counts` says how many for each number of
    days, where 91 stands for 91 or more.
    """
    quartiles = [percentile(counts, share) for share in (0.25, 0.5, 0.75)]
    return None if quartiles[0] is None else (quartiles[0], quartiles[1] or 0, quartiles[2] or 0)


def waiting_time(counts: Mapping[int, int]) -> tuple[int, int] | None:
    """How long patients wait at the clinic: median and 90th percentile, in whole minutes.

    From check-in to the start of the visit, of past visits with both stamps; `counts` says how many for each minute.
    """
    median, p90 = percentile(counts, 0.5), percentile(counts, 0.9)
    return None if median is None or p90 is None else (median, p90)


def cycle_time(counts: Mapping[int, int]) -> int | None:
    """How long a visit takes a patient: the median, in whole minutes.

    From check-in to completion, of past visits with both stamps; `counts` says how many for each minute.
    """
    return percentile(counts, 0.5)


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The nearest-rank percentile of values that occurred so many times each: the one at rank ⌈share * n⌉ of all n."""
    rank = ceil(share * sum(counts.values()) - _ROUNDING)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0 < counts[value]:
            return value
    return None


def third_next_available(measured: Iterable[int | None]) -> float | None:
    """The median of daily measurements: calendar days from that day to the third free slot of a visit type.

    Weekends count, and so do times that somebody just holds; None stands for more days than the booking horizon has, and
    is the answer where more than half were so. The third, as the first may be free by a chance cancellation
    (Institute for Healthcare Improvement, "Third Next Available Appointment"; Murray and Berwick, "Advanced Access", JAMA
    289, 2003).
    """
    days = sorted((entry is None, entry or 0) for entry in measured)
    if not days:
        return None
    beyond, value = days[(len(days) - 1) // 2]
    return None if beyond else float(value)


def buffer_ceiling(visit_minutes: int, buffer_minutes: int) -> float | None:
    """The highest share of time that visits can fill with such buffers: their minutes ÷ (their minutes + buffers).

    Of past visits not cancelled.
    """
    return _share(visit_minutes, visit_minutes + buffer_minutes)


def unused_minutes(bookable: int, *taken: int) -> int:
    """Bookable minutes that nothing took; 0 where what was taken passes them, as visits outside opening hours can."""
    return max(0, bookable - sum(taken))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
