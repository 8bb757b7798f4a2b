"""Doctors' time that fills and empties while a course of events is told; what is free is asked again and again.

All times are whole epoch seconds. What is free is what core.domain.slots says, so a told course obeys the same rules as
bookings do; answers are kept for each stretch of opening hours until something in it changes.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge

from core.domain.appointment import LONGEST
from core.domain.opening import Span
from core.domain.slots import MINUTE, DoctorDay, free_starts, merged

_LONGEST_BUFFER = 120 * MINUTE
_REACH = int(LONGEST.total_seconds()) + _LONGEST_BUFFER
"""No appointment keeps its doctor longer than this, in seconds."""


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
        self._forget(span)

    def release(self, span: Span) -> None:
        del self._occupied[bisect_left(self._occupied, span)]
        self._forget(span)

    def _free_in(self, index: int, length: Length) -> tuple[int, ...]:
        """All free starts of one stretch of opening hours."""
        opens, closes = self._opening[index]
        closed = self._closed[max(0, bisect_left(self._closed, (opens,)) - 1) : bisect_left(self._closed, (closes,))]
        first = bisect_left(self._occupied, (opens - _REACH,))
        last = bisect_left(self._occupied, (closes + _LONGEST_BUFFER,))
        time = DoctorDay(0, [(opens, closes)], closed, self._occupied[first:last])
        return tuple(free_starts(time, length.minutes, length.buffer_minutes, opens, closes, self._grid))

    def _forget(self, span: Span) -> None:
        """Forget the answers that the span may change: a buffer may run into it from an earlier stretch."""
        start, until = span
        for index in range(bisect_right(self._closes, start - _LONGEST_BUFFER), len(self._opening)):
            if self._opens[index] >= until:
                return
            self._kept[index].clear()
