"""Minutes of appointments outside their doctor's bookable time, noted wherever they can come about.

An ordinary booking lies within opening hours and outside closures, or is refused. What remains are overrides, undo, and
hours or closures that change under an appointment; each notes the minutes in its own transaction.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import accumulate

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, delete, insert, or_, select, type_coerce

from core.domain.opening import Span, open_spans, subtract, wall_time
from core.domain.slots import MINUTE, merged
from core.scheduler.clinic import Clinic, load_clinic, load_hours
from core.scheduler.rows import touching
from core.scheduler.tables import appointments, closures, outside_hours
from core.scheduler.types import from_epoch

_APPOINTMENT = select(
    appointments.c.appointment_id,
    appointments.c.appointment_date,
    appointments.c.doctor_id,
    appointments.c.visit_type_id,
    type_coerce(appointments.c.starts_at, BigInteger),
    type_coerce(appointments.c.ends_at, BigInteger),
)
_CLOSED = select(type_coerce(closures.c.starts_at, BigInteger), type_coerce(closures.c.ends_at, BigInteger))
_Noted = Row[int, date, int, int, int, int]


def note_appointment(connection: Connection, appointment_id: int) -> None:
    """Note afresh how much of one appointment lies outside bookable time."""
    _note(connection, appointments.c.appointment_id == appointment_id)


def forget_appointment(connection: Connection, appointment_id: int) -> None:
    """The appointment lies within bookable time now, as every ordinary booking and move does."""
    connection.execute(delete(outside_hours).where(outside_hours.c.appointment_id == appointment_id))


def note_doctor(connection: Connection, doctor_id: int) -> None:
    """Note afresh all appointments of a doctor, whose hours have changed."""
    _note(connection, appointments.c.doctor_id == doctor_id)


def note_span(connection: Connection, doctor_id: int | None, starts_at: datetime, ends_at: datetime) -> None:
    """Note afresh the appointments that touch a time which was closed or opened again, of one doctor or of all."""
    _note(connection, *touching(starts_at, ends_at, doctor_id))


def differences(connection: Connection) -> int:
    """How many appointments are noted wrongly: 0 when all is right."""
    kept = {tuple(row) for row in connection.execute(select(outside_hours))}
    return len(kept ^ set(_outside(connection, connection.execute(_APPOINTMENT).all())))


def rebuild(connection: Connection) -> None:
    """Note all appointments afresh."""
    _note(connection)


def _note(connection: Connection, *which: ColumnElement[bool]) -> None:
    connection.execute(
        delete(outside_hours).where(
            outside_hours.c.appointment_id.in_(select(appointments.c.appointment_id).where(*which))
        )
    )
    names = [column.name for column in outside_hours.c]
    rows = list(_outside(connection, connection.execute(_APPOINTMENT.where(*which)).all()))
    if rows:
        connection.execute(insert(outside_hours), [dict(zip(names, row, strict=True)) for row in rows])


def _outside(connection: Connection, found: Sequence[_Noted]) -> Iterator[tuple[int, date, int, int, int]]:
    """Number, date, doctor, visit type and minutes of those appointments that lie partly outside."""
    if not found:
        return
    clinic = load_clinic(connection)
    by_doctor: dict[int, list[_Noted]] = {}
    for row in found:
        by_doctor.setdefault(row[2], []).append(row)
    for doctor_id, rows in by_doctor.items():
        bookable = _load_bookable(
            connection, clinic, doctor_id, min(row[4] for row in rows), max(row[5] for row in rows)
        )
        for appointment_id, day, _, visit_type_id, start, end in rows:
            if minutes := (end - start - bookable.seconds(start, end)) // MINUTE:
                yield appointment_id, day, doctor_id, visit_type_id, minutes


class _Bookable:
    """Ordered, disjoint spans, ready to tell how much of them lies in a stretch of time."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]
        self._before = list(accumulate((end - start for start, end in spans), initial=0))

    def seconds(self, start: int, end: int) -> int:
        """How many seconds of [start, end) the spans cover."""
        return self._until(end) - self._until(start)

    def _until(self, moment: int) -> int:
        index = bisect_right(self._starts, moment) - 1
        if index < 0:
            return 0
        start, end = self._spans[index]
        return self._before[index] + min(moment, end) - start


def _load_bookable(connection: Connection, clinic: Clinic, doctor_id: int, start: int, end: int) -> _Bookable:
    """A doctor's opening hours without closures, from an epoch second to another."""
    hours = load_hours(connection, [doctor_id])[doctor_id]
    closed = connection.execute(
        _CLOSED.where(
            or_(closures.c.doctor_id.is_(None), closures.c.doctor_id == doctor_id),
            closures.c.ends_at > from_epoch(start),
            closures.c.starts_at < from_epoch(end),
        )
    ).all()
    first, last = wall_time(start, clinic.zone).date(), wall_time(end, clinic.zone).date()
    spans = open_spans(hours, clinic.zone, first, last)
    return _Bookable(subtract(spans, merged([(since, until) for since, until in closed])))
