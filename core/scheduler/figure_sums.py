"""The sums that the clinic's figures are made of, and the statements that read them from the roll-up.

No statement here grows with appointments outside the days that are asked for.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from core.domain.appointment import Status
from core.scheduler.tables import (
    appointments,
    availability_snapshots,
    hour_figures,
    outside_hours,
    visit_figures,
    visit_types,
    wait_figures,
)

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ANY_DOCTOR = 0  # stands for whichever doctor is soonest, among the snapshots

OUTSIDE, LEAD, WAIT, CYCLE = "outside", "lead", "wait", "cycle"


@dataclass(frozen=True, slots=True)
class Asked:
    """Days from `first` to `last`, compared with those from `earlier` until the day before `first`; of one doctor or all."""

    earlier: date
    first: date
    last: date
    doctor_id: int | None = None
    visit_type_id: int | None = None


class Window(NamedTuple):
    """Days that count alike: of the period that is asked for (`now`) or of the one before, past or not; never empty."""

    now: bool
    past: bool
    first: date
    last: date


class DoctorSum(NamedTuple):
    """A doctor's appointments in a window: those of a status, or the seen ones' time outside opening hours (OUTSIDE).

    `asked` is false for visit types other than the one that is asked for; `late` counts late cancellations.
    """

    now: bool
    past: bool
    asked: bool
    doctor_id: int
    status: str
    visits: int
    late: int
    minutes: int
    buffer_minutes: int


class Tally(NamedTuple):
    """How many visits in a window have a value: days of LEAD time, of all not cancelled, or minutes of WAIT or CYCLE.

    `completed` and `no_show` are among the visits with a LEAD time; `hour` is that of the start, for WAIT.
    """

    now: bool
    past: bool
    measure: str
    hour: int
    value: int
    visits: int
    completed: int
    no_show: int


class HourSum(NamedTuple):
    """Booked minutes in an hour of a day."""

    day: date
    hour: int
    minutes: int


class Measured(NamedTuple):
    """A visit type's third next available on a day, in days; both None where none was measured on the days asked for."""

    visit_type_id: int
    name: str
    day: date | None
    days: int | None


def windows_of(asked: Asked, today: date) -> list[Window]:
    """The days asked for, parted where the period begins and where today does."""
    windows = []
    for now, first, last in ((False, asked.earlier, asked.first - _DAY), (True, asked.first, asked.last)):
        windows.append(Window(now, past=True, first=first, last=min(last, today - _DAY)))
        windows.append(Window(now, past=False, first=max(first, today), last=last))
    return [window for window in windows if window.first <= window.last]


def select_sums(asked: Asked, windows: list[Window]) -> CompoundSelect[Any]:
    """The rows of DoctorSum."""
    visits, outside = visit_figures.c, outside_hours.c
    groups: list[Any] = [visits.doctor_id, visits.status]
    outside_groups: list[Any] = [outside.doctor_id]
    of_asked, outside_of_asked = (_of_asked(asked, columns) for columns in (visits, outside))
    if asked.visit_type_id is not None:
        groups.append("of_asked")
        outside_groups.append("of_asked")
    parts = []
    for window in windows:
        parts.append(
            select(
                *_labels(window),
                of_asked,
                *groups[:2],
                func.sum(visits.visits),
                func.sum(visits.visits * visits.late),
                func.sum(visits.minutes),
                func.sum(visits.buffer_minutes),
            )
            .where(_within(visits.appointment_date, window), *_of_doctor(asked, visits))
            .group_by(*groups)
        )
        if window.past:
            parts.append(
                select(
                    *_labels(window),
                    outside_of_asked,
                    outside.doctor_id,
                    literal(OUTSIDE),
                    func.count(),
                    literal(0),
                    func.sum(outside.minutes),
                    literal(0),
                )
                .join(appointments, appointments.c.appointment_id == outside.appointment_id)
                .where(
                    _within(outside.appointment_date, window),
                    *_of_doctor(asked, outside),
                    appointments.c.status == Status.COMPLETED.value,
                )
                .group_by(*outside_groups)
            )
    return union_all(*parts)


def select_tallies(asked: Asked, windows: list[Window]) -> CompoundSelect[Any]:
    """The rows of Tally. Few and plain keys to group by: most of the time goes into bringing rows of one key together."""
    leads, waits = visit_figures.c, wait_figures.c
    parts = []
    for window in windows:
        parts.append(
            select(
                *_labels(window),
                literal(LEAD),
                literal(0),
                leads.lead_days,
                func.sum(leads.visits),
                *(
                    func.coalesce(func.sum(leads.visits).filter(leads.status == status.value), 0)
                    for status in (Status.COMPLETED, Status.NO_SHOW)
                ),
            )
            .where(
                _within(leads.appointment_date, window),
                leads.status != Status.CANCELLED.value,
                *_of_both(asked, leads),
            )
            .group_by(leads.lead_days)
        )
        if not window.past:
            continue
        for stage, hour, groups in (
            (WAIT, waits.hour, (waits.hour, waits.minutes)),
            (CYCLE, literal(0), (waits.minutes,)),
        ):
            parts.append(
                select(
                    *_labels(window),
                    literal(stage),
                    hour,
                    waits.minutes,
                    func.sum(waits.visits),
                    literal(0),
                    literal(0),
                )
                .where(_within(waits.appointment_date, window), waits.stage == stage, *_of_both(asked, waits))
                .group_by(*groups)
            )
    return union_all(*parts)


def select_hours(asked: Asked) -> Select[Any]:
    """The rows of HourSum."""
    booked = hour_figures.c
    return (
        select(booked.day, booked.hour, func.sum(booked.minutes))
        .where(booked.day.between(asked.earlier, asked.last), *_of_both(asked, booked))
        .group_by(booked.day, booked.hour)
    )


def select_measured(asked: Asked, today: date) -> Select[Any]:
    """The rows of Measured, by visit type and day: of the days asked for, and of the last week."""
    found = availability_snapshots.c
    days = or_(found.day.between(asked.earlier, asked.last), found.day.between(today - _WEEK, today))
    doctor_id = _ANY_DOCTOR if asked.doctor_id is None else asked.doctor_id
    query = (
        select(visit_types.c.visit_type_id, visit_types.c.name, found.day, found.days)
        .outerjoin(
            availability_snapshots,
            and_(found.visit_type_id == visit_types.c.visit_type_id, found.doctor_id == doctor_id, days),
        )
        .where(visit_types.c.active)
        .order_by(visit_types.c.position, visit_types.c.visit_type_id, found.day)
    )
    return query if asked.visit_type_id is None else query.where(visit_types.c.visit_type_id == asked.visit_type_id)


_Columns = ReadOnlyColumnCollection[str, Column[Any]]


def _labels(window: Window) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return literal(window.now), literal(window.past)


def _within(day: Column[date], window: Window) -> ColumnElement[bool]:
    return day.between(window.first, window.last)


def _of_doctor(asked: Asked, columns: _Columns) -> list[ColumnElement[bool]]:
    return [] if asked.doctor_id is None else [columns.doctor_id == asked.doctor_id]


def _of_asked(asked: Asked, columns: _Columns) -> ColumnElement[bool]:
    if asked.visit_type_id is None:
        return literal(value=True)
    return (columns.visit_type_id == asked.visit_type_id).label("of_asked")


def _of_both(asked: Asked, columns: _Columns) -> list[ColumnElement[bool]]:
    of_type = [] if asked.visit_type_id is None else [columns.visit_type_id == asked.visit_type_id]
    return [*_of_doctor(asked, columns), *of_type]
