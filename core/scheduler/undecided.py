"""What waits for a person: conflicts with calendars, and events that are gone from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, select, type_coerce

from core.domain.appointment import LONGEST, OCCUPYING
from core.domain.calendar_changes import Clash, Held
from core.scheduler.tables import appointments, calendar_conflicts, calendar_links, calendars, doctors, users


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """An appointment that stands elsewhere in the calendar than here; instants are aware, in UTC.

    `taken_by` is the patient of whom the doctor sees at the calendar's time.
    """

    conflict_id: int
    appointment_id: int
    patient_name: str
    doctor_id: int
    doctor_name: str
    calendar_id: str
    calendar_name: str
    kind: Clash
    their_starts_at: datetime
    their_ends_at: datetime
    our_starts_at: datetime
    our_ends_at: datetime
    opened_at: datetime
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class GoneEvent:
    """An appointment whose event is gone; cancelled at `cancel_at`, or never by itself where many vanished at once.

    Instants are aware, in UTC.
    """

    link_id: int
    appointment_id: int
    patient_name: str
    doctor_id: int
    doctor_name: str
    calendar_id: str
    calendar_name: str
    starts_at: datetime
    gone_at: datetime
    cancel_at: datetime | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """All that waits, by the appointments' start; `vanished` are those of which many were gone at once."""

    conflicts: tuple[OpenConflict, ...] = ()
    gone: tuple[GoneEvent, ...] = ()
    vanished: tuple[GoneEvent, ...] = ()


_LINKED = (
    calendar_links.join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
    .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
)
_WHOSE = (
    appointments.c.appointment_id,
    users.c.name.label("patient_name"),
    doctors.c.doctor_id,
    doctors.c.name.label("doctor_name"),
    calendars.c.calendar_id,
    calendars.c.name.label("calendar_name"),
)
_LOOK_BACK = int((LONGEST + timedelta(hours=2)).total_seconds())  # with the longest buffer
_other, _others_patient = appointments.alias(), users.alias()
_TAKEN_BY = (
    select(_others_patient.c.name)
    .join_from(_other, _others_patient, _others_patient.c.user_id == _other.c.user_id)
    .where(
        _other.c.doctor_id == appointments.c.doctor_id,
        _other.c.appointment_id != appointments.c.appointment_id,
        type_coerce(_other.c.starts_at, BigInteger)
        > type_coerce(calendar_conflicts.c.their_starts_at, BigInteger) - _LOOK_BACK,
        _other.c.starts_at < calendar_conflicts.c.their_ends_at,
        _other.c.occupied_until > calendar_conflicts.c.their_starts_at,
        _other.c.status.in_([status.value for status in OCCUPYING]),
    )
    .order_by(_other.c.starts_at)
    .limit(1)
    .correlate(appointments, calendar_conflicts)
    .scalar_subquery()
)
_CONFLICTS = (
    select(
        calendar_conflicts.c.conflict_id,
        *_WHOSE,
        calendar_conflicts.c.kind,
        calendar_conflicts.c.their_starts_at,
        calendar_conflicts.c.their_ends_at,
        calendar_conflicts.c.our_starts_at,
        calendar_conflicts.c.our_ends_at,
        calendar_conflicts.c.opened_at,
        _TAKEN_BY.label("taken_by"),
    )
    .select_from(_LINKED.join(calendar_conflicts, calendar_conflicts.c.link_id == calendar_links.c.link_id))
    .where(calendar_conflicts.c.solved_at.is_(None))
    .order_by(appointments.c.starts_at, calendar_conflicts.c.conflict_id)
)
_GONE = (
    select(
        calendar_links.c.link_id,
        *_WHOSE,
        appointments.c.starts_at,
        calendar_links.c.gone_at,
        calendar_links.c.cancel_at,
        calendar_links.c.held,
    )
    .select_from(_LINKED)
    .where(calendar_links.c.held.in_((Held.GONE.value, Held.VANISHED.value)))
    .order_by(appointments.c.starts_at, calendar_links.c.link_id)
)


def load_undecided(connection: Connection, doctor_id: int | None = None) -> Undecided:
    """What waits about one doctor's appointments, or about all."""
    gone, vanished = load_gone(connection, doctor_id)
    return Undecided(load_conflicts(connection, doctor_id), gone, vanished)


def load_conflicts(connection: Connection, doctor_id: int | None) -> tuple[OpenConflict, ...]:
    """The conflicts about one doctor's appointments, or about all."""
    rows = connection.execute(_of_doctor(_CONFLICTS, doctor_id)).mappings()
    return tuple(OpenConflict(**{**row, "kind": Clash(row["kind"])}) for row in rows)


def load_gone(connection: Connection, doctor_id: int | None) -> tuple[tuple[GoneEvent, ...], tuple[GoneEvent, ...]]:
    """The events that are gone, of one doctor's appointments or of all: those by themselves, and those of many at once."""
    found: dict[str, list[GoneEvent]] = {Held.GONE.value: [], Held.VANISHED.value: []}
    for row in connection.execute(_of_doctor(_GONE, doctor_id)).mappings():
        found[row["held"]].append(GoneEvent(**{name: value for name, value in row.items() if name != "held"}))
    return tuple(found[Held.GONE.value]), tuple(found[Held.VANISHED.value])


def _of_doctor(query: Select[Any], doctor_id: int | None) -> Select[Any]:
    return query if doctor_id is None else query.where(appointments.c.doctor_id == doctor_id)
