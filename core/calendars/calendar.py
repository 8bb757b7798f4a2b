"""What every calendar provider does for us, and the words it may fail with."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from core.domain.errors import CareSlotError
from core.domain.words import N_


@dataclass(frozen=True, slots=True)
class Event:
    """An appointment as it should stand in a calendar.

    `starts_at` and `ends_at` are aware; `zone` is the clinic's IANA zone, in which the vendor shows them.
    `event_id` is chosen by us: 5 to 1,024 characters of a-v and 0-9 (Google's base32hex rule; a lower-case hex UUID fits).
    `colour_id` is one of Google's event colours, "1" to "11"; `reminder_minutes` are minutes before the start.
    `sequence` is RFC 5545's SEQUENCE and never falls.
    """

    event_id: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    colour_id: str
    reminder_minutes: tuple[int, ...] = (30,)
    location: str = ""
    sequence: int = 0

    def content_hash(self) -> str:
        """A hash of all that people can see, so that a changed name, colour or detail is noticed (hex, 64 characters)."""
        seen = {key: value for key, value in asdict(self).items() if key not in {"event_id", "sequence"}}
        seen["starts_at"] = int(self.starts_at.timestamp())
        seen["ends_at"] = int(self.ends_at.timestamp())
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event as a calendar answers it; `cancelled` marks a tombstone, of which only the id is sure to be known."""

    event_id: str
    etag: str
    cancelled: bool
    title: str = ""
    description: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    location: str = ""
    colour_id: str = ""
    reminder_minutes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a calendar can be reached and written; `cure` is a sentence for a person when it cannot."""

    ok: bool
    detail: str = ""
    cure: str = ""


class Calendar(Protocol):
    """One calendar at one vendor. Every call may raise a CalendarError; none ever reads a failure as absence."""

    def fetch(self, event_id: str) -> FoundEvent | None:
        """The event with this id, a tombstone if the vendor keeps those, or None where it confirms that there is none."""

    def create(self, event: Event) -> str:
        """Create the event under its own id and return its etag; EventExists when the id is taken, tombstones included."""

    def update(self, event: Event, etag: str) -> str:
        """Replace the event if its etag still matches and return the new one; EventChanged (412) or EventGone (404, 410)."""

    def delete(self, event_id: str, etag: str | None = None) -> None:
        """Delete the event; one that is already gone is no error. With an etag, EventChanged where it no longer matches."""

    def health(self) -> Health:
        """Whether the calendar answers and may be written, with the cure when not; raises nothing."""


class CalendarError(CareSlotError):
    """The calendar could not be changed."""

    kind = "failed"


class CalendarUnreachable(CalendarError):
    """The calendar has not answered. We keep trying; the appointment is safe."""

    kind = "passing"

    def __init__(self, reason: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(reason=reason)
        self.retry_after = retry_after


class QuotaUsedUp(CalendarUnreachable):
    """The calendar takes no more changes for now: its quota is used up. We go on later; the appointment is safe."""

    kind = "quota"


class CalendarRefused(CalendarError):
    """The calendar refused the change: {reason}. {cure}"""  # noqa: D400 - the cure ends it

    kind = "refused"

    def __init__(self, reason: str, cure: str = "") -> None:
        super().__init__(reason=reason, cure=cure)


class ReconnectNeeded(CalendarError):
    """The calendar needs a new sign-in. A manager can reconnect it on the Calendars page."""

    kind = "reconnect"


class CalendarMissing(CalendarError):
    """The calendar {calendar} does not exist or is not shared with CareSlot. Check its address and who it is shared with."""

    kind = "missing"

    def __init__(self, calendar: str) -> None:
        super().__init__(calendar=calendar)


class EventExists(CalendarError):
    """An event with this id already exists, or existed."""

    kind = "exists"


class EventChanged(CalendarError):
    """The event was changed in the calendar meanwhile."""

    kind = "changed"


class EventGone(CalendarError):
    """The event is no longer in the calendar."""

    kind = "gone"


def unwell(error: CalendarError, cure: str) -> Health:
    """The health that an error means: what is wrong in a sentence, and the cure (a refusal brings its own)."""
    match error:
        case CalendarRefused():
            reason = str(error.fields["reason"])
            return Health(ok=False, detail=f"{reason[:1].upper()}{reason[1:]}.", cure=str(error.fields["cure"]) or cure)
        case ReconnectNeeded():
            return Health(ok=False, detail=N_("The calendar needs a new sign-in."), cure=cure)
        case CalendarMissing():
            return Health(ok=False, detail=N_("It does not exist or is not shared with CareSlot."), cure=cure)
        case QuotaUsedUp():
            return Health(ok=False, detail=N_("It takes no more changes for now: its quota is used up."), cure=cure)
        case _:
            return Health(ok=False, detail=N_("It has not answered."), cure=cure)
