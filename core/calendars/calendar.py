"""What every calendar provider does for us, and the words it may fail with."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from core.domain.errors import CareSlotError
from core.domain.timespan import Timespan
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
    """An event as a calendar answers it; `cancelled` marks a tombstone, of which only the id is sure to be known.

    `uid` is RFC 5545's UID as far as it is known; it survives a move to another calendar. An `all_day` event has no
    instants. `recurring` marks a series; `series_id` is that of an occurrence which a vendor tells as an event of its own.
    `spans` is when it takes time, as aware instants: of a series each occurrence in the window that was asked for; none
    where it is free, declined or cancelled. `fetch` leaves them out.
    """

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
    uid: str = ""
    all_day: bool = False
    recurring: bool = False
    series_id: str = ""
    spans: tuple[Timespan, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Between which instants series are told occurrence by occurrence, and the IANA zone of times that bear none."""

    span: Timespan
    zone: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a calendar tells of itself: events as they are now, tombstones among them, and where to go on.

    `complete` says that these are all its events: what is not among them does not stand there.
    """

    events: tuple[FoundEvent, ...]
    cursor: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A vendor's promise to call when a calendar changes; aware, in UTC."""

    resource_id: str
    expires_at: datetime


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

    def changes(self, cursor: str | None, window: Window) -> Changes:
        """All events (no cursor), or what changed since the cursor of an earlier answer; CursorExpired where that is too old.

        Whole: an answer that breaks off raises, and nothing of it is told.
        """

    def health(self) -> Health:
        """Whether the calendar answers and may be written, with the cure when not; raises nothing."""


class Watchable(Protocol):
    """A calendar that calls when it changes."""

    def watch(self, channel_id: str, token: str, address: str) -> Channel:
        """Let the vendor call the https address at each change, with the token; the channel has an end."""

    def unwatch(self, channel_id: str, resource_id: str) -> None:
        """End a channel; one that has ended is no error."""


LONGEST_PATIENCE = 86_400.0


class CalendarError(CareSlotError):
    """The calendar could not be changed."""

    kind = "failed"


class CalendarUnreachable(CalendarError):
    """The calendar has not answered. We keep trying; the appointment is safe."""

    kind = "passing"

    def __init__(self, reason: str = "", *, retry_after: float | None = None) -> None:
        """`retry_after` are the seconds that the server asks us to wait; no more than a day of them is granted."""
        super().__init__(reason=reason)
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_PATIENCE)


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


class CursorExpired(CalendarError):
    """The calendar no longer knows what changed since it was last read, so all of it is read anew."""

    kind = "cursor"


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
