"""AppointmentScheduler: every use case that books, moves or ends an appointment. Each is one transaction.

Each takes a Principal, reads its session again, checks capability and policy, and writes history. The database's own
no-overlap rules have the last word; a lost race comes out as SlotTaken with the nearest free slots.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select

from core.domain.appointment import Appointment, Status
from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError
from core.domain.policy import Refusal, TooLong, refuse_too_many
from core.domain.principal import Capability, NotAllowed, Principal, Role
from core.domain.timespan import instant
from core.scheduler import holding, outside_hours
from core.scheduler.access import refuse_unknown_patient, require, require_appointment
from core.scheduler.begun import Begun, load_begun
from core.scheduler.history import (
    as_appointment,
    change,
    load_row,
    lock,
    record,
    wall_columns,
)
from core.scheduler.holding import Hold
from core.scheduler.link_requests import ask_for_link
from core.scheduler.links import touch_links
from core.scheduler.prepared import Prepared
from core.scheduler.search import SlotQuery, SlotSearch
from core.scheduler.store import ConstraintBroken, SlotTaken, Store
from core.scheduler.tables import appointments
from core.scheduler.terms import load_terms
from core.scheduler.visits import AppointmentChanged, Visits
from core.telemetry import measurements

__all__ = ["AppointmentChanged", "AppointmentScheduler", "Begun", "Booking", "CannotMove", "Hold", "SlotQuery"]

LONGEST_REASON = 1000
LATE = "late"
"""What the history says of a patient's move after the clinic's cut-off."""
_JUST_NOW = timedelta(minutes=30)

_BOOK = insert(appointments).returning(*appointments.c)
_UNDER_KEY = Prepared(
    select(appointments.c.appointment_id, appointments.c.created_by).where(
        appointments.c.booking_key == bindparam("key")
    )
)
_UPCOMING = Prepared(
    select(func.count()).where(
        appointments.c.user_id == bindparam("user_id"),
        appointments.c.starts_at > bindparam("now"),
        appointments.c.status == Status.SCHEDULED.value,
    )
)


class CannotMove(CareSlotError):
    """This appointment can't be moved any more."""


class NotHereNow(CareSlotError):
    """Only a visit that begins now can be checked in at once. Book a later time as an appointment."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `key` makes it idempotent: the same key books once, however often it is sent.

    `override_reason` lets a manager book against the clinic's policy (never over another appointment);
    `walk_in` is for staff: the patient is here, the visit starts now and is checked in.
    """

    key: str
    user_id: int
    doctor_id: int
    visit_type_id: int
    starts_at: datetime
    reason: str = ""
    override_reason: str = ""
    walk_in: bool = False


class AppointmentScheduler(SlotSearch, Visits):
    """Slots, holds, bookings and moves; what becomes of a visit is in Visits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def book_appointment(self, principal: Principal, booking: Booking) -> Appointment:
        """Book, once per key, and let the visitor's hold go.

        Raises SlotTaken with the three nearest slots, PatientBusy, NotYourPatient, or a Refusal that names the rule.
        """
        if not booking.key:
            raise BadInput("The booking has no key.", "key")
        if len(booking.reason) > LONGEST_REASON:
            raise BadInput(f"Please keep the reason under {LONGEST_REASON} characters.", "reason")

        def work(connection: Connection) -> tuple[Appointment, bool]:
            fresh = require_appointment(
                connection,
                principal,
                Capability.BOOK,
                user_id=booking.user_id,
                doctor_id=booking.doctor_id,
                clock=self._clock,
            )
            lock(connection, {booking.doctor_id}, booking.user_id)
            earlier = self._booked_before(connection, fresh, booking.key)
            return (earlier, False) if earlier else (self._book(connection, fresh, booking), True)

        try:
            booked, new = self._racing(work, principal, booking.doctor_id, booking.visit_type_id, booking.starts_at)
        except SlotTaken:
            measurements.race_lost()
            raise
        except ConstraintBroken as broken:
            if broken.name != "appointments_booking_key_uq":
                raise
            booked, new = self._store.write(work)  # the same key, at the same moment, for another doctor
        if new:
            measurements.booked(by_patient=principal.role is Role.PATIENT)
        return booked

    def begun(self, principal: Principal, key: str) -> Begun:
        """What there is of a booking under a key: tells whether a lost one went through, what is kept, and for whom it may be.

        A key under which somebody else booked tells of no appointment, like one under which nobody did.
        """

        def read(connection: Connection) -> Begun:
            fresh = require(connection, principal, Capability.BOOK, self._clock)
            return load_begun(connection, fresh, key, self._clock())

        return self._store.read(read)

    def reschedule(
        self,
        principal: Principal,
        appointment_id: int,
        starts_at: datetime,
        *,
        doctor_id: int | None = None,
        minutes: int | None = None,
        expected_revision: int | None = None,
        override_reason: str = "",
    ) -> Appointment:
        """Move an appointment: the old time is kept until the new one is won, in one transaction.

        Who is checked in and moves to another day of the clinic is not here any more: the appointment is scheduled again.
        `minutes` changes the length, `doctor_id` the doctor (both for staff); with `expected_revision`,
        AppointmentChanged where someone else was quicker. Raises like book_appointment.
        """
        start = instant(starts_at)

        def work(connection: Connection) -> Appointment:
            return self.reschedule_within(
                connection,
                principal,
                appointment_id,
                start,
                doctor_id=doctor_id,
                minutes=minutes,
                expected_revision=expected_revision,
                override_reason=override_reason,
            )

        try:
            return self._store.write(work)
        except (ConstraintBroken, SlotTaken) as error:
            row = self._store.read(lambda connection: load_row(connection, appointment_id))
            query = SlotQuery(
                row["visit_type_id"], doctor_id or row["doctor_id"], moving=appointment_id, minutes=minutes
            )
            raise self._lost_race(error, principal, query, start) from error

    def reschedule_within(
        self,
        connection: Connection,
        principal: Principal,
        appointment_id: int,
        starts_at: datetime,
        *,
        doctor_id: int | None = None,
        minutes: int | None = None,
        expected_revision: int | None = None,
        override_reason: str = "",
    ) -> Appointment:
        """`reschedule` as a part of somebody's transaction; a lost race is SlotTaken, or an error of the database."""
        start = instant(starts_at)
        before = load_row(connection, appointment_id)
        to_doctor = doctor_id or before["doctor_id"]
        fresh = require_appointment(
            connection,
            principal,
            Capability.BOOK,
            user_id=before["user_id"],
            doctor_id=before["doctor_id"],
            clock=self._clock,
        )
        if to_doctor != before["doctor_id"]:
            require_appointment(
                connection,
                principal,
                Capability.BOOK,
                user_id=before["user_id"],
                doctor_id=to_doctor,
                clock=self._clock,
            )
        lock(connection, {before["doctor_id"], to_doctor}, before["user_id"])
        before = load_row(connection, appointment_id)
        self._refuse_move(fresh, before, minutes, expected_revision)
        return self._move(connection, fresh, before, to_doctor, start, minutes, override_reason)

    # What the use cases above are made of.

    def _refuse_unless_overridden(self, fresh: Principal, problem: CareSlotError | None, override_reason: str) -> str:
        """Raise the problem unless it is policy, which a manager may override with a reason; what goes into history."""
        if problem is None:
            return ""
        overridable = isinstance(problem, Refusal) and not isinstance(problem, TooLong)
        if overridable and override_reason.strip() and fresh.may(Capability.OVERRIDE_POLICY):
            return f"{type(problem).__name__}: {override_reason.strip()}"
        raise problem

    def _booked_before(self, connection: Connection, fresh: Principal, key: str) -> Appointment | None:
        found = _UNDER_KEY.first(connection, {"key": key})
        if found is None:
            return None
        appointment_id, by = found
        if by != fresh.account_id:
            raise NotAllowed
        return as_appointment(load_row(connection, appointment_id))

    def _book(self, connection: Connection, fresh: Principal, booking: Booking) -> Appointment:
        now = self._clock()
        terms = load_terms(connection, booking.visit_type_id, booking.doctor_id)
        clinic, visit_type = terms.clinic, terms.visit_type
        start = instant(booking.starts_at)
        if booking.walk_in and not fresh.may(Capability.RUN_VISIT):
            raise NotAllowed
        if booking.walk_in and start > now:
            raise NotHereNow
        refuse_unknown_patient(connection, fresh, booking.user_id)
        if fresh.role is Role.PATIENT:
            refuse_too_many(clinic.policy, self._upcoming(connection, booking.user_id, now))
        problem = self._why_not(
            connection,
            fresh,
            terms,
            booking.doctor_id,
            start,
            not_before=now - _JUST_NOW if booking.walk_in else now,
        )
        why = self._refuse_unless_overridden(fresh, problem, booking.override_reason)
        end = start + timedelta(minutes=visit_type.minutes)
        values = {
            "user_id": booking.user_id,
            "doctor_id": booking.doctor_id,
            "visit_type_id": booking.visit_type_id,
            "starts_at": start,
            "ends_at": end,
            "occupied_until": end + timedelta(minutes=visit_type.buffer_minutes),
            "status": (Status.CHECKED_IN if booking.walk_in else Status.SCHEDULED).value,
            "checked_in_at": now if booking.walk_in else None,
            "reason": booking.reason.strip(),
            "booking_key": booking.key,
            "created_at": now,
            "created_by": fresh.account_id,
            **wall_columns(start, end, clinic),
        }
        row = connection.execute(_BOOK, values).mappings().one()
        action = "walk_in" if booking.walk_in else "book"
        record(connection, fresh, row, before=None, action=action, why=why, now=now)
        if problem is not None:
            outside_hours.note_appointment(connection, row["appointment_id"])
        if fresh.visitor:
            holding.drop(connection, fresh)
        if terms.auto_calendar is not None:
            ask_for_link(connection, row["appointment_id"], terms.auto_calendar, now)
        return as_appointment(row)

    def _upcoming(self, connection: Connection, user_id: int, now: datetime) -> int:
        ((upcoming,),) = _UPCOMING.all(connection, {"user_id": user_id, "now": now})
        return int(upcoming)

    def _refuse_move(
        self, fresh: Principal, before: RowMapping, minutes: int | None, expected_revision: int | None
    ) -> None:
        if expected_revision is not None and before["revision"] != expected_revision:
            raise AppointmentChanged
        movable = {Status.SCHEDULED} if fresh.role is Role.PATIENT else {Status.SCHEDULED, Status.CHECKED_IN}
        if Status(before["status"]) not in movable:
            raise CannotMove
        if fresh.role is Role.PATIENT and (minutes is not None or before["starts_at"] <= self._clock()):
            raise CannotMove
        if minutes is not None and not 0 < minutes <= 8 * 60:
            raise TooLong

    def _move(
        self,
        connection: Connection,
        fresh: Principal,
        before: RowMapping,
        doctor_id: int,
        start: datetime,
        minutes: int | None,
        override_reason: str,
    ) -> Appointment:
        now = self._clock()
        moved = as_appointment(before)
        length = moved.minutes if minutes is None else minutes
        if (start, length, doctor_id) == (moved.starts_at, moved.minutes, moved.doctor_id):
            return moved
        terms = load_terms(connection, moved.visit_type_id, doctor_id).for_move(
            moved, length, stays=doctor_id == moved.doctor_id
        )
        clinic = terms.clinic
        problem = self._why_not(
            connection,
            fresh,
            terms,
            doctor_id,
            start,
            not_before=start if start == moved.starts_at else now,
            without=moved.appointment_id,
        )
        why = self._refuse_unless_overridden(fresh, problem, override_reason)
        if fresh.role is Role.PATIENT and clinic.policy.is_late(moved.starts_at, now):
            why = LATE
        end = start + timedelta(minutes=length)
        values = {
            "doctor_id": doctor_id,
            "starts_at": start,
            "ends_at": end,
            "occupied_until": end + timedelta(minutes=moved.buffer_minutes),
            **wall_columns(start, end, clinic),
        }
        if moved.status is Status.CHECKED_IN and values["appointment_date"] != before["appointment_date"]:
            values |= {"status": Status.SCHEDULED.value, "checked_in_at": None}  # whoever waited goes home
        row = change(connection, fresh, before, values, action="reschedule", why=why, now=now)
        if problem is not None:
            outside_hours.note_appointment(connection, before["appointment_id"])
        else:
            outside_hours.forget_appointment(connection, before["appointment_id"])
        touch_links(connection, before["appointment_id"], now)
        if fresh.visitor:
            holding.drop(connection, fresh)
        return as_appointment(row)
