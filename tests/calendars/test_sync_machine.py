"""Random histories on both sides, with every fault and crash: once it is quiet, calendars and clinic agree."""

import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.calendars import pull, pusher, pushing
from core.domain.errors import CareSlotError
from core.scheduler.booking import Booking
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.patients import Patients
from core.scheduler.store import Store, open_engine
from core.scheduler.tables import appointments, calendar_links
from core.scheduler.undecided import Undecided
from tests.calendars.drift import Drift
from tests.calendars.stepwise import CRASH, FAULTS, HALT
from tests.calendars.two_way import DAY, HOUR, MINUTE, NINE, at
from tests.conftest import HandClock
from tests.empty_databases import EmptyDatabases

SOAKING = settings.get_current_profile_name() == "soak"

which = st.integers(0, 30)
doctors = st.integers(1, 2)
# On Tuesday and Wednesday within hours, and now and then today, past, at lunch or at night.
HALF = 30 * MINUTE
slots = st.sampled_from(
    [NINE + day * DAY + step * HALF for day in (0, 1) for step in (4, 5, 8, 9, 10, 0, 1, 2)]
    + [NINE - DAY + step * HALF for step in (-2, 1, 2, 4, 7, 20)]
)
lengths = st.sampled_from([20, 20, 20, 30, 300])
places = st.sampled_from(["clinic", "own"])
faults = st.one_of(
    st.just((0, "")),
    st.tuples(st.integers(1, 9), st.sampled_from([CRASH, HALT, *FAULTS])),
    st.tuples(st.integers(1, 9), st.sampled_from([CRASH, HALT])),
)


def one_of(choices, number: int):
    return choices[number % len(choices)] if choices else None


class SyncMachine(RuleBasedStateMachine):
    def __init__(self, address: str, done: Callable[[], None]) -> None:
        super().__init__()
        self.done = done
        self.store = Store(open_engine(address))
        self.keys = 0

    @initialize(tombstones=st.booleans(), two=st.booleans())
    def open_the_clinic(self, tombstones: bool, two: bool) -> None:
        self.clinic = Drift(self.store, HandClock(NINE), tombstones=tombstones, two=two)
        self.calendars = ClinicCalendars(self.store, self.clinic.clock)
        for number in range(4):
            self.book(number % 2 + 1, number // 2 + 1, NINE + number * HOUR / 2)
        self.clinic.workers[0].work("push")
        self.clinic.workers[0].work("read")

    def attempt(self, work, *arguments, **named) -> None:
        with suppress(CareSlotError):
            work(*arguments, **named)

    def number(self, which: int) -> int | None:
        return one_of([row["appointment_id"] for row in self.clinic.rows(appointments)], which)

    # People in the clinic.

    @rule(user=doctors, doctor=doctors, starts=slots)
    def book(self, user: int, doctor: int, starts) -> None:
        self.keys += 1
        booking = Booking(f"k{self.keys}", user, doctor, 1, starts)
        self.attempt(self.clinic.scheduler.book_appointment, self.clinic.clinic["reception"], booking)

    @rule(which=which, doctor=doctors, starts=slots)
    def move(self, which: int, doctor: int, starts) -> None:
        staff = self.clinic.clinic["reception"]
        self.attempt(self.clinic.scheduler.reschedule, staff, self.number(which), starts, doctor_id=doctor)

    @rule(which=which)
    def move_back(self, which: int) -> None:
        """To when its event was last agreed to be, whatever was sent since."""
        link = one_of([row for row in self.clinic.rows(calendar_links) if row["agreed_starts_at"]], which)
        if link is not None:
            staff = self.clinic.clinic["reception"]
            self.attempt(self.clinic.scheduler.reschedule, staff, link["appointment_id"], link["agreed_starts_at"])

    @rule(which=which, what=st.sampled_from(["cancel", "undo", "check_in", "undo"]))
    def change(self, which: int, what: str) -> None:
        work = getattr(self.clinic.scheduler, what)
        self.attempt(work, self.clinic.clinic["reception"], self.number(which))

    @rule(user=doctors, name=st.sampled_from(["John Doe", "Jane Doe"]))
    def rename(self, user: int, name: str) -> None:
        patients = Patients(self.store, self.clinic.clock)
        born = date(1980, 1, 1)
        patients.change(self.clinic.clinic["reception"], user, name, f"p{user}@example.com", "+41 44 123 45 67", born)

    @rule(calendar=places, detail=st.sampled_from(["full", "initials", "private"]))
    def tell(self, calendar: str, detail: str) -> None:
        self.calendars.save(self.clinic.clinic["manager"], calendar, name=calendar, detail=detail, auto=True)

    @rule(doctor=doctors, calendar=st.sampled_from(["clinic", "own", "own", None]))
    def assign(self, doctor: int, calendar: str | None) -> None:
        self.clinic.assign(doctor, calendar)

    def waiting(self) -> Undecided:
        return self.clinic.decisions.undecided(self.clinic.clinic["manager"])

    @precondition(lambda self: self.waiting() != Undecided((), (), ()))
    @rule(which=which, button=st.sampled_from(["keep", "cancel_now", "put_all_back", "cancel_all", "withdraw_move"]))
    def press(self, which: int, button: str) -> None:
        decisions, manager = self.clinic.decisions, self.clinic.clinic["manager"]
        waiting = self.waiting()
        subject = {
            "keep": one_of([one.link_id for one in (*waiting.gone, *waiting.vanished)], which),
            "cancel_now": one_of([one.link_id for one in (*waiting.gone, *waiting.vanished)], which),
            "withdraw_move": self.number(which),
        }.get(button, one_of([one.calendar_id for one in waiting.vanished], which))
        if subject is not None:
            self.attempt(getattr(decisions, button), manager, subject)

    @precondition(lambda self: self.waiting().conflicts)
    @rule(which=which, theirs=st.booleans())
    def decide(self, which: int, theirs: bool) -> None:
        decisions, manager = self.clinic.decisions, self.clinic.clinic["manager"]
        conflict = one_of(self.waiting().conflicts, which)
        if theirs:
            self.attempt(decisions.take_theirs, manager, conflict.conflict_id, "It was agreed so")
        else:
            decisions.keep_ours(manager, conflict.conflict_id)

    # Somebody in the calendars.

    @rule(which=which, starts=slots, minutes=lengths)
    def drag(self, which: int, starts, minutes: int) -> None:
        if found := one_of(self.clinic.living(), which):
            calendar, event, number = found
            self.clinic.memories[calendar].move(event.event_id, at(starts, minutes))
            self.clinic.moved_there(number, at(starts, minutes))

    @rule(which=which, what=st.sampled_from(["edit", "remove", "remove", "all_day", "repeat", "copy"]))
    def touch(self, which: int, what: str) -> None:
        if not (found := one_of(self.clinic.living(), which)):
            return
        calendar, event, _ = found
        memory = self.clinic.memories[calendar]
        if what == "edit":
            memory.edit(event.event_id, f"Lunch {event.etag}")
        elif what == "remove":
            memory.remove(event.event_id)
        elif what == "all_day" and event.starts_at is not None and not event.recurring:
            memory.make_all_day(event.event_id)
        elif what == "repeat" and event.starts_at is not None and not event.recurring:
            memory.make_recurring(event.event_id)
        elif what == "copy" and event.starts_at is not None and not event.recurring:
            name = uuid.UUID(int=self.keys * 1000 + len(memory.events)).hex
            memory._store(replace(event, event_id=name, uid=name))

    @rule(which=which, new_name=st.booleans())
    def carry(self, which: int, new_name: bool) -> None:
        """Drag the event into the other calendar: Google keeps its id, other programs its UID only."""
        if not (found := one_of(self.clinic.living(), which)):
            return
        calendar, event, _ = found
        if event.recurring or event.all_day:
            return
        other = self.clinic.memories["own" if calendar == "clinic" else "clinic"]
        name = uuid.UUID(int=len(other.events) + 500).hex if new_name else event.event_id
        self.clinic.carry(calendar, event, name)

    @rule(calendar=places, starts=slots, times=st.integers(1, 3), busy=st.booleans())
    def add_foreign(self, calendar: str, starts, times: int, busy: bool) -> None:
        spans = [at(starts + day * DAY, 30) for day in range(times)]
        self.clinic.memories[calendar].add_foreign(*spans, busy=busy)

    @rule(calendar=places, which=which, starts=slots, away=st.booleans())
    def change_foreign(self, calendar: str, which: int, starts, away: bool) -> None:
        memory = self.clinic.memories[calendar]
        ours = self.clinic._ids_ever()
        theirs = [one for one in memory.living if not ours.keys() & {one.event_id, one.uid} and not one.recurring]
        if (event := one_of(theirs, which)) and away:
            memory.remove(event.event_id)
        elif event and not event.all_day:
            memory.move(event.event_id, at(starts, 30))

    # Workers, and what befalls them and the calendars.

    def work(self, worker: int, what: str, fault: tuple[int, str]) -> None:
        chosen = self.clinic.workers[worker]
        if chosen.halted:
            chosen.go_on()
        chosen.work(what, *fault)
        if chosen.dead:
            self.clinic.workers[worker] = self.clinic.new_worker()

    @rule(worker=st.integers(0, 1), fault=faults)
    def push(self, worker: int, fault: tuple[int, str]) -> None:
        self.work(worker, "push", fault)

    @rule(worker=st.integers(0, 1), fault=faults)
    def read(self, worker: int, fault: tuple[int, str]) -> None:
        self.clinic.call()
        self.work(worker, "read", fault)

    @rule(worker=st.integers(0, 1), fault=faults)
    def settle(self, worker: int, fault: tuple[int, str]) -> None:
        self.clinic.pass_time(10)
        self.work(worker, "settle", fault)

    @precondition(lambda self: any(worker.halted for worker in self.clinic.workers))
    @rule(killed=st.booleans())
    def go_on(self, killed: bool) -> None:
        for number, worker in enumerate(self.clinic.workers):
            if worker.halted and killed:
                worker.kill()
                self.clinic.workers[number] = self.clinic.new_worker()
            elif worker.halted:
                worker.go_on()

    @rule(minutes=st.sampled_from([1, 1, 4, 11, 61]))
    def wait(self, minutes: int) -> None:
        self.clinic.pass_time(minutes)

    @rule(calendar=places, what=st.sampled_from(["vanish", "reappear", "forget_cursors"]))
    def trouble(self, calendar: str, what: str) -> None:
        getattr(self.clinic.memories[calendar], what)()

    @invariant()
    def nothing_happens_by_itself(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.causes()

    def teardown(self) -> None:
        try:
            if hasattr(self, "clinic"):
                self.end()
        finally:
            for worker in self.clinic.workers if hasattr(self, "clinic") else ():
                worker.kill()
            self.store.dispose()
            self.done()

    def end(self) -> None:
        self.clinic.go_quiet()
        for worker in self.clinic.workers:
            if worker.halted:  # it was away for hours, and others did its work
                worker.go_on()
        self.clinic.go_quiet()
        self.clinic.agreement()
        self.clinic.nothing_left()


class Even:
    """Chance without chance: a history that fails has to fail again."""

    def random(self) -> float:
        return 0.5


@pytest.fixture(autouse=True)
def even_chances(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pull, pusher):
        monkeypatch.setattr(module, "_CHANCE", Even())


@pytest.fixture(autouse=True)
def nothing_unexpected(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that the worker would log and survive fails the test."""

    def fail(error: Exception, where: str) -> None:
        raise AssertionError(where) from error

    for module in (pusher, pushing, pull):
        monkeypatch.setattr(module, "report", fail)


def run(machine: Callable[[], SyncMachine], runs: int) -> None:
    chosen = settings(
        max_examples=settings.get_profile("soak").max_examples if SOAKING else runs,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_calendars_and_clinic_agree_in_the_end(tmp_path: Path, sqlite_template: Path) -> None:
    def machine() -> SyncMachine:
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "clinic.db")
        return SyncMachine(f"sqlite:///{folder / 'clinic.db'}", lambda: shutil.rmtree(folder))

    run(machine, 100)


@pytest.mark.postgresql
def test_they_agree_on_postgresql_too(postgresql_pool: EmptyDatabases) -> None:
    def machine() -> SyncMachine:
        name = postgresql_pool.take()
        return SyncMachine(postgresql_pool.server.url(name), lambda: postgresql_pool.give_back(name))

    run(machine, 15)
