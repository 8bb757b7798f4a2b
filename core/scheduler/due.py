"""A claimed link with everything that its push needs, read in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select

from core.domain.appointment import Status
from core.domain.circuit import FAILURES_IN_A_ROW
from core.scheduler.tables import appointments, calendar_links, calendars, clinic, doctors, users, visit_types


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed link with all that should stand in its calendar; instants are aware, in UTC.

    `wanted` is false where nothing should stand there; `agreed_…` is when it last stood there as both sides agreed.
    `wanted_revision` is the one read at the claim: what changes
    after that stays due. `probing` tells that its calendar failed too often, and that this push is to show whether it
    is well again. `zone` is the clinic's IANA zone.
    """

    link_id: int
    appointment_id: int
    calendar_id: str
    calendar_name: str
    provider: str
    connection_id: int | None
    probing: bool
    detail: str
    prefix: bool
    wanted: bool
    event_id: str
    generation: int
    etag: str | None
    content_hash: str | None
    agreed_starts_at: datetime | None
    agreed_ends_at: datetime | None
    wanted_revision: int
    attempts: int
    lease_owner: str
    patient_name: str
    patient_email: str
    doctor_name: str
    specialty: str
    colour_id: str
    reason: str
    visit_type: str
    location: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    zone: str
    installation: str


_LINKS = (
    select(
        calendar_links.c.link_id,
        calendar_links.c.appointment_id,
        calendar_links.c.calendar_id,
        calendars.c.name.label("calendar_name"),
        calendars.c.provider,
        calendars.c.connection_id,
        (calendars.c.failures >= FAILURES_IN_A_ROW).label("probing"),
        calendars.c.detail,
        calendars.c.prefix,
        and_(calendar_links.c.wanted, appointments.c.status != Status.CANCELLED.value).label("wanted"),
        calendar_links.c.event_id,
        calendar_links.c.generation,
        calendar_links.c.etag,
        calendar_links.c.content_hash,
        calendar_links.c.agreed_starts_at,
        calendar_links.c.agreed_ends_at,
        calendar_links.c.wanted_revision,
        calendar_links.c.attempts,
        func.coalesce(calendar_links.c.lease_owner, "").label("lease_owner"),
        users.c.name.label("patient_name"),
        users.c.email.label("patient_email"),
        doctors.c.name.label("doctor_name"),
        doctors.c.specialty,
        doctors.c.colour_id,
        appointments.c.reason,
        visit_types.c.name.label("visit_type"),
        func.coalesce(func.nullif(visit_types.c.place, ""), doctors.c.room).label("location"),
        appointments.c.starts_at,
        appointments.c.ends_at,
        appointments.c.revision,
        clinic.c.zone,
        clinic.c.installation,
    )
    .select_from(calendar_links)
    .join(calendars, calendars.c.calendar_id == calendar_links.c.calendar_id)
    .join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .join(clinic, clinic.c.clinic_id == 1)
)
_CLAIMED = _LINKS.where(
    calendar_links.c.link_id.in_(bindparam("links", expanding=True)),
    calendar_links.c.lease_owner == bindparam("owner"),
).order_by(calendar_links.c.due_at, calendar_links.c.link_id)


def load_due(connection: Connection, owner: str, links: Sequence[int]) -> list[Due]:
    """These links as far as `owner` holds their leases, the longest waiting first."""
    return [Due(*row) for row in connection.execute(_CLAIMED, {"links": list(links), "owner": owner})]


def load_wanted(
    connection: Connection, settled: ColumnElement[bool], *where: ColumnElement[bool]
) -> list[tuple[Due, bool]]:
    """The links that meet all conditions, claimed or not, by the appointments' start, each with whether it is settled."""
    query = _LINKS.add_columns(settled.label("settled")).where(*where)
    rows = connection.execute(query.order_by(appointments.c.starts_at, calendar_links.c.link_id))
    return [(Due(*row[:-1]), bool(row[-1])) for row in rows]
