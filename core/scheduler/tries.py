"""Counting tries at a password: after a few, each wrong one makes the account wait longer, but never for long."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, update

from core.scheduler.passwords import DUMMY_HASH
from core.scheduler.tables import accounts

FREE_TRIES = 5
LONGEST_DELAY = timedelta(minutes=15)


def count_try(connection: Connection, email: str, now: datetime) -> tuple[int | None, str]:
    """The account to try and its password's hash; None and a dummy where it is unknown, closed or has to wait.

    It is counted before the password is checked, so that parallel guesses can't outrun the delay.
    """
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


def forget_tries(connection: Connection, account_id: int) -> None:
    """Start counting anew, after a right password."""
    connection.execute(
        update(accounts).where(accounts.c.account_id == account_id).values(failures=0, locked_until=None)
    )
