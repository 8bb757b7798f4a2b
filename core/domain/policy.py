"""The clinic's rules about when and how often one may book."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.errors import CareSlotError


@dataclass(frozen=True, slots=True)
class Policy:
    """What the clinic asks of bookings.

    `notice_minutes`: online booking closes this long before; `horizon_days`: how far ahead one may book;
    `cutoff_minutes`: what a patient cancels or moves later than this before the start counts as late;
    `max_upcoming`: upcoming appointments a patient may have; `hold_minutes`: how long a tapped time is kept;
    `grid_minutes`: slots start on this grid from the opening.
    """

    notice_minutes: int = 120
    horizon_days: int = 60
    cutoff_minutes: int = 24 * 60
    max_upcoming: int = 4
    hold_minutes: int = 10
    grid_minutes: int = 15

    def earliest(self, now: datetime) -> datetime:
        """The first instant that may still be booked online."""
        return now + timedelta(minutes=self.notice_minutes)

    def latest(self, now: datetime) -> datetime:
        """The instant from which it is too far ahead to book."""
        return now + timedelta(days=self.horizon_days)

    def free_until(self, starts_at: datetime) -> datetime:
        """The instant until which a change or cancellation does not count as late."""
        return starts_at - timedelta(minutes=self.cutoff_minutes)

    def is_late(self, starts_at: datetime, now: datetime) -> bool:
        """Whether what a patient cancels or moves now counts as late."""
        return now > self.free_until(starts_at)


class Refusal(CareSlotError):
    """This time can't be booked."""


class TooLate(Refusal):
    """Online booking closes {notice} before. Call {phone}."""


class TooFarAhead(Refusal):
    """Appointments can be booked up to {days} days ahead."""


class InThePast(Refusal):
    """This time has passed."""


class TooManyUpcoming(Refusal):
    """Online, at most {limit} upcoming appointments can be booked at a time. Cancel one first, or call the clinic."""


class OutsideHours(Refusal):
    """The doctor doesn't see patients at this time."""


class ClosedThen(Refusal):
    """The doctor or the clinic is closed at this time."""


class CalendarBusyThen(Refusal):
    """The doctor's calendar is busy at this time."""


class OffGrid(Refusal):
    """Appointments start every {grid} minutes from opening time."""


class TooLong(Refusal):
    """An appointment lasts at most 8 hours."""


def notice_in_words(minutes: int) -> str:
    """A length such as "2 hours", "1 hour" or "90 minutes"."""
    if minutes % 60 == 0 and minutes:
        hours = minutes // 60
        return "1 hour" if hours == 1 else f"{hours} hours"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def refuse_outside_window(policy: Policy, starts_at: datetime, now: datetime, phone: str) -> None:
    """Raise InThePast, TooLate or TooFarAhead where the start lies outside what may be booked online now."""
    if starts_at < now:
        raise InThePast
    if starts_at < policy.earliest(now):
        raise TooLate(notice=notice_in_words(policy.notice_minutes), phone=phone or "the clinic")
    if starts_at >= policy.latest(now):
        raise TooFarAhead(days=policy.horizon_days)


def refuse_too_many(policy: Policy, upcoming: int) -> None:
    """Raise TooManyUpcoming where one more appointment would exceed the limit."""
    if upcoming >= policy.max_upcoming:
        raise TooManyUpcoming(limit=policy.max_upcoming)
