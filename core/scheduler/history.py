"""The appointment's row, and the record of every change to it: who, when, why, before and after."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, bindparam, insert, select, update

from core.domain.appointment import Appointment, Status
from core.domain.errors import NotFound
from core.domain.principal import Principal
from core.scheduler.clinic import Clinic
from core.scheduler.prepared import Prepared
from core.scheduler.tables import appointment_history, appointments, doctors, users
from core.scheduler.types import epoch, from_epoch

_INSTANTS = (
    "starts_at",
    "ends_at",
    "occupied_until",
    "checked_in_at",
    "started_at",
    "completed_at",
    "cancelled_at",
)
_PLAIN = ("doctor_id", "visit_type_id", "status", "cancelled_by", "cancel_reason", "cancelled_late")


def snapshot(row: RowMapping) -> dict[str, Any]:
    """What a change may alter, ready for JSON; instants as epoch seconds."""
    instants = {name: None if row[name] is None else epoch(row[name]) for name in _INSTANTS}
    return {**{name: row[name] for name in _PLAIN}, **instants}


def restored(kept: dict[str, Any]) -> dict[str, Any]:
    """The column values of a snapshot."""
    return {
        name: from_epoch(value) if name in _INSTANTS and value is not None else value for name, value in kept.items()
    }


def wall_columns(starts_at: datetime, ends_at: datetime, clinic: Clinic) -> dict[str, Any]:
    """The clinic's wall time of an appointment, always written together with its instants."""
    begins, ends = starts_at.astimezone(clinic.zone), ends_at.astimezone(clinic.zone)
    return {"appointment_date": begins.date(), "start_time": begins.time(), "end_time": ends.time()}


# Written once, because putting a statement together takes longer than the database needs for it.
_ROW = select(appointments).where(appointments.c.appointment_id == bindparam("appointment_id"))
_DOCTOR_LOCK = (
    select(doctors.c.doctor_id).where(doctors.c.doctor_id == bindparam("doctor_id")).with_for_update(key_share=True)
)
# A row's locks are taken in the order of its tables.
_DOCTOR_AND_PATIENT_LOCK = Prepared(
    select(doctors.c.doctor_id)
    .join(users, users.c.user_id == bindparam("user_id"))
    .where(doctors.c.doctor_id == bindparam("doctor_id"))
    .with_for_update(key_share=True)
)
_CHANGE = (
    update(appointments).where(appointments.c.appointment_id == bindparam("changed_id")).returning(*appointments.c)
)
_RECORD = insert(appointment_history)
_LAST = (
    select(appointment_history.c.at, appointment_history.c.action, appointment_history.c.before)
    .where(appointment_history.c.appointment_id == bindparam("appointment_id"))
    .order_by(appointment_history.c.history_id.desc())
    .limit(1)
)


def load_row(connection: Connection, appointment_id: int) -> RowMapping:
    """The appointment's row; NotFound where there is none."""
    row = connection.execute(_ROW, {"appointment_id": appointment_id}).mappings().first()
    if row is None:
        raise NotFound
    return row


def load_last_change(connection: Connection, appointment_id: int) -> Row[Any, Any, Any] | None:
    """When the appointment was changed last, by which action, and what it was before (None for its booking)."""
    return connection.execute(_LAST, {"appointment_id": appointment_id}).first()


def as_appointment(row: RowMapping) -> Appointment:
    """The row as a value of the domain."""
    return Appointment(
        appointment_id=row["appointment_id"],
        user_id=row["user_id"],
        doctor_id=row["doctor_id"],
        visit_type_id=row["visit_type_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        occupied_until=row["occupied_until"],
        status=Status(row["status"]),
        reason=row["reason"],
        revision=row["revision"],
        created_at=row["created_at"],
        checked_in_at=row["checked_in_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        cancelled_late=row["cancelled_late"],
        calendar_event_id=row["calendar_event_id"],
    )


def lock(connection: Connection, doctor_ids: set[int], user_id: int | None) -> None:
    """Lock the doctors' rows, then the patient's if there is one, always in that order; SQLite's writer is alone anyway.

    What no constraint can say (policy, closures, holds) holds still until the transaction ends.
    """
    if connection.dialect.name == "sqlite":
        return
    alone = sorted(doctor_ids)
    last = None if user_id is None else alone.pop()
    for doctor_id in alone:
        connection.execute(_DOCTOR_LOCK, {"doctor_id": doctor_id})
    if last is not None:
        _DOCTOR_AND_PATIENT_LOCK.all(connection, {"doctor_id": last, "user_id": user_id})


def lock_doctor(connection: Connection, doctor_id: int) -> None:
    """Lock one doctor's row; NotFound where there is none."""
    if connection.execute(_DOCTOR_LOCK, {"doctor_id": doctor_id}).first() is None:
        raise NotFound


def lock_team(connection: Connection, doctor_id: int | None) -> None:
    """Lock one doctor's row, or all of them in their order; NotFound where there is none of that number."""
    if doctor_id is not None:
        lock_doctor(connection, doctor_id)
        return
    connection.execute(select(doctors.c.doctor_id).order_by(doctors.c.doctor_id).with_for_update(key_share=True)).all()


def change(
    connection: Connection,
    principal: Principal,
    before: RowMapping,
    values: dict[str, Any],
    *,
    action: str,
    why: str,
    now: datetime,
) -> RowMapping:
    """Write changed columns, raise the revision, and record the change; the new row."""
    changed = {"changed_id": before["appointment_id"], "revision": before["revision"] + 1, **values}
    after = connection.execute(_CHANGE, changed).mappings().one()
    record(connection, principal, after, before=snapshot(before), action=action, why=why, now=now)
    return after


def record(
    connection: Connection,
    principal: Principal,
    after: RowMapping,
    *,
    before: dict[str, Any] | None,
    action: str,
    why: str,
    now: datetime,
) -> None:
    """Append to the appointment's history."""
    connection.execute(
        _RECORD,
        {
            "appointment_id": after["appointment_id"],
            "at": now,
            "account_id": principal.account_id,
            "role": principal.role.value,
            "action": action,
            "why": why,
            "before": before,
            "after": snapshot(after),
        },
    )
