"""Pusher: brings one claimed link's event to its calendar, and says what came of it."""

import secrets
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Protocol

from core.calendars.calendar import (
    Calendar,
    CalendarError,
    CalendarUnreachable,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    FoundEvent,
)
from core.calendars.event import Detail, Mirrored, event_content
from core.calendars.metered import MeteredCalendar
from core.calendars.plan import Agreed, Ours, Reaction, Step, plan_pull, plan_push, seconds_to_wait
from core.calendars.rates import Account, Rates
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.leases import NotTaken, Taken
from core.scheduler.link_requests import event_id
from core.scheduler.links import CalendarLinks, Due
from core.telemetry import logs, measurements
from core.telemetry.unexpected import report

STEPS = 8
_CHANCE = secrets.SystemRandom()
_log = logs.get("calendars")


class Calendars(Protocol):
    """Where calendars are found."""

    def calendar(self, provider: str, calendar_id: str, name: str) -> Calendar:
        """The calendar with this id; raises a CalendarError where it can't be reached."""


class LeaseLost(CareSlotError):
    """Another worker took over."""


class PushFailed(CalendarError):
    """Something unexpected kept it from the calendar. We keep trying; the appointment is safe."""

    kind = "passing"


Result = tuple[Taken | NotTaken | None, CareSlotError | None]
"""What is to be recorded (nothing where the lease was lost), and the error that was met."""


class Pusher:
    """One push at a time, from any number of threads."""

    def __init__(self, links: CalendarLinks, calendars: Calendars, clock: Clock, rates: Rates) -> None:
        self._links = links
        self._calendars = calendars
        self._clock = clock
        self.rates = rates

    def push(self, due: Due) -> Result:
        """Plan and act at the calendar; whatever it does is a result, for no event may keep others waiting."""
        began = perf_counter()
        try:
            settled, agreed = self._settle(due, self._calendar(due))
        except LeaseLost as error:
            return self._told(due, began, None, error)
        except CalendarError as error:
            return self._told(due, began, self._missed(due, error), error)
        except Exception as error:  # noqa: BLE001 - one broken event must not end all pushes
            report(error, "push")
            failed = PushFailed()
            return self._told(due, began, self._missed(due, failed), failed)
        return self._told(due, began, Taken(settled, agreed.etag, agreed.content_hash), None)

    def _told(self, due: Due, began: float, outcome: Taken | NotTaken | None, error: CareSlotError | None) -> Result:
        word = "done" if error is None else error.kind if isinstance(error, CalendarError) else "lease lost"
        measurements.pushed(due.provider, word, perf_counter() - began)
        if error is not None:
            _log.warning("push_failed", provider=due.provider, outcome=word, link=due.link_id, attempts=due.attempts)
        return outcome, error

    def _missed(self, due: Due, error: CalendarError) -> NotTaken:
        now = self._clock()
        retry_after = error.retry_after if isinstance(error, CalendarUnreachable) else None
        wait = seconds_to_wait(error.kind, due.attempts, retry_after, _CHANCE.random())
        return NotTaken(
            due,
            kind=error.kind,
            sentence=str(error),
            retry_at=now + timedelta(seconds=wait),
            pause_until=now + timedelta(seconds=retry_after) if retry_after else None,
        )

    def _calendar(self, due: Due) -> MeteredCalendar:
        found = self._calendars.calendar(due.provider, due.calendar_id, due.calendar_name)
        return MeteredCalendar(found, due.provider, partial(self.rates.take, account_of(due)))

    def _settle(self, due: Due, calendar: MeteredCalendar) -> tuple[Due, Agreed]:
        """Plan and act until calendar and clinic agree."""
        agreed, looked, found = Agreed(due.etag, due.content_hash), False, None
        for _ in range(STEPS):
            wanted = wanted_event(due)
            action = plan_push(wanted, agreed, looked=looked, found=found)
            try:
                if wanted is None:
                    calendar.delete(due.event_id, action.etag)
                    return due, Agreed()
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
                # Where another worker took over while this one was away, what stands there may be newer than what we know.
                if not self._links.is_held(due):
                    raise LeaseLost from None
                if due.wanted:
                    self._keep_their_time(due, found)
        raise CalendarUnreachable("it keeps changing")

    def _keep_their_time(self, due: Due, found: FoundEvent | None) -> None:
        """Where both sides changed, ours wins; the other is in the database before the calendar loses it."""
        ours = Ours(due.starts_at, due.ends_at, due=True)
        agreed = Agreed(due.etag, due.content_hash, due.agreed_starts_at, due.agreed_ends_at)
        answer = plan_pull(ours, agreed, found, zone=due.zone, now=self._clock())
        if answer.reaction is not Reaction.BOTH_CHANGED or found is None:
            return
        if found.starts_at is None or found.ends_at is None:
            return
        if not self._links.record_clash(due, (found.starts_at, found.ends_at)):
            raise LeaseLost

    def _renew(self, due: Due) -> Due:
        """The next generation's id, in the database before the calendar hears of it."""
        generation = due.generation + 1
        chosen = event_id(due.installation, due.calendar_id, due.appointment_id, generation)
        if not self._links.record_identity(due, event_id=chosen, generation=generation):
            raise LeaseLost
        return replace(due, event_id=chosen, generation=generation, etag=None, content_hash=None)


def account_of(due: Due) -> Account:
    """Whose quota a push counts against."""
    return due.provider, due.connection_id


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
