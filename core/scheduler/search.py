"""Looking for slots, holding one, and telling why a time is not to be had."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import nsmallest
from itertools import groupby, islice
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select

from core.domain.appointment import Appointment
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.opening import day_span, wall_time
from core.domain.policy import InThePast, Refusal, refuse_outside_window
from core.domain.principal import Capability, NotAllowed, Principal, Role
from core.domain.slots import Slot
from core.domain.timespan import instant
from core.scheduler import ddl, holding
from core.scheduler.access import believed, require, require_appointment
from core.scheduler.availability import (
    Taken,
    Window,
    days_window,
    doctors_offering,
    first_slots,
    free_at,
    load_taken,
    near_first,
    refusal,
    slots_of,
)
from core.scheduler.clinic import Clinic, VisitType, load_clinic, load_visit_type
from core.scheduler.history import as_appointment, load_row, lock
from core.scheduler.holding import Hold
from core.scheduler.store import ConstraintBroken, PatientBusy, SlotHeld, SlotTaken, Store
from core.scheduler.tables import doctors
from core.scheduler.terms import Terms, load_terms
from core.scheduler.types import epoch
from core.scheduler.unread import UnreadCalendar, load_unread

T = TypeVar("T")

_NEXT_DAY = timedelta(days=1)
_NEAR = timedelta(days=14)
_NEAR_DAYS = timedelta(days=20)
_OFFERED = 3
_ACTIVE = select(doctors.c.doctor_id).where(doctors.c.doctor_id == bindparam("doctor_id"), doctors.c.active)


class ByPhoneOnly(Refusal):
    """This kind of visit is arranged by phone. Call {phone}."""


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """What is looked for; dates are the clinic's, both included; without a doctor, everyone who offers the visit type.

    A visit type that is not active any more has no time.
    `moving` is an appointment that looks for another time: it keeps its length and its buffer, what it takes now counts
    as free, and where it is now is not offered. With `minutes` it is to get another length on the way. Whoever may not
    move it gets NotAllowed, or ByPhoneOnly.
    """

    visit_type_id: int
    doctor_id: int | None = None
    first: date | None = None
    last: date | None = None
    limit: int | None = None
    moving: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class _FreeTime:
    """What one search loaded: the time of all its doctors at once; `moved` is not offered its own time."""

    clinic: Clinic
    visit_type: VisitType
    window: Window
    taken: dict[int, Taken]
    moved: Appointment | None

    def slots(self) -> Iterator[Slot]:
        """The free slots of all doctors, earliest first, lazily."""
        slots = slots_of(self.taken, self.visit_type, self.clinic, self.window.start, self.window.end)
        if self.moved is None:
            return slots
        stays = (self.moved.starts_at, self.moved.doctor_id)
        return (slot for slot in slots if (slot.starts_at, slot.doctor_id) != stays)

    def days(self, limit: int) -> list[tuple[date, int]]:
        """The first of the clinic's days that have space, with how many different times each has."""
        zone, found, midnight = self.clinic.zone, list[tuple[date, int]](), 0
        for start in self._starts():
            if start < midnight:
                found[-1] = (found[-1][0], found[-1][1] + 1)
            elif len(found) == limit:
                break
            else:
                day = wall_time(start, zone).date()
                midnight = day_span(day, zone)[1]
                found.append((day, 1))
        return found

    def _starts(self) -> Iterator[int]:
        """The epoch seconds of slots(), each once. Slots themselves are many, and take long to make."""
        if self.moved is None:
            free = free_at(self.taken, self.visit_type, self.clinic, self.window.start, self.window.end)
            return (start for start, _ in free)
        return (epoch(starts_at) for starts_at, _ in groupby(slot.starts_at for slot in self.slots()))


class SlotSearch:
    """Slots and holds; reading needs no sign-in, a hold belongs to the browser's visit."""

    _store: Store
    _clock: Clock

    def find_slots(self, principal: Principal, query: SlotQuery) -> list[Slot]:
        """Free slots that may be booked online, earliest first, at most `limit`."""

        def read(connection: Connection) -> list[Slot]:
            fresh, moved = self._allowed_to_look(connection, principal, query)
            return list(islice(self._free_time(connection, fresh, query, moved).slots(), query.limit))

        return self._store.read(read)

    def first_available(self, principal: Principal, visit_type_id: int) -> list[Slot]:
        """The soonest slot of each doctor who has one, soonest first."""

        def read(connection: Connection) -> list[Slot]:
            require(connection, principal, Capability.SEE_SLOTS, self._clock)
            clinic = load_clinic(connection)
            visit_type = load_visit_type(connection, visit_type_id)
            now = self._clock()
            waiting = doctors_offering(connection, visit_type_id) if visit_type.active else []
            found: list[Slot] = []
            # Nearly everybody has a slot within days, and two months of all doctors are much to read.
            for window in near_first(days_window(clinic, None, None, now)):
                taken = load_taken(connection, clinic, waiting, window, now, holder=principal.visitor)
                soonest = first_slots(taken, visit_type, clinic, window)
                found += soonest.values()
                waiting = [doctor_id for doctor_id in waiting if doctor_id not in soonest]
                if not waiting:
                    break
            return sorted(found)

        return self._store.read(read)

    def days_with_slots(
        self,
        principal: Principal,
        visit_type_id: int,
        doctor_id: int | None = None,
        after: date | None = None,
        limit: int = 10,
        moving: int | None = None,
    ) -> list[tuple[date, int]]:
        """The clinic's days that have space, with how many different times each has; those after a date, if given.

        `moving` is the appointment that looks for another time, as in SlotQuery.
        """
        first = None if after is None else after + timedelta(days=1)
        query = SlotQuery(visit_type_id, doctor_id, first, moving=moving)
        near = replace(query, last=(after or self._clock().date()) + _NEAR_DAYS)

        def read(connection: Connection) -> list[tuple[date, int]]:
            fresh, moved = self._allowed_to_look(connection, principal, query)
            # Everybody together nearly always has space within weeks, and two months of all doctors are much to read.
            days = self._free_time(connection, fresh, near, moved).days(limit) if doctor_id is None else []
            if len(days) < limit:
                days = self._free_time(connection, fresh, query, moved).days(limit)
            return days

        return self._store.read(read)

    def why_not(
        self, principal: Principal, doctor_id: int, visit_type_id: int, starts_at: datetime
    ) -> CareSlotError | None:
        """The rule that refuses this time to this principal, as an error with its sentence; None where it is free."""

        def read(connection: Connection) -> CareSlotError | None:
            fresh = require(connection, principal, Capability.SEE_SLOTS, self._clock)
            terms = load_terms(connection, visit_type_id, doctor_id)
            return self._why_not(connection, fresh, terms, doctor_id, instant(starts_at))

        return self._store.read(read)

    def unread(self, doctor_id: int | None) -> tuple[UnreadCalendar, ...]:
        """Whose free times may be taken by something in a calendar that has not been read: of one doctor, or of all."""
        return self._store.read(lambda connection: load_unread(connection, doctor_id, self._clock(), blocking=True))

    def hold(self, principal: Principal, doctor_id: int, visit_type_id: int, starts_at: datetime) -> Hold:
        """Keep a free time for the visitor, in place of an earlier hold; SlotTaken or a Refusal otherwise."""

        def work(connection: Connection) -> Hold:
            fresh = require(connection, principal, Capability.SEE_SLOTS, self._clock)
            if not fresh.visitor:
                raise NotAllowed
            lock(connection, {doctor_id}, None)
            terms = load_terms(connection, visit_type_id, doctor_id)
            start = instant(starts_at)
            problem = self._why_not(connection, fresh, terms, doctor_id, start)
            if problem is not None:
                raise problem
            now = self._clock()
            until = now + timedelta(minutes=terms.clinic.policy.hold_minutes)
            hold = Hold(doctor_id, visit_type_id, start, until, extended=False)
            whole = timedelta(minutes=terms.visit_type.minutes + terms.visit_type.buffer_minutes)
            holding.place(connection, fresh, hold, start + whole)
            return hold

        return self._racing(work, principal, doctor_id, visit_type_id, starts_at)

    def current_hold(self, principal: Principal) -> Hold | None:
        """The time that is kept for the visitor now, if any."""
        return self._store.read(lambda connection: holding.live_hold(connection, principal, self._clock()))

    def extend_hold(self, principal: Principal) -> Hold:
        """Keep the visitor's time for as long again, once; HoldOver where it has run out, HoldExtended the second time."""

        def work(connection: Connection) -> Hold:
            minutes = load_clinic(connection).policy.hold_minutes
            return holding.extend(connection, principal, minutes, self._clock())

        return self._store.write(work)

    def release(self, principal: Principal) -> None:
        """Let the visitor's time go."""
        self._store.write(lambda connection: holding.drop(connection, principal))

    def _allowed_to_look(
        self, connection: Connection, principal: Principal, query: SlotQuery
    ) -> tuple[Principal, Appointment | None]:
        """The principal as it stands now, and the appointment that is to move, if the query names one.

        Raises where the principal may not look.
        """
        if query.moving is None:
            return require(connection, principal, Capability.SEE_SLOTS, self._clock), None
        moved = as_appointment(load_row(connection, query.moving))
        fresh = require_appointment(
            connection,
            principal,
            Capability.BOOK,
            user_id=moved.user_id,
            doctor_id=moved.doctor_id,
            clock=self._clock,
        )
        return fresh, moved

    def _free_time(
        self, connection: Connection, principal: Principal, query: SlotQuery, moved: Appointment | None = None
    ) -> "_FreeTime":
        clinic = load_clinic(connection)
        visit_type = load_visit_type(connection, query.visit_type_id if moved is None else moved.visit_type_id)
        if moved is not None and principal.role is Role.PATIENT and not visit_type.online:
            raise _by_phone_only(clinic)
        if moved is not None:
            visit_type = replace(
                visit_type,
                minutes=query.minutes or moved.minutes,
                buffer_minutes=moved.buffer_minutes,
                active=True,
            )
        now = self._clock()
        window = days_window(clinic, query.first, query.last, now)
        doctor_ids = _doctors(connection, query, moved) if visit_type.active else []
        without = None if moved is None else moved.appointment_id
        taken = load_taken(
            connection, clinic, doctor_ids, window, now, holder=principal.visitor, without_appointment=without
        )
        return _FreeTime(clinic, visit_type, window, taken, moved)

    def _why_not(
        self,
        connection: Connection,
        fresh: Principal,
        terms: Terms,
        doctor_id: int,
        start: datetime,
        *,
        not_before: datetime | None = None,
        without: int | None = None,
    ) -> CareSlotError | None:
        """The rule that refuses the time; staff are bound by hours and overlap, but not by notice, horizon and grid."""
        now = self._clock()
        clinic, visit_type = terms.clinic, terms.visit_type
        staff = fresh.role not in {Role.PATIENT, Role.ANONYMOUS}
        try:
            if not staff:
                refuse_outside_window(clinic.policy, start, now, clinic.phone)
            elif start < (not_before or now):
                raise InThePast
        except Refusal as problem:
            return problem
        if (refused := terms.refusal) is not None:
            return refused
        if not staff and not visit_type.online:
            return _by_phone_only(clinic)
        window = Window(start, start + timedelta(minutes=visit_type.minutes + visit_type.buffer_minutes))
        taken = load_taken(
            connection, clinic, [doctor_id], window, now, holder=fresh.visitor, without_appointment=without
        )
        return refusal(taken[doctor_id], start, visit_type.minutes, visit_type.buffer_minutes, clinic, any_start=staff)

    def _racing(
        self,
        work: Callable[[Connection], T],
        principal: Principal,
        doctor_id: int,
        visit_type_id: int,
        starts_at: datetime,
    ) -> T:
        try:
            return self._store.write(work)
        except (ConstraintBroken, SlotTaken) as error:
            query = SlotQuery(visit_type_id, doctor_id)
            raise self._lost_race(error, principal, query, instant(starts_at)) from error

    def _lost_race(
        self,
        error: CareSlotError | ConstraintBroken,
        principal: Principal,
        query: SlotQuery,
        start: datetime,
    ) -> Exception:
        """The named rule as an expected error; alternatives to what was asked for are looked for only after the rollback."""
        if isinstance(error, ConstraintBroken) and error.name == ddl.PATIENT_OVERLAP:
            return PatientBusy()
        if isinstance(error, ConstraintBroken) and error.name != ddl.DOCTOR_OVERLAP:
            return error

        def nearest(connection: Connection) -> SlotTaken:
            clinic = load_clinic(connection)
            day = wall_time(epoch(start), clinic.zone).date()
            fresh = believed(connection, principal, self._clock)
            moved = None if query.moving is None else as_appointment(load_row(connection, query.moving))
            near: list[Slot] = []
            for reach in (_NEXT_DAY, _NEAR):
                around = replace(query, first=day - reach, last=day + reach)
                slots = self._free_time(connection, fresh, around, moved).slots()
                near = nsmallest(_OFFERED, slots, key=lambda slot: abs(slot.starts_at - start))
                # What lies beyond is at least as far away as the days looked at reach.
                if len(near) == _OFFERED and abs(near[-1].starts_at - start) <= reach:
                    break
            lost = SlotHeld if isinstance(error, SlotHeld) else SlotTaken
            return lost(time=start.astimezone(clinic.zone), nearest=tuple(sorted(near)))

        return self._store.read(nearest)


def _doctors(connection: Connection, query: SlotQuery, moved: Appointment | None) -> list[int]:
    """Whose time is looked at; the doctor of an appointment that moves need not offer its type any more."""
    if moved is None:
        return doctors_offering(connection, query.visit_type_id, query.doctor_id)
    found = doctors_offering(connection, moved.visit_type_id, query.doctor_id)
    if moved.doctor_id in found or query.doctor_id not in {None, moved.doctor_id}:
        return found
    return sorted([*found, *connection.execute(_ACTIVE, {"doctor_id": moved.doctor_id}).scalars()])


def _by_phone_only(clinic: Clinic) -> ByPhoneOnly:
    return ByPhoneOnly(phone=clinic.phone or "the clinic")
