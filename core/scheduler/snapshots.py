"""How long one waits, measured once a day: the third next available of every visit type, with whichever doctor and each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite

from core.domain.clock import Clock
from core.domain.diary import Diary, Length
from core.domain.opening import day_span
from core.domain.slots import MINUTE
from core.domain.third_next_available import third_next_available
from core.scheduler.availability import days_window, load_taken
from core.scheduler.clinic import (
    Clinic,
    ClinicNotSetUp,
    load_clinic,
    load_doctors,
    load_offers,
    load_visit_types,
)
from core.scheduler.demand import lengths_of, offered_by
from core.scheduler.store import Store
from core.scheduler.tables import availability_snapshots
from core.scheduler.types import epoch, from_epoch

WHICHEVER = 0
"""Stands for a doctor's number where it does not matter who it is."""

AGAIN_AFTER = timedelta(minutes=10)

_COLUMNS = ("day", "visit_type_id", "doctor_id", "days")

Measured = tuple[date, int, int, int | None]
"""Day, visit type, doctor (or WHICHEVER), days to the third free slot (None where there is none)."""


class Snapshots:
    """The daily measurement. Any number of workers may take it; the first one of a day stays."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self) -> datetime:
        """Measure the clinic's day and keep what nobody kept yet; the instant from which it is time again.

        That is the clinic's next midnight, or soon where the clinic offers nothing yet.
        """
        now = self._clock()
        try:
            clinic, rows = self._store.read(lambda connection: _measure_now(connection, now))
        except ClinicNotSetUp:
            return now + AGAIN_AFTER
        if not rows:
            return now + AGAIN_AFTER
        self._store.write(lambda connection: keep(connection, rows))
        return from_epoch(day_span(now.astimezone(clinic.zone).date(), clinic.zone)[1])


def keep(connection: Connection, rows: Sequence[Measured]) -> None:
    """Store measurements; where a day's is there already, that one stays."""
    connection.execute(_keeping(connection), [dict(zip(_COLUMNS, row, strict=True)) for row in rows])


def measure(
    diary: Diary,
    offered: Mapping[int, Sequence[int]],
    lengths: Mapping[int, Length],
    day: date,
    zone: ZoneInfo,
    earliest: int,
    latest: int,
) -> Iterator[Measured]:
    """The third next available of each visit type, with whichever of its doctors and with each; bounds in epoch seconds."""
    for visit_type_id, length in lengths.items():
        doctors = offered.get(visit_type_id, ())
        if doctors:
            starts = diary.free_with_any(doctors, length, earliest, latest)
            yield day, visit_type_id, WHICHEVER, third_next_available(starts, day, zone)
        for doctor_id in doctors:
            starts = diary.free(doctor_id, length, earliest, latest)
            yield day, visit_type_id, doctor_id, third_next_available(starts, day, zone)


def _measure_now(connection: Connection, now: datetime) -> tuple[Clinic, list[Measured]]:
    clinic = load_clinic(connection)
    doctors = [doctor.doctor_id for doctor in load_doctors(connection)]
    offered = offered_by(load_offers(connection), doctors)
    window = days_window(clinic, None, None, now)
    taken = load_taken(connection, clinic, doctors, window, None)  # without the holds of these ten minutes
    diary = Diary((time.day(doctor_id) for doctor_id, time in taken.items()), clinic.policy.grid_minutes * MINUTE)
    today = now.astimezone(clinic.zone).date()
    lengths = lengths_of(load_visit_types(connection))
    rows = measure(diary, offered, lengths, today, clinic.zone, epoch(window.start), epoch(window.end))
    return clinic, list(rows)


def _keeping(connection: Connection) -> Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(availability_snapshots).on_conflict_do_nothing()
    return postgresql.insert(availability_snapshots).on_conflict_do_nothing()
