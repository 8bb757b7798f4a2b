"""Google's Event resource: how an event of ours is written there, and how any is read."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.calendars.calendar import CalendarUnreachable, Event, FoundEvent
from core.domain.timespan import Timespan

_OWN_DOMAIN = "@google.com"  # Google makes the UID of an event from its id and this


def event_body(event: Event) -> dict[str, Any]:
    """The event as Google's Event resource, always whole: an update replaces all of it."""
    return {
        "id": event.event_id,
        "summary": event.title,
        "description": event.description,
        "location": event.location,
        "start": _moment(event.starts_at, event.zone),
        "end": _moment(event.ends_at, event.zone),
        **({"colorId": event.colour_id} if event.colour_id else {}),
        "reminders": {
            "useDefault": False,
            "overrides": [{"method": "popup", "minutes": minutes} for minutes in event.reminder_minutes],
        },
        "extendedProperties": {"private": {"careslot": event.event_id}},
        "sequence": event.sequence,
        "status": "confirmed",
        "transparency": "opaque",
    }


def found_event(found: dict[str, Any]) -> FoundEvent:
    """Google's Event resource as we see it, without its spans; default reminders count as none.

    Raises CalendarUnreachable where it is of another form. Of a tombstone only the id is sure to be told.
    """
    try:
        return _read(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CalendarUnreachable("an answer of another form") from None


def busy_spans(found: dict[str, Any], within: Timespan, zone: str) -> tuple[Timespan, ...]:
    """When the event takes time, as far as it touches the given span: not when it is free, cancelled or declined.

    A whole day is one of the given IANA zone. Raises CalendarUnreachable where the event is of another form.
    """
    if found.get("status") == "cancelled" or found.get("transparency") == "transparent" or _is_declined(found):
        return ()
    try:
        starts_at, ends_at = (_instant(found[edge]) or _midnight(found[edge], zone) for edge in ("start", "end"))
    except OverflowError:  # at the ends of what a calendar can count, and so outside of any span that is asked for
        return ()
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CalendarUnreachable("an answer of another form") from None
    if ends_at <= starts_at:  # people do make events of no length
        return ()
    span = Timespan(starts_at, ends_at)
    return (span,) if span.overlaps(within) else ()


def etag_of(answer: dict[str, Any]) -> str:
    """The etag of a living event; CalendarUnreachable where an answer bears none."""
    if not answer.get("etag"):
        raise CalendarUnreachable("an answer without an etag")
    return str(answer["etag"])


def _read(found: dict[str, Any]) -> FoundEvent:
    series_id = str(found.get("recurringEventId", ""))
    if found.get("status") == "cancelled":
        return FoundEvent(found["id"], str(found.get("etag", "")), cancelled=True, uid=_uid(found), series_id=series_id)
    starts_at, ends_at = _instant(found["start"]), _instant(found["end"])
    return FoundEvent(
        event_id=found["id"],
        etag=etag_of(found),
        cancelled=False,
        title=found.get("summary", ""),
        description=found.get("description", ""),
        starts_at=starts_at,
        ends_at=ends_at,
        location=found.get("location", ""),
        colour_id=found.get("colorId", ""),
        reminder_minutes=tuple(
            one["minutes"] for one in found.get("reminders", {}).get("overrides", []) if one.get("method") == "popup"
        ),
        uid=_uid(found),
        all_day=starts_at is None,
        recurring=bool(found.get("recurrence")),
        series_id=series_id,
    )


def _uid(found: dict[str, Any]) -> str:
    return str(found.get("iCalUID", "")).removesuffix(_OWN_DOMAIN)


def _is_declined(found: dict[str, Any]) -> bool:
    """Whether the one whose calendar it is has declined."""
    return any(one.get("self") and one.get("responseStatus") == "declined" for one in found.get("attendees", []))


def _moment(instant: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}


def _instant(moment: dict[str, str]) -> datetime | None:
    """The instant of Google's EventDateTime, or None for a day; ValueError or KeyError where it is neither."""
    if "dateTime" not in moment:
        date.fromisoformat(moment["date"])
        return None
    told = datetime.fromisoformat(moment["dateTime"])
    return told if told.tzinfo else told.replace(tzinfo=ZoneInfo(moment["timeZone"]))


def _midnight(moment: dict[str, str], zone: str) -> datetime:
    return datetime.combine(date.fromisoformat(moment["date"]), time.min, ZoneInfo(zone))
