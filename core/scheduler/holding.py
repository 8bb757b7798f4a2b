"""Holds: a tapped time is kept for a visitor while the form is filled in; one live hold a visitor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.domain.errors import CareSlotError
from core.domain.principal import Principal
from core.scheduler.tables import holds

HOLD = (holds.c.doctor_id, holds.c.visit_type_id, holds.c.starts_at, holds.c.hold_until, holds.c.extended)
"""The columns of a Hold, in its order."""
_PLACE: dict[str, Any] = {
    name: (placed := dialect.insert(holds)).on_conflict_do_update(
        index_elements=[holds.c.holder],
        set_={column.name: placed.excluded[column.name] for column in (*HOLD, holds.c.occupied_until)},
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_DROP = delete(holds).where(holds.c.holder == bindparam("visitor"))


class HoldOver(CareSlotError):
    """This time is no longer kept for you. Choose it again if it is still free."""


class HoldExtended(CareSlotError):
    """More time can be asked for once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A time that is kept for a visitor until `hold_until`; instants are aware, in UTC."""

    doctor_id: int
    visit_type_id: int
    starts_at: datetime
    hold_until: datetime
    extended: bool


def live_hold(connection: Connection, principal: Principal, now: datetime) -> Hold | None:
    """The visitor's hold, if it has not run out."""
    row = connection.execute(select(*HOLD).where(holds.c.holder == principal.visitor, holds.c.hold_until > now)).first()
    return Hold(*row) if row else None


def place(connection: Connection, principal: Principal, hold: Hold, occupied_until: datetime) -> None:
    """Keep a time instead of the visitor's earlier one; what has run out hinders nobody, and the worker forgets it."""
    connection.execute(
        _PLACE[connection.dialect.name],
        {
            "holder": principal.visitor,
            "doctor_id": hold.doctor_id,
            "visit_type_id": hold.visit_type_id,
            "starts_at": hold.starts_at,
            "occupied_until": occupied_until,
            "hold_until": hold.hold_until,
            "extended": hold.extended,
        },
    )


def extend(connection: Connection, principal: Principal, minutes: int, now: datetime) -> Hold:
    """Keep the time for as long again, once; HoldOver or HoldExtended otherwise."""
    hold = live_hold(connection, principal, now)
    if hold is None:
        raise HoldOver
    if hold.extended:
        raise HoldExtended
    until = hold.hold_until + timedelta(minutes=minutes)
    connection.execute(update(holds).where(holds.c.holder == principal.visitor).values(hold_until=until, extended=True))
    return Hold(hold.doctor_id, hold.visit_type_id, hold.starts_at, until, extended=True)


def drop(connection: Connection, principal: Principal) -> None:
    """Let the visitor's time go."""
    connection.execute(_DROP, {"visitor": principal.visitor})


def drop_expired(connection: Connection, now: datetime) -> int:
    """Forget holds that have run out; how many there were."""
    return connection.execute(delete(holds).where(holds.c.hold_until <= now)).rowcount
