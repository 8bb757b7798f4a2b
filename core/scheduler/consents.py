"""A person's way to a vendor's consent and back: begun on our page, ended once, by the same person and browser."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, select, update

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.principal import Capability, Principal
from core.scheduler.access import require
from core.scheduler.connections import load_connection, owner_of
from core.scheduler.store import Store
from core.scheduler.tables import access_tokens
from core.scheduler.tokens import digest, issue

CONSENT_LIFE = timedelta(minutes=10)
_PURPOSE = "google_consent"


class ConsentUnknown(CareSlotError):
    """CareSlot did not ask for this consent, or it was used already. Begin again from the page where you connect calendars."""


class ConsentLate(CareSlotError):
    """That took longer than 10 minutes. Begin again from the page where you connect calendars."""


class ConsentElsewhere(CareSlotError):
    """This was begun in another browser, or by somebody else. Begin again in this one."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the way was begun for: a new connection (None), or the one that is signed in anew.

    `verifier` proves to the vendor who asked (RFC 7636): it is made of the visit cookie and the state, so that whoever
    reads one of them alone, or the database, can't make it.
    """

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    connection_id: int | None


class Consents:
    """Consents under way are known by the hash of their state, and bound to a visit and an account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, principal: Principal, visit: str, connection_id: int | None = None) -> Consent:
        """Begin the way, for somebody who may connect; `visit` is the random value of the browser's visit cookie.

        Raises NotFound for an unknown connection and ConsentElsewhere for somebody else's, or without a visit cookie.
        """

        def work(connection: Connection) -> str:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            if not visit:
                raise ConsentElsewhere
            if connection_id is not None and load_connection(connection, connection_id).owner_id != owner_of(fresh):
                raise ConsentElsewhere
            payload = json.dumps({"account": fresh.account_id, "connection": connection_id})
            return issue(connection, _PURPOSE, self._clock(), CONSENT_LIFE, bound_to=visit, payload=payload)

        state = self._store.write(work)
        return Consent(state, _verifier(state, visit), connection_id)

    def end(self, principal: Principal, visit: str, state: str) -> Consent:
        """Spend the state that came back, in whatever way the person decided.

        Raises ConsentUnknown, ConsentLate, ConsentElsewhere; and SignInNeeded where nobody is signed in any more.
        """

        def work(connection: Connection) -> Consent:
            fresh = require(connection, principal, Capability.CONNECT, self._clock)
            this = (access_tokens.c.token_hash == digest(state), access_tokens.c.purpose == _PURPOSE)
            row = connection.execute(
                select(
                    access_tokens.c.binding_hash,
                    access_tokens.c.payload,
                    access_tokens.c.expires_at,
                    access_tokens.c.used_at,
                ).where(*this)
            ).first()
            if row is None or row.used_at is not None:
                raise ConsentUnknown
            told = json.loads(row.payload)
            if row.binding_hash != digest(visit) or told["account"] != fresh.account_id:
                raise ConsentElsewhere
            if row.expires_at <= self._clock():
                raise ConsentLate
            spent = update(access_tokens).where(*this, access_tokens.c.used_at.is_(None)).values(used_at=self._clock())
            if connection.execute(spent).rowcount != 1:
                raise ConsentUnknown
            return Consent(state, _verifier(state, visit), told["connection"])

        return self._store.write(work)


def _verifier(state: str, visit: str) -> str:
    """256 bits in hex, which RFC 7636 4.1 allows."""
    return digest(f"careslot consent {state} {visit}")
