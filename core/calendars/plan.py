"""What to do next so that an event stands in a calendar as it should: pure, decided before anything is done."""

from dataclasses import dataclass
from enum import StrEnum

from core.calendars.calendar import Event, FoundEvent

LONGEST_WAIT = 3600.0
FIRST_WAIT = 5.0
PASSING = frozenset({"passing", "quota"})


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
        return Action(Step.DELETE)
    if looked:
        if found is None or found.cancelled:
            return Action(Step.RENEW)
        return Action(Step.ADOPT if says_the_same(wanted, found) else Step.UPDATE, found.etag)
    if agreed.etag is None:
        return Action(Step.CREATE)
    if agreed.content_hash == wanted.content_hash():
        return Action(Step.NOTHING, agreed.etag)
    return Action(Step.UPDATE, agreed.etag)


def says_the_same(wanted: Event, found: FoundEvent) -> bool:
    """Whether people see the same in both."""
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
