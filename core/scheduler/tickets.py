"""Sign-in tickets: carry a fresh session from the page that opened it to the cookie of the same browser."""

from datetime import timedelta

from sqlalchemy import Connection, select, update

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.store import Store
from core.scheduler.tables import access_tokens, accounts, sessions
from core.scheduler.tokens import digest, issue, new_token

TICKET_LIFE = timedelta(seconds=30)
_PURPOSE = "sign_in_ticket"


class TicketRefused(CareSlotError):
    """Signing in took too long, or was tried twice. Please sign in again."""


class SignInTickets:
    """Tickets are good once, for half a minute, and only together with the visit's own cookie."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def issue(self, session_id: int, visit: str) -> str:
        """A ticket for a session that was just opened; `visit` is the random value of the browser's visit cookie."""
        if not visit:
            raise TicketRefused
        return self._store.write(
            lambda connection: issue(
                connection, _PURPOSE, self._clock(), TICKET_LIFE, bound_to=visit, payload=str(session_id)
            )
        )

    def redeem(self, ticket: str, visit: str) -> str:
        """Spend the ticket and return the session's new token, for its cookie; the token it had before is void.

        Raises TicketRefused where the ticket is unknown, spent, out of time or of another visit, or its session ended.
        """
        token = new_token()
        self._store.write(lambda connection: self._redeem(connection, ticket, visit, token))
        return token

    def _redeem(self, connection: Connection, ticket: str, visit: str, token: str) -> None:
        now = self._clock()
        session_id = connection.execute(
            update(access_tokens)
            .where(
                access_tokens.c.token_hash == digest(ticket),
                access_tokens.c.purpose == _PURPOSE,
                access_tokens.c.binding_hash == digest(visit),
                access_tokens.c.used_at.is_(None),
                access_tokens.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(access_tokens.c.payload)
        ).scalar()
        if session_id is None:
            raise TicketRefused
        current_epoch = (
            select(accounts.c.session_epoch)
            .where(accounts.c.account_id == sessions.c.account_id, accounts.c.active)
            .scalar_subquery()
        )
        rotated = connection.execute(
            update(sessions)
            .where(
                sessions.c.session_id == int(session_id),
                sessions.c.revoked_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.session_epoch == current_epoch,
            )
            .values(token_hash=digest(token))
        )
        if rotated.rowcount != 1:
            raise TicketRefused
