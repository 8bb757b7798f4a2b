"""A worker that is halted, crashed or lied to at any of its steps: before and after each request and each transaction."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Changes,
    CursorExpired,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    FoundEvent,
    Health,
    QuotaUsedUp,
    ReconnectNeeded,
    Window,
)
from core.calendars.pull import CalendarPull
from core.calendars.rates import Account
from core.calendars.sync import CalendarSync
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.links import CalendarLinks
from core.scheduler.pulls import CalendarPulls
from core.scheduler.store import Store
from tests.calendars.memory import MemoryCalendar
from tests.calendars.two_way import Memories
from tests.conftest import HandClock

WAIT = 20.0
CRASH, HALT = "crash", "halt"

FAULTS: dict[str, tuple[Callable[[], CalendarError], frozenset[str]]] = {
    name: (fault, frozenset(where.split()))
    for name, fault, where in (
        ("unreachable", lambda: CalendarUnreachable("lost"), "fetch create update delete changes"),
        ("quota", lambda: QuotaUsedUp("later", retry_after=45), "fetch create update delete changes"),
        ("refused", lambda: CalendarRefused("it does not want that"), "fetch create update delete changes"),
        ("reconnect", ReconnectNeeded, "fetch create update delete changes"),
        ("missing", lambda: CalendarMissing(calendar="memory"), "fetch create update delete changes"),
        ("exists", EventExists, "create"),
        ("changed", EventChanged, "update"),
        ("gone", EventGone, "update"),
        ("cursor", CursorExpired, "changes"),
    )
}
"""What may be answered instead of the truth, and to which requests."""


class Crash(BaseException):
    """The process is gone."""


class _Steps:
    """Counts the steps of one piece of work, and does at one of them what was ordered."""

    def __init__(self) -> None:
        self.dead = False
        self._left = 0
        self._effect = ""
        self._resume, self.still = threading.Semaphore(0), threading.Semaphore(0)

    def order(self, at: int, effect: str) -> None:
        self._left, self._effect = at, effect

    def step(self, request: str = "") -> None:
        """A step, next to a request of that name or to a transaction."""
        if self.dead:
            raise Crash
        self._left -= 1
        if self._left > 0 or not self._effect:
            return
        effect = self._effect
        if effect in FAULTS:
            fault, where = FAULTS[effect]
            if request in where:
                self._effect = ""
                raise fault()
            return
        self._effect = ""
        if effect == CRASH:
            self.dead = True
            raise Crash
        self.still.release()
        assert self._resume.acquire(timeout=60)
        if self.dead:
            raise Crash

    def resume(self) -> None:
        self._resume.release()


class _SteppedStore(Store):
    def __init__(self, engine: Engine, step: Callable[[], None]) -> None:
        super().__init__(engine)
        self._step = step

    def write(self, work: Callable[..., Any]) -> Any:
        self._step()
        result = super().write(work)
        self._step()
        return result


class _SteppedCalendar:
    """A calendar of whose requests each is a step before it is sent and one after it was done."""

    def __init__(self, memory: MemoryCalendar, step: Callable[[str], None]) -> None:
        self._memory = memory
        self._step = step

    def fetch(self, event_id: str) -> FoundEvent | None:
        return self._asked("fetch", lambda: self._memory.fetch(event_id))

    def create(self, event: Event) -> str:
        return self._asked("create", lambda: self._memory.create(event))

    def update(self, event: Event, etag: str) -> str:
        return self._asked("update", lambda: self._memory.update(event, etag))

    def delete(self, event_id: str, etag: str | None = None) -> None:
        self._asked("delete", lambda: self._memory.delete(event_id, etag))

    def changes(self, cursor: str | None, window: Window) -> Changes:
        return self._asked("changes", lambda: self._memory.changes(cursor, window))

    def health(self) -> Health:
        return self._memory.health()

    def _asked(self, request: str, work: Callable[[], Any]) -> Any:
        self._step(request)
        result = work()
        self._step(request)
        return result


class _SteppedCalendars:
    def __init__(self, memories: Memories, step: Callable[[str], None]) -> None:
        self._memories = memories
        self._step = step

    def calendar(self, provider: str, calendar_id: str, name: str) -> _SteppedCalendar:
        return _SteppedCalendar(self._memories[calendar_id], self._step)


class _AtOnce:
    """Does what it is given before anything else happens, in the same thread."""

    most = 8

    def submit(self, work: Callable[[], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)
        return future


class _SyncAtOnce(CalendarSync):
    def _threads_of(self, account: Account, *, asked_for: bool = False) -> Any:
        return _AtOnce()


class StepwiseWorker:
    """A worker process with its own connection to everything. What it does takes no time unless it is halted."""

    def __init__(self, engine: Engine, memories: Memories, clock: HandClock) -> None:
        self._steps = _Steps()
        store = _SteppedStore(engine, self._steps.step)
        scheduler = AppointmentScheduler(store, clock)
        calendars = _SteppedCalendars(memories, self._steps.step)
        self._sync = _SyncAtOnce(CalendarLinks(store, clock), calendars, clock)
        self._pull = CalendarPull(CalendarPulls(store, clock, scheduler), calendars, clock)
        self._thread: threading.Thread | None = None
        self._ended, self._failure = False, None

    @property
    def halted(self) -> bool:
        return self._thread is not None

    @property
    def dead(self) -> bool:
        return self._steps.dead

    def work(self, what: str, at: int = 0, effect: str = "") -> None:
        """Push, read or settle what is due; at a step it is halted, crashes, or gets a wrong answer."""
        assert not self.halted
        self._steps.order(at, effect)
        task = {
            "push": lambda: self._sync.run_due(limit=20),
            "read": lambda: self._pull.run_due(limit=2),
            "settle": self._pull.settle_due,
        }[what]
        if effect != HALT:
            try:
                task()
            except Crash:
                assert self.dead
            return
        self._ended, self._failure = False, None
        self._thread = threading.Thread(target=self._run, args=(task,), daemon=True)
        self._thread.start()
        self._until_still()

    def go_on(self) -> None:
        """Go on where it was halted, to the end."""
        self._steps.resume()
        self._until_still()

    def kill(self) -> None:
        """End where it was halted."""
        self._steps.dead = True
        if self.halted:
            self.go_on()

    def _run(self, task: Callable[[], object]) -> None:
        try:
            task()
        except Crash:
            pass
        except BaseException as error:  # noqa: BLE001 - it fails the test, in the test's own thread
            self._failure = error
        self._ended = True
        self._steps.still.release()

    def _until_still(self) -> None:
        assert self._steps.still.acquire(timeout=WAIT)
        if self._ended and self._thread is not None:
            self._thread.join(WAIT)
            self._thread = None
            if self._failure is not None:
                raise self._failure
