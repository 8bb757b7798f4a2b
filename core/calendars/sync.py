"""CalendarSync: claims what is due, plans, acts on the calendar, and records what came of it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter
from typing import Literal, Protocol

from core.calendars.calendar import (
    Calendar,
    CalendarError,
    CalendarUnreachable,
    Event,
    EventChanged,
    EventExists,
    EventGone,
)
from core.calendars.event import Detail, Mirrored, event_content
from core.calendars.plan import Agreed, Step, plan_push, seconds_to_wait
from core.domain.appointment import Appointment
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.principal import Principal
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import CalendarLinks, Due, OutOfStep, event_id
from core.telemetry import logs, measurements

STEPS = 8
_CHANCE = secrets.SystemRandom()
_log = logs.get("calendars")


class Calendars(Protocol):
    """Where calendars are found."""

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        """The calendar with this id; raises a CalendarError where it can't be reached."""


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What became of a sync, in a sentence for the person who asked."""

    state: Literal["synced", "pending", "failed"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many links one run settled, and how many failed."""

    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of syncing many: `tried` of `total` so far, this appointment, and the sentence if it is not in step now."""

    tried: int
    total: int
    appointment: OutOfStep
    problem: str | None


class LeaseLost(CareSlotError):
    """Another worker took over."""


class CalendarSync:
    """Mirrors appointments to calendars. The database knows what is due, so a crash at any point is finished later."""

    def __init__(self, links: CalendarLinks, calendars: Calendars, clock: Clock) -> None:
        self._links = links
        self._calendars = calendars
        self._clock = clock

    def sync_appointment(self, principal: Principal, appointment_id: int) -> SyncOutcome:
        """Ask for the appointment in its doctor's calendar and push it now; a calendar's failure is an outcome."""
        return self._push_now(self._links.request(principal, appointment_id))

    def try_again(self, principal: Principal, link_id: int) -> SyncOutcome:
        """Push a link that failed, now; for managers."""
        self._links.try_again(principal, link_id)
        return self._push_now(link_id)

    def _push_now(self, link_id: int) -> SyncOutcome:
        due = self._links.claim_link(link_id)
        if due is None:
            reason = self._links.why_unclaimed(link_id)
            return SyncOutcome("pending", str(reason)) if reason else SyncOutcome("synced", "The calendar is in step.")
        error = self._push(due)
        if error is None:
            return SyncOutcome("synced", f"Synced to {due.calendar_name}.")
        if isinstance(error, CalendarUnreachable | LeaseLost):
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
        """Push up to `limit` links whose time has come."""
        failed = done = 0
        # One at a time: a lease that was taken for a later link would run out while an earlier one is slow.
        while done + failed < limit and (claimed := self._links.claim(1)):
            if self._push(claimed[0]) is None:
                done += 1
            else:
                failed += 1
        return Counts(done, failed)

    def _push(self, due: Due) -> CareSlotError | None:
        began = perf_counter()
        error = self._push_and_record(due)
        outcome = "done" if error is None else error.kind if isinstance(error, CalendarError) else "lease lost"
        measurements.pushed(due.provider, outcome, perf_counter() - began)
        if error is not None:
            _log.warning("push_failed", provider=due.provider, outcome=outcome, link=due.link_id, attempts=due.attempts)
        return error

    def _push_and_record(self, due: Due) -> CareSlotError | None:
        try:
            calendar = self._calendars.calendar(due.provider, due.calendar_id, due.calendar_name)
            due, agreed = self._settle(due, calendar)
        except CalendarError as error:
            retry_after = error.retry_after if isinstance(error, CalendarUnreachable) else None
            wait = seconds_to_wait(error.kind, due.attempts, retry_after, _CHANCE.random())
            retry_at = self._clock() + timedelta(seconds=wait)
            self._links.record_failure(
                due,
                kind=error.kind,
                sentence=str(error),
                retry_at=retry_at,
                pause_until=self._clock() + timedelta(seconds=retry_after) if retry_after else None,
            )
            return error
        except LeaseLost as error:
            return error
        held = self._links.record_success(due, etag=agreed.etag, content_hash=agreed.content_hash)
        return None if held else LeaseLost()

    def _settle(self, due: Due, calendar: Calendar) -> tuple[Due, Agreed]:
        """Plan and act until calendar and clinic agree."""
        agreed, looked, found = Agreed(due.etag, due.content_hash), False, None
        for _ in range(STEPS):
            wanted = wanted_event(due)
            action = plan_push(wanted, agreed, looked=looked, found=found)
            if wanted is None:
                calendar.delete(due.event_id)
                return due, Agreed()
            try:
                match action.step:
                    case Step.RENEW:
                        due, agreed, looked, found = self._renew(due), Agreed(), False, None
                    case Step.CREATE:
                        return due, Agreed(calendar.create(wanted), wanted.content_hash())
                    case Step.UPDATE:
                        return due, Agreed(calendar.update(wanted, action.etag or ""), wanted.content_hash())
                    case _:
                        return due, Agreed(action.etag, wanted.content_hash())
            except (EventExists, EventChanged, EventGone):
                # Asked again even where it is said to be gone: one wrong answer would leave two events there.
                looked, found = True, calendar.fetch(due.event_id)
        raise CalendarUnreachable("it keeps changing")

    def _renew(self, due: Due) -> Due:
        """The next generation's id, in the database before the calendar hears of it."""
        generation = due.generation + 1
        chosen = event_id(due.installation, due.calendar_id, due.appointment_id, generation)
        if not self._links.record_identity(due, event_id=chosen, generation=generation):
            raise LeaseLost
        return replace(due, event_id=chosen, generation=generation, etag=None, content_hash=None)


def wanted_event(due: Due) -> Event | None:
    """The event as it should stand in the calendar, or None where it should not."""
    if not due.wanted:
        return None
    mirrored = Mirrored(
        appointment_id=due.appointment_id,
        patient_name=due.patient_name,
        patient_email=due.patient_email,
        doctor_name=due.doctor_name,
        specialty=due.specialty,
        reason=due.reason,
        visit_type=due.visit_type,
        location=due.location,
        starts_at=due.starts_at,
        ends_at=due.ends_at,
        revision=due.revision,
        colour_id=due.colour_id,
        prefix=due.prefix,
    )
    return event_content(mirrored, Detail(due.detail), due.event_id, due.zone)
