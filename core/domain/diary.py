"""Doctors' time that fills and empties while a course of events is told; what is free is asked again and again.

All times are whole epoch seconds. What is free is what core.domain.slots would say (a test holds the two together), but
here the answers are kept for each stretch of opening hours, and changed as appointments come and go.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge

from core.domain.opening import Span
from core.domain.slots import MINUTE, DoctorDay, merged

_LONGEST_BUFFER = 120 * MINUTE


@dataclass(frozen=True, slots=True)
class Length:
    """How long a visit takes its doctor: its own minutes, and those of the buffer after it."""

    minutes: int
    buffer_minutes: int

    @property
    def seconds(self) -> int:
        """Both together, in seconds."""
        return (self.minutes + self.buffer_minutes) * MINUTE


class Diary:
    """The time of several doctors, with the grid in seconds; appointments are taken and released one by one."""

    def __init__(self, times: Iterable[DoctorDay], grid: int) -> None:
        self._doctors = {time.doctor_id: _DoctorsDiary(time, grid) for time in times}

    def free(self, doctor_id: int, length: Length, earliest: int, latest: int) -> Iterator[int]:
        """The doctor's free starts from `earliest` up to but not including `latest`, in order, lazily.

        Ask anew after each change.
        """
        return self._doctors[doctor_id].free(length, earliest, latest)

    def first_free(self, doctor_id: int, length: Length, earliest: int, latest: int) -> int | None:
        """The first of these, or None where there is none."""
        return next(self._doctors[doctor_id].free(length, earliest, latest), None)

    def free_with_any(self, doctor_ids: Iterable[int], length: Length, earliest: int, latest: int) -> Iterator[int]:
        """The free starts of all these doctors, in order; a start comes as often as there are doctors free then."""
        return merge(*(self.free(doctor_id, length, earliest, latest) for doctor_id in doctor_ids))

    def take(self, doctor_id: int, start: int, until: int) -> None:
        """Keep the doctor's time, whether it was free or not; `until` includes the buffer."""
        self._doctors[doctor_id].take((start, until))

    def release(self, doctor_id: int, start: int, until: int) -> None:
        """Give back what was taken."""
        self._doctors[doctor_id].release((start, until))


class _DoctorsDiary:
    def __init__(self, time: DoctorDay, grid: int) -> None:
        self._opening = list(time.opening)
        self._opens = [opens for opens, _ in self._opening]
        self._closes = [closes for _, closes in self._opening]
        self._closed = merged(time.closed)
        self._occupied = sorted(time.occupied)
        # No span lasts longer; those of appointments that follow each other can be merged, and last for days.
        self._longest = max((until - start for start, until in self._occupied), default=0)
        self._grid = grid
        self._kept: list[dict[Length, tuple[int, ...]]] = [{} for _ in self._opening]

    def free(self, length: Length, earliest: int, latest: int) -> Iterator[int]:
        first = bisect_right(self._closes, earliest)
        for index in range(first, len(self._opening)):
            if self._opens[index] >= latest:
                return
            starts = self._kept[index].get(length)
            if starts is None:
                starts = self._kept[index][length] = self._free_in(index, length)
            for start in starts[bisect_left(starts, earliest) :] if index == first else starts:
                if start >= latest:
                    return
                yield start

    def take(self, span: Span) -> None:
        insort(self._occupied, span)
        self._longest = max(self._longest, span[1] - span[0])
        for kept in self._touched(span):
            for length, starts in kept.items():
                kept[length] = _without(starts, span, length.seconds)

    def release(self, span: Span) -> None:
        del self._occupied[bisect_left(self._occupied, span)]
        for kept in self._touched(span):
            kept.clear()

    def _free_in(self, index: int, length: Length) -> tuple[int, ...]:
        """All free starts of one stretch of opening hours."""
        opens, closes = self._opening[index]
        visit = length.minutes * MINUTE
        starts = tuple(range(opens, closes - visit + 1, self._grid))
        first = bisect_left(self._closed, (opens,))
        for span in self._closed[max(0, first - 1) : bisect_left(self._closed, (closes,))]:
            starts = _without(starts, span, visit)
        first = bisect_left(self._occupied, (opens - self._longest,))
        for span in self._occupied[first : bisect_left(self._occupied, (closes + length.seconds - visit,))]:
            starts = _without(starts, span, length.seconds)
        return starts

    def _touched(self, span: Span) -> Iterator[dict[Length, tuple[int, ...]]]:
        """The answers that a span may change; a buffer may run into it from an earlier stretch of opening hours."""
        start, until = span
        for index in range(bisect_right(self._closes, start - _LONGEST_BUFFER), len(self._opening)):
            if self._opens[index] >= until:
                return
            yield self._kept[index]


def _without(starts: tuple[int, ...], span: Span, seconds: int) -> tuple[int, ...]:
    """The starts at which so many seconds do not touch the span."""
    begin, end = bisect_right(starts, span[0] - seconds), bisect_left(starts, span[1])
    return starts if begin >= end else starts[:begin] + starts[end:]
