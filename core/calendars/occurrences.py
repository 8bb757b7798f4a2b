"""When the events of one iCalendar object take time: each occurrence, in instants."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from icalendar.prop import vBroken

from core.calendars.calendar import Window
from core.calendars.vevent import RECURRING
from core.domain.timespan import Timespan

# What a rule could make a computer count: in its own steps from the series' start to the window's end, and in the window.
STEP = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600}
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
MOST_STEPS = 50_000
MOST_OCCURRENCES = 10_000
_DAY = timedelta(days=1)
_LEAP = 2000  # February has all the days that it ever has

Addresses = Callable[[], frozenset[str]]  # of the calendar's owner, in lower case; asked only where it matters


def busy_spans(calendar: icalendar.Component, window: Window, addresses: Addresses) -> tuple[Timespan, ...]:
    """Where its events take time that meets the window: opaque, not cancelled, not declined by the owner.

    Of a series each occurrence, with its changed, added and excepted ones (RRULE, RDATE, EXDATE, RECURRENCE-ID), at the
    wall time of its own zone over a change of daylight saving time. All-day and floating times are the window's zone's.
    Raises ValueError where a series can't be counted.
    """
    items = calendar.walk("VEVENT")
    if any(name in item for item in items for name in RECURRING):
        items = _occurrences(calendar, items, window)
    zone = ZoneInfo(window.zone)
    try:
        spans = {span for item in items if _takes_time(item, addresses) and (span := _span(item, zone)) is not None}
    except ArithmeticError as error:
        raise ValueError("a time that no clock shows") from error
    return tuple(sorted(span for span in spans if span.overlaps(window.span)))


def span_between(starts: date, ends: date | None, zone: ZoneInfo) -> Timespan | None:
    """The instants of two dates or times, those without a zone taken in this one; None where nothing lies between.

    RFC 5545 §3.6.1: a date without an end lasts a day, a time without an end lasts no time.
    """
    if ends is None and not isinstance(starts, datetime):
        ends = starts + _DAY
    if ends is None:
        return None
    start, end = _instant(starts, zone), _instant(ends, zone)
    return Timespan(start, end) if start < end else None


def _occurrences(calendar: icalendar.Component, items: list[Any], window: Window) -> list[Any]:
    from recurring_ical_events import of

    # A day on either side, for the library compares times without a zone as if they were UTC.
    try:
        if any(_repeats_too_often(item, window) for item in items):
            raise ValueError("a rule that repeats too often")
        return list(of(calendar).between(window.span.start - _DAY, window.span.end + _DAY))
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError("a series that cannot be counted") from error


def _repeats_too_often(item: icalendar.Component, window: Window) -> bool:
    starts = _value(item.get("dtstart"))
    added = sum(len(getattr(one, "dts", ())) for one in _listed(item.get("rdate")))
    if not isinstance(starts, date):
        return added > MOST_OCCURRENCES
    begins, ends = _instant(starts, ZoneInfo(window.zone)), window.span.end
    a_second = _times_a_second(item)
    all_told = (ends - begins).total_seconds() * a_second
    in_window = (ends - max(begins, window.span.start)).total_seconds() * a_second
    return all_told > MOST_STEPS or in_window + added > MOST_OCCURRENCES


def _times_a_second(item: icalendar.Component) -> float:
    """How often its rules could have it occur at the most."""
    often = 0.0
    for rule in _listed(item.get("rrule")):
        told = rule if isinstance(rule, dict) else {}
        if any(step < 1 for step in told.get("INTERVAL", ())):
            raise ValueError("a rule that never goes on")
        if not _may_come(told.get("BYMONTH", ()), told.get("BYMONTHDAY", ())):
            raise ValueError("a rule that never comes true")
        times = prod(max(1, len(told.get(part, ()))) for part in WITHIN_A_DAY)
        often += sum(times / STEP.get(str(frequency).upper(), 86_400) for frequency in told.get("FREQ", ()))
    return often


def _may_come(months: Sequence[int], days: Sequence[int]) -> bool:
    """Whether there is such a day in any of the months: the library would look for the 30 February till the year 9999."""
    return not (months and days) or any(abs(day) <= monthrange(_LEAP, month)[1] for month in months for day in days)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _takes_time(item: icalendar.Component, addresses: Addresses) -> bool:
    if str(item.get("transp", "")).upper() == "TRANSPARENT" or str(item.get("status", "")).upper() == "CANCELLED":
        return False
    for attendee in _listed(item.get("attendee")):
        told = getattr(attendee, "params", {})
        # Some servers name people by an address of their own, and beside it by their email (RFC 7986 §6.2).
        names = {str(attendee).lower().removeprefix("mailto:"), str(told.get("EMAIL", "")).lower()} - {""}
        if str(told.get("PARTSTAT", "")).upper() == "DECLINED" and names & addresses():
            return False
    return True


def _span(item: icalendar.Component, zone: ZoneInfo) -> Timespan | None:
    starts, ends, duration = (_value(item.get(name)) for name in ("dtstart", "dtend", "duration"))
    if any(item.get(name) is not None and _value(item.get(name)) is None for name in ("dtstart", "dtend", "duration")):
        raise ValueError("a time that cannot be read")
    if not isinstance(starts, date):
        return None
    if not isinstance(ends, date):
        ends = None
    if ends is None and isinstance(duration, timedelta):
        # Hours are elapsed ones, days are days of the calendar (RFC 5545 §3.3.6).
        ends = starts + duration if duration % _DAY == timedelta() else _instant(starts, zone) + duration
    return span_between(starts, ends, zone)


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def _value(prop: Any) -> Any:
    return None if isinstance(prop, vBroken) else getattr(prop, "dt", None)
