from dataclasses import replace

import pytest

from core.bootstrap import App
from core.scheduler.booking import Booking
from core.scheduler.rows import Row
from core.ui.place import place_words, video_link, web_link
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def row(app: App, clinic: MadeClinic, clock: HandClock) -> Row:
    booking = Booking("place", clinic.patient, clinic.doctor, clinic.follow_up, clock.now.replace(day=9, hour=10))
    app.scheduler.book_appointment(clinic["patient"], booking)
    return app.schedule.of_patient(clinic["patient"])[0]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("https://meet.example.com/room?pwd=1", True),
        (" http://meet.example.com/room ", True),
        ("javascript:alert(1)", False),
        ("https:///nowhere", False),
        ("https://[broken", False),
        ("https://meet.example.com/a b", False),
        ("data:text/html,hello", False),
        ("Room 4", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str, safe: bool):
    assert web_link(text) == (text.strip() if safe else None)


def test_a_video_visit_tells_its_link_apart_from_its_words(row: Row, app: App):
    at_home = row._replace(by_video=1, place="https://meet.example.com/room")
    assert video_link(at_home) == "https://meet.example.com/room"
    assert place_words(at_home, app.setup.clinic()) == "Online"
    by_phone = row._replace(by_video=1, place="We call you")
    assert video_link(by_phone) is None
    assert place_words(by_phone, app.setup.clinic()) == "We call you"


def test_a_visit_at_the_clinic_is_in_the_doctors_room_and_never_a_link(row: Row, app: App):
    clinic = replace(app.setup.clinic(), address="Main Street 1")
    assert place_words(row._replace(room="Room 2"), clinic) == "Room 2, Main Street 1"
    assert place_words(row._replace(room="Room 2", place="Annex"), clinic) == "Annex, Main Street 1"
    assert place_words(row, app.setup.clinic()) == "Riverside Clinic"
    assert video_link(row._replace(place="https://meet.example.com")) is None
