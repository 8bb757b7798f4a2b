"""Reading appointments: a doctor's or the clinic's schedule, a patient's appointments, one appointment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.errors import NotFound
from core.domain.opening import OpeningHours, Span, day_span
from core.domain.principal import Capability, Principal, Role
from core.scheduler.access import refuse_others_appointment, require, require_doctor, require_patient
from core.scheduler.audit import record_access
from core.scheduler.awaited import Awaited, awaited_flags, count_on_their_way, load_awaited
from core.scheduler.clinic import ClinicNotSetUp, load_hours, load_zone
from core.scheduler.links import Upcoming, count_upcoming
from core.scheduler.rows import Row, load_rows, load_touching
from core.scheduler.store import Store
from core.scheduler.tables import account_users, appointment_history, appointments, closures, doctors
from core.scheduler.tables import clinic as clinic_table
from core.scheduler.types import from_epoch

__all__ = ["Change", "ClosedTime", "Frame", "Row", "Schedule", "Unresolved"]

_REVISION = select(func.max(appointment_history.c.history_id))

_anybody = doctors.alias()

OPEN = (Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of an appointment's history; `at` is aware, in UTC; `role` is of who did it."""

    at: datetime
    role: str
    action: str
    why: str


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """Time off of one doctor, or of the whole clinic where `doctor_id` is None; instants are aware, in UTC."""

    doctor_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Some days of one doctor, or of all: what is booked, when it is open, when closed, and what is to be synced.

    `revision` is that of Schedule.glance, read before the rest; `hours` are by doctor; `upcoming` is None for all doctors.
    """

    revision: int
    awaited: Awaited
    rows: list[Row]
    hours: dict[int, list[OpeningHours]]
    closed: list[ClosedTime]
    upcoming: Upcoming | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What tells whether a page of one doctor's days, or of all, is still true.

    `revision` rises with every change to any appointment of the clinic; `on_their_way` counts those of the appointments
    asked about that are still to be sent to their calendars.
    """

    revision: int
    awaited: Awaited
    on_their_way: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Past appointments of which nobody has said what happened, oldest first; `count` is how many there are in all."""

    rows: list[Row]
    count: int


class Schedule:
    """Appointments as people see them; never with medical notes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def day(self, principal: Principal, doctor_id: int | None, day: date) -> list[Row]:
        """The appointments that touch a day of the clinic, by time; of one doctor, or of all."""
        return self.between(principal, doctor_id, day, day)

    def between(self, principal: Principal, doctor_id: int | None, first: date, last: date) -> list[Row]:
        """The appointments that touch the clinic's days from `first` to `last`, both included, by time."""

        def work(connection: Connection) -> list[Row]:
            self._require(connection, principal, doctor_id)
            return load_touching(connection, _days(load_zone(connection), first, last), doctor_id)

        return self._store.read(work)

    def frame(
        self, principal: Principal, doctor_id: int | None, doctor_ids: Sequence[int], first: date, last: date
    ) -> Frame:
        """What a calendar grid shows of the clinic's days from `first` to `last`, in few queries.

        The appointments are of one doctor, or of all; `doctor_ids` are those whose hours are shown.
        """

        def work(connection: Connection) -> Frame:
            self._require(connection, principal, doctor_id)
            now = self._clock()
            about = select(clinic_table.c.zone, _REVISION.scalar_subquery().label("revision"), *awaited_flags(now))
            found = connection.execute(about).mappings().first()
            if found is None:
                raise ClinicNotSetUp
            days = _days(ZoneInfo(found["zone"]), first, last)
            return Frame(
                revision=found["revision"] or 0,
                awaited=load_awaited(connection, found, doctor_id, now),
                rows=load_touching(connection, days, doctor_id),
                hours=load_hours(connection, doctor_ids),
                closed=_closed_between(connection, days, doctor_id),
                upcoming=None if doctor_id is None else count_upcoming(connection, doctor_id, now),
            )

        return self._store.read(work)

    def unresolved(self, principal: Principal, doctor_id: int | None, most: int) -> Unresolved:
        """Past appointments of which nobody has said what happened: the oldest of them, at most so many."""

        def work(connection: Connection) -> Unresolved:
            self._require(connection, principal, doctor_id)
            where = without_outcome(doctor_id, self._clock())
            rows = load_rows(connection, *where, most=most)
            if len(rows) < most:
                return Unresolved(rows, len(rows))
            count = connection.scalar(select(func.count()).select_from(appointments).where(*where))
            return Unresolved(rows, count or 0)

        return self._store.read(work)

    def of_patient(self, principal: Principal, user_id: int | None = None) -> list[Row]:
        """A person's appointments, or those of all the account's people: upcoming soonest first, then past latest first.

        A doctor gets those on the own schedule. Staff's reading is logged.
        """

        def work(connection: Connection) -> list[Row]:
            now = self._clock()
            if user_id is None:
                fresh = require(connection, principal, Capability.SEE_APPOINTMENT, self._clock)
                people = select(account_users.c.user_id).where(account_users.c.account_id == fresh.account_id)
                where: list[ColumnElement[bool]] = [appointments.c.user_id.in_(people)]
            else:
                fresh = require_patient(connection, principal, Capability.SEE_APPOINTMENT, user_id, self._clock)
                record_access(connection, fresh, "read_patient", user_id, f"patient {user_id}", now)
                where = [appointments.c.user_id == user_id]
            if fresh.role is Role.DOCTOR:
                where.append(appointments.c.doctor_id == fresh.doctor_id)
            rows = load_rows(connection, *where)
            upcoming = [row for row in rows if row.ends_at > now and row.status in OPEN]
            return upcoming + [row for row in reversed(rows) if row.ends_at <= now or row.status not in OPEN]

        # One's own look at them is not logged, and needs no writer's turn.
        return self._store.read(work) if user_id is None else self._store.write(work)

    def details(self, principal: Principal, appointment_id: int) -> Row:
        """One appointment; NotFound where there is none. Staff's reading is logged."""
        return self._store.write(lambda connection: self._read(connection, principal, appointment_id)[0])

    def opened(self, principal: Principal, appointment_id: int) -> tuple[Row, list[Change]]:
        """Like details, with what happened to the appointment so far, oldest first."""

        def work(connection: Connection) -> tuple[Row, list[Change]]:
            row, fresh = self._read(connection, principal, appointment_id)
            return row, _changes(connection, fresh, appointment_id)

        return self._store.write(work)

    def history(self, principal: Principal, appointment_id: int) -> list[Change]:
        """What happened to one appointment, oldest first; patients are not told what staff noted as the reason."""

        def work(connection: Connection) -> list[Change]:
            _, fresh = self._one(connection, principal, appointment_id)
            return _changes(connection, fresh, appointment_id)

        return self._store.read(work)

    def glance(self, principal: Principal, doctor_id: int | None, numbers: Sequence[int] = ()) -> Glance:
        """What is so now, cheap enough to ask every few seconds; `numbers` are the appointments on their way."""

        def work(connection: Connection) -> Glance:
            self._require(connection, principal, doctor_id)
            now = self._clock()
            about = select(_REVISION.scalar_subquery().label("revision"), *awaited_flags(now))
            found = connection.execute(about).mappings().one()
            awaited = load_awaited(connection, found, doctor_id, now)
            return Glance(found["revision"] or 0, awaited, count_on_their_way(connection, numbers))

        return self._store.read(work)

    def _require(self, connection: Connection, principal: Principal, doctor_id: int | None) -> None:
        require_doctor(connection, principal, Capability.SEE_SCHEDULE, doctor_id, self._clock)

    def _read(self, connection: Connection, principal: Principal, appointment_id: int) -> tuple[Row, Principal]:
        row, fresh = self._one(connection, principal, appointment_id)
        subject = f"appointment {appointment_id}"
        record_access(connection, fresh, "read_appointment", row.user_id, subject, self._clock())
        return row, fresh

    def _one(self, connection: Connection, principal: Principal, appointment_id: int) -> tuple[Row, Principal]:
        fresh = require(connection, principal, Capability.SEE_APPOINTMENT, self._clock)
        rows = load_rows(connection, appointments.c.appointment_id == appointment_id)
        if not rows:
            raise NotFound
        refuse_others_appointment(
            connection,
            fresh,
            Capability.SEE_APPOINTMENT,
            user_id=rows[0].user_id,
            doctor_id=rows[0].doctor_id,
        )
        return rows[0], fresh


def _changes(connection: Connection, fresh: Principal, appointment_id: int) -> list[Change]:
    history = appointment_history.c
    query = (
        select(history.at, history.role, history.action, history.why)
        .where(history.appointment_id == appointment_id)
        .order_by(history.history_id)
    )
    changes = [Change(*entry) for entry in connection.execute(query)]
    if fresh.role is not Role.PATIENT:
        return changes
    return [change if change.role == Role.PATIENT.value else replace(change, why="") for change in changes]


def without_outcome(doctor_id: int | None, now: datetime) -> list[ColumnElement[bool]]:
    """Of one doctor or of all, the past appointments of which nobody has said what happened.

    In the words of the partial index that holds them: SQLite takes it only where the statuses stand in the statement
    itself, and goes through all appointments ever made where no doctor is named.
    """
    of_anybody = appointments.c.doctor_id.in_(select(_anybody.c.doctor_id))
    statuses: list[ColumnElement[str]] = [literal_column(f"'{status.value}'") for status in OPEN]
    return [*(_of(doctor_id) or [of_anybody]), appointments.c.ends_at <= now, appointments.c.status.in_(statuses)]


def _of(doctor_id: int | None) -> list[ColumnElement[bool]]:
    return [] if doctor_id is None else [appointments.c.doctor_id == doctor_id]


def _closed_between(connection: Connection, days: Span, doctor_id: int | None) -> list[ClosedTime]:
    begins, ends = (from_epoch(moment) for moment in days)
    query = (
        select(closures.c.doctor_id, closures.c.starts_at, closures.c.ends_at, closures.c.reason)
        .where(closures.c.ends_at > begins, closures.c.starts_at < ends)
        .order_by(closures.c.starts_at, closures.c.closure_id)
    )
    if doctor_id is not None:
        query = query.where(or_(closures.c.doctor_id.is_(None), closures.c.doctor_id == doctor_id))
    return [ClosedTime(*row) for row in connection.execute(query)]


def _days(zone: ZoneInfo, first: date, last: date) -> Span:
    return day_span(first, zone)[0], day_span(last, zone)[1]
