"""Accounts: who may sign in, with which password, and the sessions that signing in opens."""

import hashlib
import secrets
import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, or_, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError
from core.domain.principal import Capability, Principal, Role, SignInNeeded
from core.scheduler.access import believed, require
from core.scheduler.passwords import DUMMY_HASH, check_password, hash_password
from core.scheduler.store import AccountExists, ConstraintBroken, Store
from core.scheduler.tables import accounts, doctors, sessions

SHORTEST_PASSWORD = 12
FREE_TRIES = 5
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_SESSION = timedelta(days=30)
STAFF_IDLE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)

# A bcrypt takes a quarter of a second of a core; a flood of sign-ins must leave room for everybody else.
_HASHING = threading.BoundedSemaphore(2)


class SignInRefused(CareSlotError):
    """This address and password don't match, or there were too many tries. Please try again in a few minutes."""


class Accounts:
    """Sign-ins by address and password. Answers never tell whether an address has an account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create_account(self, principal: Principal, email: str, password: str, role: Role, name: str) -> int:
        """Add a member of staff and return the account's number; needs Capability.ADMINISTER.

        Raises BadInput naming the field that is wrong, AccountExists where the address is in use.
        """
        email, name = email.strip(), name.strip()
        if role not in {Role.DOCTOR, Role.RECEPTION, Role.MANAGER}:
            raise BadInput("Choose doctor, reception or manager.", "role")
        if not name:
            raise BadInput("Enter a name.", "name")
        before, _, domain = email.partition("@")
        if not (before and domain) or " " in email:
            raise BadInput("Enter an email address such as name@example.com.", "email")
        self._store.read(lambda connection: require(connection, principal, Capability.ADMINISTER, self._clock))
        password_hash = _hash(password)

        def work(connection: Connection) -> int:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            values = {"email": email, "password_hash": password_hash, "role": role.value, "name": name}
            account_id: int = connection.execute(
                insert(accounts).values(**values, created_at=self._clock()).returning(accounts.c.account_id)
            ).scalar_one()
            return account_id

        try:
            return self._store.write(work)
        except ConstraintBroken as broken:
            if broken.name == "accounts_email_uq":
                raise AccountExists from broken
            raise

    def sign_in(self, email: str, password: str) -> str:
        """Open a session and return its token, 256 random bits that are stored only as a hash.

        Raises SignInRefused, after the same work for known, unknown and delayed addresses.
        """
        # The try is counted before the password is checked, so that parallel guesses can't outrun the delay.
        account_id, password_hash = self._store.write(lambda connection: self._count_try(connection, email.strip()))
        with _HASHING:
            right = check_password(password, password_hash)
        if not right or account_id is None:
            raise SignInRefused
        token = secrets.token_urlsafe(32)
        self._store.write(lambda connection: self._open(connection, account_id, password_hash, token))
        return token

    def principal_of(self, token: str, visitor: str) -> Principal | None:
        """Who a session's token stands for now, or None where the session has ended; keeps the session awake."""
        now = self._clock()
        query = (
            select(sessions, accounts.c.role, accounts.c.user_id, doctors.c.doctor_id)
            .join(accounts, sessions.c.account_id == accounts.c.account_id)
            .outerjoin(doctors, (doctors.c.account_id == accounts.c.account_id) & doctors.c.active)
            .where(
                sessions.c.token_hash == _digest(token),
                sessions.c.revoked_at.is_(None),
                sessions.c.session_epoch == accounts.c.session_epoch,
                sessions.c.expires_at > now,
                accounts.c.active,
            )
        )
        row = self._store.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        role = Role(row.role)
        if now - row.seen_at >= TOUCH_EVERY:
            touch = (
                update(sessions)
                .where(sessions.c.session_id == row.session_id)
                .values(seen_at=now, expires_at=_expiry(role, row.created_at, now))
            )
            self._store.write(lambda connection: connection.execute(touch))
        return Principal(role, row.account_id, row.session_id, visitor, row.doctor_id, row.user_id)

    def sign_out(self, token: str) -> None:
        """End one session; one that has ended stays so."""
        end = update(sessions).where(sessions.c.token_hash == _digest(token), sessions.c.revoked_at.is_(None))
        self._store.write(lambda connection: connection.execute(end.values(revoked_at=self._clock())))

    def sign_out_everywhere(self, principal: Principal) -> None:
        """End every session of the principal's account, this one too."""

        def work(connection: Connection) -> None:
            account_id = self._own_account(connection, principal)
            connection.execute(
                update(accounts)
                .where(accounts.c.account_id == account_id)
                .values(session_epoch=accounts.c.session_epoch + 1)
            )

        self._store.write(work)

    def change_password(self, principal: Principal, current: str, new: str) -> None:
        """Replace one's own password and sign out everywhere; BadInput names the field that is wrong."""
        own = self._store.read(lambda connection: self._own_account(connection, principal))
        email = self._store.read(
            lambda connection: connection.execute(
                select(accounts.c.email).where(accounts.c.account_id == own)
            ).scalar_one()
        )
        account_id, old_hash = self._store.write(lambda connection: self._count_try(connection, email))
        with _HASHING:
            right = check_password(current, old_hash)
        if not right or account_id != own:
            raise BadInput("This is not your current password, or there were too many tries.", "current")
        new_hash = _hash(new)

        def work(connection: Connection) -> None:
            self._own_account(connection, principal)
            changed = connection.execute(
                update(accounts)
                .where(accounts.c.account_id == own, accounts.c.password_hash == old_hash)
                .values(
                    password_hash=new_hash,
                    session_epoch=accounts.c.session_epoch + 1,
                    failures=0,
                    locked_until=None,
                )
            )
            if changed.rowcount != 1:
                raise BadInput("Your password was changed elsewhere just now.", "current")

        self._store.write(work)

    def _own_account(self, connection: Connection, principal: Principal) -> int:
        fresh = believed(connection, principal, self._clock)
        if fresh.account_id is None:
            raise SignInNeeded
        return fresh.account_id

    def _count_try(self, connection: Connection, email: str) -> tuple[int | None, str]:
        now = self._clock()
        row = connection.execute(
            update(accounts)
            .where(
                func.lower(accounts.c.email) == func.lower(email),
                accounts.c.active,
                or_(accounts.c.locked_until.is_(None), accounts.c.locked_until <= now),
            )
            .values(failures=accounts.c.failures + 1)
            .returning(accounts.c.account_id, accounts.c.password_hash, accounts.c.failures)
        ).first()
        if row is None:
            return None, DUMMY_HASH
        if row.failures >= FREE_TRIES:
            delay = min(timedelta(seconds=2 ** min(row.failures - FREE_TRIES, 10)), LONGEST_DELAY)
            connection.execute(
                update(accounts).where(accounts.c.account_id == row.account_id).values(locked_until=now + delay)
            )
        return row.account_id, row.password_hash

    def _open(self, connection: Connection, account_id: int, password_hash: str, token: str) -> None:
        now = self._clock()
        row = connection.execute(
            update(accounts)
            .where(accounts.c.account_id == account_id, accounts.c.password_hash == password_hash, accounts.c.active)
            .values(failures=0, locked_until=None, last_signed_in_at=now)
            .returning(accounts.c.role, accounts.c.session_epoch)
        ).first()
        if row is None:  # the password was changed, or the account closed, while it was being checked
            raise SignInRefused
        connection.execute(
            insert(sessions).values(
                token_hash=_digest(token),
                account_id=account_id,
                session_epoch=row.session_epoch,
                created_at=now,
                seen_at=now,
                expires_at=_expiry(Role(row.role), now, now),
            )
        )


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"Use {SHORTEST_PASSWORD} characters or more.", "password")
    with _HASHING:
        return hash_password(password)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _expiry(role: Role, created_at: datetime, seen_at: datetime) -> datetime:
    latest = created_at + LONGEST_SESSION
    return latest if role is Role.PATIENT else min(latest, seen_at + STAFF_IDLE)
