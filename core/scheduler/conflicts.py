"""Conflicts: an event stands elsewhere in the calendar than its appointment does here, and a person decides."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from core.domain.calendar_changes import Clash
from core.scheduler.prepared import Prepared
from core.scheduler.tables import calendar_conflicts, calendar_links
from core.scheduler.types import Instant

Times = tuple[datetime, datetime]

_OPEN = calendar_conflicts.c.solved_at.is_(None)
_SOLVE = Prepared(
    update(calendar_conflicts)
    .where(
        _OPEN,
        calendar_conflicts.c.link_id.in_(
            select(calendar_links.c.link_id).where(calendar_links.c.appointment_id == bindparam("of"))
        ),
    )
    .values(solved_at=bindparam("moment", type_=Instant()), solution=bindparam("how"), solved_by=bindparam("who"))
)


def open_conflict(
    connection: Connection, link_id: int, clash: Clash, theirs: Times, ours: Times, now: datetime
) -> None:
    """Open a conflict of the link, or let the open one say what is so now."""
    values = {
        "kind": clash.value,
        "their_starts_at": theirs[0],
        "their_ends_at": theirs[1],
        "our_starts_at": ours[0],
        "our_ends_at": ours[1],
    }
    of_link = update(calendar_conflicts).where(_OPEN, calendar_conflicts.c.link_id == link_id)
    if connection.execute(of_link.values(**values)).rowcount == 0:
        connection.execute(insert(calendar_conflicts).values(**values, link_id=link_id, opened_at=now))


def solve_conflicts(
    connection: Connection, appointment_id: int, solution: str, now: datetime, account_id: int | None = None
) -> None:
    """Whatever is open about the appointment is solved: 'ours', 'theirs', 'other_time' or 'superseded'."""
    _SOLVE.run(connection, {"of": appointment_id, "moment": now, "how": solution, "who": account_id})
