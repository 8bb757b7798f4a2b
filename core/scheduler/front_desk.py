"""What running a day needs to know: the day's board, and where somebody who walks in fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from core.domain.appointment import UNDO_FOR, UNDOABLE
from core.domain.clock import Clock
from core.domain.gaps import Gap, gap_from
from core.domain.opening import day_span
from core.domain.principal import Capability, Principal
from core.scheduler.access import require_doctor
from core.scheduler.availability import Window, doctors_offering, load_taken
from core.scheduler.awaited import Awaited, awaited_flags, load_awaited
from core.scheduler.clinic import load_clinic, load_visit_type, load_zone
from core.scheduler.rows import Row, load_touching
from core.scheduler.schedule import OPEN, without_outcome
from core.scheduler.store import Store
from core.scheduler.tables import appointment_history, appointments
from core.scheduler.types import epoch, from_epoch


@dataclass(frozen=True, slots=True)
class DayBoard:
    """One day of one doctor, or of all.

    `rows` are the day's appointments by time, cancelled ones too; `undoable` names for each what undo would take back;
    `without_outcome` counts past appointments, of any day, of which nobody has said what happened; `next_day` is the
    next with appointments to come, looked for only where the day has none; `revision` rises with every change.
    """

    rows: tuple[Row, ...]
    undoable: dict[int, str]
    without_outcome: int
    next_day: date | None
    revision: int
    awaited: Awaited


@dataclass(frozen=True, slots=True)
class WalkInGap:
    """When a doctor could see a walk-in today: instants, aware, in UTC, as core.domain.gaps tells them apart."""

    doctor_id: int
    starts_at: datetime
    fits_now: bool
    free_until: datetime | None
    free_again: datetime | None
    next_start: datetime | None
    opens_at: datetime | None = None


class FrontDesk:
    """What staff read while a day runs; doctors their own, reception and managers anybody's."""

    _store: Store
    _clock: Clock

    def day_board(self, principal: Principal, doctor_id: int | None, day: date) -> DayBoard:
        """A day of the clinic, of one doctor or of all, in one snapshot."""

        def work(connection: Connection) -> DayBoard:
            now = self._clock()
            require_doctor(connection, principal, Capability.SEE_SCHEDULE, doctor_id, self._clock)
            own = [] if doctor_id is None else [appointments.c.doctor_id == doctor_id]
            rows = load_touching(connection, day_span(day, load_zone(connection)), doctor_id)
            open_ended = select(func.count()).select_from(appointments).where(*without_outcome(doctor_id, now))
            revision = select(func.max(appointment_history.c.history_id))
            about = select(
                open_ended.scalar_subquery().label("without_outcome"),
                revision.scalar_subquery().label("revision"),
                *awaited_flags(now),
            )
            found = connection.execute(about).mappings().one()
            return DayBoard(
                tuple(rows),
                _undoable(connection, [row.appointment_id for row in rows], now) if rows else {},
                int(found["without_outcome"]),
                None if rows else _next_day(connection, own, day),
                found["revision"] or 0,
                load_awaited(connection, found, doctor_id, now),
            )

        return self._store.read(work)

    def walk_in_gaps(self, principal: Principal, doctor_id: int | None, visit_type_id: int) -> list[WalkInGap]:
        """Where a visit of this type fits today from this minute on, soonest first, with one doctor or any.

        Doctors who don't offer the visit are left out; NotFound for a visit type that does not exist.
        """

        def work(connection: Connection) -> list[WalkInGap]:
            now = self._clock()
            fresh = require_doctor(connection, principal, Capability.RUN_VISIT, doctor_id, self._clock)
            clinic = load_clinic(connection)
            visit_type = load_visit_type(connection, visit_type_id)
            begins = now.replace(second=0, microsecond=0)
            ends = from_epoch(day_span(now.astimezone(clinic.zone).date(), clinic.zone)[1])
            taken = load_taken(
                connection,
                clinic,
                doctors_offering(connection, visit_type_id, doctor_id),
                Window(begins, ends),
                now,
                holder=fresh.visitor,
            )
            gaps = [
                _walk_in(
                    number,
                    gap_from(
                        time.day(number), epoch(begins), visit_type.minutes, visit_type.buffer_minutes, epoch(ends)
                    ),
                )
                for number, time in taken.items()
            ]
            return sorted(gaps, key=lambda gap: (gap.next_start or ends, gap.doctor_id))

        return self._store.read(work)


def _undoable(connection: Connection, numbers: Sequence[int], now: datetime) -> dict[int, str]:
    last = (
        select(func.max(appointment_history.c.history_id))
        .where(appointment_history.c.appointment_id.in_(numbers))
        .group_by(appointment_history.c.appointment_id)
    )
    found = connection.execute(
        select(appointment_history.c.appointment_id, appointment_history.c.action).where(
            appointment_history.c.history_id.in_(last),
            appointment_history.c.action.in_(UNDOABLE),
            appointment_history.c.at >= now - UNDO_FOR,
        )
    )
    return {row.appointment_id: row.action for row in found}


def _next_day(connection: Connection, own: list[ColumnElement[bool]], day: date) -> date | None:
    return connection.execute(
        select(appointments.c.appointment_date)
        .where(*own, appointments.c.appointment_date > day, appointments.c.status.in_(OPEN))
        .order_by(appointments.c.appointment_date)
        .limit(1)
    ).scalar()


def _walk_in(doctor_id: int, gap: Gap) -> WalkInGap:
    def instant(moment: int | None) -> datetime | None:
        return None if moment is None else from_epoch(moment)

    return WalkInGap(
        doctor_id,
        from_epoch(gap.moment),
        gap.fits_now,
        instant(gap.free_until),
        instant(gap.free_again),
        instant(gap.next_start),
        instant(gap.opens_at),
    )
