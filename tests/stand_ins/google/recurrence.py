"""Series: which occurrences one has, and how each is told as an event of its own.

An occurrence that was moved, edited or deleted is stored as an exception of its own; all others are made up when asked
for. As with Google, the series itself is never told where single events are asked for, nor that an event became one.
"""

from collections.abc import Iterator
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr

from tests.stand_ins.google.event_rules import instant
from tests.stand_ins.google.refusals import Refusal, invalid

if TYPE_CHECKING:
    from tests.stand_ins.google.store import StoredCalendar, StoredEvent

HORIZON = timedelta(days=730)  # endless series are told until so long from now


def check_recurrence(content: dict[str, Any]) -> None:
    """Refuse rules that cannot be read, and a series whose wall time has no zone."""
    if not content.get("recurrence"):
        return
    if "dateTime" in content["start"] and "timeZone" not in content["start"]:
        raise Refusal(400, "required", "Missing time zone definition for start time.")
    try:
        _rules(content)
    except (ValueError, KeyError):
        raise invalid("Invalid recurrence rule.", "recurrence") from None


def occurrences(series: "StoredEvent", calendar: "StoredCalendar", now: datetime) -> dict[str, "StoredEvent"]:
    """The occurrences of a series by their ids, those among them that are stored as exceptions left out."""
    return {one.id: one for one in all_occurrences(series, now) if one.id not in calendar.events}


def all_occurrences(series: "StoredEvent", now: datetime) -> Iterator["StoredEvent"]:
    """The occurrences of a series by its rule alone; none of a single event or a deleted series."""
    if series.content.get("recurrence") and not series.cancelled:
        key = (series.revision, now.date())
        if series.made_for != key:
            series.made_for, series.made = key, {one.id: one for one in _make(series, now + HORIZON)}
        yield from series.made.values()


def single_events(calendar: "StoredCalendar", now: datetime, *, vanished: bool) -> Iterator["StoredEvent"]:
    """All events with series taken apart; `vanished` tells occurrences that are no longer as tombstones too."""
    for event in calendar.events.values():
        if event.content.get("recurrence"):
            yield from occurrences(event, calendar, now).values()
        else:
            yield event
        if vanished:
            yield from _vanished(event, calendar, now).values()


def find_occurrence(calendar: "StoredCalendar", event_id: str, now: datetime) -> "StoredEvent | None":
    """The occurrence with this id, or its tombstone; None where no series ever had it."""
    series = calendar.events.get(event_id.rpartition("_")[0])
    if series is None:
        return None
    return occurrences(series, calendar, now).get(event_id) or _vanished(series, calendar, now).get(event_id)


def _vanished(series: "StoredEvent", calendar: "StoredCalendar", now: datetime) -> dict[str, "StoredEvent"]:
    standing = occurrences(series, calendar, now)
    gone = (one for one in series.former.values() if one.id not in standing and one.id not in calendar.events)
    made = {}
    for one in gone:
        tombstone = copy(one)
        tombstone.content = {**one.content, "status": "cancelled"}
        tombstone.revision = series.revision
        made[one.id] = tombstone
    return made


def _make(series: "StoredEvent", until: datetime) -> Iterator["StoredEvent"]:
    content = {name: value for name, value in series.content.items() if name != "recurrence"}
    start, end = content["start"], content["end"]
    length = instant(end) - instant(start)
    for begins in _rules(series.content):
        aware = begins if begins.tzinfo else begins.replace(tzinfo=UTC)
        if aware > until:
            return
        edges = {"start": _moment(aware, start), "end": _moment(aware.astimezone(UTC) + length, end)}
        made = copy(series)
        made.id = f"{series.id}_{aware.astimezone(UTC).strftime('%Y%m%d' if 'date' in start else '%Y%m%dT%H%M%SZ')}"
        made.content = content | edges
        made.series_id, made.original = series.id, edges["start"]
        made.former, made.made, made.made_for = {}, {}, None
        yield made


def _rules(content: dict[str, Any]) -> rruleset:
    start = content["start"]
    if "date" in start:
        begins = datetime.combine(date.fromisoformat(start["date"]), time.min)
    else:
        begins = instant(start).astimezone(ZoneInfo(start["timeZone"]))
    lines = "\n".join(content["recurrence"])
    found = rrulestr(lines, dtstart=begins, forceset=True, tzids=ZoneInfo)
    assert isinstance(found, rruleset)
    return found


def _moment(moment: datetime, like: dict[str, str]) -> dict[str, str]:
    """An edge of an occurrence, in the form and zone of the series' own."""
    if "date" in like:
        return {"date": moment.date().isoformat()}
    zone = like.get("timeZone", "UTC")
    return {"dateTime": moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}
