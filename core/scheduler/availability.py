"""What is free, and why a time is not: loads a doctor's time from the database and hands it to core.domain.slots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)

from core.domain.appointment import LONGEST, OCCUPYING
from core.domain.errors import CareSlotError
from core.domain.opening import OpeningHours, Span, day_span, open_spans, wall_time
from core.domain.policy import CalendarBusyThen, ClosedThen, OffGrid, OutsideHours
from core.domain.slots import MINUTE, DoctorDay, Slot, free_starts, merged, slots_at, touches, within
from core.scheduler.clinic import Clinic, VisitType, load_hours
from core.scheduler.foreign_events import BUSY_DOCTORS, FOREIGN_EVENTS_BLOCK
from core.scheduler.store import SlotHeld, SlotTaken
from core.scheduler.tables import (
    appointments,
    closures,
    doctor_visit_types,
    doctors,
    external_busy,
    holds,
)
from core.scheduler.types import epoch, from_epoch

# No stored span reaches further back than the longest visit and the longest buffer.
_LOOK_BACK = int((LONGEST + timedelta(hours=2)).total_seconds())
_DAY = 86400
_STRETCH = 7 * _DAY
_REACHES = (timedelta(days=2), timedelta(days=14))
_NEVER = 2**53  # later than any stored instant
_NONE = 0  # no appointment has this number


def _seconds(column: Column[datetime]) -> ColumnElement[int]:
    """The stored epoch seconds as they are, without a detour over datetime."""
    return type_coerce(column, BigInteger)


_DOCTORS: BindParameter[Any] = bindparam("doctors", expanding=True)
_START, _EARLIER, _LATER = (bindparam(name, type_=BigInteger) for name in ("start", "earlier", "later"))


def _kept(kind: str, table: Table, end: Column[datetime], *where: ColumnElement[bool]) -> Select[Any]:
    return select(literal_column(f"'{kind}'"), table.c.doctor_id, _seconds(table.c.starts_at), _seconds(end)).where(
        *where
    )


def _busy(bound: ColumnElement[bool]) -> Select[Any]:
    """Somebody else's events, in two parts, each with an index that finds no more than it needs.

    Nearly all take a day at the most, and so end within a day after what is asked for; the few longer ones have an index
    of their own. One that is in both counts once, for spans are merged.
    """
    busy = external_busy.c
    return (
        select(literal_column("'busy'"), doctors.c.doctor_id, _seconds(busy.starts_at), _seconds(busy.ends_at))
        .select_from(BUSY_DOCTORS)
        .where(
            doctors.c.doctor_id.in_(_DOCTORS),
            FOREIGN_EVENTS_BLOCK,
            _seconds(busy.ends_at) > _START,
            _seconds(busy.starts_at) < _LATER,
            bound,
        )
    )


# Written once, because putting a statement together takes longer than the database needs to answer it. What begins after
# the end counts too, for a visit may begin right before.
_TAKEN = union_all(
    _kept(
        "closure",
        closures,
        closures.c.ends_at,
        or_(closures.c.doctor_id.is_(None), closures.c.doctor_id.in_(_DOCTORS)),
        _seconds(closures.c.ends_at) > _START,
        _seconds(closures.c.starts_at) < _LATER,
    ),
    _busy(_seconds(external_busy.c.ends_at) < _LATER + _DAY),
    _busy(literal_column("external_busy.ends_at - external_busy.starts_at > 86400", Boolean)),
    _kept(
        "occupied",
        appointments,
        appointments.c.occupied_until,
        appointments.c.doctor_id.in_(_DOCTORS),
        _seconds(appointments.c.starts_at) > _EARLIER,
        _seconds(appointments.c.starts_at) < _LATER,
        _seconds(appointments.c.occupied_until) > _START,
        appointments.c.status.in_(OCCUPYING),
        appointments.c.appointment_id != bindparam("without"),
    ),
    _kept(
        "held",
        holds,
        holds.c.occupied_until,
        holds.c.doctor_id.in_(_DOCTORS),
        _seconds(holds.c.hold_until) > bindparam("now", type_=BigInteger),
        holds.c.holder != bindparam("holder"),
    ),
)

_OFFERING = (
    select(doctors.c.doctor_id)
    .join(doctor_visit_types, doctor_visit_types.c.doctor_id == doctors.c.doctor_id)
    .where(doctor_visit_types.c.visit_type_id == bindparam("visit_type_id"), doctors.c.active)
    .order_by(doctors.c.doctor_id)
)
_ONE_OFFERING = _OFFERING.where(doctors.c.doctor_id == bindparam("doctor_id"))


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which to look, as instants."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A doctor's time with its reasons told apart: open hours, closures, busy in the calendar, appointments, holds."""

    opening: Sequence[Span]
    closures: Sequence[Span]
    busy: Sequence[Span]
    occupied: Sequence[Span]
    held: Sequence[Span]

    def day(self, doctor_id: int) -> DoctorDay:
        """The same for the slot search."""
        occupied = merged([*self.occupied, *self.held]) if self.held else self.occupied
        return DoctorDay(doctor_id, self.opening, sorted([*self.closures, *self.busy]), occupied)


def doctors_offering(connection: Connection, visit_type_id: int, doctor_id: int | None = None) -> list[int]:
    """The active doctors who offer the visit type, or just the one asked for, if they do."""
    if doctor_id is None:
        return list(connection.execute(_OFFERING, {"visit_type_id": visit_type_id}).scalars())
    return list(connection.execute(_ONE_OFFERING, {"visit_type_id": visit_type_id, "doctor_id": doctor_id}).scalars())


def load_taken(
    connection: Connection,
    clinic: Clinic,
    doctor_ids: Sequence[int],
    window: Window,
    now: datetime | None,
    *,
    holder: str = "",
    without_appointment: int | None = None,
) -> dict[int, Taken]:
    """Each doctor's time in the window; what the holder itself holds and the appointment that is moved do not count.

    Holds count while they last at `now`; without it none does.
    """
    start, end = epoch(window.start), epoch(window.end)
    found: dict[str, dict[int | None, list[Span]]] = {
        kind: {None: [], **{doctor_id: [] for doctor_id in doctor_ids}}
        for kind in ("closure", "busy", "occupied", "held")
    }
    asked = {
        "doctors": doctor_ids,
        "start": start,
        "earlier": start - _LOOK_BACK,
        "later": end + _LOOK_BACK,
        "now": _NEVER if now is None else epoch(now),
        "holder": holder,
        "without": without_appointment or _NONE,
    }
    for kind, doctor_id, begins, ends in connection.execute(_TAKEN, asked).all():
        found[kind][doctor_id].append((begins, ends))

    hours = load_hours(connection, doctor_ids)
    days = wall_time(start, clinic.zone).date(), wall_time(end, clinic.zone).date()
    everyone = found["closure"][None]
    return {
        doctor_id: Taken(
            opening_of(tuple(hours[doctor_id]), clinic.zone, *days),
            merged([*everyone, *found["closure"][doctor_id]]),
            merged(found["busy"][doctor_id]),
            merged(found["occupied"][doctor_id]),
            merged(found["held"][doctor_id]),
        )
        for doctor_id in doctor_ids
    }


@lru_cache(maxsize=1000)
def opening_of(hours: tuple[OpeningHours, ...], zone: ZoneInfo, first: date, last: date) -> tuple[Span, ...]:
    """open_spans, remembered: all through a day every search asks for the same hours of the same days."""
    return tuple(open_spans(hours, zone, first, last))


def slots_of(
    taken: dict[int, Taken], visit_type: VisitType, clinic: Clinic, earliest: datetime, latest: datetime
) -> Iterator[Slot]:
    """The free slots of all these doctors, earliest first, lazily."""
    for start, doctor_ids in free_at(taken, visit_type, clinic, earliest, latest):
        yield from slots_at(start, visit_type.minutes, doctor_ids)


def free_at(
    taken: dict[int, Taken], visit_type: VisitType, clinic: Clinic, earliest: datetime, latest: datetime
) -> Iterator[tuple[int, list[int]]]:
    """Each epoch second at which any of these doctors is free, with who is, in order, lazily: a week at a time."""
    days = [time.day(doctor_id) for doctor_id, time in taken.items()]
    first, end = epoch(earliest), epoch(latest)
    for begins in range(first, end, _STRETCH):
        free: dict[int, list[int]] = {}
        for day in days:
            for start in _starts(day, visit_type, clinic, begins, min(begins + _STRETCH, end)):
                free.setdefault(start, []).append(day.doctor_id)
        for start in sorted(free):
            yield start, free[start]


def first_slots(taken: dict[int, Taken], visit_type: VisitType, clinic: Clinic, window: Window) -> dict[int, Slot]:
    """The soonest slot of each of these doctors who has one in the window."""
    first: dict[int, Slot] = {}
    for doctor_id, time in taken.items():
        for start in _starts(time.day(doctor_id), visit_type, clinic, epoch(window.start), epoch(window.end)):
            (first[doctor_id],) = slots_at(start, visit_type.minutes, [doctor_id])
            break
    return first


def _starts(day: DoctorDay, visit_type: VisitType, clinic: Clinic, earliest: int, latest: int) -> Iterator[int]:
    grid = clinic.policy.grid_minutes * MINUTE
    return free_starts(day, visit_type.minutes, visit_type.buffer_minutes, earliest, latest, grid)


def refusal(
    taken: Taken, start: datetime, minutes: int, buffer_minutes: int, clinic: Clinic, *, any_start: bool = False
) -> CareSlotError | None:
    """The rule that keeps a doctor from seeing someone then, or None; `any_start` lifts the grid, for moves by staff."""
    begins = epoch(start)
    ends = begins + minutes * MINUTE
    until = ends + buffer_minutes * MINUTE
    for lost, spans in ((SlotTaken, taken.occupied), (SlotHeld, taken.held)):
        if touches(spans, begins, until):
            return lost(time=start.astimezone(clinic.zone))
    if touches(taken.closures, begins, ends):
        return ClosedThen()
    if touches(taken.busy, begins, ends):
        return CalendarBusyThen()
    if not within(taken.opening, begins, ends):
        return OutsideHours()
    if not any_start:
        grid = clinic.policy.grid_minutes * MINUTE
        opens = max(opens for opens, closes in taken.opening if opens <= begins < closes)
        if (begins - opens) % grid:
            return OffGrid(grid=clinic.policy.grid_minutes)
    return None


def days_window(clinic: Clinic, first: date | None, last: date | None, now: datetime) -> Window:
    """The part of the clinic's days from `first` to `last` that may be booked online now."""
    policy = clinic.policy
    start, end = policy.earliest(now), policy.latest(now)
    if first is not None:
        start = max(start, from_epoch(day_span(first, clinic.zone)[0]))
    if last is not None:
        end = min(end, from_epoch(day_span(last, clinic.zone)[1]))
    return Window(start, max(start, end))


def near_first(window: Window) -> Iterator[Window]:
    """The window's first days, its first weeks, then all of it, for whoever is content with the soonest."""
    for reach in _REACHES:
        if window.start + reach < window.end:
            yield Window(window.start, window.start + reach)
    yield window
