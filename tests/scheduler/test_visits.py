from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from core.domain.appointment import NothingToUndo, NotOverYet, NotPossibleNow, Status
from core.domain.principal import NotAllowed
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import SlotTaken, Store, open_engine
from core.scheduler.visits import AppointmentChanged, BackToAnother, DayIsOver, DoctorHasLeft
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

START = datetime(2026, 12, 8, 10, tzinfo=UTC)
END = START + timedelta(minutes=20)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    """A follow-up of 20 minutes with the doctor, on Tuesday at 10:00."""
    booking = Booking("k", clinic.patient, clinic.doctor, clinic.follow_up, START)
    return scheduler.book_appointment(clinic["reception"], booking).appointment_id


def bring_to(status: Status, scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int):
    clock.now = START
    steps = {
        Status.SCHEDULED: [],
        Status.CHECKED_IN: [scheduler.check_in],
        Status.IN_PROGRESS: [scheduler.check_in, scheduler.start],
    }
    for step in steps[status]:
        step(clinic["reception"], number)


@pytest.mark.parametrize("current", [Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS])
@pytest.mark.parametrize("outcome", [Status.COMPLETED, Status.NO_SHOW])
def test_an_outcome_is_recorded_afterwards_without_made_up_stamps(
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    clock: HandClock,
    number: int,
    current: Status,
    outcome: Status,
) -> None:
    bring_to(current, scheduler, clinic, clock, number)
    clock.now = END + timedelta(days=2)
    done = scheduler.record_outcome(clinic["doctor"], number, outcome)
    reached = [Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS].index(current)
    assert done.status is outcome
    assert done.checked_in_at == (START if reached >= 1 else None)
    assert done.started_at == (START if reached >= 2 else None)
    assert done.completed_at is None
    back = scheduler.undo(clinic["doctor"], number)
    assert back.status is current
    with pytest.raises(NothingToUndo):
        scheduler.undo(clinic["doctor"], number)


def test_an_outcome_waits_for_the_end_of_the_visit(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int
) -> None:
    clock.now = END - timedelta(seconds=1)
    with pytest.raises(NotOverYet):
        scheduler.record_outcome(clinic["doctor"], number, Status.COMPLETED)
    clock.now = END
    assert scheduler.record_outcome(clinic["doctor"], number, Status.COMPLETED).status is Status.COMPLETED


def test_a_known_outcome_is_changed_by_undo_alone(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int
) -> None:
    clock.now = END
    scheduler.record_outcome(clinic["reception"], number, Status.NO_SHOW)
    with pytest.raises(NotPossibleNow):
        scheduler.record_outcome(clinic["reception"], number, Status.COMPLETED)


def test_the_record_of_an_outcome_stands_in_the_history(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int, store: Store
) -> None:
    clock.now = END
    scheduler.record_outcome(clinic["reception"], number, Status.COMPLETED)
    history = tables.appointment_history
    last = store.read(lambda c: c.execute(select(history).order_by(history.c.history_id.desc())).first())
    assert (last.action, last.at, last.role) == ("record_outcome", END, "reception")
    assert (last.before["status"], last.after["status"]) == ("scheduled", "completed")


@pytest.mark.parametrize("current", [Status.SCHEDULED, Status.CHECKED_IN])
def test_no_visit_begins_after_its_day(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int, current: Status
) -> None:
    bring_to(current, scheduler, clinic, clock, number)
    clock.now = START + timedelta(days=1)
    step = scheduler.check_in if current is Status.SCHEDULED else scheduler.start
    with pytest.raises(DayIsOver, match="Say what became of it"):
        step(clinic["doctor"], number)
    assert scheduler.record_outcome(clinic["doctor"], number, Status.COMPLETED).status is Status.COMPLETED


def test_a_visit_past_midnight_may_still_begin(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    late = datetime(2026, 12, 8, 23, 50, tzinfo=UTC)
    booking = Booking("late", clinic.patient, clinic.doctor, clinic.follow_up, late, override_reason="Night duty")
    number = scheduler.book_appointment(clinic["manager"], booking).appointment_id
    clock.now = late + timedelta(minutes=15)
    scheduler.check_in(clinic["reception"], number)
    assert scheduler.start(clinic["doctor"], number).status is Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("patient", False), ("doctor", True), ("other_doctor", False), ("reception", True), ("manager", True)],
)
def test_who_may_record_an_outcome(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int, name: str, allowed: bool
) -> None:
    clock.now = END
    if allowed:
        scheduler.record_outcome(clinic[name], number, Status.COMPLETED)
    else:
        with pytest.raises(NotAllowed):
            scheduler.record_outcome(clinic[name], number, Status.COMPLETED)


def test_undo_takes_back_the_change_that_is_meant_and_no_other(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, number: int
) -> None:
    clock.now = START
    checked_in = scheduler.check_in(clinic["reception"], number)
    started = scheduler.start(clinic["doctor"], number)
    with pytest.raises(AppointmentChanged):
        scheduler.undo(clinic["reception"], number, expected_revision=checked_in.revision)
    back = scheduler.undo(clinic["doctor"], number, expected_revision=started.revision)
    assert back.status is Status.CHECKED_IN


@pytest.fixture
def moved_over(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    """A visit that was the other doctor's until reception moved it to the doctor."""
    booking = Booking("over", clinic.patient, clinic.other_doctor, clinic.follow_up, START)
    number = scheduler.book_appointment(clinic["reception"], booking).appointment_id
    scheduler.reschedule(clinic["reception"], number, START, doctor_id=clinic.doctor)
    return number


def test_a_doctor_puts_nothing_into_a_colleagues_diary_by_undo(
    scheduler: AppointmentScheduler, clinic: MadeClinic, moved_over: int
) -> None:
    with pytest.raises(BackToAnother):
        scheduler.undo(clinic["doctor"], moved_over)
    assert scheduler.undo(clinic["reception"], moved_over).doctor_id == clinic.other_doctor


def test_undo_gives_nothing_back_to_a_doctor_who_has_left(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, store: Store, moved_over: int
) -> None:
    cancelled = Booking("other", clinic.other_patient, clinic.other_doctor, clinic.follow_up, START)
    number = scheduler.book_appointment(clinic["reception"], cancelled).appointment_id
    scheduler.cancel(clinic["reception"], number)
    ClinicSetup(store, clock).save_doctor(clinic["manager"], clinic.other_doctor, name="Dr. Chen", active=False)
    for one in (moved_over, number):
        with pytest.raises(DoctorHasLeft, match="Choose another doctor"):
            scheduler.undo(clinic["reception"], one)


def test_a_wrong_outcome_is_taken_back_after_the_doctor_has_left(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock, store: Store, number: int
) -> None:
    clock.now = END
    scheduler.record_outcome(clinic["reception"], number, Status.NO_SHOW)
    ClinicSetup(store, clock).save_doctor(clinic["manager"], clinic.doctor, name="Dr. Johnson", active=False)
    assert scheduler.undo(clinic["reception"], number).status is Status.SCHEDULED


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_undo_keeps_both_doctors_diaries_still(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, database_url: str, moved_over: int
) -> None:
    """PostgreSQL's rows are asked for by another connection; on SQLite no other writer is let in at all."""
    free: list[int] = []
    other = open_engine(database_url)
    ask = select(tables.doctors.c.doctor_id).with_for_update(key_share=True, skip_locked=True)

    def look(_connection, _cursor, statement, *_others) -> None:
        if statement.startswith("DELETE FROM outside_hours"):
            with other.connect() as connection:
                free.extend(connection.execute(ask).scalars())

    event.listen(store.engine, "before_cursor_execute", look)
    try:
        scheduler.undo(clinic["reception"], moved_over)
    finally:
        event.remove(store.engine, "before_cursor_execute", look)
        other.dispose()
    assert free == []


def test_undo_names_the_time_that_is_taken(scheduler: AppointmentScheduler, clinic: MadeClinic, number: int) -> None:
    scheduler.reschedule(clinic["reception"], number, START + timedelta(hours=3))
    theirs = Booking("theirs", clinic.other_patient, clinic.doctor, clinic.follow_up, START)
    scheduler.book_appointment(clinic["reception"], theirs)
    with pytest.raises(SlotTaken, match="10:00"):
        scheduler.undo(clinic["reception"], number)
