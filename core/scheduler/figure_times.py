"""Reading what bookable and free time is derived from: doctors' hours, closures, busy calendars, next week's appointments."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    exists,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from core.domain.appointment import LONGEST, OCCUPYING, Status
from core.domain.opening import OpeningHours, Span, day_span, wall_time
from core.scheduler.foreign_events import BUSY_DOCTORS, FOREIGN_EVENTS_BLOCK
from core.scheduler.tables import appointments, closures, doctor_visit_types, doctors, external_busy, opening_hours
from core.scheduler.types import from_epoch

_LOOK_BACK = LONGEST + timedelta(hours=2)  # the longest visit and the longest buffer


@dataclass(frozen=True, slots=True)
class Working:
    """A doctor's weekly hours as far as they were worked: of one who no longer works here until the day of the last visit.

    Whoever left without any visit worked none. `offers` tells whether the doctor is active and offers the visit type that
    is asked for.
    """

    name: str
    offers: bool
    hours: list[OpeningHours]


@dataclass(frozen=True, slots=True)
class DoctorTime:
    """A doctor's hours, and what takes time on some days; spans are epoch seconds and may overlap.

    `offers` tells whether the doctor is active and offers the visit type that is asked for. `hours` are as in Working.
    `occupied` are next week's appointments with their buffers.
    """

    doctor_id: int
    name: str
    offers: bool
    hours: list[OpeningHours]
    closures: list[Span]
    busy: list[Span]
    occupied: list[Span]


def load_doctor_times(
    connection: Connection,
    doctor_id: int | None,
    visit_type_id: int | None,
    zone: ZoneInfo,
    days: tuple[date, date],
    week: tuple[date, date],
) -> list[DoctorTime]:
    """The time of one doctor or of all, by number, with what touches the `days` or the `week`; both ends included."""
    working = load_working(connection, zone, doctor_id, visit_type_id)
    times = {number: DoctorTime(number, one.name, one.offers, one.hours, [], [], []) for number, one in working.items()}
    stretches = [
        (from_epoch(day_span(first, zone)[0]), from_epoch(day_span(last, zone)[1])) for first, last in (days, week)
    ]
    for kind, number, start, end in connection.execute(_taken(times, stretches)).all():
        for time in times.values() if number is None else (times[number],):
            getattr(time, kind).append((start, end))
    return list(times.values())


def load_working(
    connection: Connection, zone: ZoneInfo, doctor_id: int | None = None, visit_type_id: int | None = None
) -> dict[int, Working]:
    """The worked hours of one doctor or of all, by number."""
    found: dict[int, Working] = {}
    for number, name, offers, active, last, *entry in connection.execute(_with_hours(doctor_id, visit_type_id)).all():
        working = found.setdefault(number, Working(name, bool(offers), []))
        if entry[0] is None or (last is None and not active):
            continue
        hours = OpeningHours(*entry)
        working.hours.append(hours if last is None else _until(hours, wall_time(last, zone).date()))
    return found


def _until(hours: OpeningHours, last: date) -> OpeningHours:
    return replace(hours, valid_until=min(last, hours.valid_until or last))


def _seconds(column: Column[datetime]) -> ColumnElement[int]:
    """The stored epoch seconds as they are, without a detour over datetime."""
    return type_coerce(column, BigInteger)


def _with_hours(doctor_id: int | None, visit_type_id: int | None) -> Select[Any]:
    """Each doctor once for each of their hours; the last visit's start only of those who no longer work here."""
    last_visit = (
        select(_seconds(appointments.c.starts_at))
        .where(appointments.c.doctor_id == doctors.c.doctor_id, appointments.c.status != Status.CANCELLED.value)
        .order_by(appointments.c.starts_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    offers: ColumnElement[bool] = doctors.c.active
    if visit_type_id is not None:
        offers = and_(
            offers,
            exists().where(
                doctor_visit_types.c.doctor_id == doctors.c.doctor_id,
                doctor_visit_types.c.visit_type_id == visit_type_id,
            ),
        )
    query = (
        select(
            doctors.c.doctor_id,
            doctors.c.name,
            offers,
            doctors.c.active,
            case((doctors.c.active, null()), else_=last_visit),
            opening_hours.c.weekday,
            opening_hours.c.opens,
            opening_hours.c.closes,
            opening_hours.c.valid_from,
            opening_hours.c.valid_until,
        )
        .outerjoin(opening_hours, opening_hours.c.doctor_id == doctors.c.doctor_id)
        .order_by(doctors.c.doctor_id, opening_hours.c.opening_hours_id)
    )
    return query if doctor_id is None else query.where(doctors.c.doctor_id == doctor_id)


def _taken(doctor_ids: Collection[int], stretches: list[tuple[datetime, datetime]]) -> CompoundSelect[Any]:
    """What takes time of these doctors, by the field of DoctorTime that it belongs to; of no doctor means of all."""
    week_starts, week_ends = stretches[-1]
    closed, busy, taken = closures.c, external_busy.c, appointments.c
    return union_all(
        select(literal("closures"), closed.doctor_id, _seconds(closed.starts_at), _seconds(closed.ends_at)).where(
            or_(closed.doctor_id.is_(None), closed.doctor_id.in_(doctor_ids)),
            or_(*(and_(closed.ends_at > start, closed.starts_at < end) for start, end in stretches)),
        ),
        select(literal("busy"), doctors.c.doctor_id, _seconds(busy.starts_at), _seconds(busy.ends_at))
        .select_from(BUSY_DOCTORS)
        .where(
            doctors.c.doctor_id.in_(doctor_ids),
            FOREIGN_EVENTS_BLOCK,
            or_(*(and_(busy.ends_at > start, busy.starts_at < end) for start, end in stretches)),
        ),
        select(literal("occupied"), taken.doctor_id, _seconds(taken.starts_at), _seconds(taken.occupied_until)).where(
            taken.doctor_id.in_(doctor_ids),
            taken.starts_at > week_starts - _LOOK_BACK,
            taken.starts_at < week_ends,
            taken.occupied_until > week_starts,
            taken.status.in_(OCCUPYING),
        ),
    )
