"""What reading the figures costs: how many statements, and that none looks beyond the days that are asked for."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, insert, update

from core.domain.principal import NotAllowed
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.figure_sums import Asked
from core.scheduler.figures import Figures
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

ASKED = Asked(date(2026, 11, 9), date(2026, 11, 23), date(2026, 12, 6))
GROWING = {"visit_figures", "hour_figures", "wait_figures", "outside_hours", "appointments", "availability_snapshots"}


def test_figures_are_read_in_eight_statements_each_by_its_index(
    store: Store, clock: HandClock, clinic: MadeClinic
) -> None:
    statements: list[tuple[str, Any]] = []

    def noted(*seen: Any) -> None:
        statements.append(seen[2:4])

    event.listen(store.engine, "before_cursor_execute", noted)
    Figures(store, clock).read(clinic["manager"], ASKED)
    event.remove(store.engine, "before_cursor_execute", noted)
    asked = [entry for entry in statements if entry[0].startswith("SELECT")]
    assert len(asked) == 8

    def plans(connection: Connection) -> list[str]:
        if not store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # tables this small would be read whole
        explain = "EXPLAIN QUERY PLAN" if store.is_sqlite else "EXPLAIN"
        return [
            row[-1] for words, values in asked for row in connection.exec_driver_sql(f"{explain} {words}", values).all()
        ]

    steps = store.read(plans)
    whole = "SCAN {}" if store.is_sqlite else "Seq Scan on {}"
    assert not [step for step in steps for table in GROWING if whole.format(table) in step]
    assert all(any(table in step for step in steps) for table in GROWING)


def test_figures_stay_the_same_value_until_something_they_are_made_of_changes(
    sqlite_store: Store, clock: HandClock
) -> None:
    made = make_clinic(sqlite_store, clock)
    figures = Figures(sqlite_store, clock)
    first = figures.read(made["manager"], ASKED)
    assert figures.read(made["manager"], ASKED) is first
    sqlite_store.write(lambda c: c.execute(update(tables.users).values(phone="555-0199")))
    assert figures.read(made["manager"], ASKED) is first


def test_no_change_leaves_figures_behind(store: Store, clock: HandClock, clinic: MadeClinic) -> None:
    figures, scheduler, other = Figures(store, clock), AppointmentScheduler(store, clock), Store(store.engine)
    asked = replace(ASKED, last=date(2026, 12, 20))
    start = clock().replace(hour=10) + timedelta(days=7)
    seen = [figures.read(clinic["manager"], asked)]
    number = scheduler.book_appointment(clinic["reception"], Booking("k", 1, 1, 1, start)).appointment_id
    seen.append(figures.read(clinic["manager"], asked))
    for change in (
        update(tables.appointments).where(tables.appointments.c.appointment_id == number).values(status="cancelled"),
        update(tables.doctors).where(tables.doctors.c.doctor_id == 1).values(name="Dr. New Name"),
        delete(tables.opening_hours).where(tables.opening_hours.c.doctor_id == 2),
        insert(tables.availability_snapshots).values(visit_type_id=1, doctor_id=0, day=date(2026, 12, 6), days=3),
    ):
        other.write(partial(Connection.execute, statement=change))
        seen.append(figures.read(clinic["manager"], asked))
        assert seen[-1] == Figures(store, clock).read(clinic["manager"], asked)
    assert all(one != next_one for one, next_one in pairwise(seen))
    clock.advance(days=1)
    assert figures.read(clinic["manager"], asked).today == date(2026, 12, 8)


def test_kept_figures_are_given_only_to_those_who_may_see_them(
    store: Store, clock: HandClock, clinic: MadeClinic
) -> None:
    figures = Figures(store, clock)
    figures.read(clinic["manager"], ASKED)
    with pytest.raises(NotAllowed):
        figures.read(clinic["reception"], ASKED)
    assert figures.read(clinic["doctor"], ASKED).asked.doctor_id == 1
