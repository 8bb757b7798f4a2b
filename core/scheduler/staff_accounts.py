"""The accounts that managers and the command line keep: adding, listing, opening and closing them, new passwords."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError, NotFound
from core.domain.principal import Capability, Principal, Role
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.own_use import end_own_use
from core.scheduler.password_advice import refuse_weak
from core.scheduler.passwords import hash_password
from core.scheduler.personal_details import all_checked, checked_email, checked_name
from core.scheduler.sessions import end_all
from core.scheduler.store import AccountExists, ConstraintBroken, Store
from core.scheduler.tables import accounts, doctors
from core.scheduler.tries import forget_tries

STAFF = (Role.DOCTOR, Role.RECEPTION, Role.MANAGER)

T = TypeVar("T")


class LastManager(CareSlotError):
    """The clinic needs a manager: this is the last one who can sign in. Add another one first."""


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """A member of staff who can sign in, or could; `doctor_id` is the doctor that the account belongs to."""

    account_id: int
    email: str
    name: str
    role: Role
    active: bool
    doctor_id: int | None


class StaffAccounts:
    """Everything here needs Capability.ADMINISTER and leaves an entry in the audit log."""

    _store: Store
    _clock: Clock

    def create_account(self, principal: Principal, email: str, password: str, role: Role, name: str) -> int:
        """Add a member of staff and return the account's number.

        Raises BadInput naming the fields that are wrong, AccountExists where the address is in use.
        """
        self._store.read(lambda connection: require(connection, principal, Capability.ADMINISTER, self._clock))
        email, name, role, _ = all_checked(
            lambda: checked_email(email),
            lambda: checked_name(name),
            lambda: _staff_role(role),
            lambda: refuse_weak(password, email, name),
        )
        password_hash = hash_password(password)

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            account_id = add_account(connection, email, password_hash, role, name, self._clock())
            self._log(connection, fresh, "create_account", account_id)
            return account_id

        return unless_known(lambda: self._store.write(work), AccountExists)

    def staff(self, principal: Principal) -> list[StaffAccount]:
        """The accounts of the staff, closed ones too, by name."""

        def work(connection: Connection) -> list[StaffAccount]:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            query = (
                select(
                    accounts.c.account_id,
                    accounts.c.email,
                    accounts.c.name,
                    accounts.c.role,
                    accounts.c.active,
                    doctors.c.doctor_id,
                )
                .outerjoin(doctors, doctors.c.account_id == accounts.c.account_id)
                .where(accounts.c.role.in_(STAFF))
                .order_by(func.lower(accounts.c.name), accounts.c.account_id)
            )
            return [
                StaffAccount(row.account_id, row.email, row.name, Role(row.role), row.active, row.doctor_id)
                for row in connection.execute(query)
            ]

        return self._store.read(work)

    def set_active(self, principal: Principal, account_id: int, active: bool) -> None:
        """Open or close an account; closing signs it out everywhere. Raises LastManager, NotFound.

        A closed account's own calendar is used no more, and what stands there is taken away.
        """

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            if not active:
                refuse_last_manager(connection, account_id)
                end_all(connection, account_id)
            changed = connection.execute(
                update(accounts).where(accounts.c.account_id == account_id).values(active=active)
            )
            if changed.rowcount != 1:
                raise NotFound
            end_own_use(connection, self._clock())
            self._log(connection, fresh, "open_account" if active else "close_account", account_id)

        self._store.write(work)

    def set_password(self, principal: Principal, account: int | str, new: str) -> bool:
        """Give an account, named by its number or address, a new password, and sign it out everywhere.

        Its delays after wrong passwords end. Whether the account is open; a closed one can't sign in even so. Raises
        BadInput naming the field that is wrong.
        """
        which = accounts.c.account_id == account
        if isinstance(account, str):
            which = func.lower(accounts.c.email) == func.lower(account.strip())

        def find(connection: Connection) -> tuple[int, str, str]:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            row = connection.execute(select(accounts.c.account_id, accounts.c.email, accounts.c.name).where(which))
            found = row.first()
            if found is None:
                raise BadInput("There is no account with this address.", "email")
            return found.account_id, found.email, found.name

        account_id, email, name = self._store.read(find)
        refuse_weak(new, email, name)
        password_hash = hash_password(new)

        def work(connection: Connection) -> bool:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            change = update(accounts).where(accounts.c.account_id == account_id).values(password_hash=password_hash)
            active = connection.execute(change.returning(accounts.c.active)).scalar_one()
            forget_tries(connection, account_id)
            end_all(connection, account_id)
            self._log(connection, fresh, "set_password", account_id)
            return bool(active)

        return self._store.write(work)

    def _log(self, connection: Connection, fresh: Principal, action: str, account_id: int) -> None:
        record_access(connection, fresh, action, None, f"account {account_id}", self._clock())


def add_account(
    connection: Connection,
    email: str,
    password_hash: str,
    role: Role,
    name: str,
    now: datetime,
    user_id: int | None = None,
) -> int:
    """Add an account of checked values; the number it got. Whoever calls turns accounts_email_uq into a sentence."""
    values = {"email": email, "password_hash": password_hash, "role": role.value, "name": name, "user_id": user_id}
    return int(
        connection.execute(
            insert(accounts).values(**values, created_at=now).returning(accounts.c.account_id)
        ).scalar_one()
    )


def unless_known(add: Callable[[], T], refusal: type[CareSlotError]) -> T:
    """What `add` returns; the refusal where the address has an account already."""
    try:
        return add()
    except ConstraintBroken as broken:
        if broken.name == "accounts_email_uq":
            raise refusal from broken
        raise


def active_managers(connection: Connection) -> list[int]:
    """The accounts of managers who can sign in, locked where the engine can, so that two can't close each other."""
    query = (
        select(accounts.c.account_id)
        .where(accounts.c.role == Role.MANAGER.value, accounts.c.active)
        .order_by(accounts.c.account_id)
    )
    return list(connection.execute(query.with_for_update()).scalars())


def refuse_last_manager(connection: Connection, account_id: int) -> None:
    """Raise LastManager where nobody but this account could administer the clinic; before closing or demoting it."""
    if active_managers(connection) == [account_id]:
        raise LastManager


def _staff_role(role: Role) -> Role:
    if role not in STAFF:
        raise BadInput("Choose doctor, reception or manager.", "role")
    return role
