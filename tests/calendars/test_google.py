"""Events in Google Calendar as CareSlot writes and finds them."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.calendars.calendar import (
    EventChanged,
    EventExists,
)
from core.calendars.google import create_calendar
from tests.calendars.google_clinic import EVENT, STARTS, create, delete, failure, update
from tests.stand_ins.google import PERSON, Fault


def test_the_event_stands_in_google_as_specified(google) -> None:
    google.calendar.create(EVENT)
    assert google.stored() == {
        "summary": EVENT.title,
        "description": EVENT.description,
        "location": "Room 2",
        "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich"},
        "end": {"dateTime": "2026-12-01T10:30:00+01:00", "timeZone": "Europe/Zurich"},
        "colorId": "7",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 30}]},
        "extendedProperties": {"private": {"careslot": EVENT.event_id}},
        "sequence": 3,
        "status": "confirmed",
        "transparency": "opaque",
    }


def test_what_was_created_is_found_again(google) -> None:
    etag = google.calendar.create(EVENT)
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.etag, found.cancelled, found.title, found.description) == (
        etag,
        False,
        EVENT.title,
        EVENT.description,
    )
    assert (found.starts_at, found.ends_at) == (EVENT.starts_at, EVENT.ends_at)
    assert (found.location, found.colour_id, found.reminder_minutes) == ("Room 2", "7", (30,))


def test_an_event_may_have_no_colour_and_no_reminder(google) -> None:
    google.calendar.create(replace(EVENT, colour_id="", reminder_minutes=()))
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.colour_id, found.reminder_minutes) == ("", ())


def test_an_event_made_all_day_has_no_instants(google) -> None:
    google.calendar.create(EVENT)
    day = {"dateTime": None, "timeZone": None}
    google.server.edit(
        google.calendar_id, EVENT.event_id, start={"date": "2026-12-01", **day}, end={"date": "2026-12-02", **day}
    )
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.starts_at, found.ends_at) == (None, None)


def test_a_tombstone_is_seen_and_keeps_its_id(google) -> None:
    google.calendar.create(EVENT)
    google.server.remove(google.calendar_id, EVENT.event_id)
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert found.cancelled
    assert type(failure(google, create)) is EventExists
    assert google.server.events(google.calendar_id) == []


def test_an_update_on_an_older_state_changes_nothing(google) -> None:
    google.etag = google.calendar.create(EVENT)
    google.server.edit(google.calendar_id, EVENT.event_id, summary="Edited by hand")
    assert type(failure(google, update)) is EventChanged
    assert type(failure(google, delete)) is EventChanged
    assert google.stored()["summary"] == "Edited by hand"


def test_an_event_moved_by_hand_can_be_put_back(google) -> None:
    google.calendar.create(EVENT)
    for hours in (1, 2, 3):
        moved = {"start": STARTS + timedelta(hours=hours), "end": STARTS + timedelta(hours=hours + 1)}
        google.server.edit(
            google.calendar_id, EVENT.event_id, **{edge: {"dateTime": at.isoformat()} for edge, at in moved.items()}
        )
    assert google.stored()["sequence"] > EVENT.sequence
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    google.calendar.update(EVENT, found.etag)
    assert google.stored()["start"]["dateTime"] == "2026-12-01T10:00:00+01:00"


def test_a_calendar_made_for_a_doctor_is_usable_and_shared_with_its_owner(google) -> None:
    server = google.server
    google.calendar_id = create_calendar(
        "Dr. Chen",
        "Europe/Zurich",
        access=server.service_access(),
        owner=PERSON,
        endpoint=server.endpoint,
        token_endpoint=server.token_endpoint,
    )
    google.connect().create(EVENT)
    assert google.connect(server.refresh_access()).health().detail == "Dr. Chen"


def test_threads_share_the_token_but_no_connection(google) -> None:
    events = [replace(EVENT, event_id=f"thread{number}") for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(google.calendar.create, events))
    assert len(set(etags)) == 24
    assert len(google.server.events(google.calendar_id)) == 24
    assert [one.operation for one in google.server.requests].count("token") == 1


@pytest.mark.parametrize("status", [400, 403, 409, 412, 500])
def test_a_failure_tells_nothing_about_the_patient(google, status) -> None:
    google.server.faults.append(Fault.answer(status, "invalid").at("calendar.events.insert"))
    error = failure(google, create)
    told = "".join(traceback.format_exception(error)) + repr(error.fields)
    for private in ("John", "Doe", EVENT.event_id, google.calendar_id, "ya29"):
        assert private not in told
