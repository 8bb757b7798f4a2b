"""Work on links that are due: claimed with a lease, and recorded only while the lease is held."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, calendars, clinic, doctors, users, visit_types

LEASE = timedelta(minutes=3)

OUT_OF_STEP = calendar_links.c.wanted_revision > calendar_links.c.mirrored_revision


class BeingSynced(CareSlotError):
    """The appointment is being synced right now."""


class SyncPaused(CareSlotError):
    """Syncing is paused: {reason} The appointment is safe and is synced afterwards."""


class CalendarPaused(CareSlotError):
    """The calendar takes no changes until {until}. The appointment is safe and is synced then."""


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed link with all that should stand in its calendar; instants are aware, in UTC.

    `wanted` is false where nothing should stand there. `wanted_revision` is the one read at the claim: what changes
    after that stays due. `zone` is the clinic's IANA zone.
    """

    link_id: int
    appointment_id: int
    calendar_id: str
    calendar_name: str
    provider: str
    detail: str
    prefix: bool
    wanted: bool
    event_id: str
    generation: int
    etag: str | None
    content_hash: str | None
    wanted_revision: int
    attempts: int
    lease_owner: str
    patient_name: str
    patient_email: str
    doctor_name: str
    specialty: str
    colour_id: str
    reason: str
    visit_type: str
    location: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    zone: str
    installation: str


class LinkLeases:
    """Claims and records; every record is conditional on the lease, so a worker that lost it changes nothing."""

    _store: Store
    _clock: Clock

    def claim(self, limit: int = 10) -> list[Due]:
        """Lease up to `limit` links that are due, the longest waiting first."""
        return self._claim(calendar_links.c.due_at <= self._clock(), limit)

    def claim_link(self, link_id: int) -> Due | None:
        """Lease this link whether or not its time has come; None where `why_unclaimed` tells why not."""
        return next(iter(self._claim(calendar_links.c.link_id == link_id, 1)), None)

    def why_unclaimed(self, link_id: int) -> CareSlotError | None:
        """What keeps this link from being pushed now; None where nothing does, or nothing differs any more."""

        def work(connection: Connection) -> CareSlotError | None:
            row = connection.execute(
                select(clinic.c.sync_paused_reason, clinic.c.zone, calendars.c.paused_until)
                .select_from(calendar_links)
                .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
                .join(clinic, clinic.c.clinic_id == 1)
                .where(calendar_links.c.link_id == link_id, OUT_OF_STEP)
            ).first()
            if row is None:
                return None
            if row.sync_paused_reason is not None:
                return SyncPaused(reason=row.sync_paused_reason)
            now = self._clock()
            if row.paused_until is not None and row.paused_until > now:
                until, today = row.paused_until.astimezone(ZoneInfo(row.zone)), now.astimezone(ZoneInfo(row.zone))
                return CalendarPaused(
                    until=f"{until:%H:%M}" if until.date() == today.date() else f"{until:%Y-%m-%d %H:%M}"
                )
            return BeingSynced()

        return self._store.read(work)

    def record_success(self, due: Due, *, etag: str | None, content_hash: str | None) -> bool:
        """The calendar took the claimed revision; with no content hash nothing stands there now. Whether we held the lease."""
        now = self._clock()

        def work(connection: Connection) -> bool:
            values = {
                "etag": etag,
                "content_hash": content_hash,
                "mirrored_revision": due.wanted_revision,
                "synced_at": now,
                "attempts": 0,
                "error_kind": None,
                "error": None,
                "lease_owner": None,
                "lease_until": None,
            }
            if not _write(connection, due, values):
                return False
            _name_event(connection, due, stands=content_hash is not None)
            connection.execute(
                update(calendars)
                .where(calendars.c.calendar_id == due.calendar_id)
                .values(last_push_at=now, last_error_at=None, last_error_kind=None, last_error=None)
            )
            return True

        return self._store.write(work)

    def record_failure(
        self, due: Due, *, kind: str, sentence: str, retry_at: datetime, pause_until: datetime | None = None
    ) -> bool:
        """Keep the failure for people to see and try again at `retry_at`. Whether we held the lease.

        With `pause_until` the whole calendar rests until then: it asked for patience, with whichever event.
        """
        now = self._clock()

        def work(connection: Connection) -> bool:
            values = {
                "attempts": calendar_links.c.attempts + 1,
                "due_at": retry_at,
                "error_kind": kind,
                "error": sentence,
                "lease_owner": None,
                "lease_until": None,
            }
            if not _write(connection, due, values):
                return False
            connection.execute(
                update(calendars)
                .where(calendars.c.calendar_id == due.calendar_id)
                .values(
                    last_error_at=now,
                    last_error_kind=kind,
                    last_error=sentence,
                    **({} if pause_until is None else {"paused_until": pause_until}),
                )
            )
            return True

        return self._store.write(work)

    def record_identity(self, due: Due, *, event_id: str, generation: int) -> bool:
        """The event goes by a new id, written before it is created under it. Whether we held the lease."""
        values = {"event_id": event_id, "generation": generation, "etag": None, "content_hash": None}
        return self._store.write(lambda connection: _write(connection, due, values))

    def release(self, due: Due) -> bool:
        """Give the lease back, with nothing done. Whether we held it."""
        values = {"lease_owner": None, "lease_until": None}
        return self._store.write(lambda connection: _write(connection, due, values))

    def has_calendar_at(self, provider: str) -> bool:
        """Whether the clinic has a calendar at this provider."""
        query = select(exists().where(calendars.c.provider == provider))
        return self._store.read(lambda connection: bool(connection.execute(query).scalar_one()))

    def pending(self, calendar_id: str | None = None) -> int:
        """How many links differ from what their calendar holds; of one calendar, or of all."""
        query = select(func.count()).select_from(calendar_links).where(OUT_OF_STEP)
        if calendar_id is not None:
            query = query.where(calendar_links.c.calendar_id == calendar_id)
        return self._store.read(lambda connection: int(connection.execute(query).scalar_one()))

    def _claim(self, condition: ColumnElement[bool], limit: int) -> list[Due]:
        now, owner = self._clock(), secrets.token_hex(16)
        free = or_(calendar_links.c.lease_until.is_(None), calendar_links.c.lease_until <= now)
        claimable = and_(OUT_OF_STEP, condition, free, _running(now))

        def work(connection: Connection) -> list[Due]:
            links = (
                connection.execute(
                    select(calendar_links.c.link_id)
                    .where(claimable)
                    .order_by(calendar_links.c.due_at, calendar_links.c.link_id)
                    .limit(limit)
                    .with_for_update(skip_locked=True)
                )
                .scalars()
                .all()
            )
            if not links:
                return []
            connection.execute(
                update(calendar_links)
                .where(calendar_links.c.link_id.in_(links), claimable)
                .values(lease_owner=owner, lease_until=now + LEASE)
            )
            return _load(connection, owner, links)

        return self._store.write(work)


def _running(now: datetime) -> ColumnElement[bool]:
    """Neither the clinic's syncing nor the link's calendar is paused."""
    resting = select(calendars.c.calendar_id).where(calendars.c.paused_until > now)
    return and_(~exists().where(clinic.c.sync_paused_reason.is_not(None)), calendar_links.c.calendar_id.not_in(resting))


def _write(connection: Connection, due: Due, values: dict[str, Any]) -> bool:
    written = connection.execute(
        update(calendar_links)
        .where(calendar_links.c.link_id == due.link_id, calendar_links.c.lease_owner == due.lease_owner)
        .values(**values)
    )
    return written.rowcount == 1


def _name_event(connection: Connection, due: Due, *, stands: bool) -> None:
    """The appointment's calendar_event_id follows the event; one that a newer calendar wrote is left alone."""
    of_appointment = appointments.c.appointment_id == due.appointment_id
    if stands:
        connection.execute(update(appointments).where(of_appointment).values(calendar_event_id=due.event_id))
    else:
        ours = appointments.c.calendar_event_id == due.event_id
        connection.execute(update(appointments).where(of_appointment, ours).values(calendar_event_id=None))


def _load(connection: Connection, owner: str, links: Sequence[int]) -> list[Due]:
    rows = connection.execute(
        select(
            calendar_links.c.link_id,
            calendar_links.c.appointment_id,
            calendar_links.c.calendar_id,
            calendars.c.name.label("calendar_name"),
            calendars.c.provider,
            calendars.c.detail,
            calendars.c.prefix,
            and_(calendar_links.c.wanted, appointments.c.status != Status.CANCELLED.value).label("wanted"),
            calendar_links.c.event_id,
            calendar_links.c.generation,
            calendar_links.c.etag,
            calendar_links.c.content_hash,
            calendar_links.c.wanted_revision,
            calendar_links.c.attempts,
            calendar_links.c.lease_owner,
            users.c.name.label("patient_name"),
            users.c.email.label("patient_email"),
            doctors.c.name.label("doctor_name"),
            doctors.c.specialty,
            doctors.c.colour_id,
            appointments.c.reason,
            visit_types.c.name.label("visit_type"),
            func.coalesce(func.nullif(visit_types.c.place, ""), doctors.c.room).label("location"),
            appointments.c.starts_at,
            appointments.c.ends_at,
            appointments.c.revision,
            clinic.c.zone,
            clinic.c.installation,
        )
        .select_from(calendar_links)
        .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
        .join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
        .join(users, users.c.user_id == appointments.c.user_id)
        .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
        .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
        .join(clinic, clinic.c.clinic_id == 1)
        .where(calendar_links.c.lease_owner == owner, calendar_links.c.link_id.in_(links))
        .order_by(calendar_links.c.due_at, calendar_links.c.link_id)
    )
    return [Due(**row) for row in rows.mappings()]
