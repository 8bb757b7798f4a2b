"""Bookings that ask for their calendar: one small row is written with the booking, and whoever pushes makes the links.

A link costs several indexes, which nobody who books has to wait for; made many at once it costs little.
"""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, select, update

from core.scheduler.prepared import Prepared
from core.scheduler.tables import appointments, calendar_links, clinic, doctors, link_requests
from core.scheduler.waiting import REQUESTED

AT_ONCE = 200
"""So many links are made in one transaction, so that nobody who writes waits for long."""

_ASK = Prepared(
    insert(link_requests).values(appointment_id=bindparam("of"), requested_at=bindparam("moment")),
)
_HAS_CALENDAR = doctors.c.calendar_id.is_not(None)
_ASKED = select(exists(select(link_requests.c.appointment_id).select_from(REQUESTED).where(_HAS_CALENDAR)))
_NEXT = (
    select(
        link_requests.c.appointment_id,
        link_requests.c.requested_at,
        doctors.c.calendar_id,
        calendar_links.c.link_id,
    )
    .select_from(
        REQUESTED.outerjoin(
            calendar_links,
            and_(
                calendar_links.c.appointment_id == link_requests.c.appointment_id,
                calendar_links.c.calendar_id == doctors.c.calendar_id,
            ),
        )
    )
    .where(_HAS_CALENDAR)
    .order_by(link_requests.c.requested_at, link_requests.c.appointment_id)
    .limit(AT_ONCE)
    # Whoever moves the appointment or gives its doctor another calendar meanwhile would not see the link. Such a one
    # is left for the next time, so that nobody here waits for bookings.
    .with_for_update(of=[link_requests, appointments, doctors], skip_locked=True, key_share=True)
)
_ADD = insert(calendar_links)
_NAME = (
    update(appointments)
    .where(appointments.c.appointment_id == bindparam("of"))
    .values(calendar_event_id=bindparam("named"))
)


def ask_for_link(connection: Connection, appointment_id: int, now: datetime) -> None:
    """Ask for a new appointment in its doctor's calendar, as a calendar that takes every booking does."""
    _ASK.run(connection, {"of": appointment_id, "moment": now})


def is_any_asked_for(connection: Connection) -> bool:
    """Whether there are links to be made."""
    return bool(connection.execute(_ASKED).scalar_one())


def make_asked_for(connection: Connection) -> int:
    """Make links of the first AT_ONCE requests, in the calendars that the doctors have now; how many were settled."""
    found = connection.execute(_NEXT).all()
    add_links(
        connection, [(row.appointment_id, row.calendar_id, row.requested_at) for row in found if row.link_id is None]
    )
    forget_requests(connection, [row.appointment_id for row in found])
    return len(found)


def add_links(connection: Connection, wanted: list[tuple[int, str, datetime]]) -> None:
    """Links of appointments that have none yet in these calendars, each due since an instant."""
    if not wanted:
        return
    installation = connection.execute(select(clinic.c.installation)).scalar_one()
    made = [
        {
            "appointment_id": appointment_id,
            "calendar_id": calendar_id,
            "event_id": event_id(installation, calendar_id, appointment_id, 1),
            "requested_at": since,
            "due_at": since,
        }
        for appointment_id, calendar_id, since in wanted
    ]
    connection.execute(_ADD, made)
    connection.execute(_NAME, [{"of": one["appointment_id"], "named": one["event_id"]} for one in made])


def forget_requests(connection: Connection, appointment_ids: list[int]) -> None:
    """These appointments have their links, or are asked for otherwise."""
    if appointment_ids:
        connection.execute(delete(link_requests).where(link_requests.c.appointment_id.in_(appointment_ids)))


def drop_over(connection: Connection, now: datetime) -> int:
    """Drop requests of appointments that are over and whose doctor has no calendar any more; how many."""
    over = (
        select(link_requests.c.appointment_id)
        .select_from(REQUESTED)
        .where(~_HAS_CALENDAR, appointments.c.ends_at < now)
    )
    return connection.execute(delete(link_requests).where(link_requests.c.appointment_id.in_(over))).rowcount


def event_id(installation: str, calendar_id: str, appointment_id: int, generation: int) -> str:
    """The event's id in its calendar, chosen by us so that creating it twice is one event.

    Lower-case hex of a UUIDv5 (RFC 9562), which fits Google's rule of a-v and 0-9; a new generation gives a new id,
    because an id stays taken after its event was deleted.
    """
    name = f"careslot:{installation}:{calendar_id}:{appointment_id}:{generation}"
    return uuid5(NAMESPACE_URL, name).hex
