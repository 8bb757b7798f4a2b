"""What is free, and why a time is not: loads a doctor's time from the database and hands it to core.domain.slots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, or_, select, type_coerce

from core.domain.appointment import LONGEST, OCCUPYING
from core.domain.errors import CareSlotError
from core.domain.opening import Span, day_span, open_spans, wall_time
from core.domain.policy import CalendarBusyThen, ClosedThen, OffGrid, OutsideHours
from core.domain.slots import MINUTE, DoctorDay, Slot, free_starts, merged, touches, within
from core.scheduler.clinic import Clinic, VisitType, load_hours
from core.scheduler.store import SlotTaken
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
_LOOK_BACK = LONGEST + timedelta(hours=2)


def _seconds(column: Column[datetime]) -> ColumnElement[int]:
    """The stored epoch seconds as they are, without a detour over datetime."""
    return type_coerce(column, BigInteger)


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

    def day(self, doctor_id: int) -> DoctorDay:
        """The same for the slot search."""
        return DoctorDay(doctor_id, self.opening, sorted([*self.closures, *self.busy]), self.occupied)


def doctors_offering(connection: Connection, visit_type_id: int, doctor_id: int | None = None) -> list[int]:
    """The active doctors who offer the visit type, or just the one asked for, if they do."""
    query = (
        select(doctors.c.doctor_id)
        .join(doctor_visit_types, doctor_visit_types.c.doctor_id == doctors.c.doctor_id)
        .where(doctor_visit_types.c.visit_type_id == visit_type_id, doctors.c.active)
        .order_by(doctors.c.doctor_id)
    )
    if doctor_id is not None:
        query = query.where(doctors.c.doctor_id == doctor_id)
    return list(connection.execute(query).scalars())


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
    first, last = wall_time(start, clinic.zone).date(), wall_time(end, clinic.zone).date()
    hours = load_hours(connection, doctor_ids)

    everyone: list[Span] = []
    closed: dict[int, list[Span]] = {doctor_id: [] for doctor_id in doctor_ids}
    for doctor_id, start_second, end_second in connection.execute(
        select(closures.c.doctor_id, _seconds(closures.c.starts_at), _seconds(closures.c.ends_at)).where(
            or_(closures.c.doctor_id.is_(None), closures.c.doctor_id.in_(doctor_ids)),
            closures.c.ends_at > window.start,
            closures.c.starts_at < window.end,
        )
    ):
        (everyone if doctor_id is None else closed[doctor_id]).append((start_second, end_second))

    busy: dict[int, list[Span]] = {doctor_id: [] for doctor_id in doctor_ids}
    for doctor_id, start_second, end_second in connection.execute(
        select(external_busy.c.doctor_id, _seconds(external_busy.c.starts_at), _seconds(external_busy.c.ends_at)).where(
            external_busy.c.doctor_id.in_(doctor_ids),
            external_busy.c.ends_at > window.start,
            external_busy.c.starts_at < window.end,
        )
    ):
        busy[doctor_id].append((start_second, end_second))

    occupied: dict[int, list[Span]] = {doctor_id: [] for doctor_id in doctor_ids}
    booked = select(
        appointments.c.doctor_id, _seconds(appointments.c.starts_at), _seconds(appointments.c.occupied_until)
    ).where(
        appointments.c.doctor_id.in_(doctor_ids),
        appointments.c.starts_at > window.start - _LOOK_BACK,
        appointments.c.starts_at < window.end + _LOOK_BACK,
        appointments.c.occupied_until > window.start,
        appointments.c.status.in_(OCCUPYING),
    )
    if without_appointment is not None:
        booked = booked.where(appointments.c.appointment_id != without_appointment)
    queries = [booked]
    if now is not None:
        held = select(holds.c.doctor_id, _seconds(holds.c.starts_at), _seconds(holds.c.occupied_until))
        queries.append(
            held.where(holds.c.doctor_id.in_(doctor_ids), holds.c.hold_until > now, holds.c.holder != holder)
        )
    for query in queries:
        for doctor_id, start_second, end_second in connection.execute(query):
            occupied[doctor_id].append((start_second, end_second))

    return {
        doctor_id: Taken(
            open_spans(hours[doctor_id], clinic.zone, first, last),
            merged([*everyone, *closed[doctor_id]]),
            merged(busy[doctor_id]),
            merged(occupied[doctor_id]),
        )
        for doctor_id in doctor_ids
    }


def slots_of(
    taken: dict[int, Taken], visit_type: VisitType, clinic: Clinic, earliest: datetime, latest: datetime
) -> Iterator[Slot]:
    """The free slots of all these doctors, earliest first, lazily."""
    grid = clinic.policy.grid_minutes * MINUTE

    def of(doctor_id: int) -> Iterator[Slot]:
        starts = free_starts(
            taken[doctor_id].day(doctor_id),
            visit_type.minutes,
            visit_type.buffer_minutes,
            epoch(earliest),
            epoch(latest),
            grid,
        )
        for start in starts:
            yield Slot.of(start, visit_type.minutes, doctor_id)

    return merge(*(of(doctor_id) for doctor_id in taken))


def refusal(
    taken: Taken, start: datetime, minutes: int, buffer_minutes: int, clinic: Clinic, *, any_start: bool = False
) -> CareSlotError | None:
    """The rule that keeps a doctor from seeing someone then, or None; `any_start` lifts the grid, for moves by staff."""
    begins = epoch(start)
    ends = begins + minutes * MINUTE
    until = ends + buffer_minutes * MINUTE
    if touches(taken.occupied, begins, until):
        return SlotTaken(time=start.astimezone(clinic.zone))
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
