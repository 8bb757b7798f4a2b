"""What a clinic needs before its first patient can book."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, exists, or_, select

from core.domain.opening import wall_time
from core.scheduler.tables import calendars, doctor_visit_types, doctors, opening_hours, visit_types
from core.scheduler.tables import clinic as clinics
from core.scheduler.types import epoch


class Need(StrEnum):
    """The kinds of things that a clinic needs."""

    CONTACT = "contact"
    VISIT_TYPE = "visit_type"
    DOCTOR = "doctor"
    OFFER = "offer"
    HOURS = "hours"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One need, whether it is met, and the doctors who lack it, where it is one of doctors."""

    need: Need
    met: bool
    lacking: tuple[int, ...] = ()


def load_checklist(connection: Connection, now: datetime) -> list[ChecklistItem]:
    """The needs in the order in which they are best met; nothing is met before the clinic is opened."""
    bookable = and_(visit_types.c.active, visit_types.c.online)
    clinic = connection.execute(
        select(
            clinics.c.phone,
            clinics.c.emergency,
            clinics.c.zone,
            exists(select(visit_types.c.visit_type_id).where(bookable)).label("any_type"),
            exists(select(calendars.c.calendar_id)).label("any_calendar"),
        )
    ).first()
    if clinic is None:
        return [ChecklistItem(need, met=False) for need in Need]
    today = wall_time(epoch(now), ZoneInfo(clinic.zone)).date()
    offered = (
        select(doctor_visit_types.c.doctor_id)
        .join(visit_types, visit_types.c.visit_type_id == doctor_visit_types.c.visit_type_id)
        .where(doctor_visit_types.c.doctor_id == doctors.c.doctor_id, bookable)
    )
    working = select(opening_hours.c.doctor_id).where(
        opening_hours.c.doctor_id == doctors.c.doctor_id,
        or_(opening_hours.c.valid_until.is_(None), opening_hours.c.valid_until >= today),
    )
    active = connection.execute(
        select(doctors.c.doctor_id, exists(offered).label("offers"), exists(working).label("works"))
        .where(doctors.c.active)
        .order_by(doctors.c.doctor_id)
    ).all()
    without_hours = tuple(row.doctor_id for row in active if not row.works)
    offering = any(row.offers for row in active)
    return [
        ChecklistItem(Need.CONTACT, met=bool(clinic.phone and clinic.emergency)),
        ChecklistItem(Need.VISIT_TYPE, met=bool(clinic.any_type)),
        ChecklistItem(Need.DOCTOR, met=bool(active)),
        ChecklistItem(Need.OFFER, offering, () if offering else tuple(row.doctor_id for row in active)),
        ChecklistItem(Need.HOURS, bool(active) and not without_hours, without_hours),
        ChecklistItem(Need.CALENDAR, met=bool(clinic.any_calendar)),
    ]
