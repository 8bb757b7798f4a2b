"""Bookable time: opening hours less closures, derived from both whenever it is asked for, never stored.

Ordinary days are counted, not walked through: how many such weekdays there are, times the minutes of each hour. Only days
that a closure touches or on which the clocks change are looked at one by one. Spans are epoch seconds, half-open; hours
are the wall clock's in the clinic's zone.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.domain.opening import OpeningHours, Span, open_spans, subtract, wall_instant, wall_time
from core.domain.slots import merged

WeekHour = tuple[int, int]
"""A weekday (0 is Monday) and an hour of its wall clock (0 to 23)."""

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 7


@dataclass(frozen=True, slots=True)
class Days:
    """Days that follow each other in a zone, numbered from 0: `midnights` are their starts and the end of the last.

    `changed` are the days on which the clocks change, whose hours can't be told by counting seconds from midnight.
    """

    zone: ZoneInfo
    first: date
    midnights: tuple[int, ...]
    changed: frozenset[int]

    @property
    def count(self) -> int:
        """How many days there are."""
        return len(self.midnights) - 1

    def day(self, number: int) -> date:
        """The date of a day."""
        return self.first + timedelta(days=number)

    def weekday(self, number: int) -> int:
        """Its weekday, 0 for Monday."""
        return (self.first.weekday() + number) % _WEEK

    def at(self, moment: int) -> int:
        """The number of the day in which an instant lies; -1 or `count` where it lies before or after all of them."""
        return bisect_right(self.midnights, moment) - 1

    def touched(self, span: Span) -> range:
        """The numbers of the days that share time with a span."""
        return range(max(0, self.at(span[0])), min(self.count, bisect_left(self.midnights, span[1])))


@lru_cache(maxsize=64)
def days_between(zone: ZoneInfo, first: date, last: date) -> Days:
    """The days from `first` to `last`, both included; none where `last` is earlier."""
    count = max(0, (last - first).days + 1)
    midnights = tuple(wall_instant(first + timedelta(days=number), time(0), zone) for number in range(count + 1))
    changed = frozenset(number for number in range(count) if midnights[number + 1] - midnights[number] != _DAY)
    return Days(zone, first, midnights, changed)


class _Stretch(NamedTuple):
    """One entry of the weekly hours in seconds from midnight, on the days numbered `since` to `until`."""

    opens: int
    closes: int
    since: int
    until: int


class BookableTime:
    """One doctor's bookable time on some days; closures may overlap each other. It never changes."""

    def __init__(self, hours: Sequence[OpeningHours], closures: Iterable[Span], days: Days) -> None:
        self._hours = hours
        self._days = days
        self._closed = merged([span for span in closures if days.touched(span)])
        self._week: list[list[_Stretch]] = [[] for _ in range(_WEEK)]
        for entry in hours:
            self._week[entry.weekday].append(_stretch(entry, days))
        for stretches in self._week:
            stretches.sort()

        touched = {number: span for span in self._closed for number in days.touched(span)}
        # Merged spans don't touch, so one that covers a whole day is the only one on it.
        self._shut = {number for number, span in touched.items() if _covers(span, days, number)}
        self._single = days.changed | touched.keys()

    @cached_property
    def by_hour(self) -> Counter[WeekHour]:
        """Bookable minutes of all the days together, by weekday and hour; nobody may change it."""
        seconds: defaultdict[WeekHour, int] = defaultdict(int)
        single: list[list[int]] = [[] for _ in range(_WEEK)]
        for number in self._single:
            single[self._days.weekday(number)].append(number)
        for weekday, stretches in enumerate(self._week):
            for stretch in stretches:
                count = self._weekdays(weekday, stretch.since, stretch.until)
                count -= sum(stretch.since <= number <= stretch.until for number in single[weekday])
                if count:
                    for hour, length in _hours_of(stretch.opens, stretch.closes):
                        seconds[weekday, hour] += count * length
        for start, end in self._open(self._single):
            number = self._days.at(start)
            for hour, length in self._clock_hours(number, start, end):
                seconds[self._days.weekday(number), hour] += length
        return Counter({hour: amount // _MINUTE for hour, amount in seconds.items() if amount >= _MINUTE})

    @cached_property
    def by_day(self) -> tuple[tuple[date, list[Span]], ...]:
        """Each day with its bookable spans, in order; for short stretches of days, and nobody may change it."""
        return tuple((self._days.day(number), self._open({number})) for number in range(self._days.count))

    def minutes_within(self, spans: Sequence[Span]) -> int:
        """Bookable minutes that lie within these spans, such as busy time of a calendar; they may overlap each other."""
        if not spans:
            return 0
        within = merged(spans)
        bookable = self._open({number for span in within for number in self._days.touched(span)})
        return minutes_of(bookable) - minutes_of(subtract(bookable, within))

    def _open(self, numbers: Iterable[int]) -> list[Span]:
        """The bookable spans of the days with these numbers, in order."""
        opening = [span for number in sorted(set(numbers) - self._shut) for span in self._opening(number)]
        return subtract(opening, self._closed)

    def _opening(self, number: int) -> list[Span]:
        if number in self._days.changed:
            day = self._days.day(number)
            return open_spans(self._hours, self._days.zone, day, day)
        midnight = self._days.midnights[number]
        return [
            (midnight + stretch.opens, midnight + stretch.closes)
            for stretch in self._week[self._days.weekday(number)]
            if stretch.since <= number <= stretch.until
        ]

    def _weekdays(self, weekday: int, since: int, until: int) -> int:
        """How many days with numbers from `since` to `until` fall on the weekday."""
        first = (weekday - self._days.first.weekday()) % _WEEK
        return max(0, (until - first) // _WEEK - (since - 1 - first) // _WEEK)

    def _clock_hours(self, number: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The hours of the wall clock that a span of one day touches, with the seconds in each."""
        if number not in self._days.changed:
            midnight = self._days.midnights[number]
            yield from _hours_of(start - midnight, end - midnight)
            return
        while start < end:
            # Clocks change on the quarter hour, so none of these steps goes over a change.
            stop = min(end, start - start % (15 * _MINUTE) + 15 * _MINUTE)
            yield wall_time(start, self._days.zone).hour, stop - start
            start = stop


@lru_cache(maxsize=1024)  # hours and closures change far less often than the figures that are made of them
def bookable_time(hours: tuple[OpeningHours, ...], closures: tuple[Span, ...], days: Days) -> BookableTime:
    """The bookable time of a doctor with such hours and closures, reckoned once for whoever has them."""
    return BookableTime(hours, closures, days)


def minutes_of(spans: Iterable[Span]) -> int:
    """Whole minutes of disjoint spans together."""
    return sum(end - start for start, end in spans) // _MINUTE


def _covers(span: Span, days: Days, number: int) -> bool:
    return span[0] <= days.midnights[number] and span[1] >= days.midnights[number + 1]


def _stretch(entry: OpeningHours, days: Days) -> _Stretch:
    last = days.count - 1
    return _Stretch(
        _seconds(entry.opens),
        _seconds(entry.closes) or _DAY,
        0 if entry.valid_from is None else max(0, (entry.valid_from - days.first).days),
        last if entry.valid_until is None else min(last, (entry.valid_until - days.first).days),
    )


def _seconds(wall: time) -> int:
    return wall.hour * _HOUR + wall.minute * _MINUTE + wall.second


@lru_cache(maxsize=4096)
def _hours_of(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The hours that a stretch of an ordinary day touches, with the seconds in each; both in seconds from midnight."""
    hours = range(start // _HOUR, -(-end // _HOUR))
    return tuple((hour, min(end, (hour + 1) * _HOUR) - max(start, hour * _HOUR)) for hour in hours)
