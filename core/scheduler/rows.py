"""Appointments with what people want to see beside them, read in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from core.domain.appointment import LONGEST, Status
from core.scheduler.tables import appointments, calendar_links, doctors, users, visit_types


@dataclass(frozen=True, slots=True)
class SyncState:
    """How the appointment stands in its doctor's calendar: none, pending, synced or failed.

    What passes by itself is pending; failed is what a person has to cure. `requested_at` tells since when somebody
    wants it there, `attempts` how often it was tried in vain since it last changed.
    """

    state: str
    synced_at: datetime | None = None
    error_kind: str | None = None
    error: str | None = None
    requested_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One appointment for a list or a grid; instants are aware, in UTC; `minutes` is without the buffer."""

    appointment_id: int
    revision: int
    user_id: int
    patient_name: str
    patient_email: str
    patient_phone: str
    doctor_id: int
    doctor_name: str
    specialty: str
    room: str
    colour_id: str
    visit_type_id: int
    visit_type: str
    minutes: int
    place: str
    remote: bool
    starts_at: datetime
    ends_at: datetime
    status: Status
    reason: str
    checked_in_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    cancelled_late: bool
    created_at: datetime
    sync: SyncState


_ROWS = (
    select(
        appointments.c.appointment_id,
        appointments.c.revision,
        appointments.c.user_id,
        users.c.name.label("patient_name"),
        users.c.email.label("patient_email"),
        users.c.phone.label("patient_phone"),
        appointments.c.doctor_id,
        doctors.c.name.label("doctor_name"),
        doctors.c.specialty,
        doctors.c.room,
        doctors.c.colour_id,
        appointments.c.visit_type_id,
        visit_types.c.name.label("visit_type"),
        visit_types.c.place,
        visit_types.c.remote,
        appointments.c.starts_at,
        appointments.c.ends_at,
        appointments.c.status,
        appointments.c.reason,
        appointments.c.checked_in_at,
        appointments.c.started_at,
        appointments.c.completed_at,
        appointments.c.cancelled_late,
        appointments.c.created_at,
        calendar_links.c.wanted,
        calendar_links.c.wanted_revision,
        calendar_links.c.mirrored_revision,
        calendar_links.c.synced_at,
        calendar_links.c.error_kind,
        calendar_links.c.error,
        calendar_links.c.requested_at,
        calendar_links.c.attempts,
    )
    .select_from(appointments)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .outerjoin(
        calendar_links,
        and_(
            calendar_links.c.appointment_id == appointments.c.appointment_id,
            calendar_links.c.calendar_id == doctors.c.calendar_id,
        ),
    )
    .order_by(appointments.c.starts_at, appointments.c.appointment_id)
)

_LINK = (
    *("wanted", "wanted_revision", "mirrored_revision", "synced_at"),
    *("error_kind", "error", "requested_at", "attempts"),
)
_ONE_DAY = timedelta(days=1)
_PASSING = "passing"  # the kind of error that is tried again by itself


def touching(begins: datetime, ends: datetime, doctor_id: int | None) -> list[ColumnElement[bool]]:
    """That an appointment shares time with [begins, ends), of one doctor, or of all."""
    within = [
        appointments.c.starts_at > begins - LONGEST,
        appointments.c.starts_at < ends,
        appointments.c.ends_at > begins,
    ]
    if doctor_id is not None:
        return [appointments.c.doctor_id == doctor_id, *within]
    # Instants are indexed by doctor; those of all doctors are found by the clinic's date, a day off UTC's at the most.
    first, last = (begins - LONGEST).date() - _ONE_DAY, ends.date() + _ONE_DAY
    return [appointments.c.appointment_date.between(first, last), *within]


def load_rows(connection: Connection, *where: ColumnElement[bool]) -> list[Row]:
    """The appointments that meet all conditions, by start."""
    return [_row(dict(found)) for found in connection.execute(_ROWS.where(*where)).mappings()]


def _row(found: dict[str, Any]) -> Row:
    link = {name: found.pop(name) for name in _LINK}
    minutes = int((found["ends_at"] - found["starts_at"]).total_seconds() // 60)
    found["status"] = Status(found["status"])
    return Row(minutes=minutes, sync=_sync(link), **found)


def _sync(link: dict[str, Any]) -> SyncState:
    if not link["wanted"]:  # no link at all, or the event is to go
        return SyncState("none")
    if link["error_kind"] not in {None, _PASSING}:
        state = "failed"
    elif link["error_kind"] or link["wanted_revision"] > link["mirrored_revision"]:
        state = "pending"
    else:
        state = "synced"
    return SyncState(
        state, link["synced_at"], link["error_kind"], link["error"], link["requested_at"], link["attempts"]
    )
