from collections import Counter

import pytest

from core.reports import metrics


@pytest.mark.parametrize(
    ("figure", "parts", "value"),
    [
        (metrics.utilisation_booked, (60, 120), 0.5),
        (metrics.utilisation_booked, (0, 120), 0.0),
        (metrics.utilisation_booked, (150, 120), 1.25),  # visits outside opening hours
        (metrics.utilisation_booked, (60, 0), None),
        (metrics.utilisation_realised, (30, 120), 0.25),
        (metrics.utilisation_realised, (0, 0), None),
        (metrics.no_show_rate, (3, 1), 0.25),
        (metrics.no_show_rate, (0, 2), 1.0),
        (metrics.no_show_rate, (2, 0), 0.0),
        (metrics.no_show_rate, (0, 0), None),
        (metrics.cancellation_rate, (1, 4), 0.25),
        (metrics.cancellation_rate, (0, 0), None),
        (metrics.buffer_ceiling, (100, 25), 0.8),
        (metrics.buffer_ceiling, (100, 0), 1.0),
        (metrics.buffer_ceiling, (0, 0), None),
        (metrics.unused_minutes, (100, 30, 50), 20),
        (metrics.unused_minutes, (100, 80, 50), 0),
        (metrics.bookable_minutes, ({(0, 9): 60, (1, 9): 30},), 90),
    ],
)
def test_rates_and_minutes(figure, parts, value) -> None:
    assert figure(*parts) == value


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [  # the last digits are those of published tables of Wilson's interval
        (0, 10, 0.0, 0.2775),
        (1, 20, 0.0089, 0.2361),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998
    ],
)
def test_the_interval_of_a_rate(part: int, whole: int, low: float, high: float) -> None:
    assert metrics.wilson_interval(part, whole) == pytest.approx((low, high), abs=0.00005)


def test_nothing_has_no_interval_and_no_median() -> None:
    assert metrics.wilson_interval(0, 0) is None
    assert metrics.percentile({}, 0.5) is None
    assert metrics.percentile({5: 0}, 0.5) is None
    assert (metrics.lead_time({}), metrics.waiting_time({}), metrics.cycle_time({})) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "share", "value"),
    [
        ([7], 0.5, 7),
        ([7], 0.9, 7),
        ([1, 2], 0.5, 1),  # the lower of two in the middle: always a value that occurred
        ([1, 2, 3], 0.5, 2),
        ([15, 20, 35, 40, 50], 0.3, 20),
        ([15, 20, 35, 40, 50], 0.4, 20),
        ([15, 20, 35, 40, 50], 0.41, 35),
        ([3] * 9 + [60], 0.9, 3),  # one in ten is not in the way
        ([3] * 89 + [60] * 11, 0.9, 60),
        ([0, 0, 0, 9], 0.75, 0),
        (list(range(1, 11)), 0.7, 7),  # 0.7 * 10 is a little more than 7 in binary
    ],
)
def test_percentiles_are_nearest_rank(values: list[int], share: float, value: int) -> None:
    assert metrics.percentile(Counter(values), share) == value


def test_lead_waiting_and_cycle_time() -> None:
    values = Counter([0, 1, 2, 3, 3, 10, 40])
    assert metrics.lead_time(values) == (1, 3, 10)
    assert metrics.waiting_time(values) == (3, 40)
    assert metrics.cycle_time(values) == 3


@pytest.mark.parametrize(
    ("measured", "days"),
    [
        ([], None),
        ([4], 4.0),
        ([0], 0.0),
        ([8, 4, 6], 6.0),
        ([None], None),
        ([None, 4, 6], 6.0),  # more days than can be booked ahead is more than any number
        ([None, None, 4], None),
        ([None, 4], 4.0),
    ],
)
def test_third_next_available_is_the_median_of_measurements(measured: list[int | None], days: float | None) -> None:
    assert metrics.third_next_available(measured) == days
