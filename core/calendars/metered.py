"""A calendar whose requests are counted, against its account's quota and for /metrics."""

from collections.abc import Callable

from core.calendars.calendar import Calendar, Changes, Event, FoundEvent, Window
from core.telemetry import measurements


class MeteredCalendar:
    """What pushes and looks ask of a calendar, each request counted before it is sent."""

    def __init__(self, calendar: Calendar, provider: str, take: Callable[[], None]) -> None:
        self._calendar = calendar
        self._provider = provider
        self._take = take

    def fetch(self, event_id: str) -> FoundEvent | None:
        """As Calendar.fetch."""
        self._count("fetch")
        return self._calendar.fetch(event_id)

    def create(self, event: Event) -> str:
        """As Calendar.create."""
        self._count("create")
        return self._calendar.create(event)

    def update(self, event: Event, etag: str) -> str:
        """As Calendar.update."""
        self._count("update")
        return self._calendar.update(event, etag)

    def delete(self, event_id: str, etag: str | None = None) -> None:
        """As Calendar.delete."""
        self._count("delete")
        self._calendar.delete(event_id, etag)

    def changes(self, cursor: str | None, window: Window) -> Changes:
        """As Calendar.changes."""
        self._count("changes")
        return self._calendar.changes(cursor, window)

    def _count(self, request: str) -> None:
        self._take()
        measurements.calendar_asked(self._provider, request)
