"""What a course of days is told from: who asked for which visits when, and the doctors' opening and closed time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, select, type_coerce

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.diary import Length
from core.domain.opening import Span, day_span
from core.domain.principal import Capability, Principal
from core.domain.replay import Booking
from core.domain.slots import MINUTE
from core.scheduler.access import require_doctor
from core.scheduler.availability import Window, load_taken, opening_of
from core.scheduler.clinic import Clinic, Doctor, VisitType, load_clinic, load_doctors, load_offers, load_visit_types
from core.scheduler.figure_times import load_working
from core.scheduler.store import Store
from core.scheduler.tables import appointments
from core.scheduler.types import from_epoch


@dataclass(frozen=True, slots=True)
class Demand:
    """The clinic with its doctors, active or not, its active visit types, and what was asked of it.

    `opening`, `closures` and `busy` (in the calendar) are each doctor's, as CareSlot knows them now for those days; whoever
    no longer works here has opening times until the last visit. `bookings` are ordered by when they were asked for, and lie from the first day to the horizon after the last; opening
    times go on until `open_until`.
    """

    clinic: Clinic
    first: date
    last: date
    open_until: date
    doctors: Sequence[Doctor]
    visit_types: Sequence[VisitType]
    offers: Mapping[int, Sequence[int]]
    opening: Mapping[int, Sequence[Span]]
    closures: Mapping[int, Sequence[Span]]
    busy: Mapping[int, Sequence[Span]]
    bookings: Sequence[Booking]

    @property
    def offered(self) -> dict[int, list[int]]:
        """The active doctors who offer each visit type."""
        return offered_by(self.offers, (doctor.doctor_id for doctor in self.doctors if doctor.active))


class PastDemand:
    """What was asked of the clinic, for those who may see all of its figures."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def read(self, principal: Principal, days: int) -> Demand:
        """The demand of so many days up to yesterday; NotAllowed for whoever sees their own figures only."""

        def work(connection: Connection) -> Demand:
            require_doctor(connection, principal, Capability.SEE_FIGURES, None, self._clock)
            clinic = load_clinic(connection)
            today = self._clock().astimezone(clinic.zone).date()
            return load_demand(connection, clinic, today - timedelta(days=days), today - timedelta(days=1))

        return self._store.read(work)


def load_demand(connection: Connection, clinic: Clinic, first: date, last: date) -> Demand:
    """All that is needed to tell the clinic's days from `first` to `last` again."""
    doctors = load_doctors(connection, active=False)
    horizon = timedelta(days=clinic.policy.horizon_days)
    # A wish for the last day that can be booked is looked for until the horizon after that.
    open_until = last + 2 * horizon
    begins, ends = day_span(first, clinic.zone)[0], day_span(open_until, clinic.zone)[1]
    window = Window(from_epoch(begins), from_epoch(ends - 1))
    taken = load_taken(connection, clinic, [doctor.doctor_id for doctor in doctors], window, None)
    working = load_working(connection, clinic.zone)
    return Demand(
        clinic,
        first,
        last,
        open_until,
        doctors,
        load_visit_types(connection),
        load_offers(connection),
        {number: opening_of(tuple(one.hours), clinic.zone, first, open_until) for number, one in working.items()},
        {doctor_id: time.closures for doctor_id, time in taken.items()},
        {doctor_id: time.busy for doctor_id, time in taken.items()},
        _bookings(connection, first, last + horizon),
    )


def offered_by(offers: Mapping[int, Sequence[int]], doctor_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each visit type the doctors, of these, who offer it."""
    offered: dict[int, list[int]] = {}
    for doctor_id in doctor_ids:
        for visit_type_id in offers.get(doctor_id, ()):
            offered.setdefault(visit_type_id, []).append(doctor_id)
    return offered


def lengths_of(visit_types: Iterable[VisitType]) -> dict[int, Length]:
    """How long each of these visit types takes a doctor."""
    return {kind.visit_type_id: Length(kind.minutes, kind.buffer_minutes) for kind in visit_types}


def _bookings(connection: Connection, first: date, last: date) -> list[Booking]:
    query = (
        select(
            _seconds(appointments.c.created_at),
            appointments.c.user_id,
            appointments.c.doctor_id,
            appointments.c.visit_type_id,
            _seconds(appointments.c.starts_at),
            _seconds(appointments.c.ends_at),
            _seconds(appointments.c.occupied_until),
            _seconds(appointments.c.cancelled_at),
            appointments.c.status,
        )
        .where(appointments.c.appointment_date.between(first, last))
        .order_by(appointments.c.created_at, appointments.c.appointment_id)
    )
    # Many are of the same few lengths, and one object of each will do.
    lengths: dict[tuple[int, int], Length] = {}
    bookings = []
    for asked, user_id, doctor_id, visit_type_id, starts, ends, until, cancelled, status in connection.execute(query):
        minutes = ((ends - starts) // MINUTE, (until - ends) // MINUTE)
        length = lengths.get(minutes) or lengths.setdefault(minutes, Length(*minutes))
        cancelled_at = cancelled if status == Status.CANCELLED else None
        bookings.append(Booking(asked, user_id, doctor_id, visit_type_id, starts, length, cancelled_at))
    return bookings


def _seconds(column: Column[object]) -> ColumnElement[int]:
    """The stored epoch seconds as they are."""
    return type_coerce(column, BigInteger)
