"""What should stand in calendars: an appointment's link says what both sides last agreed on; what differs is due."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, func, not_, or_, select, update

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.errors import CareSlotError, NotFound
from core.domain.principal import Capability, Principal
from core.scheduler.access import require, require_appointment, require_doctor
from core.scheduler.held import release
from core.scheduler.leases import Due, LinkLeases
from core.scheduler.link_requests import AT_ONCE, add_links, is_any_asked_for, make_asked_for, make_next
from core.scheduler.prepared import Prepared
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, doctors, link_requests, users

__all__ = [
    "CalendarLinks",
    "Due",
    "NoCalendar",
    "NotShown",
    "OutOfStep",
    "Upcoming",
    "count_upcoming",
    "touch_calendar_links",
    "touch_doctor_links",
    "touch_links",
    "touch_user_links",
    "touch_visit_type_links",
]


_LINKS = Prepared(
    select(
        doctors.c.calendar_id,
        calendar_links.c.calendar_id,
        calendar_links.c.held,
        select(link_requests.c.calendar_id)
        .where(link_requests.c.appointment_id == appointments.c.appointment_id)
        .correlate(appointments)
        .scalar_subquery(),
    )
    .select_from(
        appointments.join(doctors, doctors.c.doctor_id == appointments.c.doctor_id).outerjoin(
            calendar_links, calendar_links.c.appointment_id == appointments.c.appointment_id
        )
    )
    .where(appointments.c.appointment_id == bindparam("of"))
)
_TOUCH = Prepared(
    update(calendar_links)
    .where(calendar_links.c.appointment_id == bindparam("of"))
    .values(
        wanted=calendar_links.c.calendar_id == bindparam("present"),
        wanted_revision=calendar_links.c.wanted_revision + 1,
        due_at=bindparam("moment"),
        attempts=0,
        # What is being sent now may arrive late: the event is written anew even if it is to be as before, so that a
        # deletion or a change that was bound to its old etag is refused.
        content_hash=case((calendar_links.c.lease_owner.is_(None), calendar_links.c.content_hash)),
    )
)
_SHOWN_AHEAD = (Status.SCHEDULED.value, Status.CHECKED_IN.value)


class NoCalendar(CareSlotError):
    """This doctor has no calendar yet. A manager can choose one on the Calendars page."""


class NotShown(CareSlotError):
    """A cancelled appointment is not shown in calendars."""


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """An appointment that does not stand in the calendar as it should, as staff tell it apart; aware, in UTC."""

    appointment_id: int
    starts_at: datetime
    patient_name: str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """How many appointments a doctor has ahead, and how many of them do not stand in the calendar as they should."""

    booked: int
    out_of_step: int


class CalendarLinks(LinkLeases):
    """Asking for mirroring, and the work that follows from it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def request(self, principal: Principal, appointment_id: int) -> int:
        """Ask for the appointment in its doctor's calendar, or for another look at it there; the link's number.

        Raises NoCalendar where the doctor has none and NotShown for a cancelled appointment that was never shown.
        """

        def work(connection: Connection) -> int:
            now = self._clock()
            row = connection.execute(
                select(appointments.c.user_id, appointments.c.doctor_id, appointments.c.status, doctors.c.calendar_id)
                .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
                .where(appointments.c.appointment_id == appointment_id)
                # The doctor too: whoever gives the doctor another calendar meanwhile would not see this link.
                .with_for_update(of=[appointments, doctors], key_share=True)
            ).first()
            if row is None:
                raise NotFound
            require_appointment(
                connection,
                principal,
                Capability.SYNC,
                user_id=row.user_id,
                doctor_id=row.doctor_id,
                clock=self._clock,
            )
            if row.calendar_id is None:
                raise NoCalendar
            make_asked_for(connection, link_requests.c.appointment_id == appointment_id)
            link = select(calendar_links.c.link_id).where(
                calendar_links.c.appointment_id == appointment_id, calendar_links.c.calendar_id == row.calendar_id
            )
            found = connection.execute(link).scalar()
            if found is not None:
                touch_links(connection, appointment_id, now)
                # Without what both sides agreed on, the event is sent again and so put back if somebody removed it.
                connection.execute(
                    update(calendar_links)
                    .where(calendar_links.c.link_id == found)
                    .values(content_hash=None, requested_at=now)
                )
                return int(found)
            if row.status == Status.CANCELLED.value:
                raise NotShown
            touch_links(connection, appointment_id, now)
            found = connection.execute(link).scalar()
            if found is None:
                add_links(connection, [(appointment_id, row.calendar_id, now)])
            return int(connection.execute(link).scalar_one())

        return self._store.write(work)

    def make_requested(self) -> int:
        """Make the links that bookings asked for; how many. Asking keeps no writer waiting."""
        made = 0
        more = self._store.read(is_any_asked_for)
        while more:
            settled = self._store.write(make_next)
            made += settled
            more = settled == AT_ONCE
        return made

    def try_again(self, principal: Principal, link_id: int) -> None:
        """Let a link that failed be due now, whatever it waits for; NotFound where it is gone."""

        def work(connection: Connection) -> None:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            retried = update(calendar_links).where(calendar_links.c.link_id == link_id).values(due_at=self._clock())
            if connection.execute(retried).rowcount == 0:
                raise NotFound

        self._store.write(work)

    def upcoming_of_doctor(self, principal: Principal, doctor_id: int) -> Upcoming:
        """How many appointments the doctor has ahead, and how many of them still have to be synced."""

        def work(connection: Connection) -> Upcoming:
            require_doctor(connection, principal, Capability.SYNC, doctor_id, self._clock)
            return count_upcoming(connection, doctor_id, self._clock())

        return self._store.read(work)

    def out_of_step(self, principal: Principal, doctor_id: int) -> list[OutOfStep]:
        """The doctor's upcoming appointments that still have to be synced, soonest first."""

        def work(connection: Connection) -> list[OutOfStep]:
            require_doctor(connection, principal, Capability.SYNC, doctor_id, self._clock)
            found = connection.execute(
                select(appointments.c.appointment_id, appointments.c.starts_at, users.c.name)
                .join(users, users.c.user_id == appointments.c.user_id)
                .where(*_ahead(doctor_id, self._clock()), not_(_in_step(doctor_id)))
                .order_by(appointments.c.starts_at, appointments.c.appointment_id)
            )
            return [OutOfStep(*row) for row in found]

        return self._store.read(work)


def count_upcoming(connection: Connection, doctor_id: int, now: datetime) -> Upcoming:
    """How many appointments the doctor has ahead, and how many of them still have to be synced."""
    ahead = _ahead(doctor_id, now)
    count = select(
        select(func.count()).where(*ahead).scalar_subquery(),
        select(func.count()).where(*ahead, not_(_in_step(doctor_id))).scalar_subquery(),
    )
    return Upcoming(*connection.execute(count).one())


def touch_links(connection: Connection, appointment_id: int, now: datetime) -> None:
    """The appointment changed: its links are due, and one in a calendar that its doctor left is to be emptied.

    Whatever waited for a person, or for its grace to run out, waits no longer.
    """
    links = _LINKS.all(connection, {"of": appointment_id})
    if links[0][3] is not None:
        make_asked_for(connection, link_requests.c.appointment_id == appointment_id)
        links = _LINKS.all(connection, {"of": appointment_id})
    linked, present = {calendar_id for _, calendar_id, *_ in links} - {None}, links[0][0]
    if not linked:
        return
    release(connection, appointment_id, {held for _, _, held, _ in links} - {None}, now)
    _TOUCH.run(connection, {"of": appointment_id, "present": present or "", "moment": now})
    if present is not None and present not in linked:
        add_links(connection, [(appointment_id, present, now)])


def touch_calendar_links(connection: Connection, calendar_id: str, now: datetime) -> None:
    """The calendar's detail or prefix changed: what stands in it from now on is due."""
    _due_upcoming(connection, calendar_links.c.calendar_id == calendar_id, now)


def touch_doctor_links(connection: Connection, doctor_id: int, now: datetime) -> None:
    """The doctor's name, room, colour or calendar changed: the doctor's linked appointments from now on are due."""
    found = connection.execute(
        select(appointments.c.appointment_id).where(
            appointments.c.doctor_id == doctor_id,
            appointments.c.ends_at > now,
            or_(
                *(
                    exists().where(table.c.appointment_id == appointments.c.appointment_id)
                    for table in (calendar_links, link_requests)
                )
            ),
        )
    ).scalars()
    for appointment_id in list(found):
        touch_links(connection, appointment_id, now)


def touch_user_links(connection: Connection, user_id: int, now: datetime) -> None:
    """The person's name or address changed: their linked appointments from now on are due."""
    _due_upcoming(connection, appointments.c.user_id == user_id, now)


def touch_visit_type_links(connection: Connection, visit_type_id: int, now: datetime) -> None:
    """The visit type's name or place changed: its linked appointments from now on are due."""
    _due_upcoming(connection, appointments.c.visit_type_id == visit_type_id, now)


def _ahead(doctor_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        appointments.c.doctor_id == doctor_id,
        appointments.c.starts_at > now,
        appointments.c.status.in_(_SHOWN_AHEAD),
    )


def _in_step(doctor_id: int) -> ColumnElement[bool]:
    """Whether the appointment stands in its doctor's present calendar as both sides last agreed."""
    present = select(doctors.c.calendar_id).where(doctors.c.doctor_id == doctor_id).scalar_subquery()
    return exists().where(
        and_(
            calendar_links.c.appointment_id == appointments.c.appointment_id,
            calendar_links.c.calendar_id == present,
            calendar_links.c.wanted,
            calendar_links.c.mirrored_revision >= calendar_links.c.wanted_revision,
            calendar_links.c.error_kind.is_(None),
        )
    )


def _due_upcoming(connection: Connection, condition: ColumnElement[bool], now: datetime) -> None:
    links = (
        select(calendar_links.c.link_id)
        .join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
        .where(condition, appointments.c.ends_at > now)
    )
    connection.execute(
        update(calendar_links)
        .where(calendar_links.c.link_id.in_(links))
        .values(wanted_revision=calendar_links.c.wanted_revision + 1, due_at=now, attempts=0)
    )
