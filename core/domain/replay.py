"""Telling a clinic's days again: the same requests meet other hours, other lengths or another doctor.

A discrete-event replay, pure and repeatable: nothing is drawn here, chance is handed in. All times are whole epoch
seconds. What it assumes is said to people in core/ui/what_if/assumptions.py; change both together.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import heappop, heappush
from itertools import chain, islice
from zoneinfo import ZoneInfo

from core.domain.diary import Diary, Length
from core.domain.opening import day_span
from core.domain.slots import MINUTE, DoctorDay
from core.domain.third_next_available import THIRD, third_next_available

_DAY = 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Setting:
    """A clinic in which requests meet free time.

    `days` are the days told, without a gap; `times` each doctor's opening and closed time, without appointments, until
    the horizon after the last day; `offered` the doctors who offer a visit type, where whichever may be asked for;
    `lengths` of the visit types whose wait is measured. `notice`, `horizon` and `grid` are seconds.
    """

    zone: ZoneInfo
    days: Sequence[date]
    times: Mapping[int, DoctorDay]
    offered: Mapping[int, Sequence[int]]
    lengths: Mapping[int, Length]
    notice: int
    horizon: int
    grid: int

    @property
    def begins(self) -> int:
        """The first midnight."""
        return day_span(self.days[0], self.zone)[0]

    @property
    def ends(self) -> int:
        """The midnight after the last day."""
        return day_span(self.days[-1], self.zone)[1]


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as it came: asked for at an instant, by a person, for a time with a doctor; perhaps cancelled."""

    asked_at: int
    user_id: int
    doctor_id: int
    visit_type_id: int
    starts_at: int
    length: Length
    cancelled_at: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for: the first free time from `earliest` on, with one doctor, or whichever (None)."""

    asked_at: int
    earliest: int
    doctor_id: int | None
    visit_type_id: int
    length: Length
    cancelled_at: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A time that was given to somebody; `kept` unless it was cancelled before it came."""

    doctor_id: int
    starts_at: int
    length: Length
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Course:
    """How it went: the times given, those from before the first day included, and how many wishes found none.

    `waits` has for each visit type the days to its third free slot, one number for each midnight; the horizon's days
    where there was no third slot.
    """

    given: Sequence[Given]
    unmet: int
    waits: Mapping[int, Sequence[int]]


def booked_before(setting: Setting, bookings: Iterable[Booking]) -> list[Booking]:
    """What fills the diary at the start: asked for before the first midnight, and not cancelled by then."""
    begins = setting.begins
    return [
        booking
        for booking in bookings
        if booking.asked_at < begins and (booking.cancelled_at is None or booking.cancelled_at > begins)
    ]


def understand(setting: Setting, bookings: Sequence[Booking]) -> tuple[list[Wish], Course]:
    """What people wished for in these days, told from what they took; and how it really went.

    Somebody who took one of the first three times then free wished to come as soon as possible; everyone else wished for
    the time they took, or the next free one. Who came twice or more, always to one doctor, wishes for that doctor;
    everyone else for whichever.
    """
    told = _Telling(setting, booked_before(setting, bookings))
    keeps = _keep_their_doctor(bookings)
    begins, ends = setting.begins, setting.ends
    wishes = []
    for booking in sorted(bookings, key=lambda booking: booking.asked_at):
        if not begins <= booking.asked_at < ends:
            continue
        told.until(booking.asked_at)
        doctor_id = booking.doctor_id
        whichever = booking.user_id not in keeps and setting.offered.get(booking.visit_type_id)
        asked_of = setting.offered[booking.visit_type_id] if whichever else (doctor_id,)
        soonest = min(booking.asked_at + setting.notice, booking.starts_at)
        earlier = chain.from_iterable(
            told.diary.free(asked, booking.length, soonest, booking.starts_at) for asked in asked_of
        )
        hurried = len(list(islice(earlier, THIRD))) < THIRD
        wishes.append(
            Wish(
                booking.asked_at,
                soonest if hurried else booking.starts_at,
                None if whichever else doctor_id,
                booking.visit_type_id,
                booking.length,
                booking.cancelled_at,
            )
        )
        told.give(doctor_id, booking.starts_at, booking.length, booking.cancelled_at)
    return wishes, told.course(unmet=0)


def replay(setting: Setting, before: Iterable[Booking], wishes: Iterable[Wish], lots: Iterable[float]) -> Course:
    """How these wishes, in the order in which they were asked, would have gone in this setting.

    `before` fills the diary at the start. Each wish has a lot from 0 up to but not including 1, which chooses between
    doctors who are free at the same time.
    """
    told = _Telling(setting, before)
    unmet = 0
    for wish, lot in zip(wishes, lots, strict=True):
        told.until(wish.asked_at)
        found = _first_free(told.diary, setting, wish, lot)
        if found is None:
            unmet += 1
        else:
            told.give(*found, wish.length, wish.cancelled_at)
    return told.course(unmet)


def _first_free(diary: Diary, setting: Setting, wish: Wish, lot: float) -> tuple[int, int] | None:
    """The doctor and the start; nobody is offered a time later than the horizon after the one they wished for."""
    asked_of = setting.offered[wish.visit_type_id] if wish.doctor_id is None else (wish.doctor_id,)
    turn = int(lot * len(asked_of))
    found, latest = None, wish.earliest + setting.horizon
    for doctor_id in (*asked_of[turn:], *asked_of[:turn]):
        start = diary.first_free(doctor_id, wish.length, wish.earliest, latest)
        if start is not None:
            found, latest = (doctor_id, start), start
            if start == wish.earliest:
                break
    return found


def _keep_their_doctor(bookings: Iterable[Booking]) -> set[int]:
    """The people who came at least twice, and always to the same doctor."""
    seen: defaultdict[int, list[int]] = defaultdict(list)
    for booking in bookings:
        seen[booking.user_id].append(booking.doctor_id)
    return {user_id for user_id, doctors in seen.items() if len(doctors) > 1 and len(set(doctors)) == 1}


class _Telling:
    """The diary as it stands at an instant of the course, and what is noted on the way."""

    def __init__(self, setting: Setting, before: Iterable[Booking]) -> None:
        self.diary = Diary(setting.times.values(), setting.grid)
        self._setting = setting
        self._midnights = deque((day_span(day, setting.zone)[0], day) for day in setting.days)
        self._given: list[Given] = []
        self._cancellations: list[tuple[int, int]] = []
        self._waits: dict[int, list[int]] = {visit_type_id: [] for visit_type_id in setting.lengths}
        for booking in before:
            self.give(booking.doctor_id, booking.starts_at, booking.length, booking.cancelled_at)

    def give(self, doctor_id: int, start: int, length: Length, cancelled_at: int | None) -> None:
        """Give somebody a time; it comes back when they cancel, if that is before it begins."""
        self.diary.take(doctor_id, start, start + length.seconds)
        if cancelled_at is not None and cancelled_at < start:
            heappush(self._cancellations, (cancelled_at, len(self._given)))
        self._given.append(Given(doctor_id, start, length))

    def until(self, moment: int) -> None:
        """Let happen what happens up to the moment: midnights, at which the wait is measured, and cancellations."""
        while self._midnights and self._midnights[0][0] <= moment:
            midnight, day = self._midnights.popleft()
            self._cancel(midnight)
            self._measure(midnight, day)
        self._cancel(moment)

    def course(self, unmet: int) -> Course:
        """The whole, to the end of the last day."""
        self.until(self._setting.ends)
        return Course(self._given, unmet, self._waits)

    def _cancel(self, moment: int) -> None:
        while self._cancellations and self._cancellations[0][0] <= moment:
            _, number = heappop(self._cancellations)
            one = self._given[number]
            self.diary.release(one.doctor_id, one.starts_at, one.starts_at + one.length.seconds)
            self._given[number] = replace(one, kept=False)

    def _measure(self, midnight: int, day: date) -> None:
        setting = self._setting
        latest = midnight + setting.horizon
        for visit_type_id, length in setting.lengths.items():
            doctors = setting.offered.get(visit_type_id, ())
            starts = self.diary.free_with_any(doctors, length, midnight + setting.notice, latest)
            days = third_next_available(starts, day, setting.zone)
            self._waits[visit_type_id].append(setting.horizon // _DAY if days is None else days)
