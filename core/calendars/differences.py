"""Comparing what stands in a calendar with what should, and what is known of it here: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from core.calendars.calendar import Event, FoundEvent

Spans = frozenset[tuple[datetime, datetime]]

COMPARED = timedelta(days=390)
"""So far ahead foreign events are compared: a little less than how far they are read."""


class Kind(StrEnum):
    """How the two sides differ."""

    MISSING = auto()  # an appointment's event does not stand there
    DIFFERING = auto()  # it stands there otherwise
    UNWANTED = auto()  # an event of ours that should not stand there
    UNKNOWN = auto()  # it bears an id of ours, but no appointment here knows of it
    BUSY = auto()  # somebody else's event takes other times than are known here


class Part(StrEnum):
    """What of an event differs."""

    TITLE = auto()
    TIME = auto()
    TEXT = auto()
    PLACE = auto()
    COLOUR = auto()
    REMINDER = auto()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link from now on: the event as it should stand there, or None where it should not."""

    link_id: int
    appointment_id: int
    event_id: str
    doctor_name: str
    starts_at: datetime
    event: Event | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, without content; `starts_at` is the appointment's, aware, in UTC."""

    kind: Kind
    event_id: str
    link_id: int | None = None
    appointment_id: int | None = None
    doctor_name: str = ""
    starts_at: datetime | None = None
    parts: tuple[Part, ...] = ()


def compare_links(wanted: Iterable[Wanted], found: Mapping[int, FoundEvent | None]) -> list[Difference]:
    """Each link with what was found of its event, by the link's number; nothing or a tombstone is absence."""
    differences = []
    for one in wanted:
        event = found.get(one.link_id)
        living = None if event is None or event.cancelled else event
        if one.event is None and living is not None:
            differences.append(_of_link(Kind.UNWANTED, one))
        elif one.event is not None and living is None:
            differences.append(_of_link(Kind.MISSING, one))
        elif one.event is not None and living is not None and (parts := differing_parts(one.event, living)):
            differences.append(_of_link(Kind.DIFFERING, one, parts))
    return differences


def differing_parts(wanted: Event, found: FoundEvent) -> tuple[Part, ...]:
    """What people see otherwise in the calendar than it should be."""
    once = not (found.all_day or found.recurring or found.series_id)
    same = {
        Part.TITLE: wanted.title == found.title,
        Part.TIME: once and (wanted.starts_at, wanted.ends_at) == (found.starts_at, found.ends_at),
        Part.TEXT: wanted.description == found.description,
        Part.PLACE: wanted.location == found.location,
        Part.COLOUR: wanted.colour_id == found.colour_id,
        Part.REMINDER: wanted.reminder_minutes == found.reminder_minutes,
    }
    return tuple(part for part, equal in same.items() if not equal)


def compare_busy(foreign: Sequence[FoundEvent], known: Mapping[str, Spans], now: datetime) -> list[Difference]:
    """Somebody else's events that take other times from now on than are known here."""
    found = {event.event_id: taken_from(event, now) for event in foreign if not event.cancelled}
    return [
        Difference(Kind.BUSY, event_id, starts_at=min(start for start, _ in spans))
        for event_id in sorted({*found, *known})
        if (spans := found.get(event_id, frozenset()) ^ known.get(event_id, frozenset()))
    ]


def taken_from(event: FoundEvent, now: datetime) -> Spans:
    """When it takes time from now on, as it is kept here: whole seconds, of several with one start the longest."""
    longest: dict[datetime, datetime] = {}
    for span in event.spans:
        start, end = span.start.replace(microsecond=0), span.end.replace(microsecond=0)
        if end > start and end > now and start < now + COMPARED:
            longest[start] = max(end, longest.get(start, end))
    return frozenset(longest.items())


def _of_link(kind: Kind, one: Wanted, parts: tuple[Part, ...] = ()) -> Difference:
    return Difference(kind, one.event_id, one.link_id, one.appointment_id, one.doctor_name, one.starts_at, parts)
