"""Connections: accounts of vendors that CareSlot may use, the clinic's and each doctor's own; their secrets are sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Select, and_, delete, func, insert, select, update

from core.domain.circuit import SIGNED_OUT
from core.domain.clock import Clock
from core.domain.errors import BadFields, CareSlotError, NotFound
from core.domain.principal import Capability, NotAllowed, Principal, Scope
from core.domain.words import N_
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.signed_out import SignInLost, load_signed_out
from core.scheduler.store import Store
from core.scheduler.tables import accounts, calendar_connections, calendar_links, calendars

LONGEST_NAME = 200


class ConnectionInUse(CareSlotError):
    """{calendars} still needs this connection. Give its doctors another calendar and remove it first."""


class AnotherAccount(CareSlotError):
    """That was another account than the one connected before. Sign in with the same one, or add a new connection."""


class Sealing(Protocol):
    """What keeps secrets: encrypts them, or says why it can't."""

    def close(self, secret: Mapping[str, str]) -> str:
        """The secret as it may be stored."""


@dataclass(frozen=True, slots=True)
class CalendarConnection:
    """A connection without its secret; instants are aware, in UTC.

    `kind` is service_account, oauth or password; `account` the address to share calendars with, or the user's name.
    `owner` is the name of the account whose own it is, empty for the clinic's. `calendars` counts those that use it.
    """

    connection_id: int
    provider: str
    kind: str
    name: str
    account: str
    address: str
    owner_id: int | None
    owner: str
    well_at: datetime | None
    error_at: datetime | None
    error_kind: str | None
    calendars: int

    @property
    def needs_sign_in(self) -> bool:
        """Whether the vendor, or the key of this clinic, does not know its sign-in any more."""
        return self.error_kind == SIGNED_OUT


_USES = (
    select(func.count())
    .select_from(calendars)
    .where(calendars.c.connection_id == calendar_connections.c.connection_id)
    .scalar_subquery()
)
_CONNECTIONS = select(
    calendar_connections.c.connection_id,
    calendar_connections.c.provider,
    calendar_connections.c.kind,
    calendar_connections.c.name,
    calendar_connections.c.account,
    calendar_connections.c.address,
    calendar_connections.c.owner_id,
    func.coalesce(accounts.c.name, "").label("owner"),
    calendar_connections.c.well_at,
    calendar_connections.c.error_at,
    calendar_connections.c.error_kind,
    _USES.label("calendars"),
).outerjoin(accounts, accounts.c.account_id == calendar_connections.c.owner_id)


class Connections:
    """Managers keep the clinic's connections and may end a doctor's; a doctor keeps their own and sees no other."""

    def __init__(self, store: Store, clock: Clock, seal: Sealing) -> None:
        self._store = store
        self._clock = clock
        self._seal = seal

    def list(self, principal: Principal) -> tuple[CalendarConnection, ...]:
        """Those that the principal may see, by name: all of them, or the doctor's own."""

        def work(connection: Connection) -> tuple[CalendarConnection, ...]:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            return _load(connection, _CONNECTIONS, fresh)

        return self._store.read(work)

    def find(self, principal: Principal, connection_id: int) -> CalendarConnection:
        """One that the principal may use for calendars of theirs: the clinic's for managers, a doctor's own for them.

        Raises NotFound where there is none, NotAllowed where it is somebody else's.
        """

        def work(connection: Connection) -> CalendarConnection:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            found = load_connection(connection, connection_id)
            if found.owner_id != owner_of(fresh):
                raise NotAllowed
            return found

        return self._store.read(work)

    def require_clinics(self, principal: Principal) -> None:
        """Raise NotAllowed unless the principal keeps the clinic's own connections."""

        def work(connection: Connection) -> None:
            if owner_of(require(connection, principal, Capability.CONNECT, self._clock)) is not None:
                raise NotAllowed

        self._store.read(work)

    def lost(self, principal: Principal) -> tuple[SignInLost, ...]:
        """What waits for a new sign-in: of all calendars for managers, of their own one for a doctor."""

        def work(connection: Connection) -> tuple[SignInLost, ...]:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            own_only = fresh.scope(Capability.CONNECT) is Scope.OWN
            return load_signed_out(connection, fresh.account_id if own_only else None)

        return self._store.read(work)

    def add(
        self,
        principal: Principal,
        *,
        provider: str,
        kind: str,
        name: str,
        secret: Mapping[str, str],
        account: str = "",
        address: str = "",
    ) -> int:
        """Keep a new connection, or the new secret of one to the same account and address; its number.

        A doctor's is the doctor's own, a manager's the clinic's. Raises BadFields, and what sealing raises.
        """
        self._refuse_bad_name(name)
        sealed = self._seal.close(secret)

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            owner_id = owner_of(fresh)
            known = and_(
                calendar_connections.c.provider == provider,
                calendar_connections.c.kind == kind,
                calendar_connections.c.account == account,
                calendar_connections.c.address == address,
                calendar_connections.c.owner_id.is_not_distinct_from(owner_id),
            )
            found = connection.execute(select(calendar_connections.c.connection_id).where(known)).scalar()
            if found is not None:
                self._renew(connection, found, sealed)
                self._log(connection, fresh, "renew_connection", found)
                return int(found)
            number = connection.execute(
                insert(calendar_connections)
                .values(
                    provider=provider,
                    kind=kind,
                    name=name.strip(),
                    account=account,
                    address=address,
                    sealed=sealed,
                    owner_id=owner_id,
                    created_at=self._clock(),
                    created_by=fresh.account_id,
                )
                .returning(calendar_connections.c.connection_id)
            ).scalar_one()
            self._log(connection, fresh, "add_connection", number)
            return int(number)

        return self._store.write(work)

    def renew(
        self, principal: Principal, connection_id: int, *, secret: Mapping[str, str], account: str, address: str = ""
    ) -> None:
        """Give a connection a new secret of the same account: what waited for it goes on at once.

        Raises AnotherAccount, NotFound, and NotAllowed where it is somebody else's.
        """
        sealed = self._seal.close(secret)

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            found = load_connection(connection, connection_id)
            if found.owner_id != owner_of(fresh):
                raise NotAllowed
            if (found.account, found.address) != (account, address):
                raise AnotherAccount
            self._renew(connection, connection_id, sealed)
            self._log(connection, fresh, "renew_connection", connection_id)

        self._store.write(work)

    def remove(self, principal: Principal, connection_id: int) -> None:
        """Forget a connection and its secret; ConnectionInUse while a calendar needs it."""

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            this = calendar_connections.c.connection_id == connection_id
            if connection.execute(select(calendar_connections.c.kind).where(this).with_for_update()).first() is None:
                raise NotFound
            found = load_connection(connection, connection_id)
            if fresh.scope(Capability.CONNECT) is Scope.OWN and found.owner_id != fresh.account_id:
                raise NotAllowed
            users = connection.execute(
                select(calendars.c.name).where(calendars.c.connection_id == connection_id).order_by(calendars.c.name)
            ).scalars()
            if names := list(users):
                raise ConnectionInUse(calendars=", ".join(names))
            connection.execute(delete(calendar_connections).where(this))
            self._log(connection, fresh, "remove_connection", connection_id)

        self._store.write(work)

    def record_check(self, connection_id: int, error: tuple[str, str] | None) -> None:
        """Note that the connection just worked, or the kind and sentence of what it met; for our own programs."""
        now = self._clock()
        well: dict[str, Any] = {"error_at": None, "error_kind": None, "error": None}
        if error is None:
            values = well | {"well_at": now}
        else:
            values = {"error_at": now, "error_kind": error[0], "error": error[1]}
        this = calendar_connections.c.connection_id == connection_id
        self._store.write(
            lambda connection: connection.execute(update(calendar_connections).where(this).values(values))
        )

    def _renew(self, connection: Connection, connection_id: int, sealed: str) -> None:
        now = self._clock()
        # Calendars, then links, then the connection: the order in which outcomes of pushes are recorded.
        revive(connection, calendars.c.connection_id == connection_id, now)
        connection.execute(
            update(calendar_connections)
            .where(calendar_connections.c.connection_id == connection_id)
            .values(sealed=sealed, error_at=None, error_kind=None, error=None)
        )

    def _refuse_bad_name(self, name: str) -> None:
        if not name.strip():
            raise BadFields({"name": N_("Enter a name.")})
        if len(name.strip()) > LONGEST_NAME:
            raise BadFields({"name": N_("Please keep this under 200 characters.")})

    def _log(self, connection: Connection, fresh: Principal, action: str, number: int) -> None:
        record_access(connection, fresh, action, None, f"connection {number}", self._clock())


def owner_of(fresh: Principal) -> int | None:
    """Whose a connection of this principal's making is: a doctor's own, or the clinic's (None)."""
    return fresh.account_id if fresh.scope(Capability.CONNECT) is Scope.OWN else None


def load_connection(connection: Connection, connection_id: int) -> CalendarConnection:
    """One connection; NotFound where there is none."""
    query = _CONNECTIONS.where(calendar_connections.c.connection_id == connection_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound
    return CalendarConnection(**row)


def revive(connection: Connection, which: Any, now: datetime) -> None:
    """Calendars may be reached again: nothing there waits any longer for a sign-in or for patience."""
    connection.execute(
        update(calendars)
        .where(which)
        .values(
            failures=0,
            paused_until=None,
            last_error_at=None,
            last_error_kind=None,
            last_error=None,
            pull_due_at=None,
            pull_attempts=0,
            pull_error_at=None,
            pull_error_kind=None,
            pull_error=None,
        )
    )
    connection.execute(
        update(calendar_links)
        .where(
            calendar_links.c.calendar_id.in_(select(calendars.c.calendar_id).where(which)),
            calendar_links.c.error_kind.is_not(None),
        )
        .values(due_at=now, attempts=0)
    )


def _load(connection: Connection, query: Select[Any], fresh: Principal) -> tuple[CalendarConnection, ...]:
    if fresh.scope(Capability.CONNECT) is Scope.OWN:
        query = query.where(calendar_connections.c.owner_id == fresh.account_id)
    ordered = query.order_by(func.lower(calendar_connections.c.name), calendar_connections.c.connection_id)
    return tuple(CalendarConnection(**row) for row in connection.execute(ordered).mappings())
