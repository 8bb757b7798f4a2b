import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.opening import Span
from core.domain.slots import MINUTE, DoctorDay, Slot, free_starts, merged, slots_at, touches, within

NEVER = 10**9


def starts(
    opening: list[Span],
    closed: list[Span] | None = None,
    occupied: list[Span] | None = None,
    *,
    length: int = 30,
    buffer: int = 5,
    earliest: int = 0,
    latest: int = NEVER,
) -> list[int]:
    """The free starts of a doctor, everything in minutes."""

    def to_seconds(spans: list[Span] | None) -> list[Span]:
        return [(start * MINUTE, end * MINUTE) for start, end in spans or []]

    time = DoctorDay(1, to_seconds(opening), to_seconds(closed), to_seconds(occupied))
    found = free_starts(time, length, buffer, earliest * MINUTE, latest * MINUTE)
    return [start // MINUTE for start in found]


def test_the_grid_is_aligned_to_the_opening_and_the_last_slot_ends_at_closing() -> None:
    assert starts([(545, 605)]) == [545, 560, 575]


def test_the_buffer_may_run_past_closing() -> None:
    assert starts([(540, 570)], buffer=60) == [540]


def test_a_visit_longer_than_the_opening_is_not_offered() -> None:
    assert starts([(540, 569)]) == []


def test_the_buffer_keeps_the_next_appointment_away() -> None:
    assert starts([(540, 630)], occupied=[(570, 605)]) == []
    assert starts([(540, 630)], occupied=[(575, 605)]) == [540]


def test_buffers_do_not_stack() -> None:
    # The appointment before keeps the doctor until 575 with its own buffer; the next start on the grid is free.
    assert starts([(540, 615)], occupied=[(540, 575)], length=25) == [585]
    assert starts([(540, 615)], occupied=[(540, 570)]) == [570, 585]


def test_a_visit_may_touch_a_closure_with_its_end_and_its_buffer_may_reach_in() -> None:
    assert starts([(540, 660)], closed=[(570, 600)]) == [540, 600, 615, 630]
    assert starts([(540, 660)], closed=[(569, 600)]) == [600, 615, 630]


def test_notice_moves_the_first_start_up_to_the_next_on_the_grid() -> None:
    assert starts([(540, 630)], earliest=540) == [540, 555, 570, 585, 600]
    assert starts([(540, 630)], earliest=541) == [555, 570, 585, 600]


def test_the_horizon_itself_is_not_offered() -> None:
    assert starts([(540, 630), (700, 800)], latest=570) == [540, 555]


def test_each_opening_has_its_own_grid() -> None:
    assert starts([(540, 570), (583, 613)]) == [540, 583]


minutes = st.lists(
    st.tuples(st.integers(0, 150), st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6
).map(sorted)


def apart(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in spans:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


@settings(deadline=None)
@given(
    minutes.map(apart),
    minutes,
    minutes,
    st.integers(1, 60),
    st.integers(0, 20),
    st.integers(0, 120),
    st.integers(0, 220),
)
def test_free_starts_are_those_that_trying_every_start_finds(
    opening: list[Span], closed: list[Span], occupied: list[Span], length: int, buffer: int, earliest: int, latest: int
) -> None:
    wanted = [
        start
        for opens, closes in opening
        for start in range(opens, closes, 15)
        if start + length <= closes
        and earliest <= start < latest
        and not any(one < start + length and start < other for one, other in closed)
        and not any(one < start + length + buffer and start < other for one, other in occupied)
    ]
    found = starts(opening, closed, occupied, length=length, buffer=buffer, earliest=earliest, latest=latest)
    assert found == wanted


def moments(spans: list[Span]) -> set[int]:
    return {moment for start, end in spans for moment in range(start, end)}


@settings(deadline=None)
@given(minutes)
def test_merged_spans_hold_the_same_time_and_keep_apart(spans: list[Span]) -> None:
    joined = merged(spans)
    assert moments(joined) == moments(spans)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(joined))


@settings(deadline=None)
@given(minutes, st.integers(0, 200), st.integers(1, 40))
def test_touching_means_sharing_an_instant_and_within_means_sharing_all(
    spans: list[Span], start: int, length: int
) -> None:
    joined = merged(spans)
    asked = set(range(start, start + length))
    assert touches(joined, start, start + length) is bool(asked & moments(joined))
    assert within(joined, start, start + length) is (asked <= moments(joined))


@pytest.mark.parametrize(
    ("start", "end", "touching", "inside"),
    [
        (0, 10, False, False),
        (0, 11, True, False),
        (10, 20, True, True),
        (12, 15, True, True),
        (19, 30, True, False),
        (20, 30, False, False),
    ],
)
def test_spans_that_only_meet_do_not_touch(start: int, end: int, touching: bool, inside: bool) -> None:
    assert touches([(10, 20)], start, end) is touching
    assert within([(10, 20)], start, end) is inside


def test_slots_sort_by_their_start_and_know_their_end() -> None:
    (first,), later = slots_at(0, 30, [9]), list(slots_at(900, 30, [1, 2]))
    assert sorted([*reversed(later), first]) == [first, *later]
    assert first == Slot(datetime(1970, 1, 1, tzinfo=UTC), 9, datetime(1970, 1, 1, 0, 30, tzinfo=UTC))
