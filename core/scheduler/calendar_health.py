"""CalendarHealth: how in step each calendar is, what waits for a person, and what was mended."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.domain.calendar_changes import Cause, Mend
from core.domain.clock import Clock
from core.domain.principal import Capability, Principal
from core.scheduler.access import require
from core.scheduler.store import Store
from core.scheduler.tables import (
    accounts,
    calendar_connections,
    calendar_mends,
    calendars,
)
from core.scheduler.undecided import OpenConflict, load_conflicts
from core.scheduler.waiting import WAITING

MENDS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class CalendarState:
    """One calendar; instants are aware, in UTC.

    `waiting` changes are to be sent, the first since `waiting_since`; `failing` of them failed at the last try. The two
    errors are of the last push and the last look, gone with the next that succeeds; `signed_out` says that its sign-in
    is not good any more. `drift` is what the last complete comparison found, at `checked_at`.
    """

    calendar_id: str
    name: str
    pulled_at: datetime | None
    pull_error: str | None
    pull_error_kind: str | None
    last_push_at: datetime | None
    last_error: str | None
    last_error_kind: str | None
    checked_at: datetime | None
    drift: int
    connection_error_kind: str | None
    waiting: int
    failing: int
    waiting_since: datetime | None

    @property
    def signed_out(self) -> bool:
        """Whether a person has to sign in anew."""
        return "reconnect" in {self.pull_error_kind, self.last_error_kind, self.connection_error_kind}


@dataclass(frozen=True, slots=True)
class MendMade:
    """One entry of the history, `at` aware, in UTC; without `by` CareSlot did it by itself."""

    mend_id: int
    at: datetime
    calendar_name: str
    appointment_id: int | None
    what: Mend
    why: Cause
    by: str | None


@dataclass(frozen=True, slots=True)
class InStep:
    """All of it; `older` says that there are mends from before these."""

    calendars: tuple[CalendarState, ...]
    conflicts: tuple[OpenConflict, ...]
    mends: tuple[MendMade, ...]
    older: bool


_QUEUE = (
    select(
        WAITING.c.calendar_id,
        func.count().label("waiting"),
        func.count(WAITING.c.error_kind).label("failing"),
        func.min(WAITING.c.due_at).label("waiting_since"),
    )
    .group_by(WAITING.c.calendar_id)
    .subquery()
)
_STATES = (
    select(
        calendars.c.calendar_id,
        calendars.c.name,
        calendars.c.pulled_at,
        calendars.c.pull_error,
        calendars.c.pull_error_kind,
        calendars.c.last_push_at,
        calendars.c.last_error,
        calendars.c.last_error_kind,
        calendars.c.checked_at,
        calendars.c.drift,
        calendar_connections.c.error_kind.label("connection_error_kind"),
        func.coalesce(_QUEUE.c.waiting, 0).label("waiting"),
        func.coalesce(_QUEUE.c.failing, 0).label("failing"),
        _QUEUE.c.waiting_since,
    )
    .outerjoin(_QUEUE, _QUEUE.c.calendar_id == calendars.c.calendar_id)
    .outerjoin(calendar_connections, calendar_connections.c.connection_id == calendars.c.connection_id)
    .order_by(calendars.c.name, calendars.c.calendar_id)
)


class CalendarHealth:
    """For managers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self, principal: Principal, before: int | None = None) -> InStep:
        """How all calendars stand; of the mends the latest, or those from before one."""

        def work(connection: Connection) -> InStep:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            mends = _mends(connection, before)
            return InStep(
                tuple(CalendarState(**row) for row in connection.execute(_STATES).mappings()),
                load_conflicts(connection, None),
                tuple(mends[:MENDS_AT_ONCE]),
                older=len(mends) > MENDS_AT_ONCE,
            )

        return self._store.read(work)


def _mends(connection: Connection, before: int | None) -> list[MendMade]:
    query = (
        select(
            calendar_mends.c.mend_id,
            calendar_mends.c.at,
            calendars.c.name,
            calendar_mends.c.appointment_id,
            calendar_mends.c.what,
            calendar_mends.c.why,
            accounts.c.name,
        )
        .join(calendars, calendars.c.calendar_id == calendar_mends.c.calendar_id)
        .outerjoin(accounts, accounts.c.account_id == calendar_mends.c.account_id)
        .order_by(calendar_mends.c.mend_id.desc())
        .limit(MENDS_AT_ONCE + 1)
    )
    if before is not None:
        query = query.where(calendar_mends.c.mend_id < before)
    return [MendMade(*row[:4], Mend(row[4]), Cause(row[5]), row[6]) for row in connection.execute(query)]
