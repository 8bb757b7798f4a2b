"""Whose a doctor's own calendar is: for that doctor's appointments alone, and only as long as the doctor signs in here."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Integer, case, cast, func, literal, null, select, update

from core.domain.errors import CareSlotError
from core.scheduler.held import FREE
from core.scheduler.history import lock_doctor
from core.scheduler.link_requests import make_asked_for
from core.scheduler.links import touch_doctor_links
from core.scheduler.tables import (
    accounts,
    appointments,
    calendar_connections,
    calendar_links,
    calendars,
    doctors,
    link_requests,
)

NOBODYS = 0
"""The number in place of a doctor's for a calendar whose owner is none any more."""


class SomebodysOwnCalendar(CareSlotError):
    """This calendar is a doctor's own, and not for other doctors' patients. Choose one of the clinic's."""


_owner = doctors.alias("owner")
_OWNER = (
    select(_owner.c.doctor_id)
    .join(accounts, accounts.c.account_id == _owner.c.account_id)
    .where(_owner.c.account_id == calendar_connections.c.owner_id, _owner.c.active, accounts.c.active)
    .correlate(calendar_connections)
    .scalar_subquery()
)
_OWN_OF: ColumnElement[int] = case(
    (calendar_connections.c.owner_id.is_(None), cast(null(), Integer)),
    else_=func.coalesce(_OWNER, literal(NOBODYS)),
)
_REACHED = calendars.outerjoin(calendar_connections, calendar_connections.c.connection_id == calendars.c.connection_id)


def own_of() -> ColumnElement[int]:
    """Of a calendar, joined with the connection that it may have: null for the clinic's, else which doctor's own it is.

    NOBODYS where that account is closed, or belongs to no active doctor any more.
    """
    return _OWN_OF


def load_calendar_names_for(connection: Connection, doctor_id: int | None) -> dict[str, str]:
    """The calendars that the doctor, or (None) a new one, may use: number and name, by name."""
    query = (
        select(calendars.c.calendar_id, calendars.c.name)
        .select_from(_REACHED)
        .where(_OWN_OF.is_(None) | ((NOBODYS - 1 if doctor_id is None else doctor_id) == _OWN_OF))
        .order_by(calendars.c.name, calendars.c.calendar_id)
    )
    return {row.calendar_id: row.name for row in connection.execute(query)}


def refuse_others_own(connection: Connection, doctor_id: int | None, calendar_id: str) -> None:
    """Raise SomebodysOwnCalendar unless the calendar is the clinic's or this doctor's own."""
    found = connection.execute(select(_OWN_OF).select_from(_REACHED).where(calendars.c.calendar_id == calendar_id))
    if found.scalar() not in {None, doctor_id}:
        raise SomebodysOwnCalendar


def end_own_use(connection: Connection, now: datetime) -> None:
    """Take doctors off calendars that are not theirs to use any more, and away again what stands there, the past too."""
    left = connection.execute(
        select(doctors.c.doctor_id, doctors.c.calendar_id)
        .select_from(doctors.join(_REACHED, doctors.c.calendar_id == calendars.c.calendar_id))
        .where(doctors.c.doctor_id != _OWN_OF)
        .order_by(doctors.c.doctor_id)
    ).all()
    for doctor_id, calendar_id in left:
        lock_doctor(connection, doctor_id)
        make_asked_for(connection, link_requests.c.calendar_id == calendar_id)
        connection.execute(update(doctors).where(doctors.c.doctor_id == doctor_id).values(calendar_id=None))
        touch_doctor_links(connection, doctor_id, now)
        of_doctor = select(appointments.c.appointment_id).where(appointments.c.doctor_id == doctor_id)
        connection.execute(
            update(calendar_links)
            .where(
                calendar_links.c.calendar_id == calendar_id,
                calendar_links.c.appointment_id.in_(of_doctor),
                calendar_links.c.wanted,
            )
            .values(
                wanted=False,
                wanted_revision=calendar_links.c.wanted_revision + 1,
                due_at=now,
                attempts=0,
                content_hash=None,
                **FREE,
            )
        )
