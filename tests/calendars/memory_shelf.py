"""What stands in an in-memory calendar, when it changed, and how a listing tells it."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.calendars.calendar import FoundEvent, Window
from core.domain.timespan import Timespan


class MemoryShelf:
    """Events by id, each with the step at which it changed last; whoever calls holds the lock.

    With `tombstones` it is like Google: ids stay taken, and a series is told as occurrences, each an event of its own
    with the series' id. Without, it is like CalDAV: deletions are told by id alone, a series is one event with all its
    spans.
    """

    def __init__(self, *, tombstones: bool) -> None:
        self.events: dict[str, FoundEvent] = {}
        self._tombstones = tombstones
        self._etags = itertools.count(1)
        self._free: set[str] = set()
        self._days: dict[str, tuple[date, int]] = {}
        self._occurrences: dict[str, tuple[Timespan, ...]] = {}
        self._changed: dict[str, int] = {}
        self._step = 0

    def _store(self, found: FoundEvent) -> str:
        etag = f'"{next(self._etags)}"'
        self.events[found.event_id] = replace(found, etag=etag)
        self._note(found.event_id)
        return etag

    def _drop(self, event_id: str) -> None:
        self._end_series(event_id)
        if self._tombstones:
            self._store(FoundEvent(event_id, "", cancelled=True))
        else:
            del self.events[event_id]
            self._note(event_id)

    def _note(self, event_id: str) -> None:
        self._step += 1
        self._changed[event_id] = self._step

    def _repeat(self, series_id: str, spans: Sequence[Timespan]) -> None:
        self._occurrences[series_id] = tuple(spans)
        if not self._tombstones:
            return
        series = self.events[series_id]
        for span in spans:
            event_id = f"{series_id}_{span.start:%Y%m%dt%H%M%Sz}"
            if series_id in self._free:
                self._free.add(event_id)
            self._store(
                replace(
                    series,
                    event_id=event_id,
                    starts_at=span.start,
                    ends_at=span.end,
                    recurring=False,
                    series_id=series_id,
                )
            )

    def _end_series(self, series_id: str) -> None:
        self._occurrences.pop(series_id, None)
        for event in list(self.events.values()):
            if event.series_id == series_id:
                self._store(FoundEvent(event.event_id, "", cancelled=True))

    def _told(self, event_id: str, window: Window) -> FoundEvent | None:
        """As a listing tells the event; None for what it leaves out: a series that is told by its occurrences."""
        found = self.events.get(event_id)
        if found is None:
            return FoundEvent(event_id, "", cancelled=True)
        if found.recurring and self._tombstones:
            return None
        return replace(found, spans=self._spans(found, window))

    def _spans(self, found: FoundEvent, window: Window) -> tuple[Timespan, ...]:
        if found.cancelled or found.event_id in self._free:
            return ()
        if found.all_day:
            first, days = self._days[found.event_id]
            zone = ZoneInfo(window.zone)
            ends = datetime.combine(first + timedelta(days=days), time(), zone)
            spans: tuple[Timespan, ...] = (Timespan(datetime.combine(first, time(), zone), ends),)
        elif found.recurring:
            spans = self._occurrences[found.event_id]
        else:
            assert found.starts_at is not None
            assert found.ends_at is not None
            spans = (Timespan(found.starts_at, found.ends_at),)
        return tuple(span for span in spans if span.overlaps(window.span))
