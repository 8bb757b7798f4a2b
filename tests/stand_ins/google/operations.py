"""The operations of the API that the stand-in knows, by their id in the discovery document."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.stand_ins.google.channels import Channels
from tests.stand_ins.google.event_rules import EVENT_COLOURS, NOT_BUILT, instant, told_moment
from tests.stand_ins.google.listing import Listing, Query
from tests.stand_ins.google.recurrence import single_events
from tests.stand_ins.google.refusals import Refusal, invalid
from tests.stand_ins.google.store import ROLES, Store, StoredCalendar, StoredEvent, require_match


@dataclass(frozen=True)
class Call:
    """A checked request: who asks, with which values in path and query, on which state."""

    principal: str
    path: dict[str, str]
    query: Query
    body: dict[str, Any]
    if_match: str | None


class NotBuilt(Exception):
    """Something of Google's that this server does not know and will not pretend to."""


class Operations:
    """Runs operations on the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.listing = Listing(store)
        self.channels = Channels(store)
        self._known: dict[str, Callable[[Call], Any]] = {
            "calendar.events.get": self._get_event,
            "calendar.events.insert": self._insert_event,
            "calendar.events.update": self._update_event,
            "calendar.events.patch": self._patch_event,
            "calendar.events.delete": self._delete_event,
            "calendar.events.list": self._list_events,
            "calendar.events.watch": self._watch_events,
            "calendar.channels.stop": self._stop_channel,
            "calendar.calendars.get": self._get_calendar,
            "calendar.calendars.insert": self._insert_calendar,
            "calendar.calendars.delete": self._delete_calendar,
            "calendar.calendarList.get": self._get_entry,
            "calendar.calendarList.insert": self._insert_entry,
            "calendar.calendarList.list": self._list_entries,
            "calendar.acl.list": self._list_rules,
            "calendar.acl.insert": self._insert_rule,
            "calendar.freebusy.query": self._free_busy,
            "calendar.colors.get": self._colours,
        }

    def run(self, operation_id: str, call: Call) -> Any:
        """The answer's body, None for "no content"; Refusal for Google's errors, NotBuilt for what is left out."""
        if operation_id not in self._known:
            raise NotBuilt(operation_id)
        unknown = {name for name in NOT_BUILT & call.body.keys() if call.body[name] != []}
        if unknown or call.body.get("eventType", "default") != "default":
            raise NotBuilt(f"{operation_id} with {', '.join(sorted(unknown)) or 'eventType'}")
        with self.store.lock:
            return self._known[operation_id](call)

    def _calendar(self, call: Call, needed: str = "reader") -> StoredCalendar:
        return self.store.calendar(call.path["calendarId"], call.principal, needed)

    def _event_for_change(self, call: Call) -> tuple[StoredCalendar, StoredEvent]:
        calendar = self._calendar(call, "writerWithoutPrivateAccess")
        return calendar, self.store.event(calendar, call.path["eventId"])

    def _get_event(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call)
        return told_event(calendar, self.store.event(calendar, call.path["eventId"]), call.query)

    def _insert_event(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call, "writerWithoutPrivateAccess")
        return told_event(calendar, self.store.insert(calendar, call.body, call.principal), call.query)

    def _update_event(self, call: Call) -> dict[str, Any]:
        calendar, event = self._event_for_change(call)
        require_match(event, call.if_match)
        self.store.replace(calendar, event, call.body, call.principal)
        return told_event(calendar, event, call.query)

    def _patch_event(self, call: Call) -> dict[str, Any]:
        calendar, event = self._event_for_change(call)
        require_match(event, call.if_match)
        self.store.replace(calendar, event, self.store.patched(event, call.body), call.principal)
        return told_event(calendar, event, call.query)

    def _delete_event(self, call: Call) -> None:
        calendar, event = self._event_for_change(call)
        if not event.cancelled:
            require_match(event, call.if_match)
        self.store.delete(calendar, event)

    def _list_events(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call)
        listed = self.listing.list(calendar, call.query)
        answer = {
            "kind": "calendar#events",
            "etag": f'"p{calendar.revision}"',
            "summary": calendar.summary,
            "description": calendar.description,
            "updated": stamp(self.store.clock()),
            "timeZone": calendar.zone,
            "accessRole": calendar.role_of(call.principal),
            "defaultReminders": [],
            "items": [
                told_tombstone(event) if event.cancelled else told_event(calendar, event, call.query)
                for event in listed.events
            ],
        }
        tokens = {"nextPageToken": listed.next_page, "nextSyncToken": listed.next_sync}
        return answer | {name: token for name, token in tokens.items() if token}

    def _watch_events(self, call: Call) -> dict[str, Any]:
        return self.channels.open(self._calendar(call), call.body, call.principal)

    def _stop_channel(self, call: Call) -> None:
        self.channels.stop(call.body, call.principal)

    def _get_calendar(self, call: Call) -> dict[str, Any]:
        return told_calendar(self._calendar(call))

    def _insert_calendar(self, call: Call) -> dict[str, Any]:
        details = {name: call.body[name] for name in ("description", "location") if name in call.body}
        zone = call.body.get("timeZone", "UTC")
        return told_calendar(self.store.add_calendar(call.body["summary"], zone, call.principal, **details))

    def _delete_calendar(self, call: Call) -> None:
        del self.store.calendars[self._calendar(call, "owner").id]

    def _get_entry(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call, "freeBusyReader")
        if call.principal not in calendar.listed_by:
            raise Refusal(404, "notFound")
        return told_entry(calendar, call.principal)

    def _insert_entry(self, call: Call) -> dict[str, Any]:
        calendar = self.store.calendar(call.body["id"], call.principal, "freeBusyReader")
        calendar.listed_by.add(call.principal)
        return told_entry(calendar, call.principal)

    def _list_entries(self, call: Call) -> dict[str, Any]:
        if {"pageToken", "syncToken"} & call.query.keys():
            raise NotBuilt("calendarList.list with tokens")
        least = ROLES.index(call.query.get("minAccessRole", ["none"])[0])
        listed = [one for one in self.store.calendars.values() if call.principal in one.listed_by]
        mine = [one for one in listed if ROLES.index(one.role_of(call.principal)) >= least]
        entries = [told_entry(one, call.principal) for one in mine]
        return {"kind": "calendar#calendarList", "etag": '"p1"', "nextSyncToken": "C1", "items": entries}

    def _list_rules(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call, "writer")
        rules = [told_rule(address, role) for address, role in calendar.roles.items()]
        return {"kind": "calendar#acl", "etag": '"p1"', "nextSyncToken": "C1", "items": rules}

    def _insert_rule(self, call: Call) -> dict[str, Any]:
        calendar = self._calendar(call, "owner")
        scope = call.body["scope"]
        if scope["type"] not in {"user", "default"}:
            raise NotBuilt(f"acl for a {scope['type']}")
        if ("value" in scope) != (scope["type"] == "user"):
            raise invalid("Invalid scope value.")
        calendar.roles[scope.get("value", "default")] = call.body["role"]
        return told_rule(scope.get("value", "default"), call.body["role"])

    def _free_busy(self, call: Call) -> dict[str, Any]:
        low, high = (datetime.fromisoformat(call.body[name]) for name in ("timeMin", "timeMax"))
        if high <= low:
            raise Refusal(400, "timeRangeEmpty")
        calendars = {}
        for one in call.body.get("items", []):
            found = self.store.calendars.get(one["id"])
            if found is None or found.role_of(call.principal) == "none":
                calendars[one["id"]] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
            else:
                events = single_events(found, self.store.clock(), vanished=False)
                calendars[one["id"]] = {"busy": busy_times(events, found.zone, low, high)}
        return {"kind": "calendar#freeBusy", "timeMin": stamp(low), "timeMax": stamp(high), "calendars": calendars}

    def _colours(self, _: Call) -> dict[str, Any]:
        return {
            "kind": "calendar#colors",
            "updated": "2012-02-14T00:00:00.000Z",
            "event": EVENT_COLOURS,
            "calendar": {},
        }


def told_event(calendar: StoredCalendar, event: StoredEvent, query: Query) -> dict[str, Any]:
    """The event as answered; of a deleted one only what Google guarantees, so that nobody counts on more."""
    if event.cancelled:
        return {"kind": "calendar#event", "etag": event.etag} | told_tombstone(event)
    zone = query.get("timeZone", [calendar.zone])[0]
    told = {name: value for name, value in event.content.items() if value not in ("", {})}
    if event.series_id:
        told |= {"recurringEventId": event.series_id, "originalStartTime": told_moment(event.original or {}, zone)}
    if "attendees" in told:
        told["attendees"] = [
            one | ({"self": True} if one.get("email") == calendar.id else {}) for one in told["attendees"]
        ]
    return told | {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "htmlLink": f"https://www.google.com/calendar/event?eid={event.id}",
        "created": stamp(event.created),
        "updated": stamp(event.updated),
        "creator": {"email": event.creator},
        "organizer": {"email": calendar.id, "displayName": calendar.summary, "self": True},
        "iCalUID": event.ical_uid,
        "eventType": "default",
        "start": told_moment(event.content["start"], zone),
        "end": told_moment(event.content["end"], zone),
    }


def told_tombstone(event: StoredEvent) -> dict[str, Any]:
    """A deleted event as a list tells it; an occurrence's says of which series it was."""
    told = {"id": event.id, "status": "cancelled"}
    if event.series_id:
        told |= {"recurringEventId": event.series_id, "originalStartTime": event.original}
    return told


def told_calendar(calendar: StoredCalendar) -> dict[str, Any]:
    told = {"kind": "calendar#calendar", "etag": '"c1"', "id": calendar.id, "summary": calendar.summary}
    return told | {"timeZone": calendar.zone, "dataOwner": calendar.data_owner, "description": calendar.description}


def told_entry(calendar: StoredCalendar, principal: str) -> dict[str, Any]:
    told = told_calendar(calendar) | {"kind": "calendar#calendarListEntry", "accessRole": calendar.role_of(principal)}
    first = {"primary": True} if calendar.id == principal else {}
    return told | {"selected": True, "defaultReminders": []} | first


def told_rule(address: str, role: str) -> dict[str, Any]:
    scope = {"type": "default"} if address == "default" else {"type": "user", "value": address}
    rule_id = address if address == "default" else f"user:{address}"
    return {"kind": "calendar#aclRule", "etag": '"r1"', "id": rule_id, "role": role, "scope": scope}


def busy_times(events: Iterable[StoredEvent], zone: str, low: datetime, high: datetime) -> list[dict[str, str]]:
    """Merged busy time in [low, high), from events that are opaque and not cancelled."""
    spans = []
    for event in events:
        starts, ends = (instant(event.content[edge], zone) for edge in ("start", "end"))
        free = event.cancelled or event.content.get("transparency") == "transparent"
        if not free and starts < high and ends > low:
            spans.append((max(starts, low), min(ends, high)))
    merged: list[tuple[datetime, datetime]] = []
    for starts, ends in sorted(spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return [{"start": stamp(starts), "end": stamp(ends)} for starts, ends in merged]


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
