"""ClinicCalendars: which calendars the clinic mirrors to, what they may tell, and which doctor uses which."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError, NotFound
from core.domain.principal import Capability, NotAllowed, Principal
from core.domain.words import N_
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.calendar_adding import LONGEST_NAME, add_calendar, change_sign_in, checked
from core.scheduler.calendar_overview import (
    CalendarOverview,
    ClinicCalendar,
    FailedLink,
    count_moving,
    count_standing,
    load_calendar,
    load_calendars,
    load_failed,
)
from core.scheduler.clinic import load_clinic, load_doctors
from core.scheduler.connections import CalendarConnection, load_connection
from core.scheduler.history import lock_doctor
from core.scheduler.links import touch_calendar_links, touch_doctor_links
from core.scheduler.own_use import refuse_others_own
from core.scheduler.restored import RESTORED, restored_from
from core.scheduler.store import Store
from core.scheduler.tables import (
    appointments,
    calendar_conflicts,
    calendar_links,
    calendar_mends,
    calendars,
    clinic,
    doctors,
    external_busy,
    link_requests,
)

__all__ = [
    "CalendarHoldsEvents",
    "CalendarInUse",
    "CalendarOverview",
    "ClinicCalendar",
    "ClinicCalendars",
    "FailedLink",
]


class CalendarInUse(CareSlotError):
    """{doctors} use this calendar. Give them another one first."""


class CalendarHoldsEvents(CareSlotError):
    """{count} events stand in this calendar. CareSlot would no longer keep them up to date."""

    def __init__(self, count: int) -> None:
        super().__init__(count=count)
        self.count = count


class ClinicCalendars:
    """The calendars themselves; what stands in them follows by itself, for links are made due in the same transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def list(self, principal: Principal) -> tuple[ClinicCalendar, ...]:
        """Every calendar with who uses it, what waits and what failed."""

        def work(connection: Connection) -> tuple[ClinicCalendar, ...]:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            return load_calendars(connection)

        return self._store.read(work)

    def overview(self, principal: Principal, limit: int = 50) -> CalendarOverview:
        """Every calendar, up to `limit` of what failed by the appointments' start, and why nothing is pushed if so."""

        def work(connection: Connection) -> CalendarOverview:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            paused = connection.execute(select(clinic.c.sync_paused_reason)).scalar()
            made_at = restored_from(connection) if paused == RESTORED else None
            return CalendarOverview(load_calendars(connection), load_failed(connection, limit), paused, made_at)

        return self._store.read(work)

    def look_in(self, principal: Principal, calendar_id: str) -> ClinicCalendar:
        """The calendar, for a manager who asks how to open it with another program; kept in the audit log."""

        def work(connection: Connection) -> ClinicCalendar:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            found = load_calendar(connection, calendar_id)
            self._log(connection, fresh, "see_calendar_password", found.calendar_id)
            return found

        return self._store.write(work)

    def save(
        self,
        principal: Principal,
        calendar_id: str | None,
        *,
        name: str,
        provider: str = "embedded",
        address: str = "",
        detail: str | None = None,
        auto: bool = False,
        prefix: bool = False,
        foreign_blocks: str | None = None,
        connection_id: int | None = None,
    ) -> str:
        """Add (None) or change a calendar; its id. What its events show follows where detail or prefix changed.

        A new one at Google needs its `address` there, one on a CalDAV server the last part of its address, or all of it
        with a connection; the built-in one gets a short name made from its name. Connecting an outside vendor has to
        name the detail. `connection_id` is of the clinic's own connections. Raises BadFields.
        """

        def work(connection: Connection) -> str:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            if calendar_id is None:
                sign_in = None if connection_id is None else _of_clinic(connection, connection_id)
                told = checked(name, provider, detail, foreign_blocks, address=address, sign_in=sign_in)
                number = add_calendar(connection, provider, address, told | {"auto": auto, "prefix": prefix}, sign_in)
            else:
                number, told = calendar_id, checked(name, provider, detail, foreign_blocks)
                before = load_calendar(connection, number)
                if before.provider != provider:
                    raise BadInput(N_("A calendar stays where it is: add another one instead."), "provider")
                values = {"detail": before.detail} | told | {"auto": auto, "prefix": prefix}
                connection.execute(update(calendars).where(calendars.c.calendar_id == number).values(**values))
                if (before.detail, before.prefix) != (values["detail"], values["prefix"]):
                    touch_calendar_links(connection, number, self._clock())
            self._log(connection, fresh, "save_calendar", number)
            return number

        return self._store.write(work)

    def sign_in_with(self, principal: Principal, calendar_id: str, provider: str, connection_id: int | None) -> None:
        """Reach the calendar by another sign-in: a connection of the clinic's, or (None) the settings.

        Its events are read and sent again under their ids. Raises BadInput where that would be another calendar.
        """

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            calendar = load_calendar(connection, calendar_id)
            sign_in = None if connection_id is None else _of_clinic(connection, connection_id)
            change_sign_in(connection, calendar, provider, sign_in, self._clock())
            self._log(connection, fresh, "change_calendar_sign_in", calendar_id)

        self._store.write(work)

    def moving(self, principal: Principal, *doctor_ids: int) -> int:
        """How many events from now on would follow these doctors into another calendar."""

        def work(connection: Connection) -> int:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            return count_moving(connection, doctor_ids, self._clock())

        return self._store.read(work)

    def assign(self, principal: Principal, doctor_id: int, calendar_id: str | None) -> int:
        """Which calendar the doctor uses (None: none); how many events follow: out of the old one, into the new one."""

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            moved = assign(connection, self._clock(), doctor_id, calendar_id)
            self._log(connection, fresh, "assign_calendar", f"{calendar_id or 'none'} to doctor {doctor_id}")
            return moved

        return self._store.write(work)

    def one_for_each_doctor(self, principal: Principal) -> int:
        """A built-in calendar for each active doctor, with the detail and `auto` of the one before; how many events move.

        Whoever has one alone already keeps it, wherever it is.
        """

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            found = {calendar.calendar_id: calendar for calendar in load_calendars(connection)}
            moved = 0
            for doctor in load_doctors(connection):
                old = found.get(doctor.calendar_id or "")
                if old is not None and len(old.doctors) == 1:
                    continue
                own = {"name": doctor.name, "detail": "full", "auto": False, "prefix": False}
                if old is not None:
                    own |= {"detail": old.detail, "auto": old.auto}
                number = add_calendar(connection, "embedded", "", own)
                moved += assign(connection, self._clock(), doctor.doctor_id, number)
                self._log(connection, fresh, "assign_calendar", f"{number} to doctor {doctor.doctor_id}")
            return moved

        return self._store.write(work)

    def one_for_all(self, principal: Principal, calendar_id: str) -> int:
        """This calendar for every active doctor; how many events move into it."""

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            moved = 0
            for doctor in load_doctors(connection):
                if doctor.calendar_id != calendar_id:
                    moved += assign(connection, self._clock(), doctor.doctor_id, calendar_id)
                    self._log(connection, fresh, "assign_calendar", f"{calendar_id} to doctor {doctor.doctor_id}")
            return moved

        return self._store.write(work)

    def remove(self, principal: Principal, calendar_id: str, *, leave_events: bool = False) -> None:
        """Forget a calendar that no doctor uses and where nothing stands any more: CalendarInUse, CalendarHoldsEvents.

        With `leave_events` what stands there is left as it is, such as the record of past years, or what can't be
        reached any more. The calendar itself is not deleted at its vendor.
        """

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            known = select(calendars.c.calendar_id).where(calendars.c.calendar_id == calendar_id).with_for_update()
            if connection.execute(known).first() is None:
                raise NotFound
            users = [one.name for one in load_doctors(connection, active=False) if one.calendar_id == calendar_id]
            if users:
                raise CalendarInUse(doctors=", ".join(users))
            standing = count_standing(connection, calendar_id)
            if standing and not leave_events:
                raise CalendarHoldsEvents(standing)
            events = select(calendar_links.c.event_id).where(calendar_links.c.calendar_id == calendar_id)
            connection.execute(
                update(appointments)
                .where(
                    appointments.c.appointment_id.in_(
                        select(calendar_links.c.appointment_id).where(calendar_links.c.calendar_id == calendar_id)
                    ),
                    appointments.c.calendar_event_id.in_(events),
                )
                .values(calendar_event_id=None)
            )
            its_links = select(calendar_links.c.link_id).where(calendar_links.c.calendar_id == calendar_id)
            connection.execute(delete(calendar_conflicts).where(calendar_conflicts.c.link_id.in_(its_links)))
            # Its channels stay until a worker has ended them at their vendor.
            for table in (calendar_links, link_requests, external_busy, calendar_mends, calendars):
                connection.execute(delete(table).where(table.c.calendar_id == calendar_id))
            self._log(connection, fresh, "remove_calendar", calendar_id)

        self._store.write(work)

    def pause(self, principal: Principal, reason: str) -> None:
        """Push nothing to any calendar until `resume`; the reason is for everybody to read."""
        why = " ".join(reason.split())[:LONGEST_NAME]
        sentence = why if why.endswith((".", "!", "?")) else f"{why}."
        self._set_pause(principal, sentence if why else N_("A manager paused it."), "pause_sync")

    def resume(self, principal: Principal) -> None:
        """Go on pushing; whatever changed meanwhile is due."""
        self._set_pause(principal, None, "resume_sync")

    def try_again(self, principal: Principal, calendar_id: str) -> None:
        """Let what failed in this calendar be due now, and a pause that it asked for end."""

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            load_calendar(connection, calendar_id)
            connection.execute(
                update(calendars).where(calendars.c.calendar_id == calendar_id).values(paused_until=None)
            )
            failed = and_(calendar_links.c.calendar_id == calendar_id, calendar_links.c.error_kind.is_not(None))
            connection.execute(update(calendar_links).where(failed).values(due_at=self._clock(), attempts=0))
            self._log(connection, fresh, "retry_calendar", calendar_id)

        self._store.write(work)

    # What the use cases above are made of.

    def _set_pause(self, principal: Principal, reason: str | None, action: str) -> None:
        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            load_clinic(connection)
            connection.execute(update(clinic).values(sync_paused_reason=reason))
            record_access(connection, fresh, action, None, "clinic", self._clock())

        self._store.write(work)

    def _log(self, connection: Connection, fresh: Principal, action: str, calendar: str) -> None:
        record_access(connection, fresh, action, None, f"calendar {calendar}", self._clock())


def assign(connection: Connection, now: datetime, doctor_id: int, calendar_id: str | None) -> int:
    """Give the doctor this calendar (None: none); how many events follow. For use cases that have checked who asks.

    SomebodysOwnCalendar for one that is another doctor's.
    """
    lock_doctor(connection, doctor_id)
    if calendar_id is not None:
        load_calendar(connection, calendar_id)
        refuse_others_own(connection, doctor_id, calendar_id)
    before = connection.execute(select(doctors.c.calendar_id).where(doctors.c.doctor_id == doctor_id)).scalar_one()
    if before == calendar_id:
        return 0
    moved = count_moving(connection, [doctor_id], now)
    connection.execute(update(doctors).where(doctors.c.doctor_id == doctor_id).values(calendar_id=calendar_id))
    touch_doctor_links(connection, doctor_id, now)
    return moved


def _of_clinic(connection: Connection, connection_id: int) -> CalendarConnection:
    """A connection that managers may use for calendars; a doctor's own is for the doctor's calendar only."""
    found = load_connection(connection, connection_id)
    if found.owner_id is not None:
        raise NotAllowed
    return found
