"""64 workers on 50 slots: whatever they do, nobody is booked twice."""

import multiprocessing
import random
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text

from core.domain.appointment import Status
from core.domain.policy import Refusal
from core.domain.principal import SYSTEM
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking, SlotQuery
from core.scheduler.store import ConstraintBroken, DatabaseBusy, PatientBusy, SlotTaken, Store, open_engine
from tests.scheduler.clinic_factory import make_clinic

WORKERS, SLOTS, TRIES = 64, 50, 10
BUSY_TRIES = 5
NOW = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)


def fixed_clock() -> datetime:
    return NOW


def book_patiently(scheduler: AppointmentScheduler, booking: Booking) -> None:
    """Try again as a person would whom DatabaseBusy asks to: stores that share no lock can starve at SQLite's own."""
    for _ in range(BUSY_TRIES):
        try:
            scheduler.book_appointment(SYSTEM, booking)
        except DatabaseBusy:
            continue
        return
    raise DatabaseBusy


def through_the_use_case(url: str, worker: int, starts: list[datetime]) -> int:
    store = Store(open_engine(url))
    scheduler = AppointmentScheduler(store, fixed_clock)
    won = 0
    for number, start in enumerate(starts):
        try:
            book_patiently(scheduler, Booking(f"{worker}-{number}", worker + 1, 1, 1, start))
            won += 1
        except (SlotTaken, PatientBusy, Refusal):
            pass
    store.dispose()
    return won


def by_plain_sql(url: str, worker: int, starts: list[datetime]) -> int:
    store = Store(open_engine(url))
    won = 0
    for start in starts:
        values = {
            "user_id": worker + 1,
            "doctor_id": 1,
            "visit_type_id": 1,
            "starts_at": start,
            "ends_at": start + timedelta(minutes=20),
            "occupied_until": start + timedelta(minutes=25),
            "appointment_date": date(2026, 12, 8),
            "start_time": time(9),
            "end_time": time(9, 20),
            "status": Status.SCHEDULED.value,
            "created_at": NOW,
        }

        def work(connection: Connection, values: dict[str, Any] = values) -> None:
            connection.execute(insert(tables.appointments).values(**values))

        try:
            store.write(work)
            won += 1
        except (ConstraintBroken, DatabaseBusy):
            pass
    store.dispose()
    return won


def in_threads(run: Callable[..., int], url: str, plans: list[list[datetime]]) -> None:
    barrier = threading.Barrier(len(plans))
    failures: list[BaseException] = []

    def body(worker: int, plan: list[datetime]) -> None:
        try:
            barrier.wait(30)
            run(url, worker, plan)
        except BaseException as error:  # noqa: BLE001 - handed to the test, which fails on it
            failures.append(error)

    threads = [threading.Thread(target=body, args=item) for item in enumerate(plans)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []


def in_processes(run: Callable[..., int], url: str, plans: list[list[datetime]]) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=run, args=(url, worker, plan)) for worker, plan in enumerate(plans)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


OVERLAPPING = text(
    "SELECT count(*) FROM appointments a JOIN appointments b ON a.appointment_id < b.appointment_id "
    "AND (a.doctor_id = b.doctor_id AND a.starts_at < b.occupied_until AND b.starts_at < a.occupied_until "
    "OR a.user_id = b.user_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at)"
)


@pytest.mark.parametrize("side_by_side", [in_threads, in_processes])
@pytest.mark.parametrize("run", [through_the_use_case, by_plain_sql])
@pytest.mark.parametrize("shift", [0, 15], ids=["same", "half-overlapping"])
def test_nobody_is_booked_twice(
    database_url: str, side_by_side: Callable[..., None], run: Callable[..., int], shift: int
) -> None:
    store = Store(open_engine(database_url))
    make_clinic(store, fixed_clock, patients=WORKERS)
    chance = random.Random(7)
    slots = AppointmentScheduler(store, fixed_clock).find_slots(SYSTEM, SlotQuery(1, 1))[: SLOTS * 2 : 2]
    store.dispose()  # nothing open may be carried into a forked child
    plans = []
    for _ in range(WORKERS):
        plan = [slot.starts_at for slot in chance.choices(slots, k=TRIES)]
        plans.append([start + timedelta(minutes=chance.choice((-shift, 0, shift))) for start in plan])
    side_by_side(run, database_url, plans)
    booked, overlapping = store.read(
        lambda c: (
            c.execute(select(func.count()).select_from(tables.appointments)).scalar_one(),
            c.execute(OVERLAPPING).scalar_one(),
        )
    )
    store.dispose()
    assert overlapping == 0
    # Every slot was wanted by a dozen patients, so nearly all are booked; a few fall to a patient's own overlap.
    assert booked >= (SLOTS if shift == 0 else SLOTS * 3 // 5) * 9 // 10
