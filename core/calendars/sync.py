"""CalendarSync: mirrors appointments to calendars, for whoever asks and for what is due."""

import threading
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Literal

from core.calendars.calendar import CalendarUnreachable
from core.calendars.kept_threads import KeptThreads
from core.calendars.pusher import Calendars, LeaseLost, Pusher, PushFailed, account_of
from core.calendars.pushing import Counts, Pushing
from core.calendars.rates import GOOGLE, Account, Rates
from core.domain.appointment import Appointment
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.principal import Principal
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.leases import CalendarSignedOut
from core.scheduler.links import CalendarLinks, Due, OutOfStep

__all__ = ["CalendarSync", "Counts", "Progress", "SyncOutcome"]

EVERYTHING = 1_000_000
QUOTA_SECONDS = 0.5
END_SECONDS = 4.0
AT_GOOGLE, ELSEWHERE, BUILT_IN, ASKED_FOR = 16, 6, 2, 8
"""How many requests of one account are under way at most, each in a thread with a connection of its own."""


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What became of a sync, in a sentence for the person who asked."""

    state: Literal["synced", "pending", "failed"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of syncing many: `tried` of `total` so far, this appointment, and the sentence if it is not in step now."""

    tried: int
    total: int
    appointment: OutOfStep
    problem: str | None


class CalendarSync:
    """Mirrors appointments to calendars. The database knows what is due, so a crash at any point is finished later."""

    def __init__(self, links: CalendarLinks, calendars: Calendars, clock: Clock, rates: Rates | None = None) -> None:
        self._links = links
        self._clock = clock
        self.rates = rates or Rates(clock)
        self._pusher = Pusher(links, calendars, clock, self.rates)
        self._guard = threading.Lock()
        self._threads: dict[tuple[Account, bool], KeptThreads] = {}

    def sync_appointment(self, principal: Principal, appointment_id: int) -> SyncOutcome:
        """Ask for the appointment in its doctor's calendar and push it now; a calendar's failure is an outcome."""
        return self._push_now(self._links.request(principal, appointment_id))

    def try_again(self, principal: Principal, link_id: int) -> SyncOutcome:
        """Push a link that failed, now; for managers."""
        self._links.try_again(principal, link_id)
        self._links.end_rest_of_signed_out(link_id)
        return self._push_now(link_id)

    def _push_now(self, link_id: int) -> SyncOutcome:
        due = self._links.claim_link(link_id)
        if due is None:
            return _unclaimed(self._links.why_unclaimed(link_id))
        error = self._push(due)
        if error is None:
            return SyncOutcome("synced", f"Synced to {due.calendar_name}.")
        if isinstance(error, CalendarUnreachable | LeaseLost | PushFailed):
            return SyncOutcome("pending", str(error))
        return SyncOutcome("failed", str(error))

    def book_with_calendar(
        self, principal: Principal, booking: Booking, scheduler: AppointmentScheduler
    ) -> tuple[Appointment, SyncOutcome]:
        """Book, then push; whatever becomes of the calendar, the appointment stands."""
        appointment = scheduler.book_appointment(principal, booking)
        try:
            return appointment, self.sync_appointment(principal, appointment.appointment_id)
        except CareSlotError as error:
            return appointment, SyncOutcome("failed", str(error))

    def sync_upcoming(self, principal: Principal, doctor_id: int) -> Iterator[Progress]:
        """Sync those of the doctor's upcoming appointments that are out of step, one by one; a failure ends nothing.

        It may be left at any step: whatever is in step by then is not sent again the next time.
        """
        found = self._links.out_of_step(principal, doctor_id)
        for tried, appointment in enumerate(found, 1):
            try:
                outcome = self.sync_appointment(principal, appointment.appointment_id)
            except CareSlotError as error:
                problem: str | None = str(error)
            else:
                problem = None if outcome.state == "synced" else outcome.sentence
            yield Progress(tried, len(found), appointment, problem)

    def run_due(self, limit: int = 10) -> Counts:
        """Push up to `limit` links whose time has come, and wait for all of them."""
        pushing, counts, left = self.pushing(), Counts(), limit
        try:
            while True:
                begun, ended = pushing.turn(left)
                left -= begun
                counts += ended
                if not begun and ended == Counts() and not pushing.under_way:
                    return counts
        finally:
            pushing.end(END_SECONDS)

    def run_all(self) -> Counts:
        """Push everything whose time has come, however long the accounts' quotas make it take."""
        counts = Counts()
        while True:
            ended = self.run_due(EVERYTHING)
            counts += ended
            if ended == Counts():
                if not self._links.calendars_with_work():
                    return counts
                sleep(QUOTA_SECONDS)

    def pushing(self) -> Pushing:
        """For a worker: pushes what is due turn by turn, beside others that do the same."""
        return Pushing(self._links, self._pusher, self._clock, self._threads_of)

    def _push(self, due: Due) -> CareSlotError | None:
        """Push at once, in a thread that may have its connection already, but not behind what the worker has to do."""
        work = partial(copy_context().run, self._pusher.push, due)
        outcome, error = self._threads_of(account_of(due), asked_for=True).submit(work).result()
        if outcome is not None and not self._links.record([outcome])[0]:
            return error or LeaseLost()
        return error

    def _threads_of(self, account: Account, *, asked_for: bool = False) -> KeptThreads:
        with self._guard:
            if (account, asked_for) not in self._threads:
                most = ASKED_FOR if asked_for else _at_once(account[0])
                self._threads[account, asked_for] = KeptThreads(f"careslot-push-{account[0]}", most)
            return self._threads[account, asked_for]


def _unclaimed(reason: CareSlotError | None) -> SyncOutcome:
    """What it means for a person that there was nothing to push."""
    if reason is None:
        return SyncOutcome("synced", "The calendar is in step.")
    return SyncOutcome("failed" if isinstance(reason, CalendarSignedOut) else "pending", str(reason))


def _at_once(provider: str) -> int:
    """How many requests a vendor gets side by side; more would only make the built-in server slow, which is one process."""
    if provider in GOOGLE:
        return AT_GOOGLE
    return BUILT_IN if provider == "embedded" else ELSEWHERE
