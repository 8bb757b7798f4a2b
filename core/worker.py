"""The worker: pushes to calendars and reads them, in threads of the web process or in a process of its own."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from core.bootstrap import App
from core.scheduler import heartbeat, tokens
from core.scheduler.holding import drop_expired
from core.telemetry import logs
from core.telemetry.unexpected import report

PAUSE_SECONDS = 1.0
SOONEST_SECONDS = 0.2  # also where changes come all the time, looking for work takes little of them
TIDY_EVERY = timedelta(minutes=10)
STOP_SECONDS = 5.0
END_SECONDS = 3.0
READERS = 3

_log = logs.get("worker")


class Worker:
    """One worker; any number of them share the work by leases. `pause` is in seconds.

    It looks for what is to be pushed after each pause, and as soon as anything was written in its own process. Beside
    that, calendars are read, each by a thread that may wait for it, so that the heart beats whatever they do.
    """

    def __init__(self, app: App, pause: float = PAUSE_SECONDS) -> None:
        self._app = app
        self._pause = pause
        self._pushing = app.sync.pushing()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tidied_at = self._measure_at = app.clock()
        self._id = str(uuid.uuid4())
        self._beaten_at: datetime | None = None

    def start(self) -> None:
        """Begin in a daemon thread; once started, starting again does nothing."""
        if self._thread is not None:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self.run_forever, name="careslot-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the pushes that are under way, and wait a few seconds for that."""
        self._stopping.set()
        self._app.store.changed.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def run_forever(self) -> None:
        """Work until stop is called; an unexpected error is logged under a reference, and the work goes on."""
        _log.info("worker_started")
        self._guarded(self._beat)
        self._guarded(self._open_calendars)
        beside = [self._app.pull.settle_due, self._app.watch.run_due, *[self._app.pull.run_due] * READERS]
        threads = [threading.Thread(target=self._repeat, args=(work,), daemon=True) for work in beside]
        for thread in threads:
            thread.start()
        while not self._stopping.is_set():
            if not self._guarded(self.run_once):
                self._rest()
        self._guarded(lambda: self._end(threads))
        self._guarded(lambda: self._app.store.write(lambda connection: heartbeat.retire(connection, self._id)))
        _log.info("worker_stopped")

    def _rest(self) -> None:
        """Wait for a change or for the pause to pass; not long, and not never."""
        changed = self._app.store.changed
        if not self._stopping.wait(min(self._pause, SOONEST_SECONDS)) and changed.wait(self._pause):
            changed.clear()

    def _repeat(self, work: Callable[[], int]) -> None:
        """Do it again and again; a pause follows where there was nothing to do."""
        while not self._stopping.is_set():
            if not self._guarded(work):
                self._stopping.wait(self._pause)

    def _end(self, threads: list[threading.Thread]) -> None:
        """Wait a little for what is under way; whatever takes longer is done again by whoever comes next."""
        until = monotonic() + END_SECONDS
        try:
            self._pushing.end(END_SECONDS)
        finally:
            for thread in threads:
                thread.join(max(0.0, until - monotonic()))

    def _guarded(self, work: Callable[[], int | None]) -> int | None:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - one broken push must not end all of them
            report(error, "worker")
            return None

    def _beat(self) -> None:
        """Tell now and then that this worker lives, and learn how many others do: they share the vendors' quotas."""
        now = self._app.clock()
        if self._beaten_at is None or now - self._beaten_at >= heartbeat.BEAT_EVERY:
            self._app.store.write(lambda connection: heartbeat.beat(connection, self._id, now))
            self._beaten_at = now
            alive = self._app.store.read(lambda connection: heartbeat.count_alive(connection, now))
            self._app.sync.rates.share(alive)

    def _open_calendars(self) -> None:
        """Start the built-in calendar server where the clinic uses it: others may look in before anything is pushed."""
        if self._app.links.has_calendar_at("embedded"):
            self._app.registry.embedded.ensure_running()

    def _measure(self) -> None:
        """Measure once a clinic day how long patients wait for an appointment."""
        now = self._app.clock()
        if now >= self._measure_at:
            self._measure_at = now + TIDY_EVERY  # a failure is tried again then, and keeps no push waiting
            self._measure_at = self._app.snapshots.take()

    def run_once(self) -> int:
        """Push what is due and there is room for, and now and then tidy up, measure and tell of being alive.

        It waits for no calendar. How many links were worked on or still are.
        """
        self._beat()
        now = self._app.clock()
        if now - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = now
            self._app.store.write(
                lambda connection: (
                    drop_expired(connection, now)
                    + tokens.drop_expired(connection, now)
                    + heartbeat.forget_silent(connection, now)
                )
            )
        self._measure()
        begun, ended = self._pushing.turn()
        return begun + ended.done + ended.failed + self._pushing.under_way
