"""Sessions: what signing in opens, how long it lasts, and how it ends."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from core.domain.clock import Clock
from core.domain.principal import Principal, Role, SignInNeeded
from core.scheduler.access import believed
from core.scheduler.store import Store
from core.scheduler.tables import accounts, doctors, sessions
from core.scheduler.tokens import digest

LONGEST_SESSION = timedelta(days=30)
STAFF_IDLE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)


class Sessions:
    """A session is found by its token, which is only in the cookie, or by its number, which never leaves the server."""

    _store: Store
    _clock: Clock

    def principal_of(self, token: str, visitor: str) -> Principal | None:
        """Who a session's token stands for now, or None where the session has ended; keeps the session awake."""
        return self._principal(sessions.c.token_hash == digest(token), visitor)

    def principal_of_session(self, session_id: int, visitor: str) -> Principal | None:
        """Like principal_of, by the session's number: for a page whose server remembers it."""
        return self._principal(sessions.c.session_id == session_id, visitor)

    def sign_out(self, token: str) -> None:
        """End one session; one that has ended stays so."""
        self._end(sessions.c.token_hash == digest(token))

    def sign_out_session(self, session_id: int) -> None:
        """Like sign_out, by the session's number."""
        self._end(sessions.c.session_id == session_id)

    def sign_out_everywhere(self, principal: Principal) -> None:
        """End every session of the principal's account, this one too."""

        def work(connection: Connection) -> None:
            end_all(connection, own_account(connection, principal, self._clock))

        self._store.write(work)

    def _principal(self, wanted: ColumnElement[bool], visitor: str) -> Principal | None:
        now = self._clock()
        query = (
            select(sessions, accounts.c.role, accounts.c.name, accounts.c.user_id, doctors.c.doctor_id)
            .join(accounts, sessions.c.account_id == accounts.c.account_id)
            .outerjoin(doctors, (doctors.c.account_id == accounts.c.account_id) & doctors.c.active)
            .where(
                wanted,
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
        return Principal(role, row.account_id, row.session_id, visitor, row.doctor_id, row.user_id, row.name)

    def _end(self, which: ColumnElement[bool]) -> None:
        end = update(sessions).where(which, sessions.c.revoked_at.is_(None)).values(revoked_at=self._clock())
        self._store.write(lambda connection: connection.execute(end))


def open_session(connection: Connection, account_id: int, token: str, now: datetime) -> int:
    """Open a session for an account, whose token is kept as a hash only; the session's number."""
    row = connection.execute(
        select(accounts.c.role, accounts.c.session_epoch).where(accounts.c.account_id == account_id)
    ).one()
    values = {
        "token_hash": digest(token),
        "account_id": account_id,
        "session_epoch": row.session_epoch,
        "created_at": now,
        "seen_at": now,
        "expires_at": _expiry(Role(row.role), now, now),
    }
    return int(connection.execute(insert(sessions).values(**values).returning(sessions.c.session_id)).scalar_one())


def end_all(connection: Connection, account_id: int) -> None:
    """End every session of an account."""
    connection.execute(
        update(accounts).where(accounts.c.account_id == account_id).values(session_epoch=accounts.c.session_epoch + 1)
    )


def own_account(connection: Connection, principal: Principal, clock: Clock) -> int:
    """The number of the principal's account; SignInNeeded where there is none, SignedOut where its session has ended."""
    fresh = believed(connection, principal, clock)
    if fresh.account_id is None:
        raise SignInNeeded
    return fresh.account_id


def _expiry(role: Role, created_at: datetime, seen_at: datetime) -> datetime:
    latest = created_at + LONGEST_SESSION
    return latest if role is Role.PATIENT else min(latest, seen_at + STAFF_IDLE)
