"""What stands in a feed, as it is stored: the appointments of a doctor or of a person, never their medical notes."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, func, select

from core.domain.appointment import Status
from core.scheduler.clinic import load_clinic
from core.scheduler.tables import appointment_history, appointments, doctors, users, visit_types

BACK_DAYS = 30


@dataclass(frozen=True, slots=True)
class FeedVisit:
    """One appointment; instants are aware, in UTC. `place` is the visit type's, which for a video visit is its link."""

    appointment_id: int
    patient_name: str
    patient_email: str
    doctor_name: str
    specialty: str
    room: str
    colour_id: str
    visit_type: str
    place: str
    remote: bool
    reason: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    revision: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FeedContents:
    """A feed's appointments from thirty days ago on, by their start, and what is known of the clinic.

    `doctor_name` is set for a doctor's feed, `patient_name` for a person's. `zone` is the clinic's IANA zone,
    `installation` its UUID.
    """

    clinic_name: str
    clinic_address: str
    clinic_phone: str
    zone: str
    installation: str
    detail: str
    doctor_name: str
    patient_name: str
    visits: tuple[FeedVisit, ...]


_CHANGED_AT = (
    select(func.max(appointment_history.c.at))
    .where(appointment_history.c.appointment_id == appointments.c.appointment_id)
    .scalar_subquery()
)
_VISITS = (
    select(
        appointments.c.appointment_id,
        users.c.name.label("patient_name"),
        users.c.email.label("patient_email"),
        doctors.c.name.label("doctor_name"),
        doctors.c.specialty,
        doctors.c.room,
        doctors.c.colour_id,
        visit_types.c.name.label("visit_type"),
        visit_types.c.place,
        visit_types.c.remote,
        appointments.c.reason,
        appointments.c.starts_at,
        appointments.c.ends_at,
        (appointments.c.status == Status.CANCELLED.value).label("cancelled"),
        appointments.c.revision,
        func.coalesce(_CHANGED_AT, appointments.c.created_at).label("changed_at"),
    )
    .select_from(appointments)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .order_by(appointments.c.starts_at, appointments.c.appointment_id)
)


def load_contents(
    connection: Connection, doctor_id: int | None, user_id: int | None, detail: str, now: datetime
) -> FeedContents:
    """The contents of a feed of this doctor, or of this person, at `now` (aware)."""
    clinic = load_clinic(connection)
    # From a midnight on, so that what is told changes once a day and not with every reading.
    first_day = now.astimezone(clinic.zone).date() - timedelta(days=BACK_DAYS)
    since = datetime.combine(first_day, time(), clinic.zone)
    whose = appointments.c.doctor_id == doctor_id if user_id is None else appointments.c.user_id == user_id
    rows = connection.execute(_VISITS.where(whose, appointments.c.starts_at >= since)).mappings()
    name = (
        select(doctors.c.name).where(doctors.c.doctor_id == doctor_id)
        if user_id is None
        else select(users.c.name).where(users.c.user_id == user_id)
    )
    its_name = connection.execute(name).scalar_one()
    return FeedContents(
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        clinic_phone=clinic.phone,
        zone=clinic.zone.key,
        installation=clinic.installation,
        detail=detail,
        doctor_name=its_name if user_id is None else "",
        patient_name="" if user_id is None else its_name,
        visits=tuple(FeedVisit(**row) for row in rows),
    )
