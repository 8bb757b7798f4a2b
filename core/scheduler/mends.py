"""What was done in a calendar, or here, so that both agree again: kinds and numbers, never content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from core.domain.calendar_changes import Cause, Mend
from core.scheduler.tables import calendar_mends

_RECORD = insert(calendar_mends)
_RECENT = (
    select(
        calendar_mends.c.at,
        calendar_mends.c.appointment_id,
        calendar_mends.c.what,
        calendar_mends.c.why,
        calendar_mends.c.account_id,
    )
    .where(calendar_mends.c.calendar_id == bindparam("calendar_id"))
    .order_by(calendar_mends.c.mend_id.desc())
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Mended:
    """One entry; `at` is aware, in UTC. Without an account CareSlot did it by itself."""

    at: datetime
    appointment_id: int | None
    what: Mend
    why: Cause
    account_id: int | None


def record_mend(
    connection: Connection,
    calendar_id: str,
    appointment_id: int | None,
    what: Mend,
    why: Cause,
    now: datetime,
    *,
    account_id: int | None = None,
) -> None:
    """Append one entry."""
    entry = {"calendar_id": calendar_id, "appointment_id": appointment_id, "what": what.value, "why": why.value}
    connection.execute(_RECORD, {**entry, "at": now, "account_id": account_id})


def load_mends(connection: Connection, calendar_id: str, limit: int = 50) -> list[Mended]:
    """The last entries of a calendar, latest first."""
    rows = connection.execute(_RECENT, {"calendar_id": calendar_id, "limit": limit})
    return [Mended(row.at, row.appointment_id, Mend(row.what), Cause(row.why), row.account_id) for row in rows]
