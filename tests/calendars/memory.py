"""An in-memory calendar, proven by the same contract suite as the real ones."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from core.calendars.calendar import (
    CalendarMissing,
    Changes,
    CursorExpired,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    FoundEvent,
    Health,
    Window,
)
from core.domain.timespan import Timespan
from tests.calendars.memory_shelf import MemoryShelf


class MemoryCalendar(MemoryShelf):
    """Answers requests; faults are called one a request, `before` or `after` it commits, and may raise.

    What follows `health` is somebody else at work, whom no fault meets.
    """

    def __init__(self, *, tombstones: bool, exists: bool = True) -> None:
        super().__init__(tombstones=tombstones)
        self.requests: list[str] = []
        self.before: list[Callable[[], None]] = []
        self.after: list[Callable[[], None]] = []
        self._exists = exists
        self._lock = threading.RLock()
        self._cursors_from = 0

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
            self._drop(event_id)
            self._commit()

    def changes(self, cursor: str | None, window: Window) -> Changes:
        with self._lock:
            self._begin("changes")
            since = 0 if cursor is None else int(cursor)
            if cursor is not None and since < self._cursors_from:
                raise CursorExpired
            ids = [event_id for event_id, step in self._changed.items() if step > since]
            told = [self._told(event_id, window) for event_id in ids]
            events = tuple(event for event in told if event and not (cursor is None and event.cancelled))
            answer = Changes(events, str(self._step), complete=cursor is None)
            self._commit()
            return answer

    def health(self) -> Health:
        return Health(ok=True) if self._exists else Health(ok=False, cure="Make the calendar first.")

    @property
    def living(self) -> list[FoundEvent]:
        """What stands there, a series once."""
        with self._lock:
            return [event for event in self.events.values() if not event.cancelled and not event.series_id]

    def move(self, event_id: str, span: Timespan) -> None:
        """Drag the event to other instants, or resize it."""
        self._change(event_id, starts_at=span.start, ends_at=span.end, all_day=False)

    def edit(self, event_id: str, title: str) -> None:
        self._change(event_id, title=title)

    def remove(self, event_id: str) -> None:
        with self._lock:
            self._drop(event_id)

    def make_all_day(self, event_id: str) -> None:
        """Let the event take the whole of its UTC day."""
        with self._lock:
            starts_at = self.events[event_id].starts_at
            assert starts_at is not None
            self._days[event_id] = (starts_at.date(), 1)
            self._change(event_id, starts_at=None, ends_at=None, all_day=True)

    def make_recurring(self, event_id: str) -> None:
        """Repeat the event on three days, counting its own."""
        with self._lock:
            found = self.events[event_id]
            assert found.starts_at is not None
            assert found.ends_at is not None
            length = found.ends_at - found.starts_at
            starts = [found.starts_at + timedelta(days=number) for number in range(3)]
            self._change(event_id, recurring=True)
            self._repeat(event_id, [Timespan(start, start + length) for start in starts])

    def add_foreign(self, *spans: Timespan, busy: bool = True) -> str:
        """Add an event of somebody else's, a series where it has several spans, and return its id."""
        with self._lock:
            event_id = uuid.uuid4().hex
            first = FoundEvent(event_id, "", False, "Lunch", starts_at=spans[0].start, ends_at=spans[0].end)
            if not busy:
                self._free.add(event_id)
            self._store(replace(first, uid=f"{event_id}@example.com", recurring=len(spans) > 1))
            if len(spans) > 1:
                self._repeat(event_id, spans)
            return event_id

    def add_foreign_days(self, first: date, days: int = 1) -> str:
        """Add an all-day event of somebody else's, and return its id."""
        with self._lock:
            event_id = uuid.uuid4().hex
            self._days[event_id] = (first, days)
            self._store(FoundEvent(event_id, "", False, "Away", uid=f"{event_id}@example.com", all_day=True))
            return event_id

    def add_foreign_weekly(self, starts: datetime, length: timedelta, count: int) -> str:
        """Add a series at the same wall time every week, in the zone that `starts` bears, and return its id."""
        local = [starts + timedelta(weeks=number) for number in range(count)]
        return self.add_foreign(*(Timespan(start, start.astimezone(UTC) + length) for start in local))

    def hand_over(self, event_id: str, other: "MemoryCalendar") -> None:
        """Move the event into another calendar, where it keeps its id and its uid."""
        with self._lock, other._lock:
            found = self.events[event_id]
            self._drop(event_id)
            other._store(found)

    def forget_cursors(self) -> None:
        """Let every cursor given so far be too old."""
        with self._lock:
            self._step += 1
            self._cursors_from = self._step

    def vanish(self) -> None:
        """Let the whole calendar be gone, until `reappear`."""
        self._exists = False

    def reappear(self) -> None:
        self._exists = True

    def _living(self, event_id: str, etag: str) -> None:
        found = self.events.get(event_id)
        if found is None or found.cancelled:
            raise EventGone
        if found.etag != etag:
            raise EventChanged

    def _keep(self, event: Event) -> str:
        self._end_series(event.event_id)
        etag = self._store(
            FoundEvent(
                event.event_id,
                "",
                cancelled=False,
                title=event.title,
                description=event.description,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                location=event.location,
                colour_id=event.colour_id,
                reminder_minutes=event.reminder_minutes,
                uid=event.event_id,
            )
        )
        self._commit()
        return etag

    def _change(self, event_id: str, **values: object) -> None:
        with self._lock:
            found = self.events[event_id]
            assert not found.cancelled
            self._store(replace(found, **values))  # type: ignore[arg-type]

    def _begin(self, request: str) -> None:
        self.requests.append(request)
        if self.before:
            self.before.pop(0)()
        if not self._exists:
            raise CalendarMissing(calendar="memory")

    def _commit(self) -> None:
        if self.after:
            self.after.pop(0)()
