"""A diary answers as the search of slots would, whatever was taken and released meanwhile."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.diary import Diary, Length
from core.domain.slots import DoctorDay, free_starts, merged

HOUR = 3600
OPENING = [(9 * HOUR, 12 * HOUR), (12 * HOUR, 17 * HOUR), (33 * HOUR, 36 * HOUR)]
CLOSED = [(10 * HOUR, 11 * HOUR), (35 * HOUR, 40 * HOUR)]
GRID = 900
LENGTHS = (Length(20, 5), Length(40, 120))

spans = st.tuples(st.integers(28, 150), st.integers(1, 10)).map(lambda s: (s[0] * GRID, (s[0] + s[1]) * GRID - 300))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), spans), max_size=25), earliest=st.integers(0, 37 * HOUR))
def test_what_is_kept_of_earlier_answers_is_never_stale(
    steps: list[tuple[bool, tuple[int, int]]], earliest: int
) -> None:
    diary = Diary([DoctorDay(1, OPENING, CLOSED, ())], GRID)
    taken: list[tuple[int, int]] = []
    for release, span in steps:
        if release and taken:
            diary.release(1, *taken.pop(0))
        else:
            taken.append(span)
            diary.take(1, *span)
        for length in LENGTHS:
            fresh = DoctorDay(1, OPENING, CLOSED, merged(taken))
            expected = list(free_starts(fresh, length.minutes, length.buffer_minutes, earliest, 36 * HOUR, GRID))
            # The search counts its grid from an opening; so does the diary.
            assert list(diary.free(1, length, earliest, 36 * HOUR)) == expected


def test_slots_of_several_doctors_come_in_order_and_each_counts() -> None:
    diary = Diary([DoctorDay(number, [(9 * HOUR, 10 * HOUR)], (), ()) for number in (1, 2)], GRID)
    diary.take(2, 9 * HOUR, 9 * HOUR + 1500)
    found = diary.free_with_any((1, 2), Length(20, 5), 9 * HOUR, 10 * HOUR)
    assert [start - 9 * HOUR for start in found] == [0, 900, 1800, 1800]


def test_time_that_is_taken_for_days_on_end_is_not_free_on_any_of_them() -> None:
    days = [(number * 24 * HOUR, (number + 1) * 24 * HOUR) for number in range(4)]
    diary = Diary([DoctorDay(1, days, (), [(0, 75 * HOUR)])], GRID)
    diary.take(1, 30 * HOUR, 31 * HOUR)  # against the rules, on the second day
    assert diary.first_free(1, Length(20, 5), 0, 96 * HOUR) == 75 * HOUR
