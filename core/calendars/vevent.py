"""Event to iCalendar (RFC 5545, RFC 7986) and back: one VCALENDAR that holds one VEVENT."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
from icalendar.prop import vBroken

from core.calendars.calendar import Event, FoundEvent
from core.calendars.own_zones import with_zones_of_its_own

PRODUCT = "-//CareSlot//Appointments//EN"
COLOUR_ID = "X-CARESLOT-COLOUR-ID"
RECURRING = ("RRULE", "RDATE", "RECURRENCE-ID")

# RFC 7986 allows CSS3 names only: for each of Google's event colours the name nearest in CIE L*a*b*.
CSS3_OF_COLOUR_ID = {
    "1": "lightskyblue",
    "2": "aquamarine",
    "3": "plum",
    "4": "salmon",
    "5": "goldenrod",
    "6": "sandybrown",
    "7": "darkturquoise",
    "8": "gainsboro",
    "9": "dodgerblue",
    "10": "forestgreen",
    "11": "crimson",
}
COLOUR_ID_OF_CSS3 = {name: colour_id for colour_id, name in CSS3_OF_COLOUR_ID.items()}

# RFC 5545 §3.1: text holds no control characters but tab and line break; servers refuse the whole event for one.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def to_ical(event: Event, now: datetime) -> bytes:
    """The event as a CalDAV object; `now` (aware) becomes DTSTAMP."""
    calendar = vcalendar()
    calendar.add_component(vevent(event, now))
    body: bytes = calendar.to_ical()
    return body


def vcalendar() -> icalendar.Calendar:
    """A calendar of ours, without events."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def vevent(event: Event, stamp: datetime, *, cancelled: bool = False) -> icalendar.Event:
    """The event with its id as its UID; `stamp` (aware) becomes DTSTAMP.

    Times are written in UTC: generated VTIMEZONEs are misread by common clients, and a single event needs none.
    """
    title = _text(event.title)
    item = icalendar.Event()
    item.add("uid", event.event_id)
    item.add("dtstamp", _whole_seconds(stamp))
    item.add("sequence", event.sequence)
    item.add("dtstart", _whole_seconds(event.starts_at))
    item.add("dtend", _whole_seconds(event.ends_at))
    item.add("summary", title)
    item.add("description", _text(event.description))
    if event.location:
        item.add("location", _text(event.location))
    if name := CSS3_OF_COLOUR_ID.get(event.colour_id):
        item.add("color", name)
        item.add(COLOUR_ID, event.colour_id)
    item.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    item.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    for minutes in event.reminder_minutes:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", timedelta(minutes=-minutes))
        item.add_component(alarm)
    return item


def parsed(body: bytes) -> icalendar.Component:
    """The object that a server answered; ValueError where it is none."""
    return icalendar.Calendar.from_ical(with_zones_of_its_own(body))


def from_ical(body: bytes, event_id: str, etag: str) -> FoundEvent:
    """The event that a calendar answered; all-day and floating times come out as None, for they are no instants.

    Raises ValueError when the body is not a calendar with an event in it.
    """
    calendar = parsed(body)
    if all("RECURRENCE-ID" in item for item in calendar.walk("VEVENT")):
        raise ValueError("no event in the body")
    return found_event(calendar, event_id, etag)


def found_event(calendar: icalendar.Component, event_id: str, etag: str) -> FoundEvent:
    """As `from_ical`, of what has been parsed; of a series its first event, or else one of its changed occurrences."""
    items = calendar.walk("VEVENT")
    if not items:
        raise ValueError("no event in the body")
    item = min(items, key=lambda one: "RECURRENCE-ID" in one)
    starts_at = _instant(item.get("dtstart"))
    ends_at = _instant(item.get("dtend"))
    duration = _value(item.get("duration"))
    if ends_at is None and starts_at is not None and isinstance(duration, timedelta):
        ends_at = _later(starts_at, duration)
    return FoundEvent(
        event_id=event_id,
        etag=etag,
        cancelled=all(str(one.get("status", "")).upper() == "CANCELLED" for one in items),
        title=str(item.get("summary", "")),
        description=str(item.get("description", "")),
        starts_at=starts_at,
        ends_at=ends_at,
        location=str(item.get("location", "")),
        colour_id=_colour_id(item),
        reminder_minutes=_reminders(item),
        uid=str(item.get("uid", "")),
        all_day=type(_value(item.get("dtstart"))) is date,
        recurring=any(name in one for one in items for name in RECURRING),
    )


def _text(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _whole_seconds(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _value(prop: Any) -> Any:
    """What a date, time or duration holds; None for one that is absent, repeated or unreadable."""
    return None if isinstance(prop, vBroken) else getattr(prop, "dt", None)


def _instant(prop: Any) -> datetime | None:
    moment = _value(prop)
    try:
        return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo is not None else None
    except OverflowError:  # at the ends of what a calendar can count
        return None


def _later(starts_at: datetime, duration: timedelta) -> datetime | None:
    try:
        return starts_at + duration
    except OverflowError:
        return None


def _colour_id(item: icalendar.Component) -> str:
    """Our own mark as long as the colour beside it still says the same; people recolour the colour, not the mark."""
    ours, shown = str(item.get(COLOUR_ID, "")), str(item.get("color", "")).lower()
    if ours and shown in {"", CSS3_OF_COLOUR_ID.get(ours)}:
        return ours
    return COLOUR_ID_OF_CSS3.get(shown, "")


def _reminders(item: icalendar.Component) -> tuple[int, ...]:
    triggers = (_value(alarm.get("trigger")) for alarm in item.walk("VALARM"))
    return tuple(int(-trigger.total_seconds() // 60) for trigger in triggers if isinstance(trigger, timedelta))
