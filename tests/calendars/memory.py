"""An in-memory calendar, proven by the same contract suite as the real ones."""

import itertools
import threading
from collections.abc import Callable

from core.calendars.calendar import CalendarMissing, Event, EventChanged, EventExists, EventGone, FoundEvent, Health


class MemoryCalendar:
    """Keeps events in a dictionary; `faults` are called one a request, before or after it commits, and may raise."""

    def __init__(self, *, tombstones: bool, exists: bool = True) -> None:
        self.events: dict[str, FoundEvent] = {}
        self.requests: list[str] = []
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []
        self._tombstones = tombstones
        self._exists = exists
        self._etags = itertools.count(1)
        self._lock = threading.Lock()

    def fetch(self, event_id: str) -> FoundEvent | None:
        with self._lock:
            self._begin("fetch")
            found = self.events.get(event_id)
            self._commit()
            return found

    def create(self, event: Event) -> str:
        with self._lock:
            self._begin("create")
            if event.event_id in self.events:
                raise EventExists
            return self._keep(event)

    def update(self, event: Event, etag: str) -> str:
        with self._lock:
            self._begin("update")
            self._living(event.event_id, etag)
            return self._keep(event)

    def delete(self, event_id: str, etag: str | None = None) -> None:
        with self._lock:
            self._begin("delete")
            found = self.events.get(event_id)
            if found is None or found.cancelled:
                return
            if etag is not None and etag != found.etag:
                raise EventChanged
            if self._tombstones:
                self.events[event_id] = FoundEvent(event_id, f'"{next(self._etags)}"', cancelled=True)
            else:
                del self.events[event_id]
            self._commit()

    def health(self) -> Health:
        return Health(ok=True) if self._exists else Health(ok=False, cure="Make the calendar first.")

    @property
    def living(self) -> list[FoundEvent]:
        return [event for event in self.events.values() if not event.cancelled]

    def _living(self, event_id: str, etag: str) -> None:
        found = self.events.get(event_id)
        if found is None or found.cancelled:
            raise EventGone
        if found.etag != etag:
            raise EventChanged

    def _keep(self, event: Event) -> str:
        etag = f'"{next(self._etags)}"'
        self.events[event.event_id] = FoundEvent(
            event.event_id,
            etag,
            cancelled=False,
            title=event.title,
            description=event.description,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            location=event.location,
            colour_id=event.colour_id,
            reminder_minutes=event.reminder_minutes,
        )
        self._commit()
        return etag

    def _begin(self, request: str) -> None:
        self.requests.append(request)
        if self.before:
            self.before.pop(0)()
        if not self._exists:
            raise CalendarMissing(calendar="memory")

    def _commit(self) -> None:
        if self.after:
            self.after.pop(0)()
