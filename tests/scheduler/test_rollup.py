"""The kept figures against a plain count over the appointments, after random histories and fixed ones."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from core.domain.appointment import Status
from core.domain.errors import CareSlotError
from core.domain.opening import OpeningHours, open_spans
from core.scheduler import rollup, tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.setup import ClinicSetup
from core.scheduler.statistics import prove
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import ZONE, make_clinic

# The week in which London's clocks go back, in the night to Sunday 25 October 2026.
MONDAY = datetime(2026, 10, 19, 6, 0, tzinfo=UTC)
LONDON = ZoneInfo(ZONE)

Figures = dict[str, Counter[tuple[Any, ...]]]


def counted(store: Store) -> Figures:
    """What the appointments come to, minute by minute."""
    found: Figures = {"visits": Counter(), "minutes": Counter(), "buffers": Counter()}
    found |= {"hours": Counter(), "waits": Counter(), "outside": Counter()}
    with store.engine.connect() as connection:
        rows = connection.execute(select(tables.appointments)).all()
        closures = [(row.doctor_id, row.starts_at, row.ends_at) for row in connection.execute(select(tables.closures))]
        hours = [row[1:] for row in connection.execute(select(tables.opening_hours))]
    for row in rows:
        wall = row.starts_at.astimezone(LONDON)
        minutes = int((row.ends_at - row.starts_at).total_seconds()) // 60
        who = (wall.date(), row.doctor_id, row.visit_type_id)
        lead = min(91, max(0, (row.starts_at - row.created_at).days))
        key = (*who, wall.hour, row.status, int(row.cancelled_late), lead)
        found["visits"][key] += 1
        found["minutes"][key] += minutes
        found["buffers"][key] += int((row.occupied_until - row.ends_at).total_seconds()) // 60
        if row.status != "cancelled":
            for minute in range(minutes):
                at = datetime.combine(wall.date(), wall.time()) + timedelta(minutes=minute)
                found["hours"][(at.date(), row.doctor_id, row.visit_type_id, at.hour)] += 1
        for stage, until in (("wait", row.started_at), ("cycle", row.completed_at)):
            if row.checked_in_at is not None and until is not None:
                waited = int((until - row.checked_in_at).total_seconds()) // 60
                found["waits"][(*who, wall.hour, stage, waited)] += 1
        weekly = [OpeningHours(*entry[1:]) for entry in hours if entry[0] == row.doctor_id]
        spans = open_spans(weekly, LONDON, wall.date(), wall.date() + timedelta(days=1))
        for minute in range(minutes):
            at = row.starts_at + timedelta(minutes=minute)
            closed = any(who in {None, row.doctor_id} and since <= at < until for who, since, until in closures)
            if closed or not any(since <= at.timestamp() < until for since, until in spans):
                found["outside"][(row.appointment_id, *(wall.date(), row.doctor_id, row.visit_type_id))] += 1
    return found


def kept(store: Store) -> Figures:
    """What the tables of figures say."""
    with store.engine.connect() as connection:
        visits = [tuple(row) for row in connection.execute(select(tables.visit_figures))]
        hours = [tuple(row) for row in connection.execute(select(tables.hour_figures))]
        waits = [tuple(row) for row in connection.execute(select(tables.wait_figures))]
        outside = [tuple(row) for row in connection.execute(select(tables.outside_hours))]
    return {
        "visits": Counter({row[:7]: row[7] for row in visits}),
        "minutes": Counter({row[:7]: row[8] for row in visits}),
        "buffers": Counter({row[:7]: row[9] for row in visits}),
        "hours": Counter({row[:4]: row[4] for row in hours}),
        "waits": Counter({row[:6]: row[6] for row in waits}),
        "outside": Counter({row[:4]: row[4] for row in outside}),
    }


class History:
    """A clinic to which anything may happen; what is refused changes nothing."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock(MONDAY)
        self.clinic = make_clinic(store, self.clock, patients=3)
        self.scheduler = AppointmentScheduler(store, self.clock)
        self.setup = ClinicSetup(store, self.clock)
        self.made: list[int] = []
        self.closures: list[int] = []

    def attempt(self, work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        try:
            return work(self.clinic["manager"], *arguments, **more)
        except CareSlotError:
            return None

    def book(self, starts: datetime, doctor: int, kind: int, override: bool) -> None:
        booking = Booking(
            f"k{self.clock()}{starts}{doctor}",
            1 + len(self.made) % 3,
            doctor,
            kind,
            starts,
            override_reason="asked for" if override else "",
        )
        if (booked := self.attempt(self.scheduler.book_appointment, booking)) is not None:
            self.made.append(booked.appointment_id)

    def move(self, which: int, starts: datetime, doctor: int, minutes: int | None) -> None:
        if self.made:
            number = self.made[which % len(self.made)]
            self.attempt(
                self.scheduler.reschedule,
                number,
                starts,
                doctor_id=doctor,
                minutes=minutes,
                override_reason="asked for",
            )

    def step(self, which: int, name: str) -> None:
        if self.made:
            self.attempt(getattr(self.scheduler, name), self.made[which % len(self.made)])

    def record(self, which: int, outcome: Status) -> None:
        if self.made:
            self.attempt(self.scheduler.record_outcome, self.made[which % len(self.made)], outcome)

    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    def close(self, doctor: int | None, starts: datetime, hours: int) -> None:
        self.attempt(self.setup.add_closure, doctor, starts, starts + timedelta(hours=hours))

    def reopen(self) -> None:
        closures = self.setup.closures(date(2026, 10, 1), date(2026, 11, 30))
        if closures:
            self.attempt(self.setup.remove_closure, closures[0].closure_id)

    def set_hours(self, doctor: int, opens: int, closes: int) -> None:
        hours = [OpeningHours(day, time(opens), time(closes)) for day in range(7)]
        self.attempt(self.setup.set_hours, doctor, hours)


doctors = st.integers(1, 2)
starts = st.builds(
    lambda day, step: MONDAY + timedelta(days=day, minutes=15 * step),
    st.sampled_from([0, 0, 0, 1, 6]),
    st.integers(2, 64),
)
which = st.integers(0, 4)
steps = st.sampled_from(["check_in", "start", "complete", "mark_no_show", "cancel", "undo", "undo"])
actions = st.one_of(
    st.tuples(st.just("book"), starts, doctors, doctors, st.booleans()),
    st.tuples(st.just("book"), starts, doctors, doctors, st.just(True)),
    st.tuples(st.just("move"), which, starts, doctors, st.sampled_from([None, None, 15, 95, 480])),
    st.tuples(st.just("step"), which, steps),
    st.tuples(st.just("record"), which, st.sampled_from([Status.COMPLETED, Status.NO_SHOW])),
    st.tuples(st.just("wait"), st.sampled_from([7, 55, 600, 1500])),
    st.tuples(st.just("close"), st.sampled_from([None, 1, 2]), starts, st.integers(1, 30)),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("set_hours"), doctors, st.integers(6, 11), st.integers(12, 22)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(actions, min_size=10, max_size=30))
def test_after_any_history_the_kept_figures_are_a_plain_count(
    sqlite_template: Path, history: list[tuple[Any, ...]]
) -> None:
    folder = Path(tempfile.mkdtemp())
    shutil.copy(sqlite_template, folder / "clinic.db")
    store = Store(open_engine(f"sqlite:///{folder / 'clinic.db'}"))
    try:
        clinic = History(store)
        for name, *arguments in history:
            getattr(clinic, name)(*arguments)
        assert kept(store) == counted(store)
        assert not any(prove(store, rebuild=True).values())
        assert kept(store) == counted(store)
    finally:
        store.dispose()
        shutil.rmtree(folder)


def eventful(store: Store) -> History:
    """A fixed history in which everything happens once."""
    clinic = History(store)
    nine = MONDAY.replace(hour=8)  # London is an hour ahead of UTC
    clinic.book(nine, 1, 1, override=False)
    clinic.book(nine + timedelta(minutes=45), 1, 2, override=False)
    clinic.book(nine.replace(hour=20, minute=30), 2, 2, override=True)
    clinic.book(nine + timedelta(days=1), 2, 2, override=False)
    clinic.book(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), 2, 2, override=True)
    clinic.move(2, MONDAY.replace(hour=22, minute=30), 2, 95)
    clinic.clock.advance(hours=2)
    for name in ("check_in", "start", "complete"):
        clinic.step(0, name)
        clinic.wait(11)
    clinic.step(1, "check_in")
    clinic.step(1, "undo")
    clinic.step(3, "cancel")
    clinic.close(None, nine, 30)
    clinic.set_hours(2, 11, 21)
    return clinic


def test_on_both_engines_the_kept_figures_are_a_plain_count(store: Store) -> None:
    clinic = eventful(store)
    assert len(clinic.made) == 5
    figures = kept(store)
    assert figures == counted(store)
    assert len(figures["outside"]) == 5
    assert {key[4] for key in figures["waits"]} == {"wait", "cycle"}
    # A visit from 23:30 to 01:05 counts for three hours of two days.
    assert {key[0].day: key[3] for key in figures["hours"] if key[3] in {23, 0, 1}}.keys() == {19, 20, 25}


def test_what_lies_outside_hours_follows_every_change(sqlite_store: Store) -> None:
    clinic = History(sqlite_store)
    nine = MONDAY.replace(hour=8)

    def outside() -> list[int]:
        assert kept(sqlite_store) == counted(sqlite_store)
        return list(kept(sqlite_store)["outside"].values())

    clinic.book(nine, 1, 2, override=False)
    assert outside() == []
    clinic.close(1, nine - timedelta(hours=1), 1)
    clinic.close(None, nine + timedelta(minutes=30), 1)
    assert outside() == [10]
    clinic.move(0, nine + timedelta(hours=5), 1, None)
    assert outside() == []
    clinic.step(0, "undo")
    assert outside() == [10]
    clinic.reopen()
    clinic.reopen()
    assert outside() == []
    clinic.set_hours(1, 10, 12)
    assert outside() == [40]
    clinic.step(0, "cancel")
    clinic.move(0, nine + timedelta(hours=1), 1, None)
    assert outside() == [40]
    clinic.step(0, "undo")
    clinic.move(0, nine + timedelta(hours=1), 1, None)
    assert outside() == []


def test_figures_that_were_tampered_with_are_told_and_made_anew(store: Store) -> None:
    eventful(store)
    store.write(lambda connection: connection.execute(update(tables.visit_figures).values(visits=7)))
    differing = prove(store, rebuild=False)
    assert differing["visit_figures"] > 0
    assert prove(store, rebuild=True) == differing
    assert not any(prove(store, rebuild=False).values())
    assert kept(store) == counted(store)


def test_appointments_loaded_in_bulk_are_counted_at_the_end(store: Store) -> None:
    eventful(store)
    figures = kept(store)

    def again(connection: Any) -> None:
        with rollup.in_bulk(connection):
            connection.execute(update(tables.appointments).values(reason="loaded"))
            connection.execute(update(tables.appointments).values(cancelled_late=True))

    store.write(again)
    assert kept(store) == counted(store) != figures


@pytest.mark.parametrize("name", sorted(rollup.NAMES))
def test_the_triggers_stand_in_the_catalogue(sqlite_store: Store, name: str) -> None:
    with sqlite_store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    assert name in found


def test_whoever_books_while_the_figures_are_made_anew_waits_and_is_counted(store: Store, database_url: str) -> None:
    clinic = eventful(store)
    other = Store(open_engine(database_url))
    nine = MONDAY.replace(hour=8) + timedelta(days=3)
    booked: list[Future[object]] = []

    def before(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.startswith("INSERT INTO visit_figures") and not booked:
            booking = Booking("meanwhile", 1, 1, 1, nine)
            scheduler = AppointmentScheduler(other, clinic.clock)
            booked.append(pool.submit(scheduler.book_appointment, clinic.clinic["manager"], booking))
            while not (store.is_sqlite or booked[0].done() or _waits(store)):
                wait(booked, timeout=0.01)

    with ThreadPoolExecutor() as pool:
        event.listen(store.engine, "before_cursor_execute", before)
        try:
            prove(store, rebuild=True)
        finally:
            event.remove(store.engine, "before_cursor_execute", before)
        booked[0].result()
    other.dispose()
    assert kept(store) == counted(store)
    assert not any(prove(store, rebuild=False).values())


def _waits(store: Store) -> bool:
    """Whether somebody waits for a lock of PostgreSQL's."""
    with store.engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())
