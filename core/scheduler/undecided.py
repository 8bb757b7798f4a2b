"""What waits for a person: conflicts with calendars, and events that are gone from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from core.domain.calendar_changes import Clash, Held
from core.scheduler.tables import appointments, calendar_conflicts, calendar_links, calendars, doctors, users


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """An appointment that stands elsewhere in the calendar than here; instants are aware, in UTC."""

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

    conflicts: tuple[OpenConflict, ...]
    gone: tuple[GoneEvent, ...]
    vanished: tuple[GoneEvent, ...]


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

    def of_doctor(query: Select[Any]) -> Select[Any]:
        return query if doctor_id is None else query.where(appointments.c.doctor_id == doctor_id)

    conflicts = tuple(
        OpenConflict(**{**row, "kind": Clash(row["kind"])})
        for row in connection.execute(of_doctor(_CONFLICTS)).mappings()
    )
    gone: dict[str, list[GoneEvent]] = {Held.GONE.value: [], Held.VANISHED.value: []}
    for row in connection.execute(of_doctor(_GONE)).mappings():
        gone[row["held"]].append(GoneEvent(**{name: value for name, value in row.items() if name != "held"}))
    return Undecided(conflicts, tuple(gone[Held.GONE.value]), tuple(gone[Held.VANISHED.value]))
