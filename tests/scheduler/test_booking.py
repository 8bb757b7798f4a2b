from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from core.domain.appointment import NothingToUndo, NotPossibleNow, Status
from core.domain.errors import BadInput, NotFound
from core.domain.policy import ClosedThen, InThePast, OffGrid, OutsideHours, TooFarAhead, TooLate, TooManyUpcoming
from core.domain.principal import NotAllowed, SignedOut, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentChanged, AppointmentScheduler, Booking, CannotMove, NotHereNow, SlotQuery
from core.scheduler.holding import HoldExtended, HoldOver
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import PatientBusy, SlotHeld, SlotTaken, Store
from core.scheduler.terms import NotOfferedAnyMore
from core.scheduler.visits import AlreadyStarted, NotYet
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """December 2026; London is on UTC then. The 7th is a Monday, and the clock stands at 07:00 that day."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def booking(clinic: MadeClinic, starts_at: datetime, key: str = "k1", **more) -> Booking:
    values = {"user_id": clinic.patient, "doctor_id": clinic.doctor, "visit_type_id": clinic.follow_up, **more}
    return Booking(key=key, starts_at=starts_at, **values)


def test_slots_stand_on_the_grid_within_hours_and_after_notice(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    today = SlotQuery(clinic.follow_up, clinic.doctor, date(2026, 12, 7), date(2026, 12, 7))
    starts = [slot.starts_at for slot in scheduler.find_slots(clinic.visitor, today)]
    morning = [at(7, 9) + timedelta(minutes=15 * step) for step in range(11)]
    afternoon = [at(7, 13) + timedelta(minutes=15 * step) for step in range(15)]
    assert starts == morning + afternoon
    clock.advance(minutes=31)
    assert scheduler.find_slots(clinic.visitor, today)[0].starts_at == at(7, 9, 45)


def test_a_booking_takes_its_time_and_its_buffer(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    booked = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10), reason=" Headache "))
    assert (booked.status, booked.reason, booked.minutes) == (Status.SCHEDULED, "Headache", 20)
    assert booked.occupied_until == at(8, 10, 25)
    day = SlotQuery(clinic.follow_up, clinic.doctor, date(2026, 12, 8), date(2026, 12, 8))
    starts = {slot.starts_at for slot in scheduler.find_slots(clinic.visitor, day)}
    # 09:45 would end at 10:05; 09:30 ends at 09:50, and its buffer at 09:55; 10:15 lies in the buffer.
    assert starts & {at(8, 9, 30), at(8, 9, 45), at(8, 10), at(8, 10, 15), at(8, 10, 30)} == {
        at(8, 9, 30),
        at(8, 10, 30),
    }


def test_the_same_key_books_once(scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store) -> None:
    first = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    again = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    assert first.appointment_id == again.appointment_id
    count = store.read(lambda c: c.execute(select(func.count()).select_from(tables.appointments)).scalar_one())
    assert count == 1
    with pytest.raises(NotAllowed):
        scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(8, 10), user_id=2))


def test_whoever_booked_under_a_key_finds_it_again_and_nobody_else(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    assert scheduler.begun(clinic["patient"], "k1").booked is None
    booked = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    assert scheduler.begun(clinic["patient"], "k1").booked == booked
    for other in ("other_patient", "doctor", "reception", "manager"):
        assert scheduler.begun(clinic[other], "k1").booked is None
    with pytest.raises(SignInNeeded):
        scheduler.begun(clinic.visitor, "k1")
    moved = scheduler.reschedule(clinic["patient"], booked.appointment_id, at(8, 11))
    assert scheduler.begun(clinic["patient"], "k1").booked == moved


def test_what_was_begun_tells_of_the_kept_time_and_the_people_it_may_be_for(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    nothing = scheduler.begun(clinic["patient"], "k1")
    assert nothing.hold is None
    hold = scheduler.hold(clinic["patient"], clinic.doctor, clinic.follow_up, at(8, 10))
    begun = scheduler.begun(clinic["patient"], "k1")
    assert (begun.booked, begun.hold) == (None, hold)
    assert [person.user_id for person in begun.people] == [clinic.patient]
    other = scheduler.begun(clinic["reception"], "k1")
    assert (other.hold, other.people) == (None, ())


def test_a_hold_that_ran_out_is_none_and_gives_way_to_a_new_one(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    scheduler.hold(clinic["patient"], clinic.doctor, clinic.follow_up, at(8, 10))
    scheduler.extend_hold(clinic["patient"])
    clock.advance(minutes=21)
    assert scheduler.begun(clinic["patient"], "k1").hold is None
    again = scheduler.hold(clinic["patient"], clinic.doctor, clinic.follow_up, at(8, 11))
    assert not again.extended
    assert scheduler.begun(clinic["patient"], "k1").hold == again
    with pytest.raises(NotFound):
        scheduler.hold(clinic["patient"], 99, clinic.follow_up, at(8, 11))


def test_a_lost_race_names_the_time_and_three_near_slots(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 9, 15)))
    with pytest.raises(SlotTaken, match="Someone just booked 09:15") as lost:
        scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(8, 9, 15), "k2", user_id=2))
    assert [slot.starts_at for slot in lost.value.nearest] == [at(8, 9, 45), at(8, 10), at(8, 10, 15)]


def test_a_patient_cannot_be_in_two_places(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    with pytest.raises(PatientBusy):
        scheduler.book_appointment(
            clinic["patient"], booking(clinic, at(8, 10, 15), "k2", doctor_id=clinic.other_doctor)
        )
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10, 30), "k3", doctor_id=clinic.other_doctor))


REFUSED = [
    (at(7, 8, 45), TooLate),
    (at(7, 6), InThePast),
    (at(12, 10), OutsideHours),  # a Saturday
    (at(8, 12), OutsideHours),
    (at(8, 11, 45), OutsideHours),  # would run past noon
    (at(8, 9, 10), OffGrid),
    (at(7, 10) + timedelta(days=63), TooFarAhead),
]


@pytest.mark.parametrize(("starts_at", "rule"), REFUSED)
def test_each_rule_refuses_by_its_name(
    scheduler: AppointmentScheduler, clinic: MadeClinic, starts_at: datetime, rule: type
) -> None:
    assert type(scheduler.why_not(clinic["patient"], clinic.doctor, clinic.follow_up, starts_at)) is rule
    with pytest.raises(rule):
        scheduler.book_appointment(clinic["patient"], booking(clinic, starts_at))


def test_a_closure_refuses_but_its_edge_does_not(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store
) -> None:
    store.write(lambda c: c.execute(insert(tables.closures).values(starts_at=at(8, 10), ends_at=at(8, 11))))
    for start, free in ((at(8, 9, 30), True), (at(8, 9, 45), False), (at(8, 10), False), (at(8, 11), True)):
        refused = scheduler.why_not(clinic["patient"], clinic.doctor, clinic.follow_up, start)
        assert (refused is None) is free
    assert isinstance(scheduler.why_not(clinic["patient"], 1, 1, at(8, 10)), ClosedThen)


def test_a_manager_overrides_policy_but_never_an_appointment(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    saturday = booking(clinic, at(12, 10), override_reason="Emergency clinic")
    with pytest.raises(OutsideHours):
        scheduler.book_appointment(clinic["reception"], saturday)
    scheduler.book_appointment(clinic["manager"], saturday)
    with pytest.raises(SlotTaken):
        scheduler.book_appointment(
            clinic["manager"], booking(clinic, at(12, 10, 10), "k2", user_id=2, override_reason="Please")
        )


def test_a_patient_has_at_most_four_upcoming(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    for day in (8, 9, 10, 11):
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(day, 10), f"k{day}"))
    with pytest.raises(TooManyUpcoming):
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(14, 10), "k14"))
    scheduler.book_appointment(clinic["reception"], booking(clinic, at(14, 10), "k14"))


def test_a_hold_keeps_the_time_for_its_visitor_alone(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    hold = scheduler.hold(clinic.visitor, clinic.doctor, clinic.follow_up, at(8, 10))
    assert hold.hold_until == clock() + timedelta(minutes=10)
    with pytest.raises(SlotTaken):
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    assert scheduler.extend_hold(clinic.visitor).hold_until == clock() + timedelta(minutes=20)
    with pytest.raises(HoldExtended):
        scheduler.extend_hold(clinic.visitor)
    clock.advance(minutes=21)
    assert scheduler.current_hold(clinic.visitor) is None
    with pytest.raises(HoldOver):
        scheduler.extend_hold(clinic.visitor)
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))


def test_a_time_that_is_only_held_is_not_called_booked(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    scheduler.hold(clinic.visitor, clinic.doctor, clinic.follow_up, at(8, 10))
    with pytest.raises(SlotHeld, match="Somebody is booking 10:00 just now") as lost:
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    assert lost.value.nearest
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 11)))
    scheduler.hold(clinic.visitor, clinic.doctor, clinic.follow_up, at(8, 11, 30))
    with pytest.raises(SlotTaken) as taken:  # what is booked says more than what is held beside it
        scheduler.hold(clinic["other_patient"], clinic.doctor, clinic.check_up, at(8, 11))
    assert not isinstance(taken.value, SlotHeld)


def test_a_visitor_holds_one_time_and_booking_lets_it_go(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    scheduler.hold(clinic["patient"], clinic.doctor, clinic.follow_up, at(8, 10))
    scheduler.hold(clinic["patient"], clinic.doctor, clinic.follow_up, at(8, 11))
    scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(8, 10), user_id=2))
    scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 11), "k2"))
    assert scheduler.current_hold(clinic["patient"]) is None


def test_a_move_keeps_the_old_time_until_the_new_one_is_won(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(8, 11), "k2", user_id=2))
    with pytest.raises(SlotTaken):
        scheduler.reschedule(clinic["patient"], mine.appointment_id, at(8, 11))
    with pytest.raises(SlotTaken):
        scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(8, 10), "k3", user_id=2))
    moved = scheduler.reschedule(clinic["patient"], mine.appointment_id, at(8, 10, 15), expected_revision=1)
    assert (moved.starts_at, moved.revision) == (at(8, 10, 15), 2)
    with pytest.raises(AppointmentChanged):
        scheduler.reschedule(clinic["patient"], mine.appointment_id, at(8, 9), expected_revision=1)


def test_staff_change_length_and_doctor_within_what_is_free(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    longer = scheduler.reschedule(clinic["doctor"], mine.appointment_id, at(8, 10), minutes=50)
    assert (longer.ends_at, longer.occupied_until) == (at(8, 10, 50), at(8, 10, 55))
    with pytest.raises(NotAllowed):
        scheduler.reschedule(clinic["doctor"], mine.appointment_id, at(8, 10), doctor_id=clinic.other_doctor)
    other = scheduler.reschedule(clinic["reception"], mine.appointment_id, at(8, 10), doctor_id=clinic.other_doctor)
    assert other.doctor_id == clinic.other_doctor
    with pytest.raises(CannotMove):
        scheduler.reschedule(clinic["patient"], mine.appointment_id, at(8, 10), minutes=20)


def test_wall_time_follows_the_instant(scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    scheduler.reschedule(clinic["patient"], mine.appointment_id, at(9, 14, 30))
    row = store.read(lambda c: c.execute(select(tables.appointments)).one())
    assert (str(row.appointment_date), f"{row.start_time:%H:%M}", f"{row.end_time:%H:%M}") == (
        "2026-12-09",
        "14:30",
        "14:50",
    )


def test_a_visit_runs_its_course_and_each_step_can_be_undone(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    number = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10))).appointment_id
    with pytest.raises(NotYet):
        scheduler.check_in(clinic["doctor"], number)
    clock.now = at(8, 9, 55)
    with pytest.raises(NotYet):
        scheduler.mark_no_show(clinic["doctor"], number)
    assert scheduler.check_in(clinic["reception"], number).checked_in_at == at(8, 9, 55)
    clock.now = at(8, 10, 5)
    assert scheduler.start(clinic["doctor"], number).status is Status.IN_PROGRESS
    with pytest.raises(NotPossibleNow):
        scheduler.cancel(clinic["doctor"], number)
    done = scheduler.complete(clinic["doctor"], number)
    assert (done.status, done.completed_at) == (Status.COMPLETED, at(8, 10, 5))
    back = scheduler.undo(clinic["doctor"], number)
    assert (back.status, back.completed_at) == (Status.IN_PROGRESS, None)
    with pytest.raises(NothingToUndo):
        scheduler.undo(clinic["doctor"], number)


def test_undo_of_a_cancellation_obeys_no_overlap_and_ends_after_a_day(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(10, 10)))
    assert not scheduler.cancel(clinic["patient"], mine.appointment_id, "Better").cancelled_late
    other = scheduler.book_appointment(clinic["other_patient"], booking(clinic, at(10, 10), "k2", user_id=2))
    with pytest.raises(SlotTaken):
        scheduler.undo(clinic["reception"], mine.appointment_id)
    with pytest.raises(NotAllowed):
        scheduler.undo(clinic["patient"], mine.appointment_id)
    scheduler.cancel(clinic["reception"], other.appointment_id)
    assert scheduler.undo(clinic["reception"], mine.appointment_id).status is Status.SCHEDULED
    clock.advance(hours=25)
    with pytest.raises(NothingToUndo):
        scheduler.undo(clinic["reception"], other.appointment_id)


def test_a_late_cancellation_is_recorded_and_one_after_the_start_refused(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    one = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10))).appointment_id
    two = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 14), "k2")).appointment_id
    clock.now = at(7, 10, 1)
    assert scheduler.cancel(clinic["patient"], one).cancelled_late
    clock.now = at(8, 14)
    with pytest.raises(AlreadyStarted):
        scheduler.cancel(clinic["patient"], two)


def test_what_the_clinic_calls_off_late_is_not_the_patients_fault(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    cancellations = [(who, False, late) for who, late in (("reception", False), ("doctor", False), ("patient", True))]
    for step, (who, asked, late) in enumerate([*cancellations, ("reception", True, True)]):
        booked = scheduler.book_appointment(clinic["patient"], booking(clinic, at(7, 13 + step), f"k{step}"))
        cancelled = scheduler.cancel(clinic[who], booked.appointment_id, asked_by_patient=asked)
        assert cancelled.cancelled_late is late
    early = scheduler.book_appointment(clinic["patient"], booking(clinic, at(9, 10), "early"))
    assert not scheduler.cancel(clinic["reception"], early.appointment_id, asked_by_patient=True).cancelled_late


def test_a_walk_in_starts_now_and_is_checked_in(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    clock.now = at(7, 9, 7)
    with pytest.raises(NotAllowed):
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(7, 9, 5), walk_in=True))
    visit = scheduler.book_appointment(clinic["reception"], booking(clinic, at(7, 9, 5), walk_in=True))
    assert (visit.status, visit.checked_in_at) == (Status.CHECKED_IN, at(7, 9, 7))
    with pytest.raises(NotHereNow, match="Book a later time"):
        scheduler.book_appointment(clinic["reception"], booking(clinic, at(18, 9), "k2", user_id=2, walk_in=True))


WHO_MAY_BOOK = [
    ("patient", 1, 1, None),
    ("patient", 2, 1, NotAllowed),
    ("doctor", 2, 1, None),
    ("doctor", 2, 2, NotAllowed),
    ("reception", 2, 2, None),
    ("manager", 2, 2, None),
]


@pytest.mark.parametrize(("role", "user_id", "doctor_id", "refused"), WHO_MAY_BOOK)
def test_each_role_books_for_whom_it_may(
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    role: str,
    user_id: int,
    doctor_id: int,
    refused: type | None,
) -> None:
    wanted = booking(clinic, at(8, 10), user_id=user_id, doctor_id=doctor_id)
    if refused is None:
        assert scheduler.book_appointment(clinic[role], wanted).user_id == user_id
    else:
        with pytest.raises(refused):
            scheduler.book_appointment(clinic[role], wanted)


def test_a_captured_principal_is_not_believed_after_sign_out_or_demotion(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store
) -> None:
    with pytest.raises(SignInNeeded):
        scheduler.book_appointment(clinic.visitor, booking(clinic, at(8, 10)))
    store.write(
        lambda c: c.execute(update(tables.accounts).where(tables.accounts.c.account_id == 6).values(role="patient"))
    )
    with pytest.raises(NotAllowed):
        scheduler.book_appointment(clinic["manager"], booking(clinic, at(8, 10)))
    store.write(lambda c: c.execute(text("UPDATE accounts SET session_epoch = 2 WHERE account_id = 1")))
    with pytest.raises(SignedOut):
        scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))


def test_days_and_first_available_agree_with_the_slots(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    days = scheduler.days_with_slots(clinic.visitor, clinic.follow_up, clinic.doctor, limit=3)
    assert days == [(date(2026, 12, 7), 26), (date(2026, 12, 8), 26), (date(2026, 12, 9), 26)]
    later = scheduler.days_with_slots(clinic.visitor, clinic.follow_up, after=date(2026, 12, 11), limit=1)
    assert later == [(date(2026, 12, 14), 26)]
    every = {slot.starts_at for slot in scheduler.find_slots(clinic.visitor, SlotQuery(clinic.follow_up))}
    times = sorted(Counter(start.date() for start in every).items())
    for limit in (10, len(times) - 1, len(times) + 1):
        assert scheduler.days_with_slots(clinic.visitor, clinic.follow_up, limit=limit) == times[:limit]
    first = scheduler.first_available(clinic.visitor, clinic.check_up)
    assert [(slot.doctor_id, slot.starts_at) for slot in first] == [(1, at(7, 9)), (2, at(7, 9))]


def test_every_change_is_in_the_history(scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    scheduler.reschedule(clinic["doctor"], mine.appointment_id, at(8, 11))
    scheduler.cancel(clinic["reception"], mine.appointment_id, "Doctor ill")
    rows = store.read(
        lambda c: c.execute(select(tables.appointment_history).order_by(tables.appointment_history.c.history_id)).all()
    )
    assert [(row.action, row.role) for row in rows] == [
        ("book", "patient"),
        ("reschedule", "doctor"),
        ("cancel", "reception"),
    ]
    assert rows[1].before["starts_at"] == int(at(8, 10).timestamp())
    assert rows[2].after["status"] == "cancelled"


def test_a_cancellation_of_what_has_changed_meanwhile_is_refused(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    booked = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 10)))
    scheduler.reschedule(clinic["doctor"], booked.appointment_id, at(8, 11))
    with pytest.raises(AppointmentChanged):
        scheduler.cancel(clinic["patient"], booked.appointment_id, expected_revision=booked.revision)
    with pytest.raises(BadInput):
        scheduler.cancel(clinic["patient"], booked.appointment_id, "x" * 1001)
    cancelled = scheduler.cancel(clinic["patient"], booked.appointment_id, expected_revision=booked.revision + 1)
    assert cancelled.status is Status.CANCELLED


def test_what_is_not_offered_any_more_is_neither_found_nor_held_nor_booked_but_still_moved(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    mine = scheduler.book_appointment(clinic["patient"], booking(clinic, at(8, 9)))
    setup = ClinicSetup(store, clock)
    setup.save_visit_type(clinic["manager"], clinic.follow_up, name="Follow-up", minutes=20, active=False)
    look = SlotQuery(clinic.follow_up, clinic.doctor)
    assert scheduler.find_slots(clinic["patient"], look) == []
    assert scheduler.first_available(clinic["patient"], clinic.follow_up) == []
    assert scheduler.days_with_slots(clinic["patient"], clinic.follow_up) == []
    for name in ("patient", "manager"):
        with pytest.raises(NotOfferedAnyMore, match="Choose another"):
            scheduler.hold(clinic[name], clinic.doctor, clinic.follow_up, at(8, 10))
        with pytest.raises(NotOfferedAnyMore):
            scheduler.book_appointment(clinic[name], booking(clinic, at(8, 10), "k2", override_reason="Please"))
    moving = replace(look, moving=mine.appointment_id)
    assert at(8, 10) in {slot.starts_at for slot in scheduler.find_slots(clinic["patient"], moving)}
    assert scheduler.reschedule(clinic["patient"], mine.appointment_id, at(8, 10)).starts_at == at(8, 10)
