"""Bookings that ask for their calendar: one small row is written with the booking, and whoever pushes makes the links.

A link costs several indexes, which nobody who books has to wait for; made many at once it costs little. A request stands
for the link that will be made of it: whoever changes what links say makes the link first.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, exists, insert, select, update

from core.scheduler.prepared import Prepared
from core.scheduler.tables import (
    appointments,
    calendar_links,
    calendars,
    clinic,
    doctors,
    link_requests,
    users,
    visit_types,
)

AT_ONCE = 200
"""So many links are made in one transaction, so that nobody who writes waits for long."""

_Request = Row[int, str, datetime, int | None]

_ASK = Prepared(
    insert(link_requests).values(
        appointment_id=bindparam("of"), calendar_id=bindparam("calendar_id"), requested_at=bindparam("moment")
    )
)
_ASKED = select(exists(select(link_requests.c.appointment_id)))
_REQUESTS = (
    select(
        link_requests.c.appointment_id,
        link_requests.c.calendar_id,
        link_requests.c.requested_at,
        calendar_links.c.link_id,
    )
    .select_from(
        link_requests.outerjoin(
            calendar_links,
            and_(
                calendar_links.c.appointment_id == link_requests.c.appointment_id,
                calendar_links.c.calendar_id == link_requests.c.calendar_id,
            ),
        )
    )
    .order_by(link_requests.c.appointment_id)
)
_NEXT = _REQUESTS.limit(AT_ONCE).with_for_update(of=link_requests, skip_locked=True)
# Whoever changes anything that an event tells would not see a link that is made meanwhile, and what was read before the
# change would be sent. Such a one is left for the next time, so that nobody here waits.
_STILL = (
    select(appointments.c.appointment_id)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .join(link_requests, link_requests.c.appointment_id == appointments.c.appointment_id)
    .join(calendars, calendars.c.calendar_id == link_requests.c.calendar_id)
    .where(appointments.c.appointment_id.in_(bindparam("these", expanding=True)))
    .with_for_update(of=[appointments, users, doctors, visit_types, calendars], read=True, skip_locked=True)
)
_ADD = insert(calendar_links)
_NAME = (
    update(appointments)
    .where(appointments.c.appointment_id == bindparam("of"))
    .values(calendar_event_id=bindparam("named"))
)


def ask_for_link(connection: Connection, appointment_id: int, calendar_id: str, now: datetime) -> None:
    """Ask for a new appointment in a calendar that takes every booking."""
    _ASK.run(connection, {"of": appointment_id, "calendar_id": calendar_id, "moment": now})


def is_any_asked_for(connection: Connection) -> bool:
    """Whether there are links to be made."""
    return bool(connection.execute(_ASKED).scalar_one())


def make_next(connection: Connection) -> int:
    """Make the links of the first AT_ONCE requests, but for those of which something is being changed; how many."""
    found = connection.execute(_NEXT).all()
    if found and connection.dialect.name != "sqlite":  # there who writes is alone
        still = set(connection.execute(_STILL, {"these": [row.appointment_id for row in found]}).scalars())
        found = [row for row in found if row.appointment_id in still]
    return _make(connection, found)


def make_asked_for(connection: Connection, *where: ColumnElement[bool]) -> int:
    """Make the links of all requests that meet the conditions, waiting for whoever makes them just now; how many."""
    return _make(connection, connection.execute(_REQUESTS.where(*where).with_for_update(of=link_requests)).all())


def add_links(connection: Connection, wanted: Iterable[tuple[int, str, datetime]]) -> None:
    """Links of appointments that have none yet in these calendars, each due since an instant."""
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


def event_id(installation: str, calendar_id: str, appointment_id: int, generation: int) -> str:
    """The event's id in its calendar, chosen by us so that creating it twice is one event.

    Lower-case hex of a UUIDv5 (RFC 9562), which fits Google's rule of a-v and 0-9; a new generation gives a new id,
    because an id stays taken after its event was deleted.
    """
    name = f"careslot:{installation}:{calendar_id}:{appointment_id}:{generation}"
    return uuid5(NAMESPACE_URL, name).hex


def _make(connection: Connection, found: Iterable[_Request]) -> int:
    requests = list(found)
    if not requests:
        return 0
    if new := [(row.appointment_id, row.calendar_id, row.requested_at) for row in requests if row.link_id is None]:
        add_links(connection, new)
    settled = link_requests.c.appointment_id == bindparam("settled")
    connection.execute(delete(link_requests).where(settled), [{"settled": row.appointment_id} for row in requests])
    return len(requests)
