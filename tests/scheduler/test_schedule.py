from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, select

from core.domain.principal import SYSTEM, NotAllowed, Principal, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import CalendarLinks, Upcoming
from core.scheduler.schedule import Schedule
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

TUESDAY = date(2026, 12, 8)


def book(
    scheduler: AppointmentScheduler, principal: Principal, hour: int, *, day: int = 8, user: int = 1, doctor: int = 1
) -> int:
    starts_at = datetime(2026, 12, day, hour, tzinfo=UTC)
    key = f"{day}-{hour}-{user}-{doctor}"
    return scheduler.book_appointment(principal, Booking(key, user, doctor, 1, starts_at)).appointment_id


@pytest.fixture
def schedule(store: Store, clock: HandClock) -> Schedule:
    return Schedule(store, clock)


def test_a_day_lists_its_appointments_by_time(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    later = book(scheduler, clinic["reception"], 11)
    sooner = book(scheduler, clinic["reception"], 9, user=2)
    other = book(scheduler, clinic["reception"], 10, user=2, doctor=2)
    book(scheduler, clinic["reception"], 9, day=9)
    numbers = [row.appointment_id for row in schedule.day(clinic["reception"], None, TUESDAY)]
    assert numbers == [sooner, other, later]
    first = schedule.day(clinic["doctor"], 1, TUESDAY)[0]
    assert (first.patient_name, first.doctor_name, first.minutes) == ("Patient 2", "Dr. Sarah Johnson", 20)
    assert first.sync.state == "none"
    assert len(schedule.between(clinic["manager"], 1, TUESDAY, date(2026, 12, 9))) == 3


@pytest.mark.parametrize(
    ("name", "own", "others", "everyone"),
    [
        ("patient", False, False, False),
        ("doctor", True, False, False),
        ("reception", True, True, True),
        ("manager", True, True, True),
    ],
)
def test_who_may_see_which_schedule(
    schedule: Schedule, clinic: MadeClinic, name: str, own: bool, others: bool, everyone: bool
) -> None:
    for doctor_id, allowed in ((1, own), (2, others), (None, everyone)):
        for use_case in (
            lambda d=doctor_id: schedule.day(clinic[name], d, TUESDAY),
            lambda d=doctor_id: schedule.unresolved(clinic[name], d, most=9).rows,
            lambda d=doctor_id: schedule.frame(clinic[name], d, [], TUESDAY, TUESDAY).rows,
            lambda d=doctor_id: schedule.glance(clinic[name], d).revision,
        ):
            if allowed:
                assert not use_case()
            else:
                with pytest.raises(NotAllowed):
                    use_case()


def test_an_appointment_is_seen_by_its_patient_its_doctor_and_staff(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    number = book(scheduler, clinic["patient"], 9)
    for name in ("patient", "doctor", "reception", "manager"):
        assert schedule.details(clinic[name], number).appointment_id == number
        assert [change.role for change in schedule.history(clinic[name], number)] == ["patient"]
    for name in ("other_patient", "other_doctor"):
        with pytest.raises(NotAllowed):
            schedule.details(clinic[name], number)
        with pytest.raises(NotAllowed):
            schedule.history(clinic[name], number)
    with pytest.raises(SignInNeeded):
        schedule.details(clinic.visitor, number)


def test_staff_reading_an_appointment_is_logged_without_content(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store
) -> None:
    number = book(scheduler, clinic["patient"], 9)
    schedule.details(clinic["patient"], number)
    schedule.details(clinic["reception"], number)
    entries = store.read(lambda c: c.execute(select(tables.audit_log)).all())
    assert [(e.role, e.action, e.subject_user_id, e.subject) for e in entries] == [
        ("reception", "read_appointment", 1, f"appointment {number}")
    ]


def test_a_patient_sees_upcoming_first_then_the_past(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    numbers = [book(scheduler, clinic["patient"], 9, day=day) for day in (8, 9, 10, 11)]
    book(scheduler, clinic["other_patient"], 10, user=2)
    clock.advance(days=2, hours=12)  # Wednesday 9 December, 19:00
    seen = [row.appointment_id for row in schedule.of_patient(clinic["patient"])]
    assert seen == [numbers[2], numbers[3], numbers[1], numbers[0]]
    assert [row.appointment_id for row in schedule.unresolved(clinic["reception"], 1, most=1).rows] == numbers[:1]
    with pytest.raises(NotAllowed):
        schedule.of_patient(clinic["patient"], 2)


def test_a_doctor_sees_a_patients_appointments_on_the_own_schedule_alone(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    own = book(scheduler, clinic["patient"], 9)
    book(scheduler, clinic["patient"], 11, doctor=2)
    assert [row.appointment_id for row in schedule.of_patient(clinic["doctor"], 1)] == [own]
    assert len(schedule.of_patient(clinic["reception"], 1)) == 2


def test_the_revision_rises_and_a_requested_link_is_pending(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    number = book(scheduler, clinic["patient"], 9)
    before = schedule.glance(clinic["doctor"], 1).revision
    scheduler.cancel(clinic["patient"], number)
    assert schedule.glance(clinic["doctor"], 1).revision > before
    other = book(scheduler, clinic["patient"], 10)
    CalendarLinks(store, clock).request(clinic["doctor"], other)
    assert schedule.details(clinic["doctor"], other).sync.state == "pending"


def test_a_frame_holds_what_a_grid_shows_of_some_days(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    own = book(scheduler, clinic["reception"], 9)
    other = book(scheduler, clinic["reception"], 9, user=2, doctor=2)
    book(scheduler, clinic["reception"], 9, day=15)
    setup = ClinicSetup(store, clock)
    for doctor_id, reason in ((1, "Conference"), (2, "Leave"), (None, "Holiday")):
        ends_at = datetime(2026, 12, 9, 12, tzinfo=UTC)
        setup.add_closure(clinic["manager"], doctor_id, datetime(2026, 12, 9, 9, tzinfo=UTC), ends_at, reason)
    days = (date(2026, 12, 7), date(2026, 12, 13))
    mine = schedule.frame(clinic["doctor"], 1, [1], *days)
    assert [row.appointment_id for row in mine.rows] == [own]
    assert [closed.reason for closed in mine.closed] == ["Conference", "Holiday"]
    assert mine.upcoming == Upcoming(booked=2, out_of_step=2)
    assert mine.revision == schedule.glance(clinic["doctor"], 1).revision
    assert mine.hours == {1: setup.hours(1)}
    everyone = schedule.frame(clinic["reception"], None, [1, 2], *days)
    assert {row.appointment_id for row in everyone.rows} == {own, other}
    assert (len(everyone.closed), set(everyone.hours), everyone.upcoming) == (3, {1, 2}, None)


@pytest.mark.parametrize("doctor_id", [1, None])
def test_past_visits_without_an_outcome_are_found_in_their_own_index(
    sqlite_store: Store, clock: HandClock, doctor_id: int | None
) -> None:
    make_clinic(sqlite_store, clock)
    asked: list[tuple[str, Any]] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    Schedule(sqlite_store, clock).unresolved(SYSTEM, doctor_id, most=0)
    AppointmentScheduler(sqlite_store, clock).day_board(SYSTEM, doctor_id, TUESDAY)
    counted = [(statement, values) for statement, values in asked if "ends_at <= " in statement]
    assert len(counted) == 3
    for statement, values in counted:
        plan = sqlite_store.read(lambda c, s=statement, v=values: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", v).all())
        assert any("appointments_unresolved_ix (doctor_id=? AND ends_at<?)" in step.detail for step in plan), plan


def test_patients_read_what_happened_but_not_what_staff_noted_about_it(
    schedule: Schedule, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    evening = datetime(2026, 12, 9, 18, tzinfo=UTC)
    booking = Booking("evening", 1, 1, 1, evening, override_reason="Wants evenings only")
    number = scheduler.book_appointment(clinic["manager"], booking).appointment_id
    scheduler.cancel(clinic["patient"], number, "I feel better")
    told = [("manager", "book", ""), ("patient", "cancel", "I feel better")]
    for read in (schedule.history(clinic["patient"], number), schedule.opened(clinic["patient"], number)[1]):
        assert [(change.role, change.action, change.why) for change in read] == told
    assert schedule.history(clinic["reception"], number)[0].why == "OutsideHours: Wants evenings only"
