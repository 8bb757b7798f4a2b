"""Doing about one link what the planner says of its event."""

from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from core.calendars.calendar import FoundEvent
from core.calendars.plan import GRACE, Agreed, Answer, Ours, Reaction, content_found, plan_pull
from core.domain.appointment import Status
from core.domain.calendar_changes import Cause, Clash, Verdict
from core.scheduler.conflicts import Times
from core.scheduler.link_effects import Known, OpenLink


class Outcome(Enum):
    """What became of one finding."""

    DONE = auto()
    TAKEN = auto()  # nothing was done: the time is taken, which may change with the next finding
    IN_DOUBT = auto()  # nothing was done: something was sent meanwhile


def planned(
    known: Known, found: FoundEvent | None, zone: str, now: datetime, verdict: Verdict = Verdict.FREE
) -> Answer:
    """What the planner says of an event that was found."""
    ours = Ours(
        known.starts_at,
        known.ends_at,
        stands=known.stands,
        scheduled=known.status is Status.SCHEDULED,
        due=known.due,
        held=known.held,
    )
    agreed = Agreed(known.etag, known.content_hash, known.agreed_starts_at, known.agreed_ends_at)
    return plan_pull(ours, agreed, found, zone=zone, now=now, verdict=verdict)


def react(link: OpenLink, found: FoundEvent | None, zone: str, *, final: bool = True) -> Outcome:
    """Do what follows; unless it is `final`, a conflict over a time that is taken waits for what else was found."""
    answer = planned(link.known, found, zone, link.now)
    if answer.reaction is Reaction.RESCHEDULE and found is not None:
        verdict = link.move(
            _times(found),
            etag=found.etag,
            content_hash=content_found(found, zone),
            edited=_edited(link.known, found, zone),
            tell_at=link.now + GRACE,
        )
        if verdict is Verdict.FREE:
            return Outcome.DONE
        if verdict is Verdict.TAKEN and not final:
            return Outcome.TAKEN
        answer = planned(link.known, found, zone, link.now, verdict)
    _carry_out(link, found, answer)
    return Outcome.DONE


def settle_gone(link: OpenLink, found: FoundEvent | None, zone: str) -> None:
    """The grace of a deleted event has run out: cancel, unless it came back or the visit has begun."""
    if found is not None and not found.cancelled:
        react(link, found, zone)
    elif link.known.status is Status.SCHEDULED and link.known.starts_at > link.now:
        link.cancel()
    else:
        link.put_back(Cause.NOT_OPEN_ANY_MORE)


def _carry_out(link: OpenLink, found: FoundEvent | None, answer: Answer) -> None:
    etag = found.etag if found is not None and found.event_id == link.known.event_id else ""
    if found is None or found.cancelled:
        etag = ""
    match answer.reaction, answer.why:
        case Reaction.ADOPT, _:
            link.adopt(etag)
        case Reaction.OVERWRITE, _:
            link.overwrite(etag or None)
        case Reaction.BOTH_CHANGED, _ if found is not None:
            link.both_changed(etag, _times(found))
        case Reaction.CONFLICT, Clash() as clash if found is not None:
            link.conflict(clash, etag, _times(found))
        case Reaction.GONE, _:
            link.gone(link.now + GRACE)
        case Reaction.PUT_BACK, Cause() as cause:
            link.put_back(cause, etag or None)
        case Reaction.REMOVE, _:
            link.remove()
        case _:
            pass  # nothing to do


def _edited(known: Known, found: FoundEvent, zone: str) -> bool:
    """Whether more than its time differs from what was agreed."""
    as_before = replace(found, starts_at=known.agreed_starts_at, ends_at=known.agreed_ends_at)
    return content_found(as_before, zone) != known.content_hash


def _times(found: FoundEvent) -> Times:
    """When it is; the planner asks only of those that have a time."""
    if found.starts_at is None or found.ends_at is None:
        raise ValueError(found.event_id)
    return found.starts_at, found.ends_at
