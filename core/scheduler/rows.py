"""Appointments with what people want to see beside them, read in one query."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    select,
    type_coerce,
)

from core.domain.appointment import LONGEST, Status
from core.domain.calendar_changes import Held
from core.domain.circuit import PASSING
from core.domain.opening import Span
from core.scheduler.prepared import Prepared
from core.scheduler.tables import appointments, calendar_links, doctors, link_requests, users, visit_types
from core.scheduler.types import epoch, from_epoch

_STATUSES = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class SyncState:
    """How the appointment stands in its doctor's calendar: none, pending, synced, conflict, gone or failed.

    What passes by itself is pending; failed is what a person has to cure. In conflict with the calendar, or gone from
    there, it waits for a decision. `requested_at` tells since when somebody
    wants it there, `attempts` how often it was tried in vain since it last changed.
    """

    state: str
    synced_at: datetime | None = None
    error_kind: str | None = None
    error: str | None = None
    requested_at: datetime | None = None
    attempts: int = 0


class StoredRow(NamedTuple):
    """What the query answers, as it is stored: instants are epoch seconds, and SQLite's truth is 0 or 1."""

    appointment_id: int
    revision: int
    user_id: int
    patient_name: str
    patient_email: str
    patient_phone: str
    doctor_id: int
    doctor_name: str
    specialty: str
    room: str
    colour_id: str
    visit_type_id: int
    visit_type: str
    place: str
    by_video: int
    starts: int
    ends: int
    status_value: str
    reason: str
    checked_in: int | None
    started: int | None
    completed: int | None
    late: int
    created: int
    wanted: int | None = None
    wanted_revision: int = 0
    mirrored_revision: int = 0
    synced: int | None = None
    error_kind: str | None = None
    error: str | None = None
    requested: int | None = None
    attempts: int = 0
    held: str | None = None
    asked: int | None = None


class Row(StoredRow):
    """One appointment for a list or a grid; instants are aware, in UTC; `minutes` is without the buffer.

    It is made of what is stored only when somebody reads it: a list has many more values than a page shows.
    """

    __slots__ = ()

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        return from_epoch(self.starts)

    @property
    def ends_at(self) -> datetime:
        """When the visit itself ends."""
        return from_epoch(self.ends)

    @property
    def minutes(self) -> int:
        """Its whole minutes."""
        return (self.ends - self.starts) // 60

    @property
    def remote(self) -> bool:
        """Whether it is by video, not in a room."""
        return bool(self.by_video)

    @property
    def status(self) -> Status:
        """How far it has come."""
        return _STATUSES[self.status_value]

    @property
    def checked_in_at(self) -> datetime | None:
        """When the patient was there."""
        return _instant(self.checked_in)

    @property
    def started_at(self) -> datetime | None:
        """When the visit began indeed."""
        return _instant(self.started)

    @property
    def completed_at(self) -> datetime | None:
        """When the visit was over indeed."""
        return _instant(self.completed)

    @property
    def cancelled_late(self) -> bool:
        """Whether the patient cancelled it, or had it cancelled, later than the clinic asks for."""
        return bool(self.late)

    @property
    def created_at(self) -> datetime:
        """When it was booked."""
        return from_epoch(self.created)

    @property
    def sync(self) -> SyncState:
        """How it stands in the present calendar of its doctor."""
        if not self.wanted:  # no link at all, or the event is to go
            return SyncState("none" if self.asked is None else "pending", requested_at=_instant(self.asked))
        if self.held is not None:
            state = "conflict" if self.held == Held.CONFLICT.value else "gone"
        elif self.error_kind not in {None, *PASSING}:
            state = "failed"
        elif self.error_kind or self.wanted_revision > self.mirrored_revision:
            state = "pending"
        else:
            state = "synced"
        return SyncState(
            state, _instant(self.synced), self.error_kind, self.error, _instant(self.requested), self.attempts
        )


def _instant(stored: int | None) -> datetime | None:
    return None if stored is None else from_epoch(stored)


def _seconds(column: Column[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _flag(column: Column[Any]) -> ColumnElement[int]:
    return type_coerce(column, Integer)


# When its booking asked for the doctor's calendar, as long as no link has been made of that. There are seldom any, and
# whether there are is found out once, not for each row.
_ASKED = case(
    (
        exists(select(link_requests.c.appointment_id)),
        select(_seconds(link_requests.c.requested_at))
        .where(
            link_requests.c.appointment_id == appointments.c.appointment_id,
            link_requests.c.calendar_id == doctors.c.calendar_id,
        )
        .correlate(appointments, doctors)
        .scalar_subquery(),
    )
)
_ROWS = (
    select(
        appointments.c.appointment_id,
        appointments.c.revision,
        appointments.c.user_id,
        users.c.name.label("patient_name"),
        users.c.email,
        users.c.phone,
        appointments.c.doctor_id,
        doctors.c.name.label("doctor_name"),
        doctors.c.specialty,
        doctors.c.room,
        doctors.c.colour_id,
        appointments.c.visit_type_id,
        visit_types.c.name.label("visit_type"),
        visit_types.c.place,
        _flag(visit_types.c.remote),
        _seconds(appointments.c.starts_at),
        _seconds(appointments.c.ends_at),
        appointments.c.status,
        appointments.c.reason,
        _seconds(appointments.c.checked_in_at),
        _seconds(appointments.c.started_at),
        _seconds(appointments.c.completed_at),
        _flag(appointments.c.cancelled_late),
        _seconds(appointments.c.created_at),
        _flag(calendar_links.c.wanted),
        calendar_links.c.wanted_revision,
        calendar_links.c.mirrored_revision,
        _seconds(calendar_links.c.synced_at),
        calendar_links.c.error_kind,
        calendar_links.c.error,
        _seconds(calendar_links.c.requested_at),
        calendar_links.c.attempts,
        calendar_links.c.held,
        _ASKED.label("asked"),
    )
    .select_from(appointments)
    .join(users, users.c.user_id == appointments.c.user_id)
    .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
    .join(visit_types, visit_types.c.visit_type_id == appointments.c.visit_type_id)
    .outerjoin(
        calendar_links,
        and_(
            calendar_links.c.appointment_id == appointments.c.appointment_id,
            calendar_links.c.calendar_id == doctors.c.calendar_id,
        ),
    )
    .order_by(appointments.c.starts_at, appointments.c.appointment_id)
)

_ONE_DAY = timedelta(days=1)
_AS_ROW = partial(tuple.__new__, Row)  # Row._make without a call of Python's for each
_LOOK_BACK = int(LONGEST.total_seconds())


def touching(begins: datetime, ends: datetime, doctor_id: int | None) -> list[ColumnElement[bool]]:
    """That an appointment shares time with [begins, ends), of one doctor, or of all."""
    return _conditions(_asked((epoch(begins), epoch(ends)), doctor_id))


def _conditions(asked: dict[str, Any]) -> list[ColumnElement[bool]]:
    """The same of values that are known or come later; without a doctor, of all."""
    within = [
        _seconds(appointments.c.starts_at) > asked["earlier"],
        _seconds(appointments.c.starts_at) < asked["ends"],
        _seconds(appointments.c.ends_at) > asked["begins"],
    ]
    if "doctor_id" in asked:
        return [appointments.c.doctor_id == asked["doctor_id"], *within]
    # Instants are indexed by doctor; those of all doctors are found by the clinic's date, a day off UTC's at the most.
    return [appointments.c.appointment_date.between(asked["first"], asked["last"]), *within]


def _asked(span: Span, doctor_id: int | None) -> dict[str, int | date]:
    begins, ends = span
    earlier = begins - _LOOK_BACK
    if doctor_id is not None:
        return {"earlier": earlier, "begins": begins, "ends": ends, "doctor_id": doctor_id}
    first, last = from_epoch(earlier).date() - _ONE_DAY, from_epoch(ends).date() + _ONE_DAY
    return {"earlier": earlier, "begins": begins, "ends": ends, "first": first, "last": last}


_TIME = {name: bindparam(name, type_=BigInteger) for name in ("earlier", "begins", "ends")}
_ROWS_OF_ONE = Prepared(_ROWS.where(*_conditions({**_TIME, "doctor_id": bindparam("doctor_id")})))
_ROWS_OF_ALL = Prepared(
    _ROWS.where(*_conditions({**_TIME, "first": bindparam("first", type_=Date), "last": bindparam("last", type_=Date)}))
)


def load_touching(connection: Connection, span: Span, doctor_id: int | None) -> list[Row]:
    """The appointments that share time with a span of epoch seconds, of one doctor, or of all, by start."""
    query = _ROWS_OF_ALL if doctor_id is None else _ROWS_OF_ONE
    return list(map(_AS_ROW, query.all(connection, _asked(span, doctor_id))))


def load_rows(connection: Connection, *where: ColumnElement[bool], most: int | None = None) -> list[Row]:
    """The appointments that meet all conditions, by start; only the first of them where there may be many."""
    return list(map(Row._make, connection.execute(_ROWS.where(*where).limit(most)).all()))
