"""What came of pushes, recorded many at a time in one transaction, each only while its lease is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, null, or_, select, update

from core.domain.circuit import SIGNED_OUT, Circuit
from core.scheduler.due import Due
from core.scheduler.tables import appointments, calendar_connections, calendar_links, calendars

WELL_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """The calendar took the claimed revision; with no content hash nothing stands there now."""

    due: Due
    etag: str | None
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The push failed, for a reason that people read as `sentence`, and is tried again at `retry_at`.

    With `pause_until` the whole calendar rests until then: it asked for patience, with whichever event.
    """

    due: Due
    kind: str
    sentence: str
    retry_at: datetime
    pause_until: datetime | None = None


Outcome = Taken | NotTaken

_HELD = (
    select(
        calendar_links.c.link_id,
        calendar_links.c.lease_owner,
        calendar_links.c.lease_until,
        appointments.c.calendar_event_id,
    )
    .join(appointments, appointments.c.appointment_id == calendar_links.c.appointment_id)
    .where(calendar_links.c.link_id.in_(bindparam("links", expanding=True)))
    .order_by(calendar_links.c.link_id)
    .with_for_update(of=calendar_links)
)
_FREE = {"lease_owner": null(), "lease_until": null()}
_THIS = calendar_links.c.link_id == bindparam("this")
_TAKE = (
    update(calendar_links)
    .where(_THIS)
    .values(
        etag=bindparam("etag"),
        content_hash=bindparam("content_hash"),
        mirrored_revision=bindparam("mirrored_revision"),
        agreed_starts_at=bindparam("agreed_starts_at"),
        agreed_ends_at=bindparam("agreed_ends_at"),
        synced_at=bindparam("synced_at"),
        attempts=0,
        error_kind=null(),
        error=null(),
        **_FREE,
    )
)
_MISS = (
    update(calendar_links)
    .where(_THIS)
    .values(
        attempts=calendar_links.c.attempts + 1,
        due_at=bindparam("due_at"),
        error_kind=bindparam("error_kind"),
        error=bindparam("error"),
        # It may have been done all the same: what it changed back to must not pass for what stands there.
        content_hash=null(),
        **_FREE,
    )
)
_NAME = (
    update(appointments)
    .where(appointments.c.appointment_id == bindparam("of"))
    .values(calendar_event_id=bindparam("named"))
)
# What a newer calendar wrote is left alone.
_UNNAME = (
    update(appointments)
    .where(
        appointments.c.appointment_id == bindparam("of"),
        appointments.c.calendar_event_id == bindparam("ours"),
    )
    .values(calendar_event_id=None)
)
_CALENDARS = (
    select(
        calendars.c.calendar_id,
        calendars.c.connection_id,
        calendars.c.failures,
        calendars.c.paused_until,
        calendars.c.last_push_at,
        calendars.c.last_error_at,
        calendars.c.last_error_kind,
        calendars.c.last_error,
    )
    .where(calendars.c.calendar_id.in_(bindparam("calendars", expanding=True)))
    .order_by(calendars.c.calendar_id)
    .with_for_update(key_share=True)
)


def _is_held(link: Row[Any, Any, Any, Any] | None, due: Due, now: datetime) -> bool:
    """Not a lease that is over, even where nobody took it: what was found in the calendar since has been acted on."""
    return link is not None and bool(link.lease_owner == due.lease_owner and link.lease_until > now)


def record_outcomes(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> list[bool]:
    """Write them in their order; which of them held their lease. The others change nothing."""
    # Calendars before links: that is the order of whoever changes a calendar and so its links.
    asked = {one.due.calendar_id for one in outcomes}
    rows = {row.calendar_id: row for row in connection.execute(_CALENDARS, {"calendars": list(asked)})}
    found = connection.execute(_HELD, {"links": [one.due.link_id for one in outcomes]})
    links = {row.link_id: row for row in found}
    held = [_is_held(links.get(one.due.link_id), one.due, now) for one in outcomes]
    mine = [one for one, ours in zip(outcomes, held, strict=True) if ours]
    taken = [one for one in mine if isinstance(one, Taken)]
    missed = [one for one in mine if isinstance(one, NotTaken)]
    if taken:
        connection.execute(_TAKE, [_as_agreed(one, now) for one in taken])
        named = {one.due.link_id: links[one.due.link_id].calendar_event_id for one in taken}
        _name_events(connection, taken, named)
    if missed:
        failures = [
            {"this": one.due.link_id, "due_at": one.retry_at, "error_kind": one.kind, "error": one.sentence}
            for one in missed
        ]
        connection.execute(_MISS, failures)
    for calendar_id, row in rows.items():
        its = [one for one in mine if one.due.calendar_id == calendar_id]
        if its:
            _judge_calendar(connection, calendar_id, Circuit(row.failures, row.paused_until), its, now)
            if row.connection_id is not None:
                _judge_connection(connection, row.connection_id, its[-1], now)
    return held


def _as_agreed(one: Taken, now: datetime) -> dict[str, object]:
    stands = one.content_hash is not None
    return {
        "this": one.due.link_id,
        "etag": one.etag,
        "content_hash": one.content_hash,
        "mirrored_revision": one.due.wanted_revision,
        "agreed_starts_at": one.due.starts_at if stands else None,
        "agreed_ends_at": one.due.ends_at if stands else None,
        "synced_at": now,
    }


def _name_events(connection: Connection, taken: Iterable[Taken], named: dict[int, str | None]) -> None:
    """The appointments' calendar_event_id follows the events; mostly it does already, and a write costs triggers."""
    stands = [one.due for one in taken if one.content_hash is not None and named[one.due.link_id] != one.due.event_id]
    gone = [one.due for one in taken if one.content_hash is None and named[one.due.link_id] == one.due.event_id]
    if stands:
        connection.execute(_NAME, [{"of": due.appointment_id, "named": due.event_id} for due in stands])
    if gone:
        connection.execute(_UNNAME, [{"of": due.appointment_id, "ours": due.event_id} for due in gone])


def _judge_calendar(
    connection: Connection, calendar_id: str, before: Circuit, outcomes: Sequence[Outcome], now: datetime
) -> None:
    """How the calendar stands after these: the last one tells its error, all of them whether it rests."""
    circuit = before
    for one in outcomes:
        if isinstance(one, Taken):
            circuit = circuit.succeeded()
        else:
            due = one.due
            repeated = due.attempts > 0
            circuit = circuit.failed(one.kind, now, probing=due.probing, repeated=repeated, asked=one.pause_until)
    values: dict[str, object] = {"failures": circuit.failures, "paused_until": circuit.paused_until}
    if any(isinstance(one, Taken) for one in outcomes):
        values["last_push_at"] = now
    last = outcomes[-1]
    if isinstance(last, Taken):
        values |= {"last_error_at": None, "last_error_kind": None, "last_error": None}
    else:
        values |= {"last_error_at": now, "last_error_kind": last.kind, "last_error": last.sentence}
    connection.execute(update(calendars).where(calendars.c.calendar_id == calendar_id).values(**values))
    if before.suspect and not circuit.suspect:
        # Nobody has to wait out what was given as waiting time while the calendar was away.
        connection.execute(
            update(calendar_links)
            .where(
                calendar_links.c.calendar_id == calendar_id,
                calendar_links.c.wanted_revision > calendar_links.c.mirrored_revision,
                calendar_links.c.error_kind.in_(["passing", "quota", SIGNED_OUT]),
                calendar_links.c.due_at > now,
            )
            .values(due_at=now)
        )


def _judge_connection(connection: Connection, connection_id: int, last: Outcome, now: datetime) -> None:
    """Whether the sign-in works: told by the last outcome, written when that is news or the last word is old."""
    this = calendar_connections.c.connection_id == connection_id
    if isinstance(last, Taken):
        stale = or_(
            calendar_connections.c.error_kind.is_not(None),
            calendar_connections.c.well_at.is_(None),
            calendar_connections.c.well_at < now - WELL_FOR,
        )
        well = {"well_at": now, "error_at": None, "error_kind": None, "error": None}
        connection.execute(update(calendar_connections).where(this, stale).values(**well))
    elif last.kind == SIGNED_OUT:
        ill = {"error_at": now, "error_kind": last.kind, "error": last.sentence}
        connection.execute(update(calendar_connections).where(this).values(**ill))
