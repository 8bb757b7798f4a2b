"""Links that wait for a person, or for their grace to run out: held, released, and counted when many are gone."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, null, select, update

from core.domain.appointment import Status
from core.domain.calendar_changes import Held
from core.scheduler.conflicts import solve_conflicts
from core.scheduler.notices import withdraw_untrue
from core.scheduler.tables import appointments, calendar_links, calendars

FREE = {"held": null(), "gone_at": null(), "cancel_at": null()}
"""The values of a link that nothing keeps from being sent."""

_RELEASE = (
    update(calendar_links)
    .where(calendar_links.c.appointment_id == bindparam("of"), calendar_links.c.held.is_not(None))
    # What stands there now is not what was agreed on, so that it is sent even if nothing else changed.
    .values(content_hash=null(), **FREE)
)
_VANISHED = exists().where(
    calendar_links.c.calendar_id == calendars.c.calendar_id, calendar_links.c.held == Held.VANISHED.value
)
_REVIEWED = update(calendars).where(calendars.c.vanished_at.is_not(None), ~_VANISHED).values(vanished_at=None)
_GONE = select(calendar_links.c.gone_at).where(
    calendar_links.c.calendar_id == bindparam("calendar_id"), calendar_links.c.held == Held.GONE.value
)
_HELD_GONE = and_(calendar_links.c.calendar_id == bindparam("of"), calendar_links.c.held == Held.GONE.value)
_STANDING = (
    select(func.count())
    .select_from(calendar_links.join(appointments))
    .where(
        calendar_links.c.calendar_id == bindparam("calendar_id"),
        calendar_links.c.wanted,
        calendar_links.c.content_hash.is_not(None),
        appointments.c.starts_at > bindparam("moment", type_=appointments.c.starts_at.type),
        appointments.c.status != Status.CANCELLED.value,
    )
)


def release(connection: Connection, appointment_id: int, held: Collection[str], now: datetime) -> None:
    """The appointment changed here, so nothing about it waits any more; `held` is why links of it did."""
    if held:
        connection.execute(_RELEASE, {"of": appointment_id})
    solve_conflicts(connection, appointment_id, "superseded", now)
    withdraw_untrue(connection, appointment_id, now)
    if Held.VANISHED in held:
        forget_reviewed(connection)


def forget_reviewed(connection: Connection) -> None:
    """A calendar of which nothing is held any more for having vanished is as any other."""
    connection.execute(_REVIEWED)


def hold_vanished(
    connection: Connection,
    calendar_id: str,
    too_many: Callable[[Sequence[datetime], int, datetime], bool],
    now: datetime,
) -> int:
    """Let a person decide about all that is gone from the calendar, where that is too much at once; how many that are.

    `too_many` is given when they were found to be gone, how many events should stand there, and the last of those times.
    While a person is asked already, whatever else is gone is asked too.
    """
    gone = [moment for moment in connection.execute(_GONE, {"calendar_id": calendar_id}).scalars() if moment]
    if not gone:
        return 0
    asked = connection.execute(select(calendars.c.vanished_at).where(calendars.c.calendar_id == calendar_id)).scalar()
    standing = int(connection.execute(_STANDING, {"calendar_id": calendar_id, "moment": now}).scalar_one())
    if asked is None and not too_many(gone, standing, max(gone)):
        return 0
    connection.execute(
        update(calendar_links).where(_HELD_GONE).values(held=Held.VANISHED.value, cancel_at=null()), {"of": calendar_id}
    )
    connection.execute(
        update(calendars)
        .where(calendars.c.calendar_id == calendar_id, calendars.c.vanished_at.is_(None))
        .values(vanished_at=now)
    )
    return len(gone)
