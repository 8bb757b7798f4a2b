"""Work on links that are due: claimed with a lease, and recorded only while the lease is held."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, update

from core.domain.calendar_changes import Clash
from core.domain.circuit import FAILURES_IN_A_ROW, SIGNED_OUT
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.conflicts import Times, open_conflict
from core.scheduler.due import Due, load_due
from core.scheduler.push_records import NotTaken, Outcome, Taken, record_outcomes
from core.scheduler.store import Store
from core.scheduler.tables import calendar_links, calendars, clinic
from core.scheduler.waiting import OUT_OF_STEP, WAITING

__all__ = [
    "LEASE",
    "BeingSynced",
    "CalendarPaused",
    "Due",
    "LinkLeases",
    "NotTaken",
    "SyncPaused",
    "Taken",
]

LEASE = timedelta(minutes=3)

# Not to be looked up by its index: of what is due there is little, of what stands in a calendar much.
_ITS_CALENDAR = func.coalesce(calendar_links.c.calendar_id, "")
_SUSPECT = select(calendars.c.calendar_id).where(calendars.c.failures >= FAILURES_IN_A_ROW)


class BeingSynced(CareSlotError):
    """The appointment is being synced right now."""


class SyncPaused(CareSlotError):
    """Syncing is paused: {reason} The appointment is safe and is synced afterwards."""


class CalendarPaused(CareSlotError):
    """The calendar takes no changes until {until}. The appointment is safe and is synced then."""


class CalendarSignedOut(CareSlotError):
    """The calendar needs a new sign-in. A manager can reconnect it on the Calendars page."""


class AwaitsDecision(CareSlotError):
    """It was changed in the calendar, and somebody has to say which side is right. Until then nothing is sent."""


@dataclass(frozen=True, slots=True)
class CalendarWithWork:
    """A calendar for which links are due, and how it is reached."""

    calendar_id: str
    provider: str
    connection_id: int | None


class LinkLeases:
    """Claims and records; every record is conditional on the lease, so a worker that lost it changes nothing."""

    _store: Store
    _clock: Clock

    def calendars_with_work(self) -> list[CalendarWithWork]:
        """The calendars for which something may be claimed now. Asking keeps no writer waiting."""
        now = self._clock()
        waiting = select(_ITS_CALENDAR).distinct().where(_claimable(now, calendar_links.c.due_at <= now))
        query = select(calendars.c.calendar_id, calendars.c.provider, calendars.c.connection_id).where(
            calendars.c.calendar_id.in_(waiting)
        )
        return self._store.read(lambda connection: [CalendarWithWork(*row) for row in connection.execute(query)])

    def resting(self) -> set[str]:
        """The calendars that take nothing for now; all of them while syncing is paused."""
        paused = exists().where(clinic.c.sync_paused_reason.is_not(None))
        query = select(calendars.c.calendar_id).where(or_(calendars.c.paused_until > self._clock(), paused))
        return self._store.read(lambda connection: set(connection.execute(query).scalars()))

    def claim(self, limit: int = 10, *, within: Collection[str] | None = None) -> list[Due]:
        """Lease up to `limit` links that are due, the longest waiting first, in all calendars or in these.

        A calendar that failed too often gets a single one, to see whether it is well again.
        """
        now, owner = self._clock(), secrets.token_hex(16)
        ready = calendar_links.c.due_at <= now
        if within is not None:
            ready = and_(ready, _ITS_CALENDAR.in_(within))
        well = _ITS_CALENDAR.not_in(_SUSPECT)

        def work(connection: Connection) -> list[Due]:
            links = _lease(connection, _claimable(now, ready, well), owner, now, limit)
            for calendar_id in _on_trial(connection, now, ready):
                if len(links) < limit and _begin_trial(connection, calendar_id, now):
                    its = _ITS_CALENDAR.in_([calendar_id])
                    links += _lease(connection, _unclaimed(now, ready, its), owner, now, 1, freshest=True)
            return load_due(connection, owner, links) if links else []

        return self._store.write(work)

    def claim_link(self, link_id: int) -> Due | None:
        """Lease this link whether or not its time has come; None where `why_unclaimed` tells why not."""

        def work(connection: Connection) -> list[Due]:
            now, owner = self._clock(), secrets.token_hex(16)
            links = _lease(connection, _claimable(now, calendar_links.c.link_id == link_id), owner, now, 1)
            return load_due(connection, owner, links) if links else []

        return next(iter(self._store.write(work)), None)

    def end_rest_of_signed_out(self, link_id: int) -> None:
        """Let the link's calendar be tried now if it waits for a new sign-in: somebody thinks that it has one."""
        its = select(calendar_links.c.calendar_id).where(calendar_links.c.link_id == link_id)
        ended = (
            update(calendars)
            .where(calendars.c.calendar_id == its.scalar_subquery(), calendars.c.last_error_kind == SIGNED_OUT)
            .values(paused_until=None)
        )
        self._store.write(lambda connection: connection.execute(ended) and None)

    def why_unclaimed(self, link_id: int) -> CareSlotError | None:
        """What keeps this link from being pushed now; None where nothing does, or nothing differs any more."""

        def work(connection: Connection) -> CareSlotError | None:
            row = connection.execute(
                select(
                    clinic.c.sync_paused_reason,
                    clinic.c.zone,
                    calendars.c.paused_until,
                    calendars.c.last_error_kind,
                    calendar_links.c.held,
                )
                .select_from(calendar_links)
                .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
                .join(clinic, clinic.c.clinic_id == 1)
                .where(calendar_links.c.link_id == link_id, OUT_OF_STEP)
            ).first()
            if row is None:
                return None
            if row.sync_paused_reason is not None:
                return SyncPaused(reason=row.sync_paused_reason)
            if row.held is not None:
                return AwaitsDecision()
            now = self._clock()
            if row.paused_until is not None and row.paused_until > now:
                if row.last_error_kind == SIGNED_OUT:
                    return CalendarSignedOut()
                until, today = row.paused_until.astimezone(ZoneInfo(row.zone)), now.astimezone(ZoneInfo(row.zone))
                return CalendarPaused(
                    until=f"{until:%H:%M}" if until.date() == today.date() else f"{until:%Y-%m-%d %H:%M}"
                )
            return BeingSynced()

        return self._store.read(work)

    def record(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """Write what came of pushes, in one transaction; which of them held their lease. The others change nothing."""
        if not outcomes:
            return []
        # The clock is read within: a program may be halted right before.
        return self._store.write(lambda connection: record_outcomes(connection, outcomes, self._clock()))

    def record_success(self, due: Due, *, etag: str | None, content_hash: str | None) -> bool:
        """The calendar took the claimed revision; with no content hash nothing stands there now. Whether we held the lease."""
        return self.record([Taken(due, etag, content_hash)])[0]

    def record_failure(
        self, due: Due, *, kind: str, sentence: str, retry_at: datetime, pause_until: datetime | None = None
    ) -> bool:
        """Keep the failure for people to see and try again at `retry_at`. Whether we held the lease.

        With `pause_until` the whole calendar rests until then: it asked for patience, with whichever event.
        """
        return self.record([NotTaken(due, kind, sentence, retry_at, pause_until)])[0]

    def record_identity(self, due: Due, *, event_id: str, generation: int) -> bool:
        """The event goes by a new id, written before it is created under it. Whether we held the lease."""
        values = {"event_id": event_id, "generation": generation, "etag": None, "content_hash": None}

        def work(connection: Connection) -> bool:
            written = update(calendar_links).where(_held(due, self._clock())).values(**values)
            return connection.execute(written).rowcount == 1

        return self._store.write(work)

    def record_clash(self, due: Due, theirs: Times) -> bool:
        """The event was moved there while the appointment changed here, and ours is about to be sent: keep their time.

        People see it as a conflict. Whether we held the lease.
        """

        def work(connection: Connection) -> bool:
            held = select(calendar_links.c.link_id).where(_held(due, self._clock())).with_for_update()
            if connection.execute(held).first() is None:
                return False
            ours = due.starts_at, due.ends_at
            open_conflict(connection, due.link_id, Clash.BOTH_CHANGED, theirs, ours, self._clock())
            return True

        return self._store.write(work)

    def renew(self, claimed: Collection[Due]) -> None:
        """Hold the leases of these for their full length from now, as far as they are held still."""

        def work(connection: Connection) -> None:
            now = self._clock()
            held = and_(_any_held(claimed), calendar_links.c.lease_until > now)
            connection.execute(update(calendar_links).where(held).values(lease_until=now + LEASE))

        self._store.write(work)

    def is_held(self, due: Due) -> bool:
        """Whether nobody took the link over."""
        mine = select(exists().where(_held(due, self._clock())))
        return self._store.read(lambda connection: bool(connection.execute(mine).scalar_one()))

    def release(self, *claimed: Due) -> int:
        """Give leases back, with nothing done; how many of them were held."""
        freed = update(calendar_links).where(_any_held(claimed)).values(lease_owner=None, lease_until=None)
        return self._store.write(lambda connection: connection.execute(freed).rowcount)

    def has_calendar_at(self, provider: str) -> bool:
        """Whether the clinic has a calendar at this provider."""
        query = select(exists().where(calendars.c.provider == provider))
        return self._store.read(lambda connection: bool(connection.execute(query).scalar_one()))

    def pending(self, calendar_id: str | None = None) -> int:
        """How many changes have still to be taken; by one calendar, or by all."""
        query = select(func.count()).select_from(WAITING)
        if calendar_id is not None:
            query = query.where(func.coalesce(WAITING.c.calendar_id, "") == calendar_id)  # as above
        return self._store.read(lambda connection: int(connection.execute(query).scalar_one()))


def _claimable(now: datetime, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Nobody works on the link, nothing holds it, and its calendar does not rest."""
    resting = select(calendars.c.calendar_id).where(calendars.c.paused_until > now)
    return _unclaimed(now, _ITS_CALENDAR.not_in(resting), *conditions)


def _unclaimed(now: datetime, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    free = or_(calendar_links.c.lease_until.is_(None), calendar_links.c.lease_until <= now)
    running = ~exists().where(clinic.c.sync_paused_reason.is_not(None))
    return and_(OUT_OF_STEP, calendar_links.c.held.is_(None), free, running, *conditions)


def _lease(
    connection: Connection,
    claimable: ColumnElement[bool],
    owner: str,
    now: datetime,
    limit: int,
    *,
    freshest: bool = False,
) -> list[int]:
    """Lease them for `owner`; which. With `freshest` those that failed least come first."""
    first = [calendar_links.c.attempts] if freshest else []
    links = list(
        connection.execute(
            select(calendar_links.c.link_id)
            .where(claimable)
            .order_by(*first, calendar_links.c.due_at, calendar_links.c.link_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if links:
        connection.execute(
            update(calendar_links)
            .where(calendar_links.c.link_id.in_(links))
            .values(
                lease_owner=owner,
                lease_until=now + LEASE,
                # Whoever had it before was cut short, and nobody knows what was done.
                content_hash=case((calendar_links.c.lease_owner.is_(None), calendar_links.c.content_hash)),
            )
        )
    return links


def _on_trial(connection: Connection, now: datetime, ready: ColumnElement[bool]) -> Sequence[str]:
    """The calendars that failed too often, have had their rest, and for which something is due; mostly none."""
    due = select(_ITS_CALENDAR).distinct()
    suspect = _ITS_CALENDAR.in_(_SUSPECT)
    return connection.execute(due.where(_claimable(now, ready, suspect))).scalars().all()


def _begin_trial(connection: Connection, calendar_id: str, now: datetime) -> bool:
    """Whether it is ours to try the calendar: it rests for everybody else meanwhile, at most for a lease."""
    rested = or_(calendars.c.paused_until.is_(None), calendars.c.paused_until <= now)
    begun = update(calendars).where(calendars.c.calendar_id == calendar_id, rested).values(paused_until=now + LEASE)
    return connection.execute(begun).rowcount == 1


def _held(due: Due, now: datetime) -> ColumnElement[bool]:
    """Not a lease that is over, even where nobody took it: what was found in the calendar since has been acted on."""
    return and_(
        calendar_links.c.link_id == due.link_id,
        calendar_links.c.lease_owner == due.lease_owner,
        calendar_links.c.lease_until > now,
    )


def _any_held(claimed: Collection[Due]) -> ColumnElement[bool]:
    """Of many that were claimed at a few times, and by nobody else since; their leases may be over."""
    return and_(
        calendar_links.c.link_id.in_([due.link_id for due in claimed]),
        calendar_links.c.lease_owner.in_({due.lease_owner for due in claimed}),
    )
