"""events.list: filters, pages, and what changed since a sync token."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.stand_ins.google.event_rules import instant
from tests.stand_ins.google.recurrence import single_events
from tests.stand_ins.google.refusals import Refusal, invalid
from tests.stand_ins.google.store import Store, StoredCalendar, StoredEvent

NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_NO_TOKEN_AFTER = frozenset(NOT_WITH_SYNC_TOKEN) - {"timeMin", "timeMax"}
_MAY_CHANGE = frozenset({"pageToken", "syncToken", "maxResults", "fields", "alt", "prettyPrint", "quotaUser", "key"})

Query = dict[str, list[str]]


@dataclass(frozen=True)
class _Sync:
    calendar_id: str
    revision: int
    query: Query


@dataclass(frozen=True)
class _Page:
    calendar_id: str
    revision: int
    query: Query
    event_ids: tuple[str, ...]
    start_query: Query


@dataclass(frozen=True)
class Listed:
    """One page: its events, and either the next page's token or, on the last page, a sync token."""

    events: list[StoredEvent]
    next_page: str = ""
    next_sync: str = ""


class Listing:
    """Answers lists; remembers the tokens that it gave."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._syncs: dict[str, _Sync] = {}
        self._pages: dict[str, _Page] = {}

    def expire(self, calendar: StoredCalendar) -> None:
        """Refuse every sync token given so far for this calendar, as Google may at any time."""
        calendar.revision += 1
        calendar.oldest_sync = calendar.revision

    def list(self, calendar: StoredCalendar, query: Query) -> Listed:
        """The page that the query asks for."""
        if "pageToken" in query:
            page = self._pages.get(query["pageToken"][0])
            if page is None or page.calendar_id != calendar.id:
                raise invalid("Invalid page token value.", "pageToken")
            if _lasting(query) != page.query:
                raise invalid("The parameters of a page must be those of the first page.")
        else:
            page = self._first_page(calendar, query)
        size = min(int(query.get("maxResults", ["250"])[0]), 2500)
        events = [self._store.event(calendar, event_id) for event_id in page.event_ids[:size]]
        rest = page.event_ids[size:]
        if rest:
            token = secrets.token_urlsafe(18)
            self._pages[token] = _Page(calendar.id, page.revision, page.query, rest, page.start_query)
            return Listed(events, next_page=token)
        if _NO_TOKEN_AFTER & page.start_query.keys():
            return Listed(events)
        token = f"C{secrets.token_urlsafe(18)}="
        self._syncs[token] = _Sync(calendar.id, page.revision, page.start_query)
        return Listed(events, next_sync=token)

    def _first_page(self, calendar: StoredCalendar, query: Query) -> _Page:
        if "syncToken" in query:
            return self._changes(calendar, query)
        if query.get("orderBy") == ["startTime"] and query.get("singleEvents") != ["true"]:
            raise invalid("The requested ordering is not available for the particular query.", "orderBy")
        events = [event for event in self._units(calendar, query) if _wanted(event, query, calendar.zone)]
        if query.get("orderBy") == ["startTime"]:
            events.sort(key=lambda event: instant(event.content["start"], calendar.zone))
        elif query.get("orderBy") == ["updated"]:
            events.sort(key=lambda event: event.revision)
        ids = tuple(event.id for event in events)
        return _Page(calendar.id, calendar.revision, _lasting(query), ids, _lasting(query))

    def _changes(self, calendar: StoredCalendar, query: Query) -> _Page:
        for name in NOT_WITH_SYNC_TOKEN:
            if name in query:
                raise invalid(f"Sync token cannot be used with {name}.", name)
        if query.get("showDeleted") == ["false"]:
            raise invalid("Sync token cannot be used with showDeleted=false.", "showDeleted")
        sync = self._syncs.get(query["syncToken"][0])
        if sync is None or sync.calendar_id != calendar.id:
            raise invalid("Invalid sync token value.", "syncToken")
        if sync.revision < calendar.oldest_sync:
            raise Refusal(410, "fullSyncRequired")
        before = {name: values for name, values in sync.query.items() if name not in {"timeMin", "timeMax"}}
        if _lasting(query) | {"showDeleted": ["true"]} != before | {"showDeleted": ["true"]}:
            raise invalid("The parameters must be those of the initial synchronisation.", "syncToken")
        changed = [one for one in self._units(calendar, query, vanished=True) if one.revision > sync.revision]
        ids = tuple(event.id for event in sorted(changed, key=lambda event: event.revision))
        return _Page(calendar.id, calendar.revision, _lasting(query), ids, sync.query)

    def _units(self, calendar: StoredCalendar, query: Query, *, vanished: bool = False) -> Iterable[StoredEvent]:
        """What the list tells one by one: series taken apart where single events are asked for."""
        if query.get("singleEvents") == ["true"]:
            return single_events(calendar, self._store.clock(), vanished=vanished)
        return calendar.events.values()


def _lasting(query: Query) -> Query:
    return {name: values for name, values in query.items() if name not in _MAY_CHANGE}


def _wanted(event: StoredEvent, query: Query, zone: str) -> bool:
    """Whether a full list shows this event: timeMin bounds its end, timeMax its start, both exclusive."""
    content = event.content
    low, high, since = (_bound(query, name) for name in ("timeMin", "timeMax", "updatedMin"))
    if low and high and high <= low:
        raise Refusal(400, "timeRangeEmpty", location="timeMax", locationType="parameter")
    shown = not event.cancelled or query.get("showDeleted") == ["true"] or since is not None
    words = query.get("q", [""])[0].lower().split()
    text = " ".join(content.get(name, "") for name in ("summary", "description", "location")).lower()
    return (
        shown
        and (low is None or instant(content["end"], zone) > low)
        and (high is None or instant(content["start"], zone) < high)
        and (since is None or event.updated >= since)
        and query.get("iCalUID", [event.ical_uid]) == [event.ical_uid]
        and all(word in text for word in words)
        and _has_properties(content, query, "private")
        and _has_properties(content, query, "shared")
    )


def _bound(query: Query, name: str) -> datetime | None:
    return datetime.fromisoformat(query[name][0]) if name in query else None


def _has_properties(content: dict[str, Any], query: Query, side: str) -> bool:
    held = content.get("extendedProperties", {}).get(side, {})
    wanted = (constraint.partition("=") for constraint in query.get(f"{side}ExtendedProperty", []))
    return all(held.get(key) == value for key, _, value in wanted)
