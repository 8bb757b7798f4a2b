"""What staff have to know about the calendars of those whom they see: decisions that wait, moves, and silence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, select

from core.domain.calendar_changes import Held
from core.domain.principal import Role
from core.scheduler.signed_out import any_signed_out
from core.scheduler.tables import (
    appointment_history,
    appointments,
    calendar_conflicts,
    calendar_links,
    doctors,
    notices,
    users,
)
from core.scheduler.undecided import Undecided, load_conflicts, load_gone
from core.scheduler.unread import UnreadCalendar, any_unread, load_unread
from core.scheduler.waiting import WAITING


@dataclass(frozen=True, slots=True)
class MoveMade:
    """A move that was made in a calendar and that the patient hears of at `tell_at`; instants are aware, in UTC."""

    appointment_id: int
    patient_name: str
    doctor_id: int
    doctor_name: str
    before_starts_at: datetime
    starts_at: datetime
    tell_at: datetime


@dataclass(frozen=True, slots=True)
class Awaited:
    """Of one doctor, or of all; equal where pages would show the same.

    `signed_out` is whether any calendar of the clinic waits for a new sign-in.
    """

    undecided: Undecided = field(default_factory=Undecided)
    moves: tuple[MoveMade, ...] = ()
    unread: tuple[UnreadCalendar, ...] = ()
    signed_out: bool = False


_LAST = select(func.max(appointment_history.c.history_id)).where(
    appointment_history.c.appointment_id == appointments.c.appointment_id
)


def _is_untold(now: datetime) -> ColumnElement[bool]:
    return and_(
        notices.c.kind == "moved",
        notices.c.tell_at > now,
        notices.c.withdrawn_at.is_(None),
        notices.c.seen_at.is_(None),
    )


def awaited_flags(now: datetime) -> list[ColumnElement[bool]]:
    """Columns that tell which of these there are at all in the clinic, for a statement that is asked anyhow."""
    away = calendar_links.c.held.in_((Held.GONE.value, Held.VANISHED.value))
    return [
        exists().where(calendar_conflicts.c.solved_at.is_(None)).label("conflicts"),
        exists().where(away).label("gone"),
        exists().where(_is_untold(now)).label("moves"),
        any_unread(now).label("unread"),
        any_signed_out().label("signed_out"),
    ]


def load_awaited(connection: Connection, flags: RowMapping, doctor_id: int | None, now: datetime) -> Awaited:
    """What the flags say there is, of one doctor or of all; nothing is asked where there is nothing."""
    gone, vanished = load_gone(connection, doctor_id) if flags["gone"] else ((), ())
    return Awaited(
        Undecided(load_conflicts(connection, doctor_id) if flags["conflicts"] else (), gone, vanished),
        _moves(connection, doctor_id, now) if flags["moves"] else (),
        load_unread(connection, doctor_id, now) if flags["unread"] else (),
        bool(flags["signed_out"]),
    )


def count_on_their_way(connection: Connection, numbers: Sequence[int]) -> int:
    """How many of these appointments are still to be sent to their calendars."""
    query = select(func.count()).where(WAITING.c.appointment_id.in_(numbers))
    return int(connection.execute(query).scalar_one()) if numbers else 0


def _moves(connection: Connection, doctor_id: int | None, now: datetime) -> tuple[MoveMade, ...]:
    made_there: Any = and_(
        appointment_history.c.history_id == _LAST.correlate(appointments).scalar_subquery(),
        appointment_history.c.role == Role.CALENDAR.value,
        appointment_history.c.action == "reschedule",
    )
    query = (
        select(
            appointments.c.appointment_id,
            users.c.name.label("patient_name"),
            doctors.c.doctor_id,
            doctors.c.name.label("doctor_name"),
            notices.c.before_starts_at,
            appointments.c.starts_at,
            notices.c.tell_at,
        )
        .select_from(notices)
        .join(appointments, appointments.c.appointment_id == notices.c.appointment_id)
        .join(users, users.c.user_id == appointments.c.user_id)
        .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
        .join(appointment_history, made_there)
        .where(_is_untold(now))
        .order_by(notices.c.tell_at, appointments.c.appointment_id)
    )
    if doctor_id is not None:
        query = query.where(appointments.c.doctor_id == doctor_id)
    return tuple(MoveMade(**row) for row in connection.execute(query).mappings())
