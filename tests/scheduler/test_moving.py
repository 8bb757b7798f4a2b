from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from core.domain.appointment import Status
from core.domain.principal import NotAllowed, SignedOut, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking, SlotQuery
from core.scheduler.schedule import Schedule
from core.scheduler.search import ByPhoneOnly
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import SlotTaken, Store
from core.scheduler.terms import NotOffered, SeesNobody
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

TUESDAY = date(2026, 12, 8)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, 8, hour, minute, tzinfo=UTC)


@pytest.fixture
def mine(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    booking = Booking("mine", clinic.patient, clinic.doctor, clinic.follow_up, at(10))
    return scheduler.book_appointment(clinic["patient"], booking).appointment_id


def query(clinic: MadeClinic, moving: int | None) -> SlotQuery:
    return SlotQuery(clinic.follow_up, clinic.doctor, TUESDAY, TUESDAY, moving=moving)


def test_an_appointment_that_moves_does_not_stand_in_its_own_way(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int
) -> None:
    others = {slot.starts_at for slot in scheduler.find_slots(clinic["patient"], query(clinic, None))}
    moving = {slot.starts_at for slot in scheduler.find_slots(clinic["patient"], query(clinic, mine))}
    assert moving - others == {at(9, 45), at(10, 15)}  # 10:00 is where it is already
    days = scheduler.days_with_slots(clinic["patient"], clinic.follow_up, clinic.doctor, limit=2, moving=mine)
    assert days[1] == (TUESDAY, len(moving))


def test_an_appointment_keeps_its_length_while_it_looks_for_another_time(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int
) -> None:
    scheduler.reschedule(clinic["doctor"], mine, at(10), minutes=60)
    slots = scheduler.find_slots(clinic["patient"], query(clinic, mine))
    assert {slot.ends_at - slot.starts_at for slot in slots} == {at(11) - at(10)}
    assert max(slot.starts_at for slot in slots) == at(16)


def test_an_appointment_moves_with_the_buffer_it_was_booked_with(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    setup, follow_up = ClinicSetup(store, clock), {"name": "Follow-up", "minutes": 20}
    setup.save_visit_type(clinic["manager"], clinic.follow_up, **follow_up, buffer_minutes=30)
    first = Booking("first", clinic.patient, clinic.doctor, clinic.follow_up, at(9))
    number = scheduler.book_appointment(clinic["patient"], first).appointment_id
    setup.save_visit_type(clinic["manager"], clinic.follow_up, **follow_up, buffer_minutes=0)
    theirs = Booking("theirs", clinic.other_patient, clinic.doctor, clinic.follow_up, at(11))
    scheduler.book_appointment(clinic["other_patient"], theirs)
    offered = [slot.starts_at for slot in scheduler.find_slots(clinic["patient"], query(clinic, number))]
    assert at(10) in offered
    assert at(10, 30) not in offered
    with pytest.raises(SlotTaken) as lost:
        scheduler.reschedule(clinic["patient"], number, at(10, 30))
    assert [slot.starts_at for slot in lost.value.nearest] == [at(9, 30), at(9, 45), at(10)]
    assert scheduler.reschedule(clinic["patient"], number, at(10)).occupied_until == at(10, 50)


def test_an_appointment_is_shortened_in_its_place_after_the_buffer_was_raised(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, store: Store, clock: HandClock
) -> None:
    theirs = Booking("theirs", clinic.other_patient, clinic.doctor, clinic.follow_up, at(10, 30))
    scheduler.book_appointment(clinic["other_patient"], theirs)
    setup = ClinicSetup(store, clock)
    setup.save_visit_type(clinic["manager"], clinic.follow_up, name="Follow-up", minutes=20, buffer_minutes=30)
    assert scheduler.reschedule(clinic["reception"], mine, at(10), minutes=15).occupied_until == at(10, 20)


def test_a_lost_move_does_not_offer_the_time_it_has(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int
) -> None:
    theirs = Booking("theirs", clinic.other_patient, clinic.doctor, clinic.follow_up, at(10, 30))
    scheduler.book_appointment(clinic["other_patient"], theirs)
    with pytest.raises(SlotTaken) as lost:
        scheduler.reschedule(clinic["patient"], mine, at(10, 30))
    assert [slot.starts_at for slot in lost.value.nearest] == [at(9, 45), at(11), at(11, 15)]


def test_whoever_lengthens_a_visit_is_offered_times_for_its_new_length(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int
) -> None:
    theirs = Booking("theirs", clinic.other_patient, clinic.doctor, clinic.follow_up, at(10, 45))
    scheduler.book_appointment(clinic["other_patient"], theirs)
    with pytest.raises(SlotTaken) as lost:
        scheduler.reschedule(clinic["reception"], mine, at(10), minutes=60)
    assert [slot.starts_at for slot in lost.value.nearest] == [at(9), at(9, 15), at(9, 30)]
    for slot in lost.value.nearest:
        assert scheduler.reschedule(clinic["reception"], mine, slot.starts_at, minutes=60).ends_at == slot.ends_at


def test_only_who_may_move_an_appointment_sees_its_time_as_free(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, store: Store
) -> None:
    for who, refusal in (
        (clinic.visitor, SignInNeeded),
        (clinic["other_patient"], NotAllowed),
        (clinic["other_doctor"], NotAllowed),
    ):
        with pytest.raises(refusal):
            scheduler.find_slots(who, query(clinic, mine))
        with pytest.raises(refusal):
            scheduler.days_with_slots(who, clinic.follow_up, clinic.doctor, moving=mine)
    assert scheduler.find_slots(clinic["reception"], query(clinic, mine))
    store.write(lambda connection: connection.execute(update(tables.accounts).values(session_epoch=2)))
    with pytest.raises(SignedOut):
        scheduler.find_slots(clinic["patient"], query(clinic, mine))


def test_what_is_arranged_by_phone_is_moved_by_phone(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, store: Store
) -> None:
    store.write(lambda connection: connection.execute(update(tables.visit_types).values(online=False)))
    with pytest.raises(ByPhoneOnly, match="Call 555-0100"):
        scheduler.find_slots(clinic["patient"], query(clinic, mine))
    with pytest.raises(ByPhoneOnly, match="Call 555-0100"):
        scheduler.reschedule(clinic["patient"], mine, at(11))
    assert scheduler.reschedule(clinic["reception"], mine, at(11)).starts_at == at(11)


def test_a_visit_stays_with_its_doctor_who_does_not_offer_its_type_any_more(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, store: Store, clock: HandClock
) -> None:
    setup = ClinicSetup(store, clock)
    setup.save_visit_type(clinic["manager"], clinic.follow_up, name="Follow-up", minutes=20, doctor_ids=[2])
    assert at(11) in {slot.starts_at for slot in scheduler.find_slots(clinic["patient"], query(clinic, mine))}
    anyone = replace(query(clinic, mine), doctor_id=None)
    assert {slot.doctor_id for slot in scheduler.find_slots(clinic["patient"], anyone)} == {1, 2}
    assert scheduler.reschedule(clinic["patient"], mine, at(11)).starts_at == at(11)
    assert scheduler.reschedule(clinic["reception"], mine, at(11), minutes=10).minutes == 10
    scheduler.reschedule(clinic["reception"], mine, at(11), doctor_id=clinic.other_doctor)
    with pytest.raises(NotOffered, match="Choose another doctor"):
        scheduler.reschedule(clinic["reception"], mine, at(11), doctor_id=clinic.doctor)
    assert isinstance(scheduler.why_not(clinic["patient"], clinic.doctor, clinic.follow_up, at(9)), NotOffered)


def test_a_visit_of_a_doctor_who_has_left_moves_to_another(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, store: Store, clock: HandClock
) -> None:
    ClinicSetup(store, clock).save_doctor(clinic["manager"], clinic.doctor, name="Dr. Johnson", active=False)
    assert scheduler.find_slots(clinic["patient"], query(clinic, mine)) == []
    with pytest.raises(SeesNobody, match="Choose another doctor"):
        scheduler.reschedule(clinic["reception"], mine, at(11))
    assert scheduler.reschedule(clinic["reception"], mine, at(11), doctor_id=clinic.other_doctor)


def test_who_is_checked_in_and_moves_to_another_day_waits_no_longer(
    scheduler: AppointmentScheduler, clinic: MadeClinic, mine: int, clock: HandClock
) -> None:
    clock.now = at(9, 50)
    scheduler.check_in(clinic["reception"], mine)
    later = scheduler.reschedule(clinic["reception"], mine, at(11))
    assert (later.status, later.checked_in_at) == (Status.CHECKED_IN, at(9, 50))
    moved = scheduler.reschedule(clinic["reception"], mine, at(10) + timedelta(days=1))
    assert (moved.status, moved.checked_in_at) == (Status.SCHEDULED, None)
    back = scheduler.undo(clinic["reception"], mine)
    assert (back.status, back.checked_in_at, back.starts_at) == (Status.CHECKED_IN, at(9, 50), at(11))


@pytest.mark.parametrize(
    ("who", "hours_before", "told"), [("patient", 23, "late"), ("patient", 25, ""), ("doctor", 1, "")]
)
def test_a_patients_move_after_the_cut_off_is_recorded_as_late(
    scheduler: AppointmentScheduler,
    clinic: MadeClinic,
    mine: int,
    store: Store,
    clock: HandClock,
    who: str,
    hours_before: int,
    told: str,
) -> None:
    clock.now = at(10) - timedelta(hours=hours_before)
    scheduler.reschedule(clinic[who], mine, datetime(2026, 12, 9, 10, tzinfo=UTC))
    last = Schedule(store, clock).history(clinic["manager"], mine)[-1]
    assert (last.action, last.why) == ("reschedule", told)
