import itertools

from hypothesis import given
from hypothesis import strategies as st

from core.domain.opening import Span
from core.domain.slots import DoctorDay, free_starts, merged, touches, within

MINUTE = 60
NINE = 9 * 3600  # the first of January 1970 serves as any day


def clock(minutes: int) -> int:
    """Minutes after nine, as epoch seconds."""
    return NINE + minutes * MINUTE


def starts(opening, closed=(), occupied=(), *, minutes=20, buffer=5, earliest=0, latest=600, grid=15) -> list[int]:
    day = DoctorDay(
        1,
        [(clock(a), clock(b)) for a, b in opening],
        [(clock(a), clock(b)) for a, b in closed],
        [(clock(a), clock(b)) for a, b in occupied],
    )
    found = free_starts(day, minutes, buffer, clock(earliest), clock(latest), grid * MINUTE)
    return [(start - NINE) // MINUTE for start in found]


def test_the_last_visit_ends_at_closing_and_its_buffer_runs_past() -> None:
    assert starts([(0, 60)]) == [0, 15, 30]
    assert starts([(0, 60)], minutes=30) == [0, 15, 30]
    assert starts([(0, 60)], minutes=61) == []


def test_the_grid_is_aligned_to_each_opening() -> None:
    assert starts([(10, 60), (65, 100)], minutes=15) == [10, 25, 40, 65, 80]


def test_an_appointment_keeps_its_time_and_its_buffer_once() -> None:
    # occupied 30 to 55: a visit of 20 with a buffer of 5 fits when it is over by 30, and again from 60.
    assert starts([(0, 120)], occupied=[(30, 55)]) == [0, 60, 75, 90]
    assert starts([(0, 120)], occupied=[(25, 60)]) == [0, 60, 75, 90]
    assert starts([(0, 120)], occupied=[(24, 60)]) == [60, 75, 90]


def test_a_closure_stops_the_visit_but_not_its_buffer() -> None:
    assert starts([(0, 90)], closed=[(35, 60)]) == [0, 15, 60]
    assert starts([(0, 90)], closed=[(34, 60)]) == [0, 60]


def test_notice_and_horizon_bound_the_starts() -> None:
    assert starts([(0, 120)], earliest=16, latest=60) == [30, 45]
    assert starts([(0, 120)], earliest=15, latest=61) == [15, 30, 45, 60]


pairs = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=6).map(
    lambda found: sorted((start, start + length) for start, length in found)
)


@given(
    opening=pairs,
    closed=pairs,
    occupied=pairs,
    minutes=st.integers(1, 60),
    buffer=st.integers(0, 20),
    earliest=st.integers(0, 100),
    latest=st.integers(0, 300),
)
def test_slots_are_exactly_the_starts_that_a_plain_model_allows(
    opening: list[Span],
    closed: list[Span],
    occupied: list[Span],
    minutes: int,
    buffer: int,
    earliest: int,
    latest: int,
) -> None:
    hours = [span for index, span in enumerate(opening) if index == 0 or span[0] >= max(b for _, b in opening[:index])]

    def free(start: int) -> bool:
        return not any(a < start + minutes and start < b for a, b in closed) and not any(
            a < start + minutes + buffer and start < b for a, b in occupied
        )

    expected = [
        start
        for a, b in hours
        for start in range(a, b, 15)
        if start + minutes <= b and earliest <= start < latest and free(start)
    ]
    found = starts(hours, closed, occupied, minutes=minutes, buffer=buffer, earliest=earliest, latest=latest)
    assert found == expected


@given(pairs, st.integers(0, 260), st.integers(1, 60))
def test_merged_time_answers_like_its_instants(found: list[Span], start: int, length: int) -> None:
    joined = merged(found)
    held = {moment for a, b in found for moment in range(a, b)}
    wanted = set(range(start, start + length))
    assert {moment for a, b in joined for moment in range(a, b)} == held
    assert all(one[1] < other[0] for one, other in itertools.pairwise(joined))
    assert touches(joined, start, start + length) is bool(held & wanted)
    assert within(joined, start, start + length) is (wanted <= held)
