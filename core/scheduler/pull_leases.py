"""Which calendar is to be read, and by whom: claimed with a lease, and recorded only while the lease is held."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, exists, literal, null, or_, select, update

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.store import Store
from core.scheduler.tables import calendars, clinic
from core.scheduler.types import Instant
from core.telemetry.unexpected import report

LEASE = timedelta(minutes=3)
EVERY = timedelta(seconds=60)
SOON = timedelta(seconds=10)
KEPT_EVERY = LEASE / 3
LONGEST_READING = timedelta(minutes=30)
SKEW = timedelta(seconds=2)  # as far as the clocks of several machines may differ

_DONE = {
    "pull_attempts": 0,
    **dict.fromkeys(("pull_owner", "pull_until", "pull_error_at", "pull_error_kind", "pull_error"), null()),
}


class PullLost(CareSlotError):
    """Another worker reads this calendar."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A calendar that is being read; instants are aware, in UTC.

    `cursor` is up to where its changes were applied, `listed_at` when all of it was read; `due_at` marks the claim.
    `zone` is the clinic's IANA zone.
    """

    calendar_id: str
    provider: str
    cursor: str | None
    listed_at: datetime | None
    attempts: int
    zone: str
    owner: str
    began_at: datetime
    due_at: datetime


def running(now: datetime) -> ColumnElement[bool]:
    """Neither the clinic's syncing nor the calendar is paused."""
    paused = exists().where(clinic.c.sync_paused_reason.is_not(None))
    return and_(~paused, or_(calendars.c.paused_until.is_(None), calendars.c.paused_until <= now))


class PullLeases:
    """Claims and records; a worker that lost its lease changes nothing."""

    _store: Store
    _clock: Clock

    def claim(self, calendar_id: str | None = None) -> Reading | None:
        """Lease the calendar that has waited longest of those that are due, or the one that is named, due or not.

        None where there is none, somebody else reads it, or it is paused.
        """
        now = self._clock()
        free = or_(calendars.c.pull_until.is_(None), calendars.c.pull_until <= now)
        due = or_(calendars.c.pull_due_at.is_(None), calendars.c.pull_due_at <= now)
        claimable = and_(free, running(now), due if calendar_id is None else calendars.c.calendar_id == calendar_id)
        first = select(calendars.c.calendar_id).where(claimable)
        # Asked first: looking for work keeps no writer waiting.
        if self._store.read(lambda connection: connection.execute(first.limit(1)).first()) is None:
            return None

        def work(connection: Connection) -> Reading | None:
            order = calendars.c.pull_due_at.asc().nulls_first(), calendars.c.calendar_id
            chosen = connection.execute(first.order_by(*order).limit(1).with_for_update(skip_locked=True)).scalar()
            if chosen is None:
                return None
            until, owner = now + LEASE, secrets.token_hex(16)
            this = calendars.c.calendar_id == chosen
            connection.execute(
                update(calendars).where(this).values(pull_owner=owner, pull_until=until, pull_due_at=until)
            )
            row = connection.execute(
                select(
                    calendars.c.calendar_id,
                    calendars.c.provider,
                    calendars.c.cursor,
                    calendars.c.listed_at,
                    calendars.c.pull_attempts,
                    clinic.c.zone,
                )
                .join(clinic, clinic.c.clinic_id == 1)
                .where(this)
            ).one()
            return Reading(*row, owner=owner, began_at=now, due_at=until)

        return self._store.write(work)

    def ask(self, calendar_id: str) -> None:
        """Let the calendar be read as soon as a worker is free: it said that it changed."""
        asked = update(calendars).where(calendars.c.calendar_id == calendar_id).values(pull_due_at=self._clock())
        self._store.write(lambda connection: connection.execute(asked) and None)

    @contextmanager
    def kept(self, reading: Reading) -> Iterator[None]:
        """Hold the lease for as long as the block takes, half an hour at the most: a large calendar is listed slowly."""
        ended = threading.Event()
        thread = threading.Thread(target=self._keep, args=(reading, ended), name="reading", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()

    def _keep(self, reading: Reading, ended: threading.Event) -> None:
        for _ in range(LONGEST_READING // KEPT_EVERY):
            if ended.wait(KEPT_EVERY.total_seconds()):
                return
            try:
                self._store.write(lambda connection: renew(connection, reading, self._clock()))
            except PullLost:
                return  # the next write of its reader says so, too
            except CareSlotError as error:
                report(error, "reading")  # it is tried again while there is time

    def fail(self, reading: Reading, *, kind: str, sentence: str, retry_at: datetime) -> bool:
        """Keep the failure for people to see and read again at `retry_at`. Whether we held the lease."""
        values = {
            "pull_attempts": calendars.c.pull_attempts + 1,
            "pull_due_at": retry_at,
            "pull_error_at": self._clock(),
            "pull_error_kind": kind,
            "pull_error": sentence,
            "pull_owner": null(),
            "pull_until": null(),
        }
        failed = update(calendars).where(_held(reading)).values(**values)
        return self._store.write(lambda connection: connection.execute(failed).rowcount == 1)

    def put_off(self, reading: Reading, wait: timedelta = SOON) -> bool:
        """Read again from the same cursor, for not all that was found could be settled. Whether we held the lease."""
        now = self._clock()
        values = {"pulled_at": now, "pull_due_at": now + wait, **_DONE}
        later = update(calendars).where(_held(reading)).values(**values)
        return self._store.write(lambda connection: connection.execute(later).rowcount == 1)


def renew(connection: Connection, reading: Reading, now: datetime) -> None:
    """Hold the lease for as long again; PullLost where somebody else has it, which undoes the transaction."""
    kept = update(calendars).where(_held(reading)).values(pull_until=now + LEASE)
    if connection.execute(kept).rowcount != 1:
        raise PullLost


def finish(connection: Connection, reading: Reading, cursor: str, *, complete: bool, now: datetime) -> None:
    """Everything up to the cursor was applied; PullLost where somebody else has the lease.

    A calendar that was asked for meanwhile stays due.
    """
    values = {
        "cursor": cursor,
        "pulled_at": now,
        "pull_due_at": case(
            (calendars.c.pull_due_at == reading.due_at, literal(now + EVERY, Instant())), else_=calendars.c.pull_due_at
        ),
        **_DONE,
        **({"listed_at": now} if complete else {}),
    }
    if connection.execute(update(calendars).where(_held(reading)).values(**values)).rowcount != 1:
        raise PullLost


def _held(reading: Reading) -> ColumnElement[bool]:
    return and_(calendars.c.calendar_id == reading.calendar_id, calendars.c.pull_owner == reading.owner)
