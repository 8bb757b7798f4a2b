"""Threads that are kept for the next piece of work, since a connection to a calendar belongs to one thread."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

IDLE_SECONDS = 60.0


class KeptThreads:
    """Up to `most` threads, started as they are needed, which end when there was nothing to do for a minute.

    Unlike those of ThreadPoolExecutor they never keep the process from ending: whatever they do at a calendar may be
    cut short at any time, and is finished later.
    """

    def __init__(self, name: str, most: int) -> None:
        self.most = most
        self._name = name
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._guard = threading.Lock()
        self._threads = self._idle = self._queued = 0

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Have one of the threads do it; until one has begun it can be cancelled."""
        future: Future[T] = Future()
        with self._guard:
            self._queued += 1
            self._queue.put((future, work))
            if self._queued > self._idle and self._threads < self.most:
                self._threads += 1
                threading.Thread(target=self._serve, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def _serve(self) -> None:
        while True:
            with self._guard:
                self._idle += 1
            work = None
            with suppress(Empty):
                work = self._queue.get(timeout=IDLE_SECONDS)
            with self._guard:
                self._idle -= 1
                if work is not None:
                    self._queued -= 1
                elif not self._queued:
                    self._threads -= 1
                    return
            if work is not None:
                _do(*work)


def _do(future: "Future[Any]", work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
        future.set_exception(error)
