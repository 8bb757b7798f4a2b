"""The calendars of the stand-in: who may do what, and how events come, change and go."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.stand_ins.google.event_rules import EVENT_ID, WRITABLE, check_event, instant
from tests.stand_ins.google.recurrence import all_occurrences, check_recurrence, find_occurrence, occurrences
from tests.stand_ins.google.refusals import Refusal, invalid

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")


@dataclass
class StoredEvent:
    """An event or, when cancelled, its tombstone; `revision` is the calendar's count at its last change."""

    id: str
    content: dict[str, Any]
    created: datetime
    updated: datetime
    creator: str
    revision: int
    ical_uid: str
    series_id: str = ""
    original: dict[str, str] | None = None
    former: dict[str, "StoredEvent"] = field(default_factory=dict)
    made: dict[str, "StoredEvent"] = field(default_factory=dict)
    made_for: object = None

    @property
    def cancelled(self) -> bool:
        return self.content.get("status") == "cancelled"

    @property
    def etag(self) -> str:
        return f'"{int(self.created.timestamp())}{self.revision:09d}"'


@dataclass
class StoredCalendar:
    """A calendar with its access list (address to role, "default" for everyone) and its events."""

    id: str
    summary: str
    zone: str
    data_owner: str
    description: str = ""
    location: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    revision: int = 0
    oldest_sync: int = 0
    listed_by: set[str] = field(default_factory=set)

    def role_of(self, principal: str) -> str:
        return max((self.roles.get(who, "none") for who in (principal, "default")), key=ROLES.index)


class Store:
    """All calendars. Callers hold `lock` around each request, as Google's own changes are one after another."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.calendars: dict[str, StoredCalendar] = {}
        self.changed: Callable[[StoredCalendar], None] = lambda _: None

    def add_calendar(
        self, summary: str, zone: str, owner: str, *, description: str = "", location: str = ""
    ) -> StoredCalendar:
        """A new secondary calendar, owned by its creator and in the creator's list."""
        calendar_id = f"c_{secrets.token_hex(32)}@group.calendar.google.com"
        made = StoredCalendar(calendar_id, summary, zone, owner, description, location)
        made.roles[owner] = "owner"
        made.listed_by.add(owner)
        self.calendars[calendar_id] = made
        return made

    def calendar(self, calendar_id: str, principal: str, needed: str = "reader") -> StoredCalendar:
        """The calendar, if this principal has at least the needed role; unseen ones do not exist for them."""
        found = self.calendars.get(calendar_id)
        if found is None or found.role_of(principal) == "none":
            raise Refusal(404, "notFound")
        if ROLES.index(found.role_of(principal)) < ROLES.index(needed):
            raise Refusal(403, "requiredAccessLevel", f"You need to have {needed} access to this calendar.")
        return found

    def event(self, calendar: StoredCalendar, event_id: str) -> StoredEvent:
        """The event or tombstone with this id."""
        found = calendar.events.get(event_id) or find_occurrence(calendar, event_id, self.clock())
        if found is None:
            raise Refusal(404, "notFound")
        return found

    def insert(self, calendar: StoredCalendar, body: dict[str, Any], principal: str) -> StoredEvent:
        """Create an event under the chosen id or a made-up one; an id once taken stays taken."""
        if "id" in body and "iCalUID" in body:
            raise invalid("Specify either the event id or the iCalUID, not both.")
        event_id = body.get("id") or secrets.token_hex(13)
        if not EVENT_ID.fullmatch(event_id):
            raise invalid("Invalid resource id value.", "resource.id")
        if event_id in calendar.events:
            raise Refusal(409, "duplicate")
        content = {name: value for name, value in body.items() if name in WRITABLE}
        content.setdefault("status", "confirmed")
        content.setdefault("sequence", 0)
        content.setdefault("reminders", {"useDefault": True})
        check_event(content, by_service_account=is_service_account(principal))
        check_recurrence(content)
        now = self.clock()
        made = StoredEvent(event_id, content, now, now, principal, 0, body.get("iCalUID", f"{event_id}@google.com"))
        self._touch(calendar, made)
        return made

    def replace(self, calendar: StoredCalendar, event: StoredEvent, body: dict[str, Any], principal: str) -> None:
        """An update or the outcome of a patch: all that is writable becomes what the body says.

        SEQUENCE may not fall, one left out counts as 0, and moving an event counts it up.
        """
        if body.get("id", event.id) != event.id:
            raise invalid("Invalid resource id value.", "resource.id")
        content = {name: value for name, value in body.items() if name in WRITABLE}
        content.setdefault("status", "confirmed")
        content.setdefault("reminders", {"useDefault": True})
        check_event(content, by_service_account=is_service_account(principal))
        check_recurrence(content)
        old = event.content
        if content.setdefault("sequence", 0) < old["sequence"]:
            raise invalid("Invalid sequence value. The specified sequence number is below the current sequence number.")
        moved = any(instant(content[edge]) != instant(old[edge]) for edge in ("start", "end"))
        if moved and content["sequence"] == old["sequence"]:
            content["sequence"] += 1
        event.former |= occurrences(event, calendar, self.clock())
        event.content = content
        self._touch(calendar, event)
        self._drop_exceptions(calendar, event)

    def patched(self, event: StoredEvent, body: dict[str, Any]) -> dict[str, Any]:
        """The body that an update would need for the same outcome: named properties change, null removes.

        Extended properties are replaced as a whole map: clients may not count on a merge.
        """
        merged = dict(event.content)
        for name, value in body.items():
            if value is None:
                merged.pop(name, None)
            elif name in {"start", "end", "reminders"}:
                kept = {**merged.get(name, {}), **value}
                merged[name] = {key: inner for key, inner in kept.items() if inner is not None}
            else:
                merged[name] = value
        return merged

    def delete(self, calendar: StoredCalendar, event: StoredEvent) -> None:
        """Turn the event into a tombstone."""
        if event.cancelled:
            raise Refusal(410, "deleted")
        event.former |= occurrences(event, calendar, self.clock())
        event.content = {**event.content, "status": "cancelled"}
        self._touch(calendar, event)
        self._drop_exceptions(calendar, event)

    def move(self, source: StoredCalendar, event: StoredEvent, target: StoredCalendar) -> None:
        """Carry an event to another calendar: it keeps its id and UID, and leaves a tombstone behind."""
        if event.id in target.events and not target.events[event.id].cancelled:
            raise Refusal(409, "duplicate")
        self._touch(target, replace(event, former={}, made={}, made_for=None))
        self.delete(source, event)

    def _drop_exceptions(self, calendar: StoredCalendar, series: StoredEvent) -> None:
        """Delete the exceptions whose occurrence the series has no longer."""
        exceptions = [one for one in calendar.events.values() if one.series_id == series.id and not one.cancelled]
        if not exceptions:
            return
        standing = {} if series.cancelled else {one.id for one in all_occurrences(series, self.clock())}
        for one in exceptions:
            if one.id not in standing:
                self.delete(calendar, one)

    def _touch(self, calendar: StoredCalendar, event: StoredEvent) -> None:
        calendar.events[event.id] = event
        calendar.revision += 1
        event.revision = calendar.revision
        event.updated = self.clock()
        self.changed(calendar)


def is_service_account(principal: str) -> bool:
    return principal.endswith(".iam.gserviceaccount.com")


def require_match(event: StoredEvent, if_match: str | None) -> None:
    """Refuse a change made on another state than the present one."""
    if if_match is not None and if_match not in {"*", event.etag}:
        raise Refusal(412, "conditionNotMet", locationType="header", location="If-Match")
