"""What becomes of an appointment: checked in, started, completed, not attended, cancelled, and undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, select

from core.domain.appointment import (
    UNDO_FOR,
    UNDOABLE,
    Appointment,
    NothingToUndo,
    Status,
    refuse_outcome,
    refuse_transition,
)
from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError
from core.domain.principal import Capability, NotAllowed, Principal, Role, Scope
from core.scheduler import ddl, outside_hours
from core.scheduler.access import require_appointment
from core.scheduler.clinic import load_clinic
from core.scheduler.front_desk import FrontDesk
from core.scheduler.history import (
    as_appointment,
    change,
    load_last_change,
    load_row,
    lock,
    restored,
    wall_columns,
)
from core.scheduler.links import touch_links
from core.scheduler.store import ConstraintBroken, PatientBusy, SlotTaken, Store
from core.scheduler.tables import doctors

LONGEST_WHY = 1000
_ON_THE_DAY = {Status.CHECKED_IN, Status.IN_PROGRESS}


class AppointmentChanged(CareSlotError):
    """Someone changed this appointment meanwhile. Look at it again, then decide."""


class NotYet(CareSlotError):
    """This can be done on the day of the appointment, not before."""


class DayIsOver(CareSlotError):
    """The day of this appointment is over. Say what became of it, or move it to another time."""


class AlreadyStarted(CareSlotError):
    """The time of this appointment has come, so it can't be cancelled online. Please call the clinic."""


class BackToAnother(NotAllowed):
    """Before this change it was another doctor's visit. Reception can undo it."""


class DoctorHasLeft(CareSlotError):
    """This can't be undone, for the doctor of before does not see patients here any more. Choose another doctor."""


class Visits(FrontDesk):
    """The use cases of a visit's course; each is one transaction and each is undoable by staff for a day."""

    _store: Store
    _clock: Clock

    def check_in(self, principal: Principal, appointment_id: int) -> Appointment:
        """The patient has arrived; on the day only."""
        return self._advance(principal, appointment_id, "check_in", Status.CHECKED_IN, "checked_in_at")

    def start(self, principal: Principal, appointment_id: int) -> Appointment:
        """The doctor has begun; on the day only."""
        return self._advance(principal, appointment_id, "start", Status.IN_PROGRESS, "started_at")

    def complete(self, principal: Principal, appointment_id: int) -> Appointment:
        """The visit is over."""
        return self._advance(principal, appointment_id, "complete", Status.COMPLETED, "completed_at")

    def mark_no_show(self, principal: Principal, appointment_id: int) -> Appointment:
        """The patient did not come; once the appointment's time has come."""
        return self._advance(principal, appointment_id, "mark_no_show", Status.NO_SHOW, None)

    def record_outcome(self, principal: Principal, appointment_id: int, outcome: Status) -> Appointment:
        """Say afterwards that a past visit took place (COMPLETED) or not (NO_SHOW); NotOverYet before its end.

        Nobody knows when it began and ended, so no stamp is made up: figures of waiting leave it out.
        """

        def work(connection: Connection) -> Appointment:
            now = self._clock()
            fresh, before = self._open(connection, principal, Capability.RUN_VISIT, appointment_id)
            refuse_outcome(Status(before["status"]), outcome, before["ends_at"], now)
            values = {"status": outcome.value}
            return as_appointment(change(connection, fresh, before, values, action="record_outcome", why="", now=now))

        return self._store.write(work)

    def cancel(
        self,
        principal: Principal,
        appointment_id: int,
        why: str = "",
        *,
        expected_revision: int | None = None,
        asked_by_patient: bool = False,
    ) -> Appointment:
        """Cancel, by whom and why; what patients cancel later than the cut-off counts as late and is recorded.

        So does what staff cancel because the patient asked for it; what the clinic calls off is never the patient's fault.
        With `expected_revision`, AppointmentChanged where it is no longer the appointment that was meant.
        """
        if len(why) > LONGEST_WHY:
            raise BadInput(f"Please keep the reason under {LONGEST_WHY} characters.", "why")
        return self._store.write(
            lambda connection: self.cancel_within(
                connection,
                principal,
                appointment_id,
                why,
                expected_revision=expected_revision,
                asked_by_patient=asked_by_patient,
            )
        )

    def cancel_within(
        self,
        connection: Connection,
        principal: Principal,
        appointment_id: int,
        why: str = "",
        *,
        expected_revision: int | None = None,
        asked_by_patient: bool = False,
    ) -> Appointment:
        """`cancel` as a part of somebody's transaction."""
        now = self._clock()
        fresh, before = self._open(connection, principal, Capability.BOOK, appointment_id)
        if expected_revision is not None and before["revision"] != expected_revision:
            raise AppointmentChanged
        refuse_transition(Status(before["status"]), Status.CANCELLED)
        if fresh.role is Role.PATIENT and before["starts_at"] <= now:
            raise AlreadyStarted
        by_patient = asked_by_patient or fresh.role is Role.PATIENT
        values = {
            "status": Status.CANCELLED.value,
            "cancelled_at": now,
            "cancelled_by": fresh.role.value,
            "cancel_reason": why.strip(),
            "cancelled_late": by_patient and load_clinic(connection).policy.is_late(before["starts_at"], now),
        }
        row = change(connection, fresh, before, values, action="cancel", why=why.strip(), now=now)
        touch_links(connection, appointment_id, now)
        return as_appointment(row)

    def undo(self, principal: Principal, appointment_id: int, *, expected_revision: int | None = None) -> Appointment:
        """Take the last change back, within a day; no-overlap holds for this too (SlotTaken, PatientBusy).

        A doctor takes a visit back from nobody's diary but the own, and to no other (BackToAnother); nobody gives one
        back to a doctor who is not active any more (DoctorHasLeft).

        With `expected_revision`, AppointmentChanged where another change came after the one that is meant.
        """

        def work(connection: Connection) -> Appointment:
            now = self._clock()
            fresh, before, last = self._open_undo(connection, principal, appointment_id)
            if expected_revision is not None and before["revision"] != expected_revision:
                raise AppointmentChanged
            if last is None or last.action not in UNDOABLE or now - last.at > UNDO_FOR:
                raise NothingToUndo
            values = restored(last.before)
            _refuse_restoring(connection, fresh, before, values, now)
            walls = wall_columns(values["starts_at"], values["ends_at"], load_clinic(connection))
            row = change(connection, fresh, before, {**values, **walls}, action="undo", why=last.action, now=now)
            outside_hours.note_appointment(connection, appointment_id)
            touch_links(connection, appointment_id, now)
            return as_appointment(row)

        try:
            return self._store.write(work)
        except ConstraintBroken as broken:
            if broken.name == ddl.PATIENT_OVERLAP:
                raise PatientBusy from broken
            if broken.name != ddl.DOCTOR_OVERLAP:
                raise
            time = self._store.read(lambda connection: _start_before(connection, appointment_id))
            raise SlotTaken(time=time, nearest=()) from broken

    def _advance(
        self, principal: Principal, appointment_id: int, action: str, wanted: Status, stamp: str | None
    ) -> Appointment:
        def work(connection: Connection) -> Appointment:
            now = self._clock()
            fresh, before = self._open(connection, principal, Capability.RUN_VISIT, appointment_id)
            refuse_transition(Status(before["status"]), wanted)
            another_day = before["appointment_date"] != now.astimezone(load_clinic(connection).zone).date()
            if before["starts_at"] > now and (wanted is Status.NO_SHOW or another_day):
                raise NotYet
            if wanted in _ON_THE_DAY and another_day and before["ends_at"] <= now:
                raise DayIsOver
            values: dict[str, Any] = {"status": wanted.value}
            if stamp is not None:
                values[stamp] = now
            return as_appointment(change(connection, fresh, before, values, action=action, why="", now=now))

        return self._store.write(work)

    def _open(
        self, connection: Connection, principal: Principal, capability: Capability, appointment_id: int
    ) -> tuple[Principal, RowMapping]:
        """The believed principal and the locked row."""
        row = load_row(connection, appointment_id)
        fresh = require_appointment(
            connection,
            principal,
            capability,
            user_id=row["user_id"],
            doctor_id=row["doctor_id"],
            clock=self._clock,
        )
        lock(connection, {row["doctor_id"]}, row["user_id"])
        return fresh, load_row(connection, appointment_id)

    def _open_undo(
        self, connection: Connection, principal: Principal, appointment_id: int
    ) -> tuple[Principal, RowMapping, Row[Any, Any, Any] | None]:
        """Like _open, with the last change, whose undoing may give the visit back to another doctor: both are locked."""
        row, last = load_row(connection, appointment_id), load_last_change(connection, appointment_id)
        fresh = require_appointment(
            connection,
            principal,
            Capability.UNDO,
            user_id=row["user_id"],
            doctor_id=row["doctor_id"],
            clock=self._clock,
        )
        concerned = {row["doctor_id"], _doctor_before(last, row)}
        lock(connection, concerned, row["user_id"])
        row, last = load_row(connection, appointment_id), load_last_change(connection, appointment_id)
        if not {row["doctor_id"], _doctor_before(last, row)} <= concerned:
            raise AppointmentChanged
        return fresh, row, last


def _doctor_before(last: Row[Any, Any, Any] | None, row: RowMapping) -> int:
    before = None if last is None else last.before
    return int((before or row)["doctor_id"])


def _refuse_restoring(
    connection: Connection, fresh: Principal, before: RowMapping, values: dict[str, Any], now: datetime
) -> None:
    """Raise where the diary into which undo would put the visit is not the principal's, or is of a doctor who has left."""
    elsewhere = values["doctor_id"] != before["doctor_id"]
    if elsewhere and fresh.scope(Capability.UNDO) is Scope.OWN:
        raise BackToAnother
    comes_back = not Status(before["status"]).occupies and values["ends_at"] > now
    if not (elsewhere or comes_back):
        return
    if not connection.execute(select(doctors.c.active).where(doctors.c.doctor_id == values["doctor_id"])).scalar_one():
        raise DoctorHasLeft


def _start_before(connection: Connection, appointment_id: int) -> datetime:
    """When the appointment began before its last change, in the clinic's wall time."""
    row, last = load_row(connection, appointment_id), load_last_change(connection, appointment_id)
    starts_at: datetime = row["starts_at"] if last is None or not last.before else restored(last.before)["starts_at"]
    return starts_at.astimezone(load_clinic(connection).zone)
