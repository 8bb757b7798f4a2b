"""The appointments that a figure counts, as a list: the roll-up's definitions, asked of the appointments themselves.

Each class says of one kind of figure which appointments it counts; days are the clinic's.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    extract,
    func,
    or_,
    select,
    type_coerce,
)

from core.domain.appointment import LONGEST, OCCUPYING, Status
from core.domain.clock import Clock
from core.domain.opening import day_span
from core.domain.principal import Principal
from core.scheduler.clinic import load_clinic
from core.scheduler.figure_sums import Asked
from core.scheduler.figures import within_scope
from core.scheduler.store import Store
from core.scheduler.tables import appointments, doctors, users, visit_types
from core.scheduler.types import from_epoch

_DAY = timedelta(days=1)
_DAY_SECONDS = 86400
_DAY_MINUTES = 24 * 60
_WEEK = 7
_LOOK_BACK = LONGEST + timedelta(hours=2)  # the longest visit and the longest buffer
_Conditions = list[ColumnElement[bool]]


class Counted(Protocol):
    """Says which appointments a figure counts, of those that are asked for."""

    def where(self, asked: Asked, today: date, zone: ZoneInfo) -> _Conditions:
        """The conditions that hold for them and for no other appointment."""


@dataclass(frozen=True, slots=True)
class PastVisits:
    """Past ones of some statuses, of one doctor or booked `least` to `most` days ahead (`most` None: or more)."""

    statuses: tuple[Status, ...]
    doctor_id: int | None = None
    least: int = 0
    most: int | None = None

    def where(self, asked: Asked, today: date, zone: ZoneInfo) -> _Conditions:  # noqa: ARG002 - the protocol's
        """The conditions that hold for them and for no other appointment."""
        row = appointments.c
        lead = _seconds(row.starts_at) - _seconds(row.created_at)
        found = [*_past(asked, today), row.status.in_(self.statuses)]
        if self.doctor_id is not None:
            found.append(row.doctor_id == self.doctor_id)
        if self.least:
            found.append(lead >= self.least * _DAY_SECONDS)
        if self.most is not None:
            found.append(lead < (self.most + 1) * _DAY_SECONDS)
        return found


@dataclass(frozen=True, slots=True)
class PastWaits:
    """Past ones that were checked in and begun, and were to begin in an hour of the clock."""

    hour: int

    def where(self, asked: Asked, today: date, zone: ZoneInfo) -> _Conditions:  # noqa: ARG002 - the protocol's
        """The conditions that hold for them and for no other appointment."""
        row = appointments.c
        return [
            *_past(asked, today),
            row.checked_in_at.is_not(None),
            row.started_at.is_not(None),
            extract("hour", row.start_time) == self.hour,
        ]


@dataclass(frozen=True, slots=True)
class BookedInHour:
    """Those not cancelled that take some of an hour of the clock on a weekday; they may have begun the evening before."""

    weekday: int
    hour: int

    def where(self, asked: Asked, today: date, zone: ZoneInfo) -> _Conditions:  # noqa: ARG002 - the protocol's
        """The conditions that hold for them and for no other appointment."""
        row = appointments.c
        first = asked.first + timedelta(days=(self.weekday - asked.first.weekday()) % _WEEK)
        days = [first + timedelta(days=since) for since in range(0, (asked.last - first).days + 1, _WEEK)]
        begins = extract("hour", row.start_time) * 60 + extract("minute", row.start_time)
        ends = begins + (_seconds(row.ends_at) - _seconds(row.starts_at)) // 60
        opens, closes = self.hour * 60, self.hour * 60 + 60
        return [
            row.status != Status.CANCELLED.value,
            or_(
                and_(row.appointment_date.in_(days), begins < closes, ends > opens),
                and_(row.appointment_date.in_([day - _DAY for day in days]), ends > opens + _DAY_MINUTES),
            ),
            *_asked_for(asked),
        ]


@dataclass(frozen=True, slots=True)
class TimeTaken:
    """Those of whatever visit type that take time of a doctor's day, the buffer after them included."""

    doctor_id: int
    day: date

    def where(self, asked: Asked, today: date, zone: ZoneInfo) -> _Conditions:  # noqa: ARG002 - the protocol's
        """The conditions that hold for them and for no other appointment."""
        row = appointments.c
        start, end = (from_epoch(moment) for moment in day_span(self.day, zone))
        return [
            row.doctor_id == self.doctor_id,
            row.starts_at > start - _LOOK_BACK,
            row.starts_at < end,
            row.occupied_until > start,
            row.status.in_(OCCUPYING),
            *([] if asked.doctor_id is None else [row.doctor_id == asked.doctor_id]),
        ]


class CountedVisit(NamedTuple):
    """One of the appointments; instants are aware, in UTC; `lead_days` are whole days of 24 hours from booking to start."""

    appointment_id: int
    starts_at: datetime
    ends_at: datetime
    doctor_name: str
    patient_name: str
    visit_type: str
    status: Status
    created_at: datetime
    checked_in_at: datetime | None
    started_at: datetime | None


class FigureVisits:
    """Lists what figures count. As with every list of the schedule, reading it is not logged; opening one of them is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def counted(
        self, principal: Principal, asked: Asked, counted: Counted, limit: int
    ) -> tuple[list[CountedVisit], int]:
        """The first of them by time, and how many there are at all; a doctor's own, whatever doctor is asked for."""

        def work(connection: Connection) -> tuple[list[CountedVisit], int]:
            own = within_scope(connection, principal, asked, self._clock)
            zone = load_clinic(connection).zone
            where = counted.where(own, self._clock().astimezone(zone).date(), zone)
            count = connection.execute(select(func.count()).select_from(appointments).where(*where)).scalar_one()
            rows = connection.execute(_VISITS.where(*where).limit(limit))
            return [CountedVisit(*row)._replace(status=Status(row.status)) for row in rows], count

        return self._store.read(work)


_VISITS: Select[Any] = (
    select(
        appointments.c.appointment_id,
        appointments.c.starts_at,
        appointments.c.ends_at,
        doctors.c.name,
        users.c.name,
        visit_types.c.name,
        appointments.c.status,
        appointments.c.created_at,
        appointments.c.checked_in_at,
        appointments.c.started_at,
    )
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .order_by(appointments.c.starts_at, appointments.c.appointment_id)
)


def _past(asked: Asked, today: date) -> _Conditions:
    return [appointments.c.appointment_date.between(asked.first, min(asked.last, today - _DAY)), *_asked_for(asked)]


def _asked_for(asked: Asked) -> _Conditions:
    row = appointments.c
    return [
        *([] if asked.doctor_id is None else [row.doctor_id == asked.doctor_id]),
        *([] if asked.visit_type_id is None else [row.visit_type_id == asked.visit_type_id]),
    ]


def _seconds(column: Column[datetime]) -> ColumnElement[int]:
    """The stored epoch seconds as they are, to reckon with."""
    return type_coerce(column, BigInteger)
