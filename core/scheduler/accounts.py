"""Accounts: who may sign in, with which password."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError
from core.domain.principal import Principal, Role
from core.scheduler.password_advice import refuse_weak
from core.scheduler.passwords import check_password, hash_password
from core.scheduler.sessions import LONGEST_SESSION, Sessions, end_all, open_session, own_account
from core.scheduler.staff_accounts import LastManager, StaffAccount, StaffAccounts
from core.scheduler.store import Store
from core.scheduler.tables import accounts
from core.scheduler.tokens import new_token
from core.scheduler.tries import count_try, forget_tries
from core.telemetry import measurements

__all__ = ["LONGEST_SESSION", "Accounts", "LastManager", "OwnAccount", "SignInRefused", "StaffAccount"]


class SignInRefused(CareSlotError):
    """This address and password don't match, or there were too many tries. Please try again in a few minutes."""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account as its owner sees it; `zone` is an IANA name or None for the clinic's, the instant is aware, in UTC."""

    email: str
    name: str
    role: Role
    zone: str | None
    last_signed_in_at: datetime | None


class Accounts(Sessions, StaffAccounts):
    """Sign-ins by address and password. Answers never tell whether an address has an account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def sign_in(self, email: str, password: str) -> str:
        """Open a session and return its token, 256 random bits that are stored only as a hash.

        Raises SignInRefused, after the same work for known, unknown and delayed addresses.
        """
        account_id, password_hash = self._store.write(
            lambda connection: count_try(connection, email.strip(), self._clock())
        )
        right = check_password(password, password_hash)
        if not right or account_id is None:
            measurements.sign_in_refused()
            raise SignInRefused
        token = new_token()
        self._store.write(lambda connection: self._open(connection, account_id, password_hash, token))
        return token

    def own(self, principal: Principal) -> OwnAccount:
        """The principal's own account; SignInNeeded for a visitor without one."""

        def work(connection: Connection) -> OwnAccount:
            account_id = own_account(connection, principal, self._clock)
            row = connection.execute(
                select(
                    accounts.c.email,
                    accounts.c.name,
                    accounts.c.role,
                    accounts.c.zone,
                    accounts.c.last_signed_in_at,
                ).where(accounts.c.account_id == account_id)
            ).one()
            return OwnAccount(row.email, row.name, Role(row.role), row.zone, row.last_signed_in_at)

        return self._store.read(work)

    def change_password(self, principal: Principal, current: str, new: str) -> None:
        """Replace one's own password and sign out everywhere; BadInput names the field that is wrong."""
        own = self.own(principal)
        refuse_weak(new, own.email, own.name)
        account_id, old_hash = self._store.write(lambda connection: count_try(connection, own.email, self._clock()))
        if not check_password(current, old_hash) or account_id is None:
            raise BadInput("This is not your current password, or there were too many tries.", "current")
        new_hash = hash_password(new)

        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(accounts)
                .where(
                    accounts.c.account_id == own_account(connection, principal, self._clock),
                    accounts.c.password_hash == old_hash,
                )
                .values(password_hash=new_hash)
            )
            if changed.rowcount != 1:
                raise BadInput("Your password was changed elsewhere just now.", "current")
            forget_tries(connection, account_id)
            end_all(connection, account_id)

        self._store.write(work)

    def _open(self, connection: Connection, account_id: int, password_hash: str, token: str) -> None:
        now = self._clock()
        unchanged = connection.execute(
            update(accounts)
            .where(accounts.c.account_id == account_id, accounts.c.password_hash == password_hash, accounts.c.active)
            .values(last_signed_in_at=now)
        )
        if unchanged.rowcount != 1:  # the password was changed, or the account closed, while it was being checked
            raise SignInRefused
        forget_tries(connection, account_id)
        open_session(connection, account_id, token, now)
