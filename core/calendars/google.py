"""A calendar at Google Calendar (API v3)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Event,
    EventGone,
    FoundEvent,
    Health,
    QuotaUsedUp,
    ReconnectNeeded,
    unwell,
)
from core.calendars.google_access import GoogleAccess
from core.calendars.google_client import TIMEOUT, GoogleClient
from core.calendars.google_errors import READ_ONLY
from core.domain.words import N_

__all__ = ["GoogleAccess", "GoogleCalendar", "create_calendar"]

_WRITING_ROLES = frozenset({"writer", "writerWithoutPrivateAccess", "owner"})


class GoogleCalendar:
    """One calendar at Google, by its id (an address). May be called from several threads."""

    def __init__(
        self,
        *,
        calendar_id: str,
        access: GoogleAccess,
        endpoint: str | None = None,
        token_endpoint: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._calendar_id = calendar_id
        self._access = access
        self._client = GoogleClient(access, endpoint=endpoint, token_endpoint=token_endpoint, timeout=timeout)

    def fetch(self, event_id: str) -> FoundEvent | None:
        """The event or its tombstone; None only where the calendar itself answers and knows no such event."""
        try:
            found = self._client.call(
                "events", lambda events: events.get(calendarId=self._calendar_id, eventId=event_id)
            )
        except EventGone:
            self._require_writable()
            return None
        if found.get("id") != event_id:
            raise CalendarUnreachable("an answer about another event")
        try:
            return found_event(found)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise CalendarUnreachable("an answer of another form") from None

    def create(self, event: Event) -> str:
        """Insert the event under its own id; a repeated insert ends in EventExists, as does the id of a deleted one."""
        body = event_body(event)
        try:
            answer = self._client.call("events", lambda events: events.insert(calendarId=self._calendar_id, body=body))
        except EventGone:  # nothing but the calendar can be missing here
            raise CalendarMissing(self._calendar_id) from None
        return _etag(answer)

    def update(self, event: Event, etag: str) -> str:
        """Replace the event.

        Google counts its SEQUENCE up when an event is moved there and refuses a lower one with 400: then its number
        is taken, under the same etag.
        """
        try:
            return self._put(event_body(event), etag)
        except EventGone:
            self._require_writable()
            raise
        except CalendarRefused:
            current = self._client.call(
                "events", lambda events: events.get(calendarId=self._calendar_id, eventId=event.event_id)
            )
            if int(current.get("sequence", 0)) <= event.sequence:
                raise
        return self._put(event_body(event) | {"sequence": int(current["sequence"])}, etag)

    def delete(self, event_id: str, etag: str | None = None) -> None:
        """Delete the event; 404 and 410 mean that it is done, provided that asking for the event finds none either."""
        try:
            self._client.call(
                "events", lambda events: events.delete(calendarId=self._calendar_id, eventId=event_id), etag=etag
            )
        except EventGone:
            found = self.fetch(event_id)
            if found is not None and not found.cancelled:
                raise CalendarUnreachable("an answer that another one denies") from None

    def health(self) -> Health:
        """Whether the calendar can be seen and written, and whom to share it with when not."""
        try:
            found = self._require_writable()
        except ReconnectNeeded as error:
            return unwell(error, self._access.sign_in_cure)
        except CalendarMissing as error:
            return unwell(error, self._access.sharing_cure)
        except QuotaUsedUp as error:
            return unwell(error, N_("Nothing to do: CareSlot goes on by itself when Google takes changes again."))
        except CalendarError as error:
            return unwell(error, N_("Check this machine's connection to the internet."))
        return Health(ok=True, detail=str(found.get("summary", "")))

    def _put(self, body: dict[str, Any], etag: str) -> str:
        """Replace the event at Google if its etag still matches, and return the new etag."""
        answer = self._client.call(
            "events",
            lambda events: events.update(calendarId=self._calendar_id, eventId=body["id"], body=body),
            etag=etag,
        )
        return _etag(answer)

    def _require_writable(self) -> dict[str, Any]:
        """The calendar's own description; CalendarMissing or CalendarRefused where it is not ours to write.

        The list of events tells our role without the calendar being in a list of calendars, where one that was
        shared with a service account never is.
        """
        try:
            found = self._client.call(
                "events",
                lambda events: events.list(calendarId=self._calendar_id, maxResults=1, fields="accessRole,summary"),
            )
        except EventGone:
            raise CalendarMissing(self._calendar_id) from None
        if "accessRole" not in found:
            raise CalendarUnreachable("an answer without an access role")
        if found["accessRole"] not in _WRITING_ROLES:
            raise CalendarRefused(READ_ONLY, self._access.sharing_cure)
        return found


def create_calendar(
    name: str,
    zone: str,
    *,
    access: GoogleAccess,
    owner: str = "",
    endpoint: str | None = None,
    token_endpoint: str | None = None,
) -> str:
    """Create a calendar, such as one for a doctor, in an IANA zone, and return its id.

    One made by a service account is invisible to people until it is shared: `owner` is the address of the Google
    account that shall own it too. Not repeatable: a lost answer may leave an empty calendar behind.
    """
    client = GoogleClient(access, endpoint=endpoint, token_endpoint=token_endpoint)
    made = client.call("calendars", lambda calendars: calendars.insert(body={"summary": name, "timeZone": zone}))
    if "id" not in made:
        raise CalendarUnreachable("an answer without an id")
    calendar_id = str(made["id"])
    if owner:
        rule = {"role": "owner", "scope": {"type": "user", "value": owner}}
        client.call("acl", lambda acl: acl.insert(calendarId=calendar_id, body=rule, sendNotifications=False))
    return calendar_id


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
    """Google's Event resource as we see it; an all-day event has no instants, and default reminders count as none."""
    reminders = found.get("reminders", {}).get("overrides", [])
    return FoundEvent(
        event_id=found["id"],
        etag=_etag(found),
        cancelled=found.get("status") == "cancelled",
        title=found.get("summary", ""),
        description=found.get("description", ""),
        starts_at=_instant(found.get("start", {})),
        ends_at=_instant(found.get("end", {})),
        location=found.get("location", ""),
        colour_id=found.get("colorId", ""),
        reminder_minutes=tuple(one["minutes"] for one in reminders if one.get("method") == "popup"),
    )


def _moment(instant: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), "timeZone": zone}


def _instant(moment: dict[str, str]) -> datetime | None:
    return datetime.fromisoformat(moment["dateTime"]) if "dateTime" in moment else None


def _etag(answer: dict[str, Any]) -> str:
    if not answer.get("etag"):
        raise CalendarUnreachable("an answer without an etag")
    return str(answer["etag"])
