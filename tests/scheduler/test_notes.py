from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core.domain.errors import BadInput, NotFound
from core.domain.principal import NotAllowed, SignInNeeded
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.notes import MedicalNotes, NotesChanged
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def notes(store: Store, clock: HandClock) -> MedicalNotes:
    return MedicalNotes(store, clock)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    starts_at = datetime(2026, 12, 8, 9, tzinfo=UTC)
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, starts_at)).appointment_id


def test_versions_add_up_and_patients_see_released_ones(notes: MedicalNotes, clinic: MadeClinic, number: int) -> None:
    notes.add(clinic["doctor"], number, "First")
    second = notes.add(clinic["doctor"], number, " Second ", released=True)
    assert (second.version, second.body, second.author_name) == (2, "Second", "doctor")
    assert [note.body for note in notes.versions(clinic["doctor"], number)] == ["First", "Second"]
    assert notes.versions(clinic["patient"], number) == [second]


def test_a_version_that_was_not_read_yet_is_not_passed_over(
    notes: MedicalNotes, clinic: MadeClinic, number: int
) -> None:
    notes.add(clinic["doctor"], number, "First", after_version=0)
    with pytest.raises(NotesChanged):
        notes.add(clinic["doctor"], number, "First of another window", after_version=0)
    notes.add(clinic["doctor"], number, "Second", after_version=1)
    assert [note.body for note in notes.versions(clinic["doctor"], number)] == ["First", "Second"]


def test_a_doctor_is_told_which_own_visits_have_notes(
    notes: MedicalNotes, scheduler: AppointmentScheduler, clinic: MadeClinic, number: int
) -> None:
    later = datetime(2026, 12, 9, 9, tzinfo=UTC)
    second = scheduler.book_appointment(clinic["patient"], Booking("key-2", 1, 1, 1, later)).appointment_id
    other = scheduler.book_appointment(clinic["other_patient"], Booking("key-3", 2, 2, 1, later)).appointment_id
    notes.add(clinic["doctor"], number, "First")
    notes.add(clinic["doctor"], number, "Second")
    notes.add(clinic["other_doctor"], other, "Another's")
    assert notes.written(clinic["doctor"], [number, second, other]) == {number}
    assert notes.written(clinic["doctor"], []) == frozenset()
    for name in ("patient", "reception", "manager"):
        with pytest.raises(NotAllowed):
            notes.written(clinic[name], [number])


@pytest.mark.parametrize("name", ["patient", "other_patient", "other_doctor", "reception", "manager"])
def test_only_the_doctor_of_the_appointment_writes(
    notes: MedicalNotes, clinic: MadeClinic, number: int, name: str
) -> None:
    with pytest.raises(NotAllowed):
        notes.add(clinic[name], number, "Mine")
    assert notes.versions(clinic["doctor"], number) == []


@pytest.mark.parametrize("name", ["other_patient", "other_doctor", "reception", "manager"])
def test_nobody_else_reads(notes: MedicalNotes, clinic: MadeClinic, number: int, name: str) -> None:
    with pytest.raises(NotAllowed):
        notes.versions(clinic[name], number)
    with pytest.raises(SignInNeeded):
        notes.versions(clinic.visitor, number)


def test_a_doctor_who_has_the_patient_too_reads(
    notes: MedicalNotes, scheduler: AppointmentScheduler, clinic: MadeClinic, number: int
) -> None:
    notes.add(clinic["doctor"], number, "First")
    later = datetime(2026, 12, 9, 9, tzinfo=UTC)
    scheduler.book_appointment(clinic["patient"], Booking("key-2", 1, 2, 1, later))
    assert len(notes.versions(clinic["other_doctor"], number)) == 1


@pytest.mark.parametrize("body", ["", "  \n", "n" * 20_001])
def test_an_empty_or_endless_note_is_refused(notes: MedicalNotes, clinic: MadeClinic, number: int, body: str) -> None:
    with pytest.raises(BadInput) as refused:
        notes.add(clinic["doctor"], number, body)
    assert refused.value.field == "body"


def test_reading_and_writing_is_logged_without_content(
    notes: MedicalNotes, clinic: MadeClinic, number: int, store: Store
) -> None:
    notes.add(clinic["doctor"], number, "Secret", released=True)
    notes.versions(clinic["doctor"], number)
    notes.versions(clinic["patient"], number)
    entries = store.read(lambda c: c.execute(select(tables.audit_log)).all())
    assert [(e.role, e.action, e.subject_user_id, e.subject) for e in entries] == [
        ("doctor", "write_notes", 1, f"appointment {number}"),
        ("doctor", "read_notes", 1, f"appointment {number}"),
    ]


def test_a_doctor_opens_an_appointment_with_its_history_and_its_notes_and_both_are_logged(
    notes: MedicalNotes, scheduler: AppointmentScheduler, clinic: MadeClinic, number: int, store: Store
) -> None:
    first = notes.add(clinic["doctor"], number, "First", released=True)
    scheduler.reschedule(clinic["reception"], number, datetime(2026, 12, 8, 11, tzinfo=UTC))
    second = notes.add(clinic["doctor"], number, "Second")
    visit = notes.opened(clinic["doctor"], number)
    assert (visit.row.appointment_id, visit.row.user_id) == (number, 1)
    assert [(change.role, change.action) for change in visit.history] == [
        ("patient", "book"),
        ("reception", "reschedule"),
    ]
    assert visit.notes == [first, second] == notes.versions(clinic["doctor"], number)
    entries = store.read(lambda c: c.execute(select(tables.audit_log).order_by(tables.audit_log.c.audit_id)).all())
    assert [(e.action, e.subject_user_id, e.subject) for e in entries][2:4] == [
        ("read_appointment", 1, f"appointment {number}"),
        ("read_notes", 1, f"appointment {number}"),
    ]


@pytest.mark.parametrize("name", ["patient", "other_doctor", "reception", "manager"])
def test_only_the_doctor_of_the_appointment_opens_it_with_its_notes(
    notes: MedicalNotes, clinic: MadeClinic, number: int, name: str
) -> None:
    with pytest.raises(NotAllowed):
        notes.opened(clinic[name], number)
    with pytest.raises(NotFound):
        notes.opened(clinic["doctor"], number + 99)
