from datetime import UTC, datetime

import pytest

from core.domain.principal import NotAllowed
from core.scheduler.access import NotYourPatient
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.notes import MedicalNotes
from core.scheduler.patients import Patients
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


def on(day: int) -> datetime:
    return datetime(2026, 12, day, 9, tzinfo=UTC)


def test_a_doctor_reaches_nobody_by_booking(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    theirs = Booking("k1", clinic.other_patient, clinic.other_doctor, clinic.follow_up, on(8))
    number = scheduler.book_appointment(clinic["reception"], theirs).appointment_id
    notes, patients = MedicalNotes(store, clock), Patients(store, clock)
    notes.add(clinic["other_doctor"], number, "Not released")
    mine = Booking("k2", clinic.other_patient, clinic.doctor, clinic.follow_up, on(9))
    with pytest.raises(NotYourPatient, match="Reception can book"):
        scheduler.book_appointment(clinic["doctor"], mine)
    with pytest.raises(NotAllowed):
        patients.get(clinic["doctor"], clinic.other_patient)
    scheduler.book_appointment(clinic["reception"], mine)
    assert [note.body for note in notes.versions(clinic["doctor"], number)] == ["Not released"]
    scheduler.book_appointment(
        clinic["doctor"], Booking("k3", clinic.other_patient, clinic.doctor, clinic.follow_up, on(10))
    )


def test_a_doctor_books_for_somebody_whom_nobody_sees_yet(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    added = Patients(store, clock).create(clinic["doctor"], "Somebody New")
    booking = Booking("k1", added.user_id, clinic.doctor, clinic.follow_up, on(8))
    number = scheduler.book_appointment(clinic["doctor"], booking).appointment_id
    scheduler.cancel(clinic["doctor"], number)
    again = Booking("k2", added.user_id, clinic.doctor, clinic.follow_up, on(9))
    scheduler.cancel(clinic["doctor"], scheduler.book_appointment(clinic["doctor"], again).appointment_id)
    theirs = Booking("k3", added.user_id, clinic.other_doctor, clinic.follow_up, on(10))
    scheduler.book_appointment(clinic["reception"], theirs)
    with pytest.raises(NotYourPatient):
        scheduler.book_appointment(
            clinic["doctor"], Booking("k4", added.user_id, clinic.doctor, clinic.follow_up, on(11))
        )


def test_a_cancelled_appointment_opens_the_notes_of_no_other_doctor(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    numbers = [
        scheduler.book_appointment(
            clinic["patient"], Booking(f"k{doctor}", clinic.patient, doctor, clinic.follow_up, on(7 + doctor))
        ).appointment_id
        for doctor in (clinic.doctor, clinic.other_doctor)
    ]
    notes = MedicalNotes(store, clock)
    notes.add(clinic["doctor"], numbers[0], "Mine")
    notes.add(clinic["other_doctor"], numbers[1], "Theirs")
    assert notes.versions(clinic["doctor"], numbers[1])
    scheduler.cancel(clinic["patient"], numbers[0])
    with pytest.raises(NotAllowed):
        notes.versions(clinic["doctor"], numbers[1])
    assert [note.body for note in notes.versions(clinic["doctor"], numbers[0])] == ["Mine"]
    again = Booking("again", clinic.patient, clinic.doctor, clinic.follow_up, on(10))
    assert scheduler.book_appointment(clinic["doctor"], again)  # who had booked here remains the doctor's patient
