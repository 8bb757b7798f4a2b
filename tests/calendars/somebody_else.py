"""Somebody else at work in a calendar of ours, with another program."""

from datetime import date, datetime, timedelta
from typing import Protocol

from core.domain.timespan import Timespan


class SomebodyElse(Protocol):
    def move(self, event_id: str, span: Timespan) -> None:
        """Drag the event to other instants, or resize it."""

    def edit(self, event_id: str, title: str) -> None: ...

    def remove(self, event_id: str) -> None: ...

    def make_all_day(self, event_id: str) -> None:
        """Let the event take the whole of its UTC day."""

    def make_recurring(self, event_id: str) -> None:
        """Repeat the event on three days, counting its own."""

    def add_foreign(self, span: Timespan, *, busy: bool = True) -> str:
        """Add an event of theirs and return its id."""

    def add_foreign_days(self, first: date, days: int = 1) -> str:
        """Add an all-day event of theirs and return its id."""

    def add_foreign_weekly(self, starts: datetime, length: timedelta, count: int) -> str:
        """Add a series at the same wall time every week, in the zone that `starts` bears, and return its id."""

    def forget_cursors(self) -> None:
        """Let the vendor forget the cursors given so far; one that still tells the present state may go on."""
