"""How CareSlot signs in where a calendar is, as it is stored: for whoever reaches calendars, not for pages."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from core.scheduler.prepared import Prepared
from core.scheduler.store import Store
from core.scheduler.tables import calendar_connections, calendars

_COLUMNS = (
    calendar_connections.c.connection_id,
    calendar_connections.c.kind,
    calendar_connections.c.account,
    calendar_connections.c.address,
    calendar_connections.c.sealed,
)
_OF_CALENDAR = Prepared(
    select(*_COLUMNS, calendars.c.address)
    .join(calendars, calendars.c.connection_id == calendar_connections.c.connection_id)
    .where(calendars.c.calendar_id == bindparam("calendar"))
)
_BY_NUMBER = Prepared(select(*_COLUMNS).where(calendar_connections.c.connection_id == bindparam("number")))


@dataclass(frozen=True, slots=True)
class StoredSignIn:
    """A connection; `address` is that of its server, `calendar_address` that of the calendar that was asked for."""

    connection_id: int
    kind: str
    account: str
    address: str
    sealed: str = field(repr=False)
    calendar_address: str = ""


class StoredSignIns:
    """Reads them anew each time: another process may have replaced one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_calendar(self, calendar_id: str) -> StoredSignIn | None:
        """How to sign in for this calendar; None where the settings say so, or where the clinic has no such calendar."""
        return self._read(_OF_CALENDAR, {"calendar": calendar_id})

    def of_number(self, connection_id: int) -> StoredSignIn | None:
        """The connection of this number, if there is one."""
        return self._read(_BY_NUMBER, {"number": connection_id})

    def _read(self, query: Prepared, asked: dict[str, object]) -> StoredSignIn | None:
        def work(connection: Connection) -> StoredSignIn | None:
            row = query.first(connection, asked)
            return None if row is None else StoredSignIn(*row)

        return self._store.read(work)
