"""A calendar at Google Calendar (API v3)."""

from contextlib import suppress
from copy import copy
from datetime import UTC, datetime
from typing import Any

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Changes,
    Channel,
    Event,
    EventGone,
    FoundEvent,
    Health,
    QuotaUsedUp,
    ReconnectNeeded,
    Window,
    unwell,
)
from core.calendars.google_access import GoogleAccess
from core.calendars.google_changes import read_changes
from core.calendars.google_client import TIMEOUT, GoogleClient
from core.calendars.google_errors import READ_ONLY
from core.calendars.google_event import etag_of, event_body, found_event
from core.calendars.google_transport import Access
from core.domain.words import N_

__all__ = ["GoogleAccess", "GoogleCalendar", "create_calendar"]

_WRITING_ROLES = frozenset({"writer", "writerWithoutPrivateAccess", "owner"})


class GoogleCalendar:
    """One calendar at Google, by its id (an address). May be called from several threads."""

    def __init__(
        self,
        *,
        calendar_id: str,
        access: Access,
        endpoint: str | None = None,
        token_endpoint: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._calendar_id = calendar_id
        self._access = access
        self._client = GoogleClient(access, endpoint=endpoint, token_endpoint=token_endpoint, timeout=timeout)

    def beside(self, calendar_id: str) -> "GoogleCalendar":
        """Another calendar of the same sign-in, by the same token and connections: each takes a while to make."""
        another = copy(self)
        another._calendar_id = calendar_id  # noqa: SLF001 - its own kind
        return another

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
        return found_event(found)

    def create(self, event: Event) -> str:
        """Insert the event under its own id; a repeated insert ends in EventExists, as does the id of a deleted one."""
        body = event_body(event)
        try:
            answer = self._client.call("events", lambda events: events.insert(calendarId=self._calendar_id, body=body))
        except EventGone:  # nothing but the calendar can be missing here
            raise CalendarMissing(self._calendar_id) from None
        return etag_of(answer)

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

    def changes(self, cursor: str | None, window: Window) -> Changes:
        """All events (no cursor), or what changed since; a sync token that Google refuses ends in CursorExpired."""
        return read_changes(self._client, self._calendar_id, cursor, window)

    def watch(self, channel_id: str, token: str, address: str) -> Channel:
        """Let Google call the https address at each change; it chooses the end, a week away unless told otherwise."""
        body = {"id": channel_id, "type": "web_hook", "token": token, "address": address}
        try:
            answer = self._client.call("events", lambda events: events.watch(calendarId=self._calendar_id, body=body))
        except EventGone:  # nothing but the calendar can be missing here
            raise CalendarMissing(self._calendar_id) from None
        try:
            ends_at = datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)
            return Channel(str(answer["resourceId"]), ends_at)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise CalendarUnreachable("an answer of another form") from None

    def unwatch(self, channel_id: str, resource_id: str) -> None:
        """End a channel; Google answers 404 for one that has ended, which is no error."""
        body = {"id": channel_id, "resourceId": resource_id}
        with suppress(EventGone):
            self._client.call("channels", lambda channels: channels.stop(body=body))

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
        return etag_of(answer)

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
