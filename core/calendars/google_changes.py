"""What changed in a calendar at Google: its list of events, page by page, from a sync token to the next.

Source: developers.google.com/workspace/calendar/api/guides/sync.
"""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from core.calendars.calendar import (
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Changes,
    EventGone,
    FoundEvent,
    Window,
)
from core.calendars.google_client import GoogleClient
from core.calendars.google_errors import READ_ONLY
from core.calendars.google_event import busy_spans, found_event

_FIELDS = (
    "accessRole,timeZone,nextPageToken,nextSyncToken,items(id,etag,status,summary,description,location,colorId,"
    "start,end,transparency,attendees(self,responseStatus),reminders/overrides,iCalUID,recurringEventId,recurrence)"
)
_PAGE = 2500  # the most that Google gives at once
_SEES_EVENTS = frozenset({"reader", "writerWithoutPrivateAccess", "writer", "owner"})


def read_changes(client: GoogleClient, calendar_id: str, cursor: str | None, window: Window) -> Changes:
    """All events (no cursor), or what changed since; series are told occurrence by occurrence.

    The parameters are always the same, since Google ties a sync token to them: so no times bound the list, and the
    window bounds only the spans. Raises a CalendarError where any page fails, and then tells nothing.
    """
    query: dict[str, Any] = {"singleEvents": True, "showDeleted": True, "maxResults": _PAGE, "fields": _FIELDS}
    if cursor is not None:
        query["syncToken"] = cursor
    events: dict[str, FoundEvent] = {}
    pages: set[str] = set()
    while True:
        page = _page(client, calendar_id, query)
        for event in _events(page, window):
            events[event.event_id] = event  # what changed between two pages comes twice: the later one is newer
        token = page.get("nextPageToken")
        if not token:
            break
        if token in pages:
            raise CalendarUnreachable("pages without an end")
        pages.add(token)
        query["pageToken"] = token
    if not page.get("nextSyncToken"):
        raise CalendarUnreachable("a list without an end")
    return Changes(tuple(events.values()), str(page["nextSyncToken"]), complete=cursor is None)


def _page(client: GoogleClient, calendar_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """One page, as long as it comes from a calendar whose events we may see."""
    try:
        page = client.call("events", lambda events: events.list(calendarId=calendar_id, **query))
    except EventGone:  # nothing but the calendar can be missing here
        raise CalendarMissing(calendar_id) from None
    if "accessRole" not in page:
        raise CalendarUnreachable("an answer without an access role")
    if page["accessRole"] not in _SEES_EVENTS:
        raise CalendarRefused(READ_ONLY, client.sharing_cure)
    return page


def _events(page: dict[str, Any], window: Window) -> list[FoundEvent]:
    zone = _zone(page, window)
    items = page.get("items", [])
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise CalendarUnreachable("an answer of another form")
    return [replace(found_event(one), spans=busy_spans(one, window.span, zone)) for one in items]


def _zone(page: dict[str, Any], window: Window) -> str:
    """The calendar's own zone, in which its days begin; the window's where it has none that we know."""
    zone = page.get("timeZone")
    try:
        return ZoneInfo(zone).key if isinstance(zone, str) and zone else window.zone
    except (OSError, KeyError, ValueError):
        return window.zone
