"""Feed contents to iCalendar: pure. What a doctor's feed tells of a patient is decided where events are made."""

from dataclasses import replace
from datetime import UTC, timedelta
from functools import lru_cache

from icalendar import vText

from core.calendars.calendar import Event
from core.calendars.event import Detail, Mirrored, event_content, initials
from core.calendars.vevent import vcalendar, vevent
from core.scheduler.feed_contents import FeedContents, FeedVisit

READ_EVERY = timedelta(hours=1)
_END = b"END:VCALENDAR\r\n"


def feed_calendar(contents: FeedContents) -> bytes:
    """The feed as a published VCALENDAR (RFC 5545, RFC 7986), the same bytes for as long as nothing in it changes.

    All times are in UTC; what was cancelled is told as cancelled. Programs are asked to read it again every hour.
    """
    calendar = vcalendar()
    calendar.add("method", "PUBLISH")
    name = vText(" ".join(_name(contents).split()))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    begun: bytes = calendar.to_ical().removesuffix(_END)
    of = replace(contents, visits=())
    return b"".join([begun, *(_written(visit, of) for visit in contents.visits), _END])


@lru_cache(maxsize=8192)  # programs ask every hour, and little changes: writing one takes far longer than finding it
def _written(visit: FeedVisit, of: FeedContents) -> bytes:
    """One appointment of a feed, which is given without its appointments."""
    event = _doctors_event(visit, of) if of.doctor_name else _patients_event(visit, of)
    if visit.cancelled:  # many programs show no status
        event = replace(event, title=f"Cancelled: {event.title}", reminder_minutes=())
    item = vevent(event, visit.changed_at, cancelled=visit.cancelled)
    item.add("last-modified", visit.changed_at.astimezone(UTC))
    written: bytes = item.to_ical()
    return written


def _name(contents: FeedContents) -> str:
    if contents.patient_name:
        whose = initials(contents.patient_name)
    else:
        whose = "" if contents.detail == Detail.PRIVATE else contents.doctor_name
    return f"{contents.clinic_name}: {whose}" if whose else contents.clinic_name


def _doctors_event(visit: FeedVisit, contents: FeedContents) -> Event:
    mirrored = Mirrored(
        appointment_id=visit.appointment_id,
        patient_name=visit.patient_name,
        patient_email=visit.patient_email,
        doctor_name=visit.doctor_name,
        specialty=visit.specialty,
        reason=visit.reason,
        visit_type=visit.visit_type,
        location=visit.place or visit.room,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        revision=visit.revision,
        colour_id=visit.colour_id,
        prefix=False,
    )
    return event_content(mirrored, Detail(contents.detail), _uid(visit, contents), contents.zone)


def _patients_event(visit: FeedVisit, contents: FeedContents) -> Event:
    """The visit as its patient sees it: neither the reason nor who the patient is."""
    told = [
        visit.visit_type,
        f"Reference: {visit.appointment_id}",
        f"To change or cancel, call {contents.clinic_phone}." if contents.clinic_phone and not visit.cancelled else "",
    ]
    where = [visit.place or visit.room, contents.clinic_address]
    place = (visit.place or "Online") if visit.remote else ", ".join(filter(None, where)) or contents.clinic_name
    return Event(
        event_id=_uid(visit, contents),
        title=f"{visit.doctor_name}, {contents.clinic_name}",
        description="\n".join(filter(None, told)),
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=contents.zone,
        colour_id="",
        reminder_minutes=(),
        location=place,
        sequence=visit.revision,
    )


def _uid(visit: FeedVisit, contents: FeedContents) -> str:
    """The same as in the file that a patient may add to a calendar, so that one event comes of both."""
    return f"{visit.appointment_id}@{contents.installation}"
