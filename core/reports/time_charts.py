"""Charts 1, 3 and 4: what is free next week, what became of bookable time, and which hours are booked."""

from collections import Counter
from dataclasses import dataclass

from core.domain.appointment import Status
from core.domain.bookable import WeekHour, bookable_time, days_between, minutes_of
from core.domain.opening import subtract
from core.domain.slots import merged
from core.reports import metrics
from core.reports.report import FreeCell, FreeTime, HourCell, Named, Period, TimeUse, UseOfTime
from core.scheduler.figure_sums import OUTSIDE, DoctorSum, Window
from core.scheduler.figure_times import DoctorTime
from core.scheduler.figures import StoredFigures
from core.scheduler.schedule import OPEN


@dataclass(frozen=True, slots=True)
class Bookable:
    """A doctor's bookable minutes in a window, all and by weekday and hour; `blocked` were busy in the calendar."""

    doctor_id: int
    window: Window
    by_hour: Counter[WeekHour]
    minutes: int
    blocked: int


def concerned(stored: StoredFigures) -> list[DoctorTime]:
    """The doctors that the question is about: those who offer the visit type, and those who had such visits."""
    with_visits = {entry.doctor_id for entry in stored.sums if entry.asked}
    return [doctor for doctor in stored.doctors if doctor.offers or doctor.doctor_id in with_visits]


def bookable(stored: StoredFigures) -> list[Bookable]:
    """The bookable time of every doctor concerned in every window."""
    found = []
    for doctor in concerned(stored):
        hours, closures = tuple(doctor.hours), tuple(doctor.closures)
        for window in stored.windows:
            time = bookable_time(hours, closures, days_between(stored.clinic.zone, window.first, window.last))
            minutes, blocked = metrics.bookable_minutes(time.by_hour), time.minutes_within(doctor.busy)
            found.append(Bookable(doctor.doctor_id, window, time.by_hour, minutes, blocked))
    return found


def free_time(stored: StoredFigures) -> FreeTime:
    """Chart 1: next week's bookable time less busy calendars, and what of it no appointment or buffer takes."""
    first, last = stored.week
    days = days_between(stored.clinic.zone, first, last)
    doctors = [doctor for doctor in stored.doctors if doctor.offers]
    cells = []
    for doctor in doctors:
        busy, occupied = merged(doctor.busy), merged(doctor.occupied)
        time = bookable_time(tuple(doctor.hours), tuple(doctor.closures), days)
        for day, spans in time.by_day:
            possible = subtract(spans, busy)
            if possible:
                free = subtract(possible, occupied)
                cells.append(FreeCell(day, doctor.doctor_id, minutes_of(possible), minutes_of(free)))
    return FreeTime(
        Period(first, last), tuple(Named(doctor.doctor_id, doctor.name) for doctor in doctors), tuple(cells)
    )


def use_of_time(stored: StoredFigures, times: list[Bookable]) -> UseOfTime:
    """Chart 3: what became of the bookable time of past days, by doctor and together."""
    sums, past = [entry for entry in stored.sums if entry.past], [time for time in times if time.window.past]
    doctors = []
    for doctor in concerned(stored):
        number = doctor.doctor_id
        use = _use(
            [time for time in past if time.window.now and time.doctor_id == number],
            [entry for entry in sums if entry.now and entry.doctor_id == number],
        )
        if use.bookable or use.seen or use.outside or use.no_show or use.no_outcome:
            doctors.append((Named(number, doctor.name), use))
    shown = {time.doctor_id for time in times}
    now, before = (
        _use(
            [time for time in past if time.window.now == now],
            [entry for entry in sums if entry.now == now and entry.doctor_id in shown],
        )
        for now in (True, False)
    )
    until = next((window.last for window in stored.windows if window.now and window.past), None)
    return UseOfTime(until, tuple(doctors), now, before)


def _use(times: list[Bookable], sums: list[DoctorSum]) -> TimeUse:
    asked = [entry for entry in sums if entry.asked]
    by_status: Counter[str] = Counter()
    buffers: Counter[str] = Counter()
    for entry in asked:
        by_status[entry.status] += entry.minutes
        buffers[entry.status] += entry.buffer_minutes
    outside, no_show = by_status[OUTSIDE], by_status[Status.NO_SHOW]
    seen = by_status[Status.COMPLETED] - outside
    no_outcome = sum(by_status[status] for status in OPEN)
    buffer = buffers[Status.COMPLETED]
    other = sum(_taken(entry) for entry in sums if not entry.asked)
    bookable, blocked = sum(time.minutes for time in times), sum(time.blocked for time in times)
    kept = (Status.COMPLETED, Status.NO_SHOW, *OPEN)
    return TimeUse(
        bookable=bookable,
        seen=seen,
        no_show=no_show,
        no_outcome=no_outcome,
        buffer=buffer,
        blocked=blocked,
        unused=metrics.unused_minutes(bookable, seen, no_show, no_outcome, buffer, blocked, other),
        outside=outside,
        ceiling=metrics.buffer_ceiling(
            sum(by_status[status] for status in kept), sum(buffers[status] for status in kept)
        ),
        other=other,
    )


def _taken(entry: DoctorSum) -> int:
    """The minutes that visits of another type took, counted as those of the type asked for are."""
    if entry.status == Status.CANCELLED:
        return 0
    if entry.status == OUTSIDE:
        return -entry.minutes
    return entry.minutes + (entry.buffer_minutes if entry.status == Status.COMPLETED else 0)


def busy_hours(stored: StoredFigures, times: list[Bookable]) -> tuple[HourCell, ...]:
    """Chart 4: open and booked minutes of every hour of the week that has either, in this period or the one before."""
    opened: dict[bool, Counter[WeekHour]] = {True: Counter(), False: Counter()}
    for time in times:
        opened[time.window.now].update(time.by_hour)
    booked: dict[bool, Counter[WeekHour]] = {True: Counter(), False: Counter()}
    for day, hour, minutes in stored.hours:
        booked[day >= stored.asked.first][day.weekday(), hour] += minutes
    cells = sorted({*opened[True], *opened[False], *booked[True], *booked[False]})
    return tuple(
        HourCell(
            weekday=cell[0],
            hour=cell[1],
            open=opened[True][cell],
            booked=booked[True][cell],
            booked_before=booked[False][cell],
            open_before=opened[False][cell],
        )
        for cell in cells
    )
