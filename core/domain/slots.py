"""Open time minus occupied time gives slots.

All times are whole epoch seconds, all spans half-open and ordered by start. An appointment takes
[start, start + minutes) of open time and keeps its doctor until the buffer after it has passed; the buffer may run past
closing time, but not into the next appointment, and buffers do not stack.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from core.domain.opening import Span

GRID_SECONDS = 15 * 60
"""Slots start on a grid of 15 minutes, aligned to the opening."""

MINUTE = 60


class Slot(NamedTuple):
    """A time that can be booked with a doctor; instants are aware, in UTC.

    A tuple, because a month of fifty doctors is twenty thousand of them, to be made and ordered while somebody waits.
    """

    starts_at: datetime
    doctor_id: int
    ends_at: datetime


def slots_at(epoch: int, minutes: int, doctor_ids: Iterable[int]) -> Iterator[Slot]:
    """The slots of so many minutes that start at an epoch second, one with each doctor, in their order."""
    starts_at = datetime.fromtimestamp(epoch, UTC)
    ends_at = datetime.fromtimestamp(epoch + minutes * MINUTE, UTC)
    for doctor_id in doctor_ids:
        yield Slot(starts_at, doctor_id, ends_at)


@dataclass(frozen=True, slots=True)
class DoctorDay:
    """What is known of a doctor's time, for any stretch of days.

    `opening` are the opening hours, to which the grid is aligned; `closed` are closures and busy time from calendars,
    which an appointment may not touch but its buffer may; `occupied` are appointments with their buffers, and holds.
    """

    doctor_id: int
    opening: Sequence[Span]
    closed: Sequence[Span]
    occupied: Sequence[Span]


def free_starts(
    time: DoctorDay, minutes: int, buffer_minutes: int, earliest: int, latest: int, grid: int = GRID_SECONDS
) -> Iterator[int]:
    """The starts from `earliest` up to but not including `latest` at which a visit fits, in order, lazily.

    `minutes` is the visit's length, `buffer_minutes` what must stay free of other appointments after it.
    """
    length = minutes * MINUTE
    whole = length + buffer_minutes * MINUTE
    closed, occupied = time.closed, time.occupied
    closed_count, occupied_count = len(closed), len(occupied)
    shut = busy = 0
    for opens, closes in time.opening:
        if closes <= earliest:
            continue
        if opens >= latest:
            return
        start = opens if opens >= earliest else opens + -(-(earliest - opens) // grid) * grid
        last = min(closes - length, latest - 1)
        while start <= last:
            # Skip what ended before; ends are not ordered where spans overlap, but a passed one never comes back
            # because starts only grow.
            while shut < closed_count and closed[shut][1] <= start:
                shut += 1
            if shut < closed_count and closed[shut][0] < start + length:
                start = _next_on_grid(opens, closed[shut][1], grid)
                continue
            while busy < occupied_count and occupied[busy][1] <= start:
                busy += 1
            if busy < occupied_count and occupied[busy][0] < start + whole:
                start = _next_on_grid(opens, occupied[busy][1], grid)
                continue
            yield start
            start += grid


def _next_on_grid(opens: int, moment: int, grid: int) -> int:
    """The first grid start at or after the moment."""
    return opens + -(-(moment - opens) // grid) * grid


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same time as ordered spans that neither overlap nor touch."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def touches(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether merged, ordered `spans` share an instant with [start, end)."""
    index = bisect_right(spans, (start, start))
    if index and spans[index - 1][1] > start:
        return True
    return index < len(spans) and spans[index][0] < end


def within(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether [start, end) lies wholly within one of the ordered, disjoint spans."""
    index = bisect_left(spans, (start + 1, start)) - 1
    return index >= 0 and spans[index][1] >= end
