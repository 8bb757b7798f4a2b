"""Public facts of the clinic: itself, its doctors, its visit types, its hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, Row, bindparam, exists, select

from core.domain.errors import CareSlotError, NotFound
from core.domain.opening import OpeningHours
from core.domain.policy import Policy
from core.scheduler.prepared import Prepared
from core.scheduler.tables import clinic as clinic_table
from core.scheduler.tables import doctor_visit_types, doctors, opening_hours, visit_types


class ClinicNotSetUp(CareSlotError):
    """This clinic has not been opened yet. A manager can set it up."""


# Those of a place. The others are old names, or, like "localtime", depend on the machine.
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zone_names() -> tuple[str, ...]:
    """The IANA zones in which a clinic may stand, by name: those of places, and UTC."""
    return (
        *sorted(name for name in available_timezones() if name.startswith(tuple(f"{area}/" for area in _AREAS))),
        "UTC",
    )


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic and its rules; `zone` is the IANA zone of its wall time, `installation` a UUID.

    `sync_paused` is why nothing is sent to any calendar for now; None while syncing goes on.
    """

    name: str
    address: str
    phone: str
    emergency: str
    zone: ZoneInfo
    policy: Policy
    demo: bool
    installation: str
    sync_paused: str | None = None


@dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor as everyone may know them; `colour_id` is one of Google's event colours."""

    doctor_id: int
    name: str
    specialty: str
    room: str
    calendar_id: str | None
    colour_id: str
    active: bool
    account_id: int | None


@dataclass(frozen=True, slots=True)
class VisitType:
    """A kind of visit: its length and the buffer after it, in minutes; `online` ones patients book themselves."""

    visit_type_id: int
    name: str
    minutes: int
    buffer_minutes: int
    online: bool
    remote: bool
    place: str
    active: bool
    position: int


_CLINIC = select(clinic_table)
_ZONE = Prepared(select(clinic_table.c.zone))


def load_clinic(connection: Connection) -> Clinic:
    """The clinic; ClinicNotSetUp where there is none yet."""
    row = connection.execute(_CLINIC).first()
    if row is None:
        raise ClinicNotSetUp
    return as_clinic(row)


def as_clinic(row: Row[Any]) -> Clinic:
    """A row with the clinic's columns as a value."""
    policy = Policy(
        notice_minutes=row.notice_minutes,
        horizon_days=row.horizon_days,
        cutoff_minutes=row.cutoff_minutes,
        max_upcoming=row.max_upcoming,
        hold_minutes=row.hold_minutes,
        grid_minutes=row.grid_minutes,
    )
    return Clinic(
        row.name,
        row.address,
        row.phone,
        row.emergency,
        ZoneInfo(row.zone),
        policy,
        row.demo,
        row.installation,
        row.sync_paused_reason,
    )


def load_zone(connection: Connection) -> ZoneInfo:
    """The zone of the clinic's wall time, for what needs no more of it; ClinicNotSetUp where there is none yet."""
    row = _ZONE.first(connection, {})
    if row is None:
        raise ClinicNotSetUp
    return ZoneInfo(row[0])


VISIT_TYPE = (
    visit_types.c.visit_type_id,
    visit_types.c.name,
    visit_types.c.minutes,
    visit_types.c.buffer_minutes,
    visit_types.c.online,
    visit_types.c.remote,
    visit_types.c.place,
    visit_types.c.active,
    visit_types.c.position,
)
"""The columns of a VisitType, in its order."""
_VISIT_TYPE = select(*VISIT_TYPE)
_ONE_VISIT_TYPE = _VISIT_TYPE.where(visit_types.c.visit_type_id == bindparam("visit_type_id"))

_DOCTOR_COLUMNS = (
    doctors.c.doctor_id,
    doctors.c.name,
    doctors.c.specialty,
    doctors.c.room,
    doctors.c.calendar_id,
    doctors.c.colour_id,
    doctors.c.active,
    doctors.c.account_id,
)
_DOCTOR = select(*_DOCTOR_COLUMNS)
_CLINIC_AND_DOCTORS = (
    select(clinic_table, *_DOCTOR_COLUMNS)
    .select_from(clinic_table)
    .outerjoin(doctors, doctors.c.active)
    .order_by(doctors.c.doctor_id)
)


def load_visit_type(connection: Connection, visit_type_id: int) -> VisitType:
    """One visit type; NotFound where there is none."""
    row = connection.execute(_ONE_VISIT_TYPE, {"visit_type_id": visit_type_id}).first()
    if row is None:
        raise NotFound
    return VisitType(*row)


def load_visit_types(
    connection: Connection, doctor_id: int | None = None, *, online: bool | None = None, active: bool = True
) -> list[VisitType]:
    """The active visit types, or all, in their order; those of one doctor, or only those that are (not) booked online."""
    query = _VISIT_TYPE.order_by(visit_types.c.position, visit_types.c.visit_type_id)
    if active:
        query = query.where(visit_types.c.active)
    if doctor_id is not None:
        query = query.join(doctor_visit_types, doctor_visit_types.c.visit_type_id == visit_types.c.visit_type_id).where(
            doctor_visit_types.c.doctor_id == doctor_id
        )
    if online is not None:
        query = query.where(visit_types.c.online == online)
    return [VisitType(*row) for row in connection.execute(query)]


def load_doctors(connection: Connection, *, active: bool = True) -> list[Doctor]:
    """The doctors by number: the active ones, or all."""
    query = _DOCTOR.order_by(doctors.c.doctor_id)
    if active:
        query = query.where(doctors.c.active)
    return [Doctor(*row) for row in connection.execute(query)]


def load_clinic_and_doctors(connection: Connection) -> tuple[Clinic, list[Doctor]]:
    """The clinic and its active doctors by number, in one statement; ClinicNotSetUp where there is no clinic yet."""
    rows = connection.execute(_CLINIC_AND_DOCTORS).all()
    if not rows:
        raise ClinicNotSetUp
    begins = len(clinic_table.c)
    return as_clinic(rows[0]), [Doctor(*row[begins:]) for row in rows if row[begins] is not None]


def load_offers(connection: Connection) -> dict[int, list[int]]:
    """The numbers of the visit types that each doctor offers, no longer active ones too; doctors without any are left out."""
    offers: dict[int, list[int]] = {}
    for doctor_id, visit_type_id in connection.execute(
        select(doctor_visit_types).order_by(doctor_visit_types.c.doctor_id, doctor_visit_types.c.visit_type_id)
    ):
        offers.setdefault(doctor_id, []).append(visit_type_id)
    return offers


def load_visit_types_of(connection: Connection, doctor_id: int | None) -> tuple[list[VisitType], list[int]]:
    """All visit types in their order, and the numbers of those that a doctor offers; of a new one, the active ones."""
    offered = exists(doctor_visit_types.select()).where(
        doctor_visit_types.c.visit_type_id == visit_types.c.visit_type_id, doctor_visit_types.c.doctor_id == doctor_id
    )
    query = _VISIT_TYPE.add_columns(visit_types.c.active if doctor_id is None else offered)
    rows = connection.execute(query.order_by(visit_types.c.position, visit_types.c.visit_type_id)).all()
    return [VisitType(*row[:-1]) for row in rows], [row.visit_type_id for row in rows if row[-1]]


_HOURS = (
    select(
        opening_hours.c.doctor_id,
        opening_hours.c.weekday,
        opening_hours.c.opens,
        opening_hours.c.closes,
        opening_hours.c.valid_from,
        opening_hours.c.valid_until,
    )
    .where(opening_hours.c.doctor_id.in_(bindparam("doctors", expanding=True)))
    .order_by(opening_hours.c.doctor_id, opening_hours.c.opening_hours_id)
)


def load_hours(connection: Connection, doctor_ids: Sequence[int]) -> dict[int, list[OpeningHours]]:
    """The weekly hours of each of these doctors."""
    hours: dict[int, list[OpeningHours]] = {doctor_id: [] for doctor_id in doctor_ids}
    for doctor_id, *entry in connection.execute(_HOURS, {"doctors": doctor_ids}).all():
        hours[doctor_id].append(OpeningHours(*entry))
    return hours
