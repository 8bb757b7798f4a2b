"""The demo clinic's daily measurements of the past, told from when its visits were booked and cancelled."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from heapq import merge

from sqlalchemy import Connection

from core.domain.diary import Diary
from core.domain.opening import day_span
from core.domain.replay import Booking
from core.domain.slots import MINUTE, DoctorDay
from core.scheduler.clinic import load_clinic, load_doctors
from core.scheduler.demand import Demand, lengths_of, load_demand
from core.scheduler.demo.shapes import DAYS_BACK
from core.scheduler.snapshots import Measured, keep, measure

_DAY = 24 * 60 * MINUTE
_MANY_DOCTORS = 10

_Change = tuple[int, bool, Booking]
"""An instant in epoch seconds, whether time is given back then, and whose."""


def add_snapshots(connection: Connection, today: date) -> None:
    """What a worker would have measured at the midnights of the 270 days before today, however far back visits reach.

    A clinic of many doctors gets one day a week, for the sake of a quick start.
    """
    every = 7 if len(load_doctors(connection)) > _MANY_DOCTORS else 1
    days = [today - timedelta(days=back) for back in range(1, DAYS_BACK + 1, every)][::-1]
    keep(connection, list(_measured(load_demand(connection, load_clinic(connection), days[0], days[-1]), days)))


def _measured(demand: Demand, days: Iterable[date]) -> Iterator[Measured]:
    policy, zone = demand.clinic.policy, demand.clinic.zone
    times = [DoctorDay(doctor_id, opening, (), ()) for doctor_id, opening in demand.opening.items()]
    diary = Diary(times, policy.grid_minutes * MINUTE)
    offered, lengths = demand.offered, lengths_of(demand.visit_types)
    changes = _changes(demand.bookings)
    change = next(changes, None)
    for day in days:
        midnight = day_span(day, zone)[0]
        while change is not None and change[0] <= midnight:
            _, released, one = change
            (diary.release if released else diary.take)(
                one.doctor_id, one.starts_at, one.starts_at + one.length.seconds
            )
            change = next(changes, None)
        yield from measure(
            diary,
            offered,
            lengths,
            day,
            zone,
            midnight + policy.notice_minutes * MINUTE,
            midnight + policy.horizon_days * _DAY,
        )


def _changes(bookings: Iterable[Booking]) -> Iterator[_Change]:
    """Bookings and cancellations as they came."""
    taken = [(one.asked_at, False, one) for one in bookings]
    released = [(one.cancelled_at, True, one) for one in bookings if one.cancelled_at is not None]
    return merge(taken, sorted(released, key=lambda change: change[0]), key=lambda change: change[:2])
