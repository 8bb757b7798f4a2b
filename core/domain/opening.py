"""Weekly opening hours and closures, turned into open time in the clinic's zone.

Spans are pairs of whole epoch seconds, half-open, so that a month of fifty doctors is cheap to search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.domain.errors import CareSlotError

Span = tuple[int, int]
"""Epoch seconds (start, end), half-open."""


class ClosesBeforeOpening(CareSlotError):
    """Closing time must be after opening time."""


class HoursOverlap(CareSlotError):
    """Two opening hours of the same weekday overlap."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One stretch of a weekday in which a doctor sees patients; several a day make breaks.

    `weekday` is 0 for Monday (Python's and ISO 8601's order); `opens` and `closes` are wall time in the clinic's zone;
    a `closes` of midnight means the end of the day. `valid_from` and `valid_until` are inclusive dates, None without bound.
    """

    weekday: int
    opens: time
    closes: time
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if self.closes != time(0) and self.closes <= self.opens:
            raise ClosesBeforeOpening

    def holds_on(self, day: date) -> bool:
        """Whether these hours hold on the day."""
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


def refuse_overlapping(hours: Sequence[OpeningHours]) -> None:
    """Raise HoursOverlap where two of a doctor's hours share wall time on some date."""
    for index, one in enumerate(hours):
        for other in hours[index + 1 :]:
            same_dates = (one.valid_from or date.min) <= (other.valid_until or date.max) and (
                other.valid_from or date.min
            ) <= (one.valid_until or date.max)
            same_wall_time = one.opens < _end(other) and other.opens < _end(one)
            if one.weekday == other.weekday and same_dates and same_wall_time:
                raise HoursOverlap


def _end(hours: OpeningHours) -> time:
    return hours.closes if hours.closes != time(0) else time.max


def wall_instant(day: date, wall: time, zone: ZoneInfo, *, latest: bool = False) -> int:
    """The instant (epoch seconds) at which the clinic's clock shows this wall time.

    A wall time that comes twice means its first occurrence, or with `latest` its last; one that a change of clocks
    skips means the instant of the change (PEP 495 tells the two offsets around it).
    """
    naive = datetime.combine(day, wall)
    first = naive.replace(tzinfo=zone, fold=0)
    last = naive.replace(tzinfo=zone, fold=1)
    offset_first, offset_last = first.utcoffset(), last.utcoffset()
    if offset_first == offset_last:
        return int(first.timestamp())
    if offset_first < offset_last:  # type: ignore[operator]  # aware values always have an offset
        return _change_between(int(last.timestamp()), int(first.timestamp()), zone)
    return int((last if latest else first).timestamp())


def _change_between(before: int, after: int, zone: ZoneInfo) -> int:
    """The epoch second at which the zone's offset changes, between two that have different offsets."""
    old = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def wall_time(epoch: int, zone: ZoneInfo) -> datetime:
    """The aware wall time in the zone at an epoch second."""
    return datetime.fromtimestamp(epoch, UTC).astimezone(zone)


@lru_cache(maxsize=1000)  # whoever looks at a list asks for the same few days
def day_span(day: date, zone: ZoneInfo) -> Span:
    """Midnight to midnight of a day in the zone: 23, 24 or 25 hours, rarely others."""
    return wall_instant(day, time(0), zone), wall_instant(day + timedelta(days=1), time(0), zone)


def open_spans(hours: Iterable[OpeningHours], zone: ZoneInfo, first: date, last: date) -> list[Span]:
    """The opening hours of the days from `first` to `last`, both included, ordered and disjoint, as epoch seconds.

    Hours of a day that touch are one stretch, with one grid. Midnight ends a stretch, or its grid would hang on the first
    day asked for. Wall time is turned into instants day by day, so that days of 23 and 25 hours come out right.
    """
    by_weekday: list[list[OpeningHours]] = [[] for _ in range(7)]
    for entry in hours:
        by_weekday[entry.weekday].append(entry)
    spans: list[Span] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        of_day: list[Span] = []
        for entry in by_weekday[day.weekday()]:
            if not entry.holds_on(day):
                continue
            opens = wall_instant(day, entry.opens, zone)
            closing_day = day if entry.closes != time(0) else day + timedelta(days=1)
            # The end of the day is the first midnight, also where the next day's first hour comes twice.
            closes = wall_instant(closing_day, entry.closes, zone, latest=closing_day == day)
            if opens < closes:
                of_day.append((opens, closes))
        spans += _joined(sorted(of_day))
    return spans


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Ordered spans as disjoint ones that don't touch; hours on both sides of a break can share a repeated hour."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def subtract(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of ordered, disjoint `spans` without `taken` (ordered by start; may overlap each other)."""
    left: list[Span] = []
    index = 0
    for start, end in spans:
        while index < len(taken) and taken[index][1] <= start:
            index += 1
        cursor = start
        look = index
        while look < len(taken) and taken[look][0] < end:
            taken_start, taken_end = taken[look]
            if taken_start > cursor:
                left.append((cursor, taken_start))
            cursor = max(cursor, taken_end)
            look += 1
        if cursor < end:
            left.append((cursor, end))
    return left
