import pytest

from core.bootstrap import App
from core.scheduler.booking import Booking
from core.scheduler.rows import Row
from core.ui.own_calendar import google_link, ics_file
from core.ui.own_calendar_buttons import own_event
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def row(app: App, clinic: MadeClinic, clock: HandClock) -> Row:
    start = clock.now.replace(day=9, hour=10)
    booking = Booking("own", clinic.patient, clinic.doctor, clinic.follow_up, start, reason="A private matter")
    app.scheduler.book_appointment(clinic["patient"], booking)
    return app.schedule.of_patient(clinic["patient"])[0]


def test_a_moved_appointment_updates_the_event_that_was_added_before(row: Row, app: App):
    before = own_event(row, app.setup.clinic())
    after = own_event(row._replace(revision=row.revision + 1), app.setup.clinic())
    assert before.uid == after.uid
    assert before.revision < after.revision


def test_neither_the_reason_nor_the_patient_leaves_for_the_own_calendar(row: Row, app: App, clock: HandClock):
    event = own_event(row, app.setup.clinic())
    for told in (google_link(event), ics_file(event, clock()).decode()):
        assert "Dr. Sarah Johnson" in told.replace("+", " ")
        assert "private" not in told
        assert "Patient" not in told


def test_a_video_visit_has_its_link_as_its_place(row: Row, app: App):
    event = own_event(row._replace(by_video=1, place="https://meet.example.com/r"), app.setup.clinic())
    assert event.place == "https://meet.example.com/r"
