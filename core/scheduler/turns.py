"""A lock that serves threads in the order in which they came."""

import threading
from collections import deque
from types import TracebackType
from typing import Self


class Turns:
    """Used like a lock, in a `with`. Python's own lets whoever is running come back before those who wait for it.

    A turn is handed over while it is still taken, so nobody can slip in between.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> Self:
        with self._guard:
            if not self._taken:
                self._taken = True
                return self
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            mine.acquire()  # until whoever is before us lets it go
        except BaseException:
            self._leave(mine)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            self._next()

    def _leave(self, mine: threading.Lock) -> None:
        """Wait no longer; a turn that has come meanwhile is the next one's."""
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
            else:
                self._next()

    def _next(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._taken = False
