"""What should stand in calendars: an appointment's link says what both sides last agreed on; what differs is due."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, insert, select, update

from core.scheduler.tables import appointments, calendar_links, calendars, clinic, doctors


def event_id(installation: str, calendar_id: str, appointment_id: int, generation: int) -> str:
    """The event's id in its calendar, chosen by us so that creating it twice is one event.

    Lower-case hex of a UUIDv5 (RFC 9562), which fits Google's rule of a-v and 0-9; a new generation gives a new id,
    because an id stays taken after its event was deleted.
    """
    name = f"careslot:{installation}:{calendar_id}:{appointment_id}:{generation}"
    return uuid5(NAMESPACE_URL, name).hex


def touch_links(connection: Connection, appointment_id: int, now: datetime) -> None:
    """The appointment changed: its links are due, and one in a calendar that its doctor left is to be emptied."""
    row = connection.execute(
        select(doctors.c.calendar_id)
        .join(appointments, appointments.c.doctor_id == doctors.c.doctor_id)
        .where(appointments.c.appointment_id == appointment_id)
    ).one()
    links = connection.execute(
        select(calendar_links.c.calendar_id).where(calendar_links.c.appointment_id == appointment_id)
    ).scalars()
    linked = set(links)
    if not linked:
        return
    _due(connection, appointment_id, now)
    for calendar_id in linked:
        connection.execute(
            update(calendar_links)
            .where(calendar_links.c.appointment_id == appointment_id, calendar_links.c.calendar_id == calendar_id)
            .values(wanted=calendar_id == row.calendar_id)
        )
    if row.calendar_id is not None and row.calendar_id not in linked:
        _link(connection, appointment_id, row.calendar_id, now)


def link_if_auto(connection: Connection, appointment_id: int, now: datetime) -> None:
    """Ask for mirroring of a new appointment where its doctor's calendar syncs every booking."""
    calendar_id = connection.execute(
        select(calendars.c.calendar_id)
        .join(doctors, doctors.c.calendar_id == calendars.c.calendar_id)
        .join(appointments, appointments.c.doctor_id == doctors.c.doctor_id)
        .where(appointments.c.appointment_id == appointment_id, calendars.c.auto)
    ).scalar()
    if calendar_id is not None:
        _link(connection, appointment_id, calendar_id, now)


def _due(connection: Connection, appointment_id: int, now: datetime) -> None:
    connection.execute(
        update(calendar_links)
        .where(calendar_links.c.appointment_id == appointment_id)
        .values(wanted_revision=calendar_links.c.wanted_revision + 1, due_at=now, attempts=0)
    )


def _link(connection: Connection, appointment_id: int, calendar_id: str, now: datetime) -> None:
    installation = connection.execute(select(clinic.c.installation)).scalar_one()
    chosen = event_id(installation, calendar_id, appointment_id, 1)
    connection.execute(
        insert(calendar_links).values(
            appointment_id=appointment_id, calendar_id=calendar_id, event_id=chosen, requested_at=now, due_at=now
        )
    )
    connection.execute(
        update(appointments).where(appointments.c.appointment_id == appointment_id).values(calendar_event_id=chosen)
    )
