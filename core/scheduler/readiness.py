"""Whether the clinic can work right now: what a probe asks every few seconds, and what monitoring wants to know."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, and_, case, false, func, not_, select
from sqlalchemy.exc import SQLAlchemyError

from core.domain.clock import Clock
from core.scheduler.heartbeat import SILENT_AFTER, last_beat
from core.scheduler.revisions import current_revision, head_revision
from core.scheduler.store import Store
from core.scheduler.tables import calendars, clinic
from core.scheduler.unread import UNREAD_AFTER, is_unread
from core.scheduler.waiting import WAITING

LATE_AFTER = UNREAD_AFTER

State = Literal["ok", "degraded", "failed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one thing stands; `failed` keeps pages from working, `degraded` does not. The reasons hold no personal data."""

    name: str
    state: State = "ok"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """Changes that calendars have not taken, those that failed at the last try, and for how long the first has been due.

    `unread` tells for each provider for how long the calendar that has waited longest has not been read, and `drift`
    what the last complete comparisons found to differ.
    """

    waiting: int
    failing: int
    lag: timedelta
    unread: dict[str, timedelta] = field(default_factory=dict)
    drift: int = 0


def readiness(store: Store, clock: Clock) -> list[Standing]:
    """The database, its tables, the workers and the calendars; later ones are left out where an earlier one failed."""
    try:
        revision = current_revision(store.engine)
        if revision != head_revision():
            return [Standing("database"), Standing("migrations", "failed", ("the tables are of another version",))]
        return [Standing("database"), Standing("migrations"), *store.read(lambda found: _work(found, clock()))]
    except (SQLAlchemyError, OSError):
        return [Standing("database", "failed", ("it does not answer",))]


def queue_of(store: Store, clock: Clock) -> Queue | None:
    """How the queue stands; None where the database does not answer."""
    try:
        return store.read(lambda connection: _queue(connection, clock()))
    except (SQLAlchemyError, OSError):
        return None


def _queue(connection: Connection, now: datetime) -> Queue:
    waiting, failing, first = connection.execute(
        select(func.count(), func.count(WAITING.c.error_kind), func.min(WAITING.c.due_at))
    ).one()
    read = connection.execute(
        select(calendars.c.provider, func.min(calendars.c.pulled_at), func.sum(calendars.c.drift)).group_by(
            calendars.c.provider
        )
    ).all()
    return Queue(
        waiting,
        failing,
        max(now - first, timedelta()) if first else timedelta(),
        {provider: max(now - oldest, timedelta()) for provider, oldest, _ in read if oldest},
        sum(int(drift) for _, _, drift in read),
    )


def _work(connection: Connection, now: datetime) -> list[Standing]:
    seen = last_beat(connection)
    silent = seen is None or now - seen > SILENT_AFTER
    workers = Standing("worker", "degraded", ("none was seen in the last minute",)) if silent else Standing("worker")
    reasons = _out_of_step(connection, now)
    return [workers, Standing("calendars", "degraded", reasons) if reasons else Standing("calendars")]


def _out_of_step(connection: Connection, now: datetime) -> tuple[str, ...]:
    if connection.execute(select(clinic.c.sync_paused_reason).where(clinic.c.sync_paused_reason.is_not(None))).first():
        return ("syncing is paused",)
    resting = calendars.c.paused_until > now
    # What failed is due again only at its next try: soon for what passes, late for what a person has to cure.
    overdue = and_(not_(func.coalesce(resting, false())), WAITING.c.due_at <= now - LATE_AFTER)
    stuck = and_(WAITING.c.error_kind.is_not(None), WAITING.c.due_at >= now + LATE_AFTER)
    found = connection.execute(
        select(*(func.count(case((condition, 1))) for condition in (resting, overdue, stuck))).join_from(
            WAITING, calendars, calendars.c.calendar_id == WAITING.c.calendar_id
        )
    ).one()
    words = (
        "wait for a calendar that takes none for now",
        "have been due for over 15 minutes",
        "failed, and wait long",
    )
    unread = connection.execute(select(func.count()).select_from(calendars).where(is_unread(now))).scalar_one()
    late = (f"{unread} of the calendars have not been read for over 15 minutes",) if unread else ()
    return (*(f"{count} of the changes {how}" for count, how in zip(found, words, strict=True) if count), *late)
