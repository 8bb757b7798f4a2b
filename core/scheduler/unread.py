"""Calendars that have not been read for a while: what was changed in them is not known here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from core.scheduler.foreign_events import FOREIGN_EVENTS_BLOCK
from core.scheduler.tables import calendars, doctors

UNREAD_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class UnreadCalendar:
    """A doctor whose calendar was last read at an instant (aware, in UTC), or never though it was tried."""

    doctor_id: int
    doctor_name: str
    read_at: datetime | None


def is_unread(now: datetime) -> ColumnElement[bool]:
    """Whether a calendar that is read at all has not been for too long."""
    tried = and_(calendars.c.pulled_at.is_(None), calendars.c.pull_error_at.is_not(None))
    return or_(calendars.c.pulled_at <= now - UNREAD_AFTER, tried)


def any_unread(now: datetime) -> ColumnElement[bool]:
    """Whether that is so of any calendar that a doctor uses."""
    return exists().where(doctors.c.calendar_id == calendars.c.calendar_id, doctors.c.active, is_unread(now))


def load_unread(
    connection: Connection, doctor_id: int | None, now: datetime, *, blocking: bool = False
) -> tuple[UnreadCalendar, ...]:
    """Of one doctor or of all, by name; `blocking` leaves out calendars in which nothing takes anybody's time."""
    query = (
        select(doctors.c.doctor_id, doctors.c.name, calendars.c.pulled_at)
        .join(calendars, calendars.c.calendar_id == doctors.c.calendar_id)
        .where(doctors.c.active, is_unread(now))
        .order_by(doctors.c.name, doctors.c.doctor_id)
    )
    if doctor_id is not None:
        query = query.where(doctors.c.doctor_id == doctor_id)
    if blocking:
        query = query.where(FOREIGN_EVENTS_BLOCK)
    return tuple(UnreadCalendar(*row) for row in connection.execute(query))
