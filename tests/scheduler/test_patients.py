from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from core.domain.errors import BadInput, NotFound
from core.domain.principal import NotAllowed
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.links import CalendarLinks
from core.scheduler.patients import Patients
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def patients(store: Store, clock: HandClock) -> Patients:
    return Patients(store, clock)


def booked(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    starts_at = datetime(2026, 12, 8, 9, tzinfo=UTC)
    return scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, starts_at)).appointment_id


def test_people_are_found_by_name_email_and_phone(patients: Patients, clinic: MadeClinic) -> None:
    made = patients.create(clinic["reception"], " Ann 50% Lee ", "Ann@example.com", "555-0123", date(1980, 1, 2))
    for text in ("ann", "50%", "ANN@EX", "0123"):
        assert patients.find(clinic["reception"], text) == [made]
    assert patients.find(clinic["reception"], "9%9") == []
    assert patients.find(clinic["reception"], "a") == []
    assert len(patients.find(clinic["manager"], "patient", limit=1)) == 1


def test_who_may_be_there_already_is_found_by_name_and_birth_date(patients: Patients, clinic: MadeClinic) -> None:
    born = date(1980, 1, 2)
    desk = clinic["reception"]
    same, unknown = (
        patients.create(desk, "Ann  50% Lee", "a@example.com", "", born),
        patients.create(desk, "ann 50% lee"),
    )
    patients.create(desk, "Ann 50% Lee", date_of_birth=date(1980, 1, 3))
    patients.create(desk, "Ann 50% Leeson", date_of_birth=born)
    patients.create(desk, "Ann 50% Lee Brown", date_of_birth=born)
    assert {one.user_id for one in patients.alike(desk, " ANN 50% lee", born)} == {same.user_id, unknown.user_id}
    assert len(patients.alike(desk, "Ann 50% Lee", None)) == 3
    assert len(patients.alike(desk, "Ann 50% Lee", None, limit=2)) == 2
    assert patients.alike(desk, "Ann", born) == patients.alike(desk, " ", born) == []
    assert patients.alike(clinic["doctor"], "Ann 50% Lee", born) == []  # no patient of theirs
    with pytest.raises(NotAllowed):
        patients.alike(clinic["patient"], "Ann 50% Lee", born)


def test_a_doctor_finds_own_patients_alone(
    patients: Patients, scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    assert patients.find(clinic["doctor"], "patient") == []
    booked(scheduler, clinic)
    assert [person.user_id for person in patients.find(clinic["doctor"], "patient")] == [1]
    assert patients.get(clinic["doctor"], 1).name == "Patient 1"
    for use_case in (
        lambda: patients.get(clinic["doctor"], 2),
        lambda: patients.change(clinic["doctor"], 2, "X", "", "", None),
        lambda: patients.get(clinic["other_doctor"], 1),
    ):
        with pytest.raises(NotAllowed):
            use_case()


def test_patients_reach_their_own_people_alone(patients: Patients, clinic: MadeClinic) -> None:
    assert [person.user_id for person in patients.mine(clinic["patient"])] == [1]
    assert patients.get(clinic["patient"], 1).email == "p1@example.com"
    for use_case in (
        lambda: patients.get(clinic["patient"], 2),
        lambda: patients.find(clinic["patient"], "patient"),
        lambda: patients.create(clinic["patient"], "New"),
        lambda: patients.change(clinic["patient"], 1, "X", "", "", None),
    ):
        with pytest.raises(NotAllowed):
            use_case()


@pytest.mark.parametrize(
    ("name", "email", "born", "field"),
    [
        ("  ", "", None, "name"),
        ("n" * 201, "", None, "name"),
        ("Ann", "ann", None, "email"),
        ("Ann", "ann lee@example.com", None, "email"),
        ("Ann", "", date(2027, 1, 1), "date_of_birth"),
    ],
)
def test_wrong_details_are_told_by_field(
    patients: Patients, clinic: MadeClinic, name: str, email: str, born: date | None, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        patients.create(clinic["reception"], name, email, "", born)
    assert refused.value.field == field


def test_a_child_is_born_on_the_clinics_date_however_late_it_still_is_elsewhere(
    patients: Patients, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    store.write(lambda connection: connection.execute(update(tables.clinic).values(zone="Pacific/Auckland")) and None)
    clock.now = datetime(2026, 12, 7, 21, tzinfo=UTC)  # ten o'clock on the next morning
    born = date(2026, 12, 8)
    child = patients.create(clinic["reception"], "Baby Smith", date_of_birth=born)
    assert child.date_of_birth == born
    with pytest.raises(BadInput):
        patients.change(clinic["reception"], child.user_id, "Baby Smith", "", "", date(2026, 12, 9))
    clock.now = datetime(2026, 12, 8, 3, tzinfo=UTC)
    store.write(lambda connection: connection.execute(update(tables.clinic).values(zone="America/New_York")) and None)
    with pytest.raises(BadInput):
        patients.create(clinic["reception"], "Tomorrow's Child", date_of_birth=born)


def test_a_new_name_follows_into_the_calendar_and_the_same_name_does_not(
    patients: Patients, scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store, clock: HandClock
) -> None:
    CalendarLinks(store, clock).request(clinic["doctor"], booked(scheduler, clinic))

    def wanted() -> int:
        return store.read(lambda c: c.execute(select(tables.calendar_links.c.wanted_revision)).scalar_one())

    before = wanted()
    patients.change(clinic["reception"], 1, "Patient 1", "p1@example.com", "555-0199", None)
    assert wanted() == before
    patients.change(clinic["reception"], 1, "Patricia 1", "p1@example.com", "555-0199", None)
    assert wanted() == before + 1


def test_staff_access_is_logged(patients: Patients, clinic: MadeClinic, store: Store) -> None:
    patients.get(clinic["patient"], 1)
    patients.get(clinic["reception"], 1)
    with pytest.raises(NotFound):
        patients.get(clinic["reception"], 99)
    entries = store.read(lambda c: c.execute(select(tables.audit_log)).all())
    assert [(e.role, e.action, e.subject) for e in entries] == [("reception", "read_patient", "patient 1")]
