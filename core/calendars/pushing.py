"""Pushing: many links at once, claimed in batches, sent side by side, and recorded together."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial

from core.calendars.kept_threads import KeptThreads
from core.calendars.pusher import Pusher, Result, account_of
from core.calendars.rates import Account
from core.domain.circuit import FAILURES_IN_A_ROW, PASSING, SIGNED_OUT
from core.domain.clock import Clock
from core.scheduler.leases import LEASE, NotTaken, Taken
from core.scheduler.links import CalendarLinks, Due
from core.telemetry.unexpected import report

BATCH = 64
MOMENT = 0.25  # seconds to wait for a push to end before looking for work at other calendars again
TOGETHER = 0.01  # seconds to wait for others that end at about the same time, to record them in one transaction
RENEW_AFTER = LEASE / 3


@dataclass(frozen=True, slots=True)
class Counts:
    """How many links one run settled, and how many failed."""

    done: int = 0
    failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.done + other.done, self.failed + other.failed)


class _Trouble:
    """Which calendars met so much trouble that nothing more is sent before it was recorded. For all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()

    def note(self, calendar_id: str, outcome: Taken | NotTaken | None) -> None:
        with self._lock:
            if isinstance(outcome, Taken):
                del self._failures[calendar_id]
            elif isinstance(outcome, NotTaken) and (outcome.kind == SIGNED_OUT or outcome.pause_until):
                self._failures[calendar_id] = FAILURES_IN_A_ROW
            elif isinstance(outcome, NotTaken) and outcome.kind in PASSING:
                self._failures[calendar_id] += 1

    def stops(self, calendar_id: str) -> bool:
        with self._lock:
            return self._failures[calendar_id] >= FAILURES_IN_A_ROW

    def forget(self, calendar_ids: Iterable[str]) -> None:
        with self._lock:
            for calendar_id in calendar_ids:
                del self._failures[calendar_id]


class Pushing:
    """The pushes that one worker has under way; `threads` gives those of an account. For one thread.

    Nothing here waits for a slow calendar: turns go on for the others, and leases are renewed while work goes on. Who
    is killed in between has lost nothing, for the leases end and the events' ids are known.
    """

    def __init__(
        self, links: CalendarLinks, pusher: Pusher, clock: Clock, threads: Callable[[Account], KeptThreads]
    ) -> None:
        self._links = links
        self._pusher = pusher
        self._clock = clock
        self._threads = threads
        self._under_way: dict[Future[Result | None], Due] = {}
        self._trouble = _Trouble()
        self._renewed_at = clock()

    @property
    def under_way(self) -> int:
        """How many pushes have been claimed and not recorded."""
        return len(self._under_way)

    def turn(self, limit: int = BATCH, seconds: float = MOMENT) -> tuple[int, Counts]:
        """Begin up to `limit` pushes and record those that end within `seconds`; how many began, and what ended."""
        begun = self._begin(limit)
        if not self._under_way:
            return begun, Counts()
        self._keep_leases()
        self._heed_rests()
        ended, going_on = wait(self._under_way, seconds, FIRST_COMPLETED)
        if ended and going_on:
            ended, _ = wait(self._under_way, TOGETHER, ALL_COMPLETED)
        return begun, self._record(ended)

    def end(self, seconds: float) -> Counts:
        """Give back what has not begun, and wait some seconds for the rest; what takes longer is left to its lease."""
        self._give_back(self._under_way.values())
        if not self._under_way:
            return Counts()
        return self._record(wait(self._under_way, seconds, ALL_COMPLETED).done)

    def _begin(self, limit: int) -> int:
        """Claim for each account what it has room for, so that none waits for another."""
        if limit <= 0:
            return 0
        self._links.make_requested()
        calendars: dict[Account, list[str]] = defaultdict(list)
        for one in self._links.calendars_with_work():
            calendars[one.provider, one.connection_id].append(one.calendar_id)
        begun = 0
        for account, its in calendars.items():
            threads = self._threads(account)
            going_on = sum(account_of(due) == account for due in self._under_way.values())
            # No more than the quota has room for, and none while the threads have enough to do.
            room = 0 if going_on > threads.most else self._pusher.rates.left(account, min(limit - begun, BATCH))
            for due in self._links.claim(room, within=its) if room else ():
                self._under_way[threads.submit(partial(self._push, due))] = due
                begun += 1
        return begun

    def _push(self, due: Due) -> Result | None:
        """In one of the account's threads; nothing where its calendar met trouble since this was claimed."""
        if self._trouble.stops(due.calendar_id):
            return None
        result = self._pusher.push(due)
        self._trouble.note(due.calendar_id, result[0])
        return result

    def _keep_leases(self) -> None:
        now = self._clock()
        if now - self._renewed_at >= RENEW_AFTER:
            self._links.renew(self._under_way.values())
            self._renewed_at = now

    def _heed_rests(self) -> None:
        """Give back what has not begun at calendars that rest by now, whoever let them, and all where syncing is paused."""
        resting = self._links.resting()
        self._give_back(due for due in self._under_way.values() if due.calendar_id in resting and not due.probing)

    def _record(self, ended: Iterable["Future[Result | None]"]) -> Counts:
        results = {future: result for future in ended for result in self._of(future)}
        tried = [result[0] for result in results.values() if result is not None]
        outcomes = [outcome for outcome in tried if outcome is not None]
        held = self._links.record(outcomes)
        unsent = [self._under_way[future] for future, result in results.items() if result is None]
        for future in results:
            del self._under_way[future]
        troubled = {outcome.due.calendar_id for outcome in outcomes if isinstance(outcome, NotTaken)}
        if troubled:
            self._heed_rests()
            self._trouble.forget(troubled)
        if unsent:
            self._links.release(*unsent)
        done = sum(ours and isinstance(outcome, Taken) for ours, outcome in zip(held, outcomes, strict=True))
        return Counts(done, len(tried) - done)

    def _of(self, future: "Future[Result | None]") -> list[Result | None]:
        """What came of it. One that broke is left to its lease, and keeps no other waiting."""
        error = future.exception()
        if not isinstance(error, Exception):
            return [future.result()]
        report(error, "push")
        del self._under_way[future]
        return []

    def _give_back(self, claimed: Iterable[Due]) -> None:
        """Release the leases of those whose push has not begun."""
        unwanted = {due.link_id for due in claimed}
        if not unwanted:
            return
        freed = {future: due for future, due in self._under_way.items() if due.link_id in unwanted and future.cancel()}
        if freed:
            self._links.release(*freed.values())
            for future in freed:
                del self._under_way[future]
