"""Calendars whose sign-in is not taken any more: nothing reaches them until somebody gives a new one."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from core.domain.circuit import SIGNED_OUT
from core.scheduler.tables import calendar_connections, calendars


@dataclass(frozen=True, slots=True)
class SignInLost:
    """Calendars that wait for a new sign-in; without a number the sign-in is in the settings."""

    connection_id: int | None
    provider: str
    kind: str
    calendars: tuple[str, ...]


_IS_SIGNED_OUT = or_(
    func.coalesce(calendars.c.last_error_kind, "") == SIGNED_OUT,
    func.coalesce(calendars.c.pull_error_kind, "") == SIGNED_OUT,
    func.coalesce(calendar_connections.c.error_kind, "") == SIGNED_OUT,
)
_REACHED_BY = calendar_connections.c.connection_id == calendars.c.connection_id


def is_signed_out() -> ColumnElement[bool]:
    """Whether a calendar, joined with the connection that it may have, waits for a new sign-in."""
    return _IS_SIGNED_OUT


def any_signed_out() -> ColumnElement[bool]:
    """Whether that is so of any calendar of the clinic."""
    return exists().select_from(calendars.outerjoin(calendar_connections, _REACHED_BY)).where(_IS_SIGNED_OUT)


def load_signed_out(connection: Connection, owner_id: int | None) -> tuple[SignInLost, ...]:
    """The sign-ins that are needed: those of one account's own connections, or all of them."""
    query = (
        select(
            calendars.c.connection_id,
            calendars.c.provider,
            func.coalesce(calendar_connections.c.kind, "").label("kind"),
            calendars.c.name,
        )
        .outerjoin(calendar_connections, _REACHED_BY)
        .where(_IS_SIGNED_OUT)
        .order_by(calendars.c.name, calendars.c.calendar_id)
    )
    if owner_id is not None:
        query = query.where(calendar_connections.c.owner_id == owner_id)
    found: dict[tuple[int | None, str, str], list[str]] = {}
    for row in connection.execute(query):
        found.setdefault((row.connection_id, row.provider, row.kind), []).append(row.name)
    return tuple(SignInLost(*key, tuple(names)) for key, names in found.items())
