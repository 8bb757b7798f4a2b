"""What if: the past replayed without and with a change, for managers, on both engines."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core.domain.errors import BadInput, NotFound
from core.domain.opening import day_span
from core.domain.principal import NotAllowed, SignInNeeded
from core.reports.report import Period, Question
from core.reports.reports import Reports
from core.reports.scenario import NEW_DOCTOR, MoreHours, OneDoctorMore, OtherLength, Scenario, changed
from core.reports.what_if import LEAST_REQUESTS, MOST_RUNS, WhatIf
from core.scheduler import tables
from core.scheduler.demand import PastDemand
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.reports.full_clinic import make_full_clinic
from tests.scheduler.clinic_factory import MadeClinic

THURSDAY_AFTERNOON = MoreHours(3, time(14), time(16))
Full = tuple[WhatIf, MadeClinic]


@pytest.fixture(scope="module")
def full(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """The full clinic, made once: a replay only reads."""
    path = tmp_path_factory.mktemp("full") / "clinic.db"
    shutil.copy(sqlite_template, path)
    store, clock = Store(open_engine(f"sqlite:///{path}")), HandClock(datetime(2026, 12, 7, 7, 0, tzinfo=UTC))
    yield WhatIf(store, clock), make_full_clinic(store, clock)
    store.dispose()


def test_one_doctor_more_shortens_the_wait_and_everybody_is_less_booked(store: Store, clock: HandClock) -> None:
    clinic = make_full_clinic(store, clock)
    found = WhatIf(store, clock).replay(clinic["manager"], Scenario(doctor=OneDoctorMore(clinic.doctor)))
    assert found.period == Period(date(2026, 10, 21), date(2026, 12, 6))  # from the first booking on
    assert (found.requests, found.runs) == (264, MOST_RUNS)
    wait = next(wait for wait in found.waits if wait.visit_type.number == clinic.follow_up)
    assert wait.before.as_it_came == wait.real == pytest.approx(7, abs=1)
    assert wait.after.high < wait.before.low
    assert (wait.sooner, wait.later) == (MOST_RUNS, 0)
    assert [change.doctor.number for change in found.doctors] == [1, 2, NEW_DOCTOR]
    for change in found.doctors[:2]:
        assert change.before == change.real
        assert change.after.booked < change.before.booked
    assert found.all is not None
    assert found.all.after.bookable == found.all.before.bookable * 3 / 2


@pytest.mark.parametrize(
    ("scenario", "bookable"),
    [
        (Scenario(hours=THURSDAY_AFTERNOON), 2 * 7 * 120),  # both doctors, on seven Thursdays
        (Scenario(hours=MoreHours(3, time(10), time(12), 1)), 7 * 60),  # until eleven it is open already
        (Scenario(length=OtherLength(1, 10)), 0),
        (Scenario(THURSDAY_AFTERNOON, OtherLength(1, 10), OneDoctorMore(1)), 2 * 7 * 120 + 33 * 120 + 7 * 120),
    ],
)
def test_each_change_alone_or_with_others_shortens_the_wait(full: Full, scenario: Scenario, bookable: int) -> None:
    what_if, clinic = full
    found = what_if.replay(clinic["manager"], scenario)
    assert found == what_if.replay(clinic["manager"], scenario)
    wait = next(wait for wait in found.waits if wait.visit_type.number == clinic.follow_up)
    assert wait.after.as_it_came < wait.before.as_it_came
    assert wait.sooner == MOST_RUNS
    assert found.all is not None
    assert found.all.after.bookable - found.all.before.bookable == bookable


@pytest.mark.parametrize(
    ("scenario", "refusal", "field"),
    [
        (Scenario(), BadInput, "change"),
        (Scenario(hours=MoreHours(0, time(9), time(11))), BadInput, "opens"),
        (Scenario(hours=MoreHours(0, time(15), time(14))), BadInput, "closes"),
        (Scenario(length=OtherLength(1, 20)), BadInput, "minutes"),
        (Scenario(hours=MoreHours(0, time(14), time(15), 9)), NotFound, None),
        (Scenario(length=OtherLength(9, 20)), NotFound, None),
        (Scenario(doctor=OneDoctorMore(9)), NotFound, None),
    ],
)
def test_a_scenario_without_sense_is_refused(
    full: Full, scenario: Scenario, refusal: type[Exception], field: str | None
) -> None:
    what_if, clinic = full
    with pytest.raises(refusal) as refused:
        what_if.replay(clinic["manager"], scenario)
    assert getattr(refused.value, "field", None) == field


@pytest.mark.parametrize("who", ["doctor", "reception", "patient"])
def test_only_who_sees_all_figures_may_ask(full: Full, who: str) -> None:
    what_if, clinic = full
    with pytest.raises(NotAllowed):
        what_if.replay(clinic[who], Scenario(hours=THURSDAY_AFTERNOON))
    with pytest.raises(SignInNeeded):
        what_if.replay(clinic.visitor, Scenario(hours=THURSDAY_AFTERNOON))


def test_of_too_few_requests_nothing_is_said(sqlite_store: Store, clock: HandClock) -> None:
    clinic = make_full_clinic(sqlite_store, clock, days=0)
    found = WhatIf(sqlite_store, clock).replay(clinic["manager"], Scenario(hours=THURSDAY_AFTERNOON))
    assert 0 < found.requests < LEAST_REQUESTS
    assert (found.runs, found.waits, found.doctors, found.all) == (0, (), (), None)


def test_a_day_off_counts_neither_as_time_nor_for_the_new_doctor(sqlite_store: Store, clock: HandClock) -> None:
    clinic = make_full_clinic(sqlite_store, clock)
    setup = ClinicSetup(sqlite_store, clock)
    off = datetime(2026, 11, 16, tzinfo=UTC)
    setup.add_closure(clinic["manager"], clinic.doctor, off, off + timedelta(days=1))
    found = WhatIf(sqlite_store, clock).replay(clinic["manager"], Scenario(doctor=OneDoctorMore(clinic.doctor)))
    assert [change.after.bookable for change in found.doctors] == [32 * 120, 33 * 120, 32 * 120]


def test_a_doctor_who_left_has_the_time_that_the_figures_tell(store: Store, clock: HandClock) -> None:
    clinic = make_full_clinic(store, clock)
    cancelled = [
        tables.appointments.c.doctor_id == clinic.other_doctor,
        tables.appointments.c.appointment_date > date(2026, 11, 3),
    ]
    store.write(lambda c: c.execute(update(tables.appointments).where(*cancelled).values(status="cancelled")) and None)
    ClinicSetup(store, clock).save_doctor(clinic["manager"], clinic.other_doctor, name="Dr. Michael Chen", active=False)
    found = WhatIf(store, clock).replay(clinic["manager"], Scenario(hours=THURSDAY_AFTERNOON))
    real = {change.doctor.number: change.real.bookable for change in found.doctors}
    assert real == {clinic.doctor: 33 * 120, clinic.other_doctor: 10 * 120}
    report = Reports(store, clock).report(clinic["manager"], Question(found.period))
    assert found.all is not None
    assert found.all.real.bookable == report.use.all.bookable == 43 * 120


@pytest.mark.parametrize(
    ("more", "opening"),
    [
        (MoreHours(0, time(11), time(13)), [(9 * 60, 13 * 60)]),
        (MoreHours(0, time(8), time(10)), [(8 * 60, 11 * 60)]),
        (MoreHours(0, time(8, 50), time(10)), [(8 * 60 + 50, 9 * 60), (9 * 60, 11 * 60)]),  # 9:00 stays on the grid
        (MoreHours(0, time(12), time(13)), [(9 * 60, 11 * 60), (12 * 60, 13 * 60)]),
    ],
)
def test_hours_added_next_to_others_are_one_stretch_with_them_as_long_as_no_slot_is_lost(
    sqlite_store: Store, clock: HandClock, more: MoreHours, opening: list[tuple[int, int]]
) -> None:
    clinic = make_full_clinic(sqlite_store, clock, days=0)
    demand = PastDemand(sqlite_store, clock).read(clinic["manager"], 7)
    monday = day_span(date(2026, 11, 30), demand.clinic.zone)
    then = changed(demand, Scenario(hours=more)).opening[clinic.doctor]
    found = [(start - monday[0], end - monday[0]) for start, end in then if monday[0] <= start < monday[1]]
    assert found == [(start * 60, end * 60) for start, end in opening]
