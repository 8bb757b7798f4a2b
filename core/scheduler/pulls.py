"""CalendarPulls: what is known of events that were found in a calendar, and what is done about them, chunk by chunk."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, exists, or_, select, type_coerce

from core.domain.appointment import Status
from core.domain.calendar_changes import Held
from core.domain.clock import Clock
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.foreign_busy import Busy, forget_unlisted, replace_busy
from core.scheduler.held import hold_vanished
from core.scheduler.history import lock
from core.scheduler.link_effects import Known, OpenLink
from core.scheduler.link_requests import event_id
from core.scheduler.pull_leases import LEASE, SKEW, PullLeases, Reading, finish, renew, running
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, calendars, clinic
from core.scheduler.waiting import OUT_OF_STEP

T = TypeVar("T")
TooMany = Callable[[Sequence[datetime], int, datetime], bool]

CHUNK = 20
_ASKED = 500  # so many ids in one question
_WAITED_FOR = timedelta(hours=1)
_LATEST_READING = int(
    LEASE.total_seconds()
)  # what was being read when the event was missed may have been listed before
_HEX = frozenset("0123456789abcdef")


class CalendarPulls(PullLeases):
    """Every chunk is one short transaction, conditional on the lease, and may be applied twice."""

    def __init__(self, store: Store, clock: Clock, scheduler: AppointmentScheduler) -> None:
        self._store = store
        self._clock = clock
        self._scheduler = scheduler

    def known(self, event_ids: Collection[str]) -> list[Known]:
        """The links of these events, in whichever calendar they belong."""

        def work(connection: Connection) -> list[Known]:
            found: list[Known] = []
            for some in batches(sorted(event_ids), _ASKED):
                found += self._load(connection, calendar_links.c.event_id.in_(some))
            return found

        return self._store.read(work)

    def expected(self, calendar_id: str) -> list[Known]:
        """The links of all events that have to stand in the calendar, as far as they are not over.

        Also of those that are still to be deleted there: wanted again before that, they must not pass for agreed.
        """
        has_to = and_(calendar_links.c.wanted, appointments.c.status != Status.CANCELLED.value)
        stands = and_(
            calendar_links.c.calendar_id == calendar_id,
            calendar_links.c.content_hash.is_not(None),
            calendar_links.c.held.is_distinct_from(Held.GONE.value),
            calendar_links.c.held.is_distinct_from(Held.VANISHED.value),
            appointments.c.ends_at > self._clock(),
            or_(OUT_OF_STEP, has_to),
        )
        return self._store.read(lambda connection: self._load(connection, stands))

    def outgrown(self, event_ids: Collection[str]) -> dict[str, int]:
        """Those of the ids that an event of ours bore before it got a new one; each with the number of its link."""
        ids = {one for one in event_ids if len(one) == 32 and _HEX.issuperset(one)}  # noqa: PLR2004 - a UUID in hex
        if not ids:
            return {}
        renewed = (
            select(
                calendar_links.c.link_id,
                calendar_links.c.calendar_id,
                calendar_links.c.appointment_id,
                calendar_links.c.generation,
                clinic.c.installation,
            )
            .join(clinic, clinic.c.clinic_id == 1)
            .where(calendar_links.c.generation > 1)
        )
        rows = self._store.read(lambda connection: connection.execute(renewed).all())
        earlier = {
            event_id(row.installation, row.calendar_id, row.appointment_id, generation): int(row.link_id)
            for row in rows
            for generation in range(1, row.generation)
        }
        return {one: earlier[one] for one in ids & set(earlier)}

    def settle(
        self, link_ids: Sequence[int], act: Callable[[OpenLink], T], reading: Reading | None = None
    ) -> dict[int, T]:
        """Act on these links, all in one transaction; what came of each by its number. PullLost where the lease is.

        `act` may be called again after a deadlock, so it must change nothing but the link that it is given.
        """

        def work(connection: Connection) -> dict[int, T]:
            now = self._clock()
            these = calendar_links.c.link_id.in_(link_ids)
            found = self._load(connection, these)
            doctors = {known.doctor_id for known in found}
            for user_id in sorted({known.user_id for known in found}):
                lock(connection, doctors, user_id)
            held = self._load(connection, these, locked=True)
            done = {known.link_id: act(OpenLink(connection, self._scheduler, known, now)) for known in held}
            if reading is not None:
                renew(connection, reading, now)
            return done

        return self._store.write(work)

    def replace_busy(self, reading: Reading, busy: Sequence[Busy], since: datetime) -> None:
        """Keep when somebody else's events take time from `since` on, instead of what was known of these events."""

        def work(connection: Connection) -> None:
            replace_busy(connection, reading.calendar_id, busy, since)
            renew(connection, reading, self._clock())

        self._store.write(work)

    def hold_vanished(self, calendar_id: str, too_many: TooMany, reading: Reading | None = None) -> int:
        """Let a person decide where too much is gone at once; of how many events."""

        def work(connection: Connection) -> int:
            now = self._clock()
            held = hold_vanished(connection, calendar_id, too_many, now)
            if reading is not None:
                renew(connection, reading, now)
            return held

        return self._store.write(work)

    def finish(self, reading: Reading, cursor: str, listed: Collection[str] | None, since: datetime) -> None:
        """Everything up to the cursor was applied; with `listed`, no other events of somebody else's stand there.

        PullLost where somebody else has the lease.
        """

        def work(connection: Connection) -> None:
            if listed is not None:
                forget_unlisted(connection, reading.calendar_id, listed, since)
            finish(connection, reading, cursor, complete=listed is not None, now=self._clock())

        self._store.write(work)

    def to_cancel(self, limit: int) -> list[Known]:
        """Links whose grace has run out, in calendars that are not paused, the longest waiting first.

        As long as another calendar has not been read since, the event may stand there; unreadable ones are not waited
        for longer than an hour.
        """
        now = self._clock()
        other = calendars.alias()
        unread = exists().where(
            other.c.calendar_id != calendar_links.c.calendar_id,
            other.c.pulled_at > now - _WAITED_FOR,
            type_coerce(other.c.pulled_at, Integer) < type_coerce(calendar_links.c.gone_at, Integer) + _LATEST_READING,
        )
        resting = select(calendars.c.calendar_id).where(~running(now))
        over = and_(
            calendar_links.c.cancel_at <= now,
            calendar_links.c.held == Held.GONE.value,
            calendar_links.c.calendar_id.not_in(resting),
            ~unread,
        )
        query = _known(now).where(over).order_by(calendar_links.c.cancel_at, calendar_links.c.link_id).limit(limit)
        return self._store.read(lambda connection: [_as_known(row) for row in connection.execute(query)])

    def place(self, calendar_id: str) -> tuple[str, str, int | None, str]:
        """Where a calendar is: its provider, its name, its connection, and the clinic's IANA zone."""
        query = (
            select(calendars.c.provider, calendars.c.name, calendars.c.connection_id, clinic.c.zone)
            .join(clinic, clinic.c.clinic_id == 1)
            .where(calendars.c.calendar_id == calendar_id)
        )
        provider, name, connection_id, zone = self._store.read(lambda connection: connection.execute(query).one())
        return provider, name, connection_id, zone

    def _load(self, connection: Connection, condition: ColumnElement[bool], *, locked: bool = False) -> list[Known]:
        query = _known(self._clock()).where(condition).order_by(calendar_links.c.link_id)
        if locked:
            query = query.with_for_update(of=calendar_links)
        return [_as_known(row) for row in connection.execute(query)]


def batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """The items in their order, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _known(now: datetime) -> Select[Any]:
    link, visit = calendar_links.c, appointments.c
    return select(
        link.link_id,
        link.appointment_id,
        visit.user_id,
        visit.doctor_id,
        link.calendar_id,
        link.event_id,
        link.generation,
        and_(link.wanted, visit.status != Status.CANCELLED.value).label("stands"),
        OUT_OF_STEP.label("ahead"),
        and_(OUT_OF_STEP, link.held.is_(None)).label("due"),
        visit.status,
        visit.starts_at,
        visit.ends_at,
        link.etag,
        link.content_hash,
        link.agreed_starts_at,
        link.agreed_ends_at,
        link.held,
        link.gone_at,
        link.cancel_at,
        link.synced_at,
        link.mirrored_revision,
        link.attempts,
        and_(link.lease_until.is_not(None), link.lease_until > now - SKEW).label("leased"),
    ).select_from(calendar_links.join(appointments))


def _as_known(row: Any) -> Known:
    values = row._asdict()
    held = values.pop("held")
    return Known(**{**values, "status": Status(row.status), "held": None if held is None else Held(held)})
