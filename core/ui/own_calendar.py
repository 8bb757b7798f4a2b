"""An appointment for a patient's own calendar: a link that fills Google's form, and an .ics file.

Both hold what the patient may show at home: the clinic, the doctor, the time and the place, never the reason.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

_GOOGLE_FORM = "https://calendar.google.com/calendar/render"


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """What goes into the patient's calendar; instants are aware, `uid` stays the same when the time moves."""

    uid: str
    revision: int
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    details: str = ""


def google_link(event: OwnEvent) -> str:
    """The address of Google Calendar's filled-in form; instants in UTC."""
    fields = {
        "action": "TEMPLATE",
        "text": event.title,
        "dates": f"{_utc(event.starts_at):%Y%m%dT%H%M%SZ}/{_utc(event.ends_at):%Y%m%dT%H%M%SZ}",
        "location": event.place,
        "details": event.details,
    }
    return f"{_GOOGLE_FORM}?{urlencode({name: value for name, value in fields.items() if value})}"


def ics_file(event: OwnEvent, now: datetime) -> bytes:
    """One VEVENT as an .ics file (RFC 5545), published rather than inviting, so that no reply is sent; `now` is aware."""
    from icalendar import Calendar, Event  # few visits need it

    entry = Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.revision)
    entry.add("dtstamp", _utc(now))
    entry.add("dtstart", _utc(event.starts_at))
    entry.add("dtend", _utc(event.ends_at))
    entry.add("summary", event.title)
    if event.place:
        entry.add("location", event.place)
    if event.details:
        entry.add("description", event.details)
    calendar = Calendar()
    calendar.add("prodid", "-//CareSlot//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _utc(moment: datetime) -> datetime:
    """The instant in UTC; ValueError for a naive one, which would be read in the machine's zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return moment.astimezone(UTC)
