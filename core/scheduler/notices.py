"""What a patient has to hear of, and when: a change that was made in a calendar can be taken back before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, insert, or_, select, update

from core.domain.appointment import Status
from core.scheduler.prepared import Prepared
from core.scheduler.tables import appointments, notices

_OPEN = and_(notices.c.appointment_id == bindparam("of"), notices.c.withdrawn_at.is_(None), notices.c.seen_at.is_(None))
_UNTOLD = and_(_OPEN, notices.c.kind == "moved", notices.c.tell_at > bindparam("moment", type_=notices.c.tell_at.type))
_UNTOLD_MOVE = select(notices.c.notice_id, notices.c.before_starts_at, notices.c.tell_at).where(_UNTOLD)
_CANCELLED = appointments.c.status == Status.CANCELLED.value
_WITHDRAW_MOVE = Prepared(
    update(notices)
    .where(
        _UNTOLD,
        exists().where(
            appointments.c.appointment_id == notices.c.appointment_id,
            or_(_CANCELLED, appointments.c.starts_at == notices.c.before_starts_at),
        ),
    )
    .values(withdrawn_at=bindparam("withdrawn"))
)
_WITHDRAW_CANCELLATION = Prepared(
    update(notices)
    .where(
        _OPEN,
        notices.c.kind == "cancelled",
        exists().where(appointments.c.appointment_id == notices.c.appointment_id, ~_CANCELLED),
    )
    .values(withdrawn_at=bindparam("withdrawn"))
)


@dataclass(frozen=True, slots=True)
class UntoldMove:
    """A move that the patient has not heard of yet; instants are aware, in UTC."""

    notice_id: int
    before_starts_at: datetime
    tell_at: datetime


def untold_move(connection: Connection, appointment_id: int, now: datetime) -> UntoldMove | None:
    """The appointment's move in a calendar that can still be taken back without a word, if there is one."""
    row = connection.execute(_UNTOLD_MOVE, {"of": appointment_id, "moment": now}).first()
    return None if row is None else UntoldMove(*row)


def note_move(
    connection: Connection,
    appointment_id: int,
    before_starts_at: datetime,
    earlier: UntoldMove | None,
    now: datetime,
    tell_at: datetime,
) -> None:
    """The patient is to hear at `tell_at` that the appointment moved, from where it stood when nothing was untold.

    `earlier` is the untold move from before this one: it goes on, unless this one took it back.
    """
    if earlier is None:
        values = {"appointment_id": appointment_id, "kind": "moved", "before_starts_at": before_starts_at}
        connection.execute(insert(notices).values(**values, created_at=now, tell_at=tell_at))
    else:
        still_open = and_(notices.c.notice_id == earlier.notice_id, notices.c.withdrawn_at.is_(None))
        connection.execute(update(notices).where(still_open).values(tell_at=tell_at))


def note_cancellation(connection: Connection, appointment_id: int, now: datetime) -> None:
    """The patient is to hear at once that the appointment was cancelled."""
    values = {"appointment_id": appointment_id, "kind": "cancelled", "created_at": now, "tell_at": now}
    connection.execute(insert(notices).values(**values))


def withdraw_untrue(connection: Connection, appointment_id: int, now: datetime) -> None:
    """The appointment changed: what is not so any more, and nobody has heard of, is not told."""
    _WITHDRAW_MOVE.run(connection, {"of": appointment_id, "moment": now, "withdrawn": now})
    _WITHDRAW_CANCELLATION.run(connection, {"of": appointment_id, "withdrawn": now})
