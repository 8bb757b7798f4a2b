"""What people typed and did not send yet: kept for some hours, so that reloading the page loses nothing.

In this process's memory alone, and only for the sign-in that typed it: unfinished texts belong neither into a browser's
storage or address nor into the database.
"""

import threading
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

KEPT_FOR = timedelta(hours=8)
MOST = 1000
"""Drafts of all sign-ins together; the oldest make way."""

Whose = TypeVar("Whose", bound=Hashable)
Draft = TypeVar("Draft")


class Drafts(Generic[Whose, Draft]):
    """Drafts by whose they are; safe to share by threads. Instants are handed in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Whose, tuple[datetime, Draft]] = {}

    def keep(self, whose: Whose, draft: Draft, now: datetime) -> None:
        """Keep this in place of what was typed before."""
        with self._lock:
            self._kept.pop(whose, None)
            self._kept[whose] = (now, draft)
            for old, (since, _draft) in list(self._kept.items()):
                if now - since < KEPT_FOR and len(self._kept) <= MOST:
                    break
                del self._kept[old]

    def find(self, whose: Whose, now: datetime) -> Draft | None:
        """What was typed last, unless that is too long ago."""
        with self._lock:
            since, draft = self._kept.get(whose, (now, None))
            return draft if now - since < KEPT_FOR else None

    def drop(self, whose: Whose) -> None:
        """Let go of it: it was sent."""
        with self._lock:
            self._kept.pop(whose, None)
