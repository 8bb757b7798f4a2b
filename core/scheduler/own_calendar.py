"""A doctor's own calendar: connected by the doctor, with a connection that is the doctor's own."""

from sqlalchemy import Connection, select, update

from core.domain.clock import Clock
from core.domain.principal import Capability, NotAllowed, Principal
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.calendar_adding import add_calendar, checked
from core.scheduler.calendar_overview import ClinicCalendar, load_calendar
from core.scheduler.clinic_calendars import assign
from core.scheduler.connections import load_connection
from core.scheduler.links import touch_calendar_links
from core.scheduler.store import Store
from core.scheduler.tables import calendars, doctors


class OwnCalendar:
    """For doctors: their own calendar only, and only by a connection of their own."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def mine(self, principal: Principal) -> ClinicCalendar | None:
        """The calendar that the doctor uses, whoever connected it."""

        def work(connection: Connection) -> ClinicCalendar | None:
            fresh = _doctor(connection, principal, self._clock)
            found = _calendar_of(connection, fresh)
            return None if found is None else load_calendar(connection, found, lock=False)

        return self._store.read(work)

    def connect(
        self,
        principal: Principal,
        *,
        connection_id: int,
        address: str,
        name: str,
        detail: str | None,
        auto: bool = False,
        foreign_blocks: str | None = None,
    ) -> int:
        """Use a calendar of the doctor's own from now on; how many events follow out of the one before.

        The detail has to be named. Raises BadFields, and NotAllowed with a connection that is not the doctor's own.
        """

        def work(connection: Connection) -> int:
            fresh = _doctor(connection, principal, self._clock)
            sign_in = load_connection(connection, connection_id)
            if sign_in.owner_id is None or sign_in.owner_id != fresh.account_id:
                raise NotAllowed
            told = checked(name, sign_in.provider, detail, foreign_blocks, address=address, sign_in=sign_in)
            number = add_calendar(connection, sign_in.provider, address, told | {"auto": auto}, sign_in)
            moved = assign(connection, self._clock(), int(fresh.doctor_id or 0), number)
            record_access(connection, fresh, "connect_own_calendar", None, f"calendar {number}", self._clock())
            return moved

        return self._store.write(work)

    def change(
        self, principal: Principal, *, name: str, detail: str | None, auto: bool, foreign_blocks: str | None
    ) -> None:
        """Change what the doctor's own calendar tells and takes; NotAllowed for one that the clinic connected."""

        def work(connection: Connection) -> None:
            fresh = _doctor(connection, principal, self._clock)
            number = _calendar_of(connection, fresh)
            before = None if number is None else load_calendar(connection, number)
            if before is None or before.connection_id is None:
                raise NotAllowed
            if load_connection(connection, before.connection_id).owner_id != fresh.account_id:
                raise NotAllowed
            values = {"detail": before.detail, **checked(name, before.provider, detail, foreign_blocks)}
            this = calendars.c.calendar_id == before.calendar_id
            connection.execute(update(calendars).where(this).values(**values, auto=auto))
            if values["detail"] != before.detail:
                touch_calendar_links(connection, before.calendar_id, self._clock())
            record_access(connection, fresh, "save_own_calendar", None, f"calendar {before.calendar_id}", self._clock())

        self._store.write(work)


def _doctor(connection: Connection, principal: Principal, clock: Clock) -> Principal:
    fresh = require(connection, principal, Capability.CONNECT, clock)
    if fresh.doctor_id is None:
        raise NotAllowed
    return fresh


def _calendar_of(connection: Connection, fresh: Principal) -> str | None:
    query = select(doctors.c.calendar_id).where(doctors.c.doctor_id == fresh.doctor_id)
    return connection.execute(query).scalar()
