"""What becomes of an appointment: checked in, started, completed, not attended, cancelled, and undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

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
from core.domain.principal import Capability, Principal, Role
from core.scheduler import ddl, outside_hours
from core.scheduler.access import require_appointment
from core.scheduler.clinic import load_clinic
from core.scheduler.front_desk import FrontDesk
from core.scheduler.history import as_appointment, change, load_row, lock, restored, wall_columns
from core.scheduler.links import touch_links
from core.scheduler.store import ConstraintBroken, PatientBusy, SlotTaken, Store
from core.scheduler.tables import appointment_history

LONGEST_WHY = 1000


class AppointmentChanged(CareSlotError):
    """Someone changed this appointment meanwhile. Look at it again, then decide."""


class NotYet(CareSlotError):
    """This can be done on the day of the appointment, not before."""


class AlreadyStarted(CareSlotError):
    """The time of this appointment has come, so it can't be cancelled online. Please call the clinic."""


class Visits(FrontDesk):
    """The use cases of a visit's course; each is one transaction and each is undoable by staff for a day."""

    _store: Store
    _clock: Clock

    def check_in(self, principal: Principal, appointment_id: int) -> Appointment:
        """The patient has arrived; on the day only."""
        return self._advance(principal, appointment_id, "check_in", Status.CHECKED_IN, "checked_in_at")

    def start(self, principal: Principal, appointment_id: int) -> Appointment:
        """The doctor has begun."""
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
        self, principal: Principal, appointment_id: int, why: str = "", *, expected_revision: int | None = None
    ) -> Appointment:
        """Cancel, by whom and why; later than the cut-off counts as late and is recorded.

        With `expected_revision`, AppointmentChanged where it is no longer the appointment that was meant.
        """
        if len(why) > LONGEST_WHY:
            raise BadInput(f"Please keep the reason under {LONGEST_WHY} characters.", "why")
        return self._store.write(
            lambda connection: self.cancel_within(
                connection, principal, appointment_id, why, expected_revision=expected_revision
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
    ) -> Appointment:
        """`cancel` as a part of somebody's transaction."""
        now = self._clock()
        fresh, before = self._open(connection, principal, Capability.BOOK, appointment_id)
        if expected_revision is not None and before["revision"] != expected_revision:
            raise AppointmentChanged
        refuse_transition(Status(before["status"]), Status.CANCELLED)
        if fresh.role is Role.PATIENT and before["starts_at"] <= now:
            raise AlreadyStarted
        values = {
            "status": Status.CANCELLED.value,
            "cancelled_at": now,
            "cancelled_by": fresh.role.value,
            "cancel_reason": why.strip(),
            "cancelled_late": load_clinic(connection).policy.is_late(before["starts_at"], now),
        }
        row = change(connection, fresh, before, values, action="cancel", why=why.strip(), now=now)
        touch_links(connection, appointment_id, now)
        return as_appointment(row)

    def undo(self, principal: Principal, appointment_id: int, *, expected_revision: int | None = None) -> Appointment:
        """Take the last change back, within a day; no-overlap holds for this too (SlotTaken, PatientBusy).

        With `expected_revision`, AppointmentChanged where another change came after the one that is meant.
        """

        def work(connection: Connection) -> Appointment:
            now = self._clock()
            fresh, before = self._open(connection, principal, Capability.UNDO, appointment_id)
            if expected_revision is not None and before["revision"] != expected_revision:
                raise AppointmentChanged
            last = connection.execute(
                select(appointment_history)
                .where(appointment_history.c.appointment_id == appointment_id)
                .order_by(appointment_history.c.history_id.desc())
                .limit(1)
            ).first()
            if last is None or last.action not in UNDOABLE or now - last.at > UNDO_FOR:
                raise NothingToUndo
            values = restored(last.before)
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
            time = self._store.read(lambda connection: self._wall_start(connection, appointment_id))
            raise SlotTaken(time=time, nearest=()) from broken

    def _advance(
        self, principal: Principal, appointment_id: int, action: str, wanted: Status, stamp: str | None
    ) -> Appointment:
        def work(connection: Connection) -> Appointment:
            now = self._clock()
            fresh, before = self._open(connection, principal, Capability.RUN_VISIT, appointment_id)
            refuse_transition(Status(before["status"]), wanted)
            zone = load_clinic(connection).zone
            too_early = before["starts_at"] > now
            if too_early and (wanted is Status.NO_SHOW or before["appointment_date"] != now.astimezone(zone).date()):
                raise NotYet
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

    def _wall_start(self, connection: Connection, appointment_id: int) -> datetime:
        starts_at: datetime = load_row(connection, appointment_id)["starts_at"]
        return starts_at.astimezone(load_clinic(connection).zone)
