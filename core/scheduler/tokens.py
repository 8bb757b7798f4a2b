"""Tokens: 256 random bits each, known to the database only by their hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert

from core.scheduler.tables import access_tokens


def new_token() -> str:
    """256 random bits, safe in a URL or a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256 in hex. As random as the token, it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    connection: Connection,
    purpose: str,
    now: datetime,
    life: timedelta,
    *,
    bound_to: str | None = None,
    payload: str | None = None,
) -> str:
    """A new token for one purpose, good for `life`; `bound_to` is a secret that must come with it, kept as a hash too."""
    token = new_token()
    connection.execute(
        insert(access_tokens).values(
            token_hash=digest(token),
            purpose=purpose,
            binding_hash=None if bound_to is None else digest(bound_to),
            payload=payload,
            created_at=now,
            expires_at=now + life,
        )
    )
    return token


def drop_expired(connection: Connection, now: datetime) -> int:
    """Forget tokens that have run out, used or not; how many there were."""
    return connection.execute(delete(access_tokens).where(access_tokens.c.expires_at <= now)).rowcount
