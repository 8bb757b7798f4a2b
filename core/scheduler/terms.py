"""What a visit is booked or moved under, read in one statement: the clinic with its policy, the visit type, the doctor."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, bindparam, select

from core.domain.appointment import Appointment
from core.domain.errors import NotFound
from core.scheduler.clinic import VISIT_TYPE, Clinic, VisitType, as_clinic, load_clinic
from core.scheduler.tables import calendars, clinic, doctor_visit_types, doctors, visit_types


class NotOfferedAnyMore(NotFound):
    """This kind of visit is not offered any more. Choose another."""


class NotOffered(NotFound):
    """The doctor doesn't offer this kind of visit. Choose another doctor or another visit."""


class SeesNobody(NotFound):
    """The doctor does not see patients here any more. Choose another doctor."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`sees`: the doctor is active; `offered`: and offers the visit type; `auto_calendar` takes each of the bookings."""

    clinic: Clinic
    visit_type: VisitType
    sees: bool
    offered: bool
    auto_calendar: str | None

    def for_move(self, moved: Appointment, minutes: int, *, stays: bool) -> "Terms":
        """The same for an appointment that moves: it keeps its own buffer and its type, whatever is on offer now.

        While it `stays` with its doctor, that one need not offer its type any more.
        """
        kept = replace(self.visit_type, minutes=minutes, buffer_minutes=moved.buffer_minutes, active=True)
        return replace(self, visit_type=kept, offered=self.offered or stays)

    @property
    def refusal(self) -> NotFound | None:
        """Why nothing can be booked or moved to under these terms, at whatever time."""
        if not self.visit_type.active:
            return NotOfferedAnyMore()
        if not self.sees:
            return SeesNobody()
        return None if self.offered else NotOffered()


_TERMS = (
    select(clinic, *VISIT_TYPE, doctors.c.active, doctor_visit_types.c.doctor_id, calendars.c.calendar_id)
    .select_from(clinic)
    .join(visit_types, visit_types.c.visit_type_id == bindparam("visit_type_id"))
    .outerjoin(doctors, doctors.c.doctor_id == bindparam("doctor_id"))
    .outerjoin(
        doctor_visit_types,
        and_(
            doctor_visit_types.c.visit_type_id == visit_types.c.visit_type_id,
            doctor_visit_types.c.doctor_id == doctors.c.doctor_id,
        ),
    )
    .outerjoin(calendars, and_(calendars.c.calendar_id == doctors.c.calendar_id, calendars.c.auto))
)


def load_terms(connection: Connection, visit_type_id: int, doctor_id: int) -> Terms:
    """The terms of a visit of this type with this doctor.

    Raises ClinicNotSetUp where there is no clinic yet, and NotFound where there is no such visit type.
    """
    row = connection.execute(_TERMS, {"visit_type_id": visit_type_id, "doctor_id": doctor_id}).first()
    if row is None:
        load_clinic(connection)
        raise NotFound
    *_, active, offering, auto_calendar = row
    begins = len(clinic.c)
    visit_type = VisitType(*row[begins : begins + len(VISIT_TYPE)])
    return Terms(as_clinic(row), visit_type, bool(active), offering is not None, auto_calendar)
