"""Opening hours and closures: reading and changing when doctors see patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, or_, select

from core.domain.clock import Clock
from core.domain.errors import BadInput, NotFound
from core.domain.opening import OpeningHours, day_span, refuse_overlapping, wall_instant
from core.domain.principal import Capability, Principal
from core.domain.timespan import instant
from core.scheduler import outside_hours
from core.scheduler.access import require_doctor
from core.scheduler.audit import record_access
from core.scheduler.clinic import load_clinic, load_hours
from core.scheduler.history import lock_doctor, lock_team
from core.scheduler.rows import Row, load_rows, touching
from core.scheduler.schedule import OPEN
from core.scheduler.store import Store
from core.scheduler.tables import appointments, closures, opening_hours
from core.scheduler.types import from_epoch

LAST_WEEKDAY = 6
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Closure:
    """Time off for one doctor, or for the whole clinic where `doctor_id` is None; instants are aware, in UTC."""

    closure_id: int
    doctor_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    source: str


_CLOSURE = select(
    closures.c.closure_id,
    closures.c.doctor_id,
    closures.c.starts_at,
    closures.c.ends_at,
    closures.c.reason,
    closures.c.source,
)


class WorkingTimes:
    """When doctors see patients. A doctor changes the own hours and closures, a manager anybody's."""

    _store: Store
    _clock: Clock

    def hours(self, doctor_id: int) -> list[OpeningHours]:
        """A doctor's weekly hours, by weekday and opening."""
        found = self._store.read(lambda connection: load_hours(connection, [doctor_id])[doctor_id])
        return sorted(found, key=lambda entry: (entry.weekday, entry.opens, entry.valid_from or date.min))

    def set_hours(self, principal: Principal, doctor_id: int, hours: Sequence[OpeningHours]) -> None:
        """Replace a doctor's weekly hours; raises HoursOverlap. Booked appointments stay."""

        def work(connection: Connection) -> None:
            fresh = require_doctor(connection, principal, Capability.EDIT_HOURS, doctor_id, self._clock)
            for entry in hours:
                _refuse_unfit(entry)
            refuse_overlapping(hours)
            lock_doctor(connection, doctor_id)
            connection.execute(delete(opening_hours).where(opening_hours.c.doctor_id == doctor_id))
            for entry in hours:
                connection.execute(
                    insert(opening_hours).values(
                        doctor_id=doctor_id,
                        weekday=entry.weekday,
                        opens=entry.opens,
                        closes=entry.closes,
                        valid_from=entry.valid_from,
                        valid_until=entry.valid_until,
                    )
                )
            outside_hours.note_doctor(connection, doctor_id)
            record_access(connection, fresh, "change_hours", None, f"doctor {doctor_id}", self._clock())

        self._store.write(work)

    def closures(self, first: date, last: date, doctor_id: int | None = None) -> list[Closure]:
        """The closures that touch the clinic's days from `first` to `last`; with a doctor, that doctor's and the clinic's."""

        def work(connection: Connection) -> list[Closure]:
            zone = load_clinic(connection).zone
            begins, ends = from_epoch(day_span(first, zone)[0]), from_epoch(day_span(last, zone)[1])
            query = _CLOSURE.where(closures.c.ends_at > begins, closures.c.starts_at < ends)
            if doctor_id is not None:
                query = query.where(or_(closures.c.doctor_id.is_(None), closures.c.doctor_id == doctor_id))
            query = query.order_by(closures.c.starts_at, closures.c.closure_id)
            return [Closure(*row) for row in connection.execute(query)]

        return self._store.read(work)

    def appointments_within(
        self, principal: Principal, doctor_id: int | None, starts_at: datetime, ends_at: datetime
    ) -> list[Row]:
        """The open appointments that lie at least partly between two instants, by time; of one doctor, or of all."""

        def work(connection: Connection) -> list[Row]:
            require_doctor(connection, principal, Capability.SEE_SCHEDULE, doctor_id, self._clock)
            return _open_within(connection, doctor_id, instant(starts_at), instant(ends_at))

        return self._store.read(work)

    def add_closure(
        self, principal: Principal, doctor_id: int | None, starts_at: datetime, ends_at: datetime, reason: str = ""
    ) -> list[Row]:
        """Close a doctor, or the clinic, for a time. Cancels nothing: returns the open appointments that lie in it."""

        def work(connection: Connection) -> list[Row]:
            fresh = require_doctor(connection, principal, Capability.EDIT_HOURS, doctor_id, self._clock)
            begins, ends = instant(starts_at), instant(ends_at)
            if ends <= begins:
                raise BadInput("The end must be after the start.", "ends_at")
            if len(reason.strip()) > LONGEST_REASON:
                raise BadInput(f"Please keep this under {LONGEST_REASON} characters.", "reason")
            lock_team(connection, doctor_id)
            closure_id = connection.execute(
                insert(closures)
                .values(doctor_id=doctor_id, starts_at=begins, ends_at=ends, reason=reason.strip())
                .returning(closures.c.closure_id)
            ).scalar_one()
            outside_hours.note_span(connection, doctor_id, begins, ends)
            record_access(connection, fresh, "add_closure", None, f"closure {closure_id}", self._clock())
            return _open_within(connection, doctor_id, begins, ends)

        return self._store.write(work)

    def remove_closure(self, principal: Principal, closure_id: int) -> None:
        """Open the time again; NotFound where the closure is gone already."""

        def work(connection: Connection) -> None:
            found = connection.execute(_CLOSURE.where(closures.c.closure_id == closure_id)).first()
            doctor_id = None if found is None else found.doctor_id
            fresh = require_doctor(connection, principal, Capability.EDIT_HOURS, doctor_id, self._clock)
            if found is None:
                raise NotFound
            lock_team(connection, doctor_id)
            connection.execute(delete(closures).where(closures.c.closure_id == closure_id))
            outside_hours.note_span(connection, doctor_id, found.starts_at, found.ends_at)
            record_access(connection, fresh, "remove_closure", None, f"closure {closure_id}", self._clock())

        self._store.write(work)


def whole_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight of one day to the midnight after another in the zone, as aware instants in UTC."""
    return from_epoch(day_span(first, zone)[0]), from_epoch(day_span(last, zone)[1])


def part_of_days(first: date, begins: time, last: date, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From a wall time to another in the zone, as aware instants in UTC; an end at midnight means the end of its day."""
    if ends == time(0):
        return from_epoch(wall_instant(first, begins, zone)), from_epoch(day_span(last, zone)[1])
    return (
        from_epoch(wall_instant(first, begins, zone)),
        from_epoch(wall_instant(last, ends, zone, latest=True)),
    )


def are_whole_days(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
    """Whether the time between two aware instants is made of whole days in the zone."""
    first, last = starts_at.astimezone(zone).date(), (ends_at - timedelta(seconds=1)).astimezone(zone).date()
    return (starts_at, ends_at) == whole_days(first, last, zone)


def _open_within(connection: Connection, doctor_id: int | None, begins: datetime, ends: datetime) -> list[Row]:
    return load_rows(connection, *touching(begins, ends, doctor_id), appointments.c.status.in_(OPEN))


def _refuse_unfit(entry: OpeningHours) -> None:
    if not 0 <= entry.weekday <= LAST_WEEKDAY:
        raise BadInput("Choose a day of the week.", "weekday")
    if entry.valid_from and entry.valid_until and entry.valid_until < entry.valid_from:
        raise BadInput("The last day must not be before the first.", "valid_until")
