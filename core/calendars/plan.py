"""What to do next so that an event stands in a calendar as it should: pure, decided before anything is done.

`plan_push` decides what is sent to the calendar, `plan_pull` what is done here about what was found there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from core.calendars.calendar import Event, FoundEvent
from core.domain.calendar_changes import Cause, Clash, Held, Verdict

LONGEST_WAIT = 3600.0
FIRST_WAIT = 5.0
PASSING = frozenset({"passing", "quota"})
GRACE = timedelta(minutes=10)
"""How long a deletion or a move that was made in a calendar can be taken back before the patient hears of it."""


_SOME, _MANY, _SHARE = 2, 3, 0.2


class Step(StrEnum):
    """The next thing to do."""

    NOTHING = "nothing"  # both sides agree
    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"  # what stands there is what should: keep its etag
    RENEW = "renew"  # the id is spent: take the next generation
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides last agreed on; nulls where nothing is known to stand there."""

    etag: str | None = None
    content_hash: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A step, with the etag that it is conditional on or that it keeps."""

    step: Step
    etag: str | None = None


def plan_push(wanted: Event | None, agreed: Agreed, *, looked: bool = False, found: FoundEvent | None = None) -> Action:
    """The next action for an event that should look like `wanted`, or that should not stand there (None).

    `looked` says that the calendar was asked after it refused a write, and `found` what it answered. Ours wins.
    An unwanted event is deleted even where none is known: the answer to its creation may have been lost.
    """
    if wanted is None:
        etag = agreed.etag if not looked else None if found is None or found.cancelled else found.etag
        return Action(Step.DELETE, etag or None)
    if looked:
        if found is None or found.cancelled:
            return Action(Step.RENEW)
        return Action(Step.ADOPT if says_the_same(wanted, found) else Step.UPDATE, found.etag)
    if agreed.etag is None:
        return Action(Step.CREATE)
    if agreed.content_hash == wanted.content_hash():
        return Action(Step.NOTHING, agreed.etag)
    return Action(Step.UPDATE, agreed.etag)


class Reaction(StrEnum):
    """What is done here about what was found in a calendar."""

    NOTHING = auto()
    ADOPT = auto()  # as agreed: keep its etag, and let go of what was held for it
    OVERWRITE = auto()  # the clinic's change is about to be sent, and must not take this for what was agreed
    RESCHEDULE = auto()
    CONFLICT = auto()  # a person decides
    BOTH_CHANGED = auto()  # the clinic's change is sent; what stood there is kept for people to see
    GONE = auto()  # cancelled after a while, unless somebody keeps it or it comes back
    PUT_BACK = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class Ours:
    """An appointment and its link as the clinic knows them; instants are aware.

    `stands`: it should stand in this calendar. `scheduled`: nobody has arrived, and nothing has come of it yet. `due`: it
    changed here since both agreed, and that is about to be sent. `held`: why nothing is sent.
    """

    starts_at: datetime
    ends_at: datetime
    stands: bool = True
    scheduled: bool = True
    due: bool = False
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reaction, with the kind of conflict or the cause that goes with it."""

    reaction: Reaction
    why: Clash | Cause | None = None


_NOTHING = Answer(Reaction.NOTHING)
_AWAY = frozenset({Held.GONE, Held.VANISHED})
_CLASHES = {Verdict.CLOSED: Clash.CLOSED, Verdict.PAST: Clash.PAST, Verdict.TAKEN: Clash.TAKEN}


def plan_pull(
    ours: Ours,
    agreed: Agreed,
    found: FoundEvent | None,
    *,
    zone: str,
    now: datetime,
    verdict: Verdict = Verdict.FREE,
) -> Answer:
    """What follows from an event of ours as it was found (None or a tombstone: confirmed to be gone).

    `verdict` is what the clinic says of the found time, `zone` its IANA zone. Ask again with another verdict where a
    time that was taken for free is not to be had after all.
    """
    living = found if found is not None and not found.cancelled else None
    if not ours.stands:
        return _plan_unwanted(ours, agreed, living)
    if living is None:
        return _plan_gone(ours, agreed, now)
    if living.etag == agreed.etag and ours.held not in _AWAY:
        return _NOTHING  # our own echo, or what has been dealt with
    if stands_as_agreed(living, agreed, zone):
        return Answer(Reaction.ADOPT)
    return _plan_due(ours, agreed, living) if ours.due else _plan_changed(ours, agreed, living, verdict)


def _plan_unwanted(ours: Ours, agreed: Agreed, living: FoundEvent | None) -> Answer:
    if ours.due:
        # It may be wanted again before that is sent, and must not pass for what was agreed then.
        as_agreed = agreed.content_hash is None or (living is not None and living.etag == agreed.etag)
        return _NOTHING if as_agreed else Answer(Reaction.OVERWRITE)
    return _NOTHING if living is None else Answer(Reaction.REMOVE, Cause.UNWANTED)


def _plan_due(ours: Ours, agreed: Agreed, living: FoundEvent) -> Answer:
    span, known = _span(living), {(ours.starts_at, ours.ends_at), (agreed.starts_at, agreed.ends_at)}
    if span is None or agreed.starts_at is None or span in known:
        return Answer(Reaction.OVERWRITE)
    return Answer(Reaction.BOTH_CHANGED, Clash.BOTH_CHANGED)


def _plan_changed(ours: Ours, agreed: Agreed, living: FoundEvent, verdict: Verdict) -> Answer:
    span = _span(living)
    if span is None:
        return Answer(Reaction.PUT_BACK, _why_unusable(living))
    if span in {(ours.starts_at, ours.ends_at), (agreed.starts_at, agreed.ends_at)}:
        return Answer(Reaction.PUT_BACK, Cause.TEXT_EDITED)
    if not ours.scheduled:
        return Answer(Reaction.PUT_BACK, Cause.NOT_OPEN_ANY_MORE)
    if verdict is Verdict.FREE:
        return Answer(Reaction.RESCHEDULE, Cause.MOVED_THERE)
    return Answer(Reaction.CONFLICT, _CLASHES[verdict])


def _plan_gone(ours: Ours, agreed: Agreed, now: datetime) -> Answer:
    if agreed.content_hash is None or ours.held in _AWAY or ours.ends_at <= now:
        return _NOTHING  # it never stood there, it has been dealt with, or somebody tidies up the past
    if ours.due:
        return Answer(Reaction.OVERWRITE)
    if ours.scheduled and ours.starts_at > now:
        return Answer(Reaction.GONE, Cause.DELETED_THERE)
    return Answer(Reaction.PUT_BACK, Cause.NOT_OPEN_ANY_MORE)


def _span(found: FoundEvent) -> tuple[datetime, datetime] | None:
    """When it begins and ends, if an appointment could: once, at whole minutes."""
    if found.all_day or found.recurring or found.series_id or found.starts_at is None or found.ends_at is None:
        return None
    whole = not any(moment.second or moment.microsecond for moment in (found.starts_at, found.ends_at))
    return (found.starts_at, found.ends_at) if whole and found.starts_at < found.ends_at else None


def _why_unusable(found: FoundEvent) -> Cause:
    if found.recurring or found.series_id:
        return Cause.SERIES
    return Cause.ALL_DAY if found.all_day else Cause.NO_USABLE_TIME


def too_many_gone(gone_at: Collection[datetime], standing: int, now: datetime) -> bool:
    """Whether so much of a calendar is gone at once that a person is asked, and nothing cancelled.

    `gone_at` is when events that should stand there were found to be gone, `standing` how many should stand there from
    now on, those included: all of them and at least two, or at least three and more than a fifth, within ten minutes.
    """
    recently = sum(moment > now - GRACE for moment in gone_at)
    return _SOME <= recently == standing or (recently >= _MANY and recently > standing * _SHARE)


def content_found(found: FoundEvent, zone: str) -> str | None:
    """The content hash of what stands there, to be compared with that of what was sent; None where no time can be told."""
    if _span(found) is None or found.starts_at is None or found.ends_at is None:
        return None
    return Event(
        event_id=found.event_id,
        title=found.title,
        description=found.description,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        zone=zone,
        colour_id=found.colour_id,
        reminder_minutes=found.reminder_minutes,
        location=found.location,
    ).content_hash()


def stands_as_agreed(found: FoundEvent, agreed: Agreed, zone: str) -> bool:
    """Whether people see in the calendar what was last sent there."""
    return agreed.content_hash is not None and content_found(found, zone) == agreed.content_hash


def says_the_same(wanted: Event, found: FoundEvent) -> bool:
    """Whether people see the same in both."""
    if found.all_day or found.recurring:
        return False
    ours = (wanted.title, wanted.description, wanted.location, wanted.colour_id, wanted.reminder_minutes)
    theirs = (found.title, found.description, found.location, found.colour_id, found.reminder_minutes)
    return ours == theirs and (wanted.starts_at, wanted.ends_at) == (found.starts_at, found.ends_at)


def seconds_to_wait(kind: str, attempts: int, retry_after: float | None, chance: float) -> float:
    """Seconds until the next try after `attempts` failures; `chance` is drawn from 0 to 1.

    Exponential backoff with full jitter for what passes, never below what the calendar asked for (Retry-After); an
    hour for what a person has to cure.
    """
    if kind not in PASSING:
        return LONGEST_WAIT
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts, 20))
    return max(1.0, ceiling * chance, retry_after or 0.0)
