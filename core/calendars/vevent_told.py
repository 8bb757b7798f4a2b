"""One resource of a CalDAV calendar as a pull tells it: with the time it takes, whoever wrote it and however badly."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.calendars.calendar import FoundEvent, Window
from core.calendars.occurrences import Addresses, busy_spans, span_between
from core.calendars.vevent import found_event, parsed

_UID = re.compile(rb"^UID:(\S+)", re.MULTILINE | re.IGNORECASE)
_TIME = re.compile(
    rb'^(DTSTART|DTEND)(?:;[^:\r\n]*?TZID="?([^";:\r\n]+)"?)?[^:\r\n]*:\s*'
    rb"(\d{4}-?\d\d-?\d\d)(?:[T ](\d\d:?\d\d:?\d\d)(?:\.\d+)?(Z?))?",
    re.MULTILINE | re.IGNORECASE,
)


def told_event(body: bytes, event_id: str, etag: str, window: Window, addresses: Addresses) -> FoundEvent:
    """The event with its spans; a tombstone for a resource that holds none (a task, say). ValueError if unreadable."""
    calendar = parsed(body)
    if not calendar.walk("VEVENT"):
        if not calendar.subcomponents:
            raise ValueError("nothing in the body")
        return FoundEvent(event_id, etag, cancelled=True)
    found = found_event(calendar, event_id, etag)
    return found if found.cancelled else replace(found, spans=busy_spans(calendar, window, addresses))


def salvaged_event(body: bytes, event_id: str, etag: str, window: Window) -> FoundEvent:
    """What can be told of a resource that breaks its format, or of a series that nobody could count to the end.

    Unknown is not free: it takes the time of the first start and end that can be read in it. Where there are none it
    takes no time, for nobody could say which. One such event holds up no other, and one of ours that was broken is
    told without a title, so that it is put back.
    """
    event = body.partition(b"BEGIN:VEVENT")[2]
    times: dict[str, date] = {}
    for name, zone, day, clock, utc in _TIME.findall(event):
        moment = _moment(zone.decode(errors="replace"), day.decode(), clock.decode(), window, utc=bool(utc))
        if moment is not None:
            times.setdefault(name.decode().upper(), moment)
    starts, ends = times.get("DTSTART"), times.get("DTEND")
    try:
        span = None if starts is None else span_between(starts, ends, ZoneInfo(window.zone))
    except (ArithmeticError, TypeError):
        span = None
    uid = _UID.search(event)
    return FoundEvent(
        event_id,
        etag,
        cancelled=False,
        starts_at=span.start if span and isinstance(starts, datetime) else None,
        ends_at=span.end if span and isinstance(starts, datetime) else None,
        uid=uid[1].decode(errors="replace") if uid else "",
        all_day=starts is not None and not isinstance(starts, datetime),
        recurring=b"\nRRULE" in event.upper(),
        spans=(span,) if span and span.overlaps(window.span) else (),
    )


def _moment(zone: str, day: str, clock: str, window: Window, *, utc: bool) -> date | None:
    try:
        midnight = datetime.strptime(day.replace("-", ""), "%Y%m%d")  # noqa: DTZ007 - it follows
        if not clock:
            return midnight.date()
        # Some write midnight as 24:00, and leap seconds are allowed.
        hours, minutes, seconds = (int(part) for part in re.findall(r"\d\d", clock))
        moment = midnight + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        return None
    try:
        return moment.replace(tzinfo=UTC if utc else ZoneInfo(zone or window.zone))
    except (ValueError, ZoneInfoNotFoundError):
        return moment.replace(tzinfo=ZoneInfo(window.zone))
