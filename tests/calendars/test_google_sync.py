"""CalendarSync at Google, through the real client: whatever call fails, one event stands there in the end."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.scheduler.booking import Booking
from tests.calendars.google_mirror import NINE, GoogleMirror
from tests.conftest import HandClock
from tests.stand_ins.google import Fault, GoogleStandIn
from tests.stand_ins.google.oauth import SERVICE_ACCOUNT

TEN = NINE + timedelta(hours=1)


@pytest.fixture
def mirror(tmp_path: Path, sqlite_url: str, clock: HandClock) -> Iterator[GoogleMirror]:
    with GoogleStandIn() as server:
        made = GoogleMirror.at(server, tmp_path, sqlite_url, clock)
        yield made
        made.app.close()
        assert server.violations == []


def push(mirror: GoogleMirror) -> None:
    mirror.app.sync.sync_appointment(mirror.clinic["patient"], mirror.number)


def move(mirror: GoogleMirror) -> None:
    mirror.app.scheduler.reschedule(mirror.clinic["reception"], mirror.number, TEN)


def rename(mirror: GoogleMirror) -> None:
    mirror.app.patients.change(mirror.clinic["reception"], 1, "Jane Roe", "jane@example.com", "555-0101", None)


def recolour(mirror: GoogleMirror) -> None:
    mirror.app.setup.save_doctor(
        mirror.manager, 1, name="Dr. Sarah Johnson", calendar_id=mirror.address, colour_id="3", account_id=3
    )


def tell_less(mirror: GoogleMirror) -> None:
    mirror.app.calendars.save(
        mirror.manager, mirror.address, name="Clinic", provider="google", detail="initials", prefix=True
    )


def assign(mirror: GoogleMirror) -> None:
    mirror.app.calendars.assign(mirror.manager, 1, mirror.connect("Dr. Johnson"))


def cancel(mirror: GoogleMirror) -> None:
    mirror.app.scheduler.cancel(mirror.clinic["reception"], mirror.number)


def undo(mirror: GoogleMirror) -> None:
    mirror.app.scheduler.undo(mirror.clinic["reception"], mirror.number)


def shows(event: dict[str, Any], **wanted: object) -> None:
    seen = {
        "summary": event["summary"],
        "starts_at": datetime.fromisoformat(event["start"]["dateTime"]),
        "minutes": (
            datetime.fromisoformat(event["end"]["dateTime"]) - datetime.fromisoformat(event["start"]["dateTime"])
        ).seconds
        // 60,
        "colour": event["colorId"],
        "reminders": event["reminders"],
    }
    assert seen | wanted == seen


FULL = "Appointment: Patient 1 with Dr. Sarah Johnson"
RENAMED = "Appointment: Jane Roe with Dr. Sarah Johnson"
INITIALS = "[Dr. Johnson] Appointment: J.R. with Dr. Sarah Johnson"

# Each step of the story, and what stands at Google after it; None: nothing.
STORY: list[tuple[Callable[[GoogleMirror], None], dict[str, object] | None]] = [
    (push, {"summary": FULL, "starts_at": NINE, "colour": "10", "minutes": 20}),
    (move, {"summary": FULL, "starts_at": TEN, "colour": "10"}),
    (rename, {"summary": RENAMED, "starts_at": TEN}),
    (recolour, {"summary": RENAMED, "colour": "3"}),
    (tell_less, {"summary": INITIALS, "colour": "3"}),
    (assign, {"summary": RENAMED, "colour": "3"}),  # the new calendar's detail is full
    (cancel, None),
    (undo, {"summary": RENAMED, "starts_at": TEN, "colour": "3"}),
]

FAULTS = {
    "503": Fault.answer(503, "backendError"),
    "429": Fault.answer(429, "rateLimitExceeded", retry_after="30"),
    "quota": Fault.answer(403, "quotaExceeded"),
    "truncated": Fault.truncated(),
    "silence": Fault.silence(),
    "400": Fault.answer(400, "invalid"),
    "401": Fault.answer(401, "authError").repeated(2),
    "404": Fault.answer(404, "notFound"),
    "409": Fault.answer(409, "duplicate"),
    "412": Fault.answer(412, "conditionNotMet"),
}


@pytest.mark.parametrize("skip", [0, 1, 2, 3])
@pytest.mark.parametrize("lost", ["question", "answer"])
@pytest.mark.parametrize("name", FAULTS)
def test_whatever_call_fails_one_event_says_what_the_clinic_says(
    mirror: GoogleMirror, name: str, lost: str, skip: int
) -> None:
    fault = FAULTS[name] if lost == "question" else FAULTS[name].after_commit()
    for step, wanted in STORY:
        mirror.server.tokens.expire_access_tokens()  # so that signing in is one of the calls that fail
        mirror.server.faults.append(Fault(**vars(fault) | {"skip": skip}))
        step(mirror)
        mirror.settle()
        mirror.server.faults.clear()
        assert mirror.app.links.pending() == 0
        assert mirror.errors() == []
        if wanted is None:
            assert (mirror.count(), mirror.event_id()) == (0, None)
        else:
            shows(mirror.event(), **wanted)


def test_an_event_is_as_specified(mirror: GoogleMirror) -> None:
    push(mirror)
    event = mirror.event()
    assert event["description"].splitlines() == [
        "Patient: Patient 1",
        "Email: p1@example.com",
        "Doctor: Dr. Sarah Johnson",
        "Reason: Headache",
        f"Appointment ID: {mirror.number}",
    ]
    assert event["reminders"] == {"useDefault": False, "overrides": [{"method": "popup", "minutes": 30}]}


def test_a_private_calendar_tells_nothing_but_the_number(mirror: GoogleMirror) -> None:
    mirror.app.calendars.save(mirror.manager, mirror.address, name="Clinic", provider="google", detail="private")
    push(mirror)
    event = mirror.event()
    assert (event["summary"], event.get("description", "")) == (f"Appointment #{mirror.number}", "")
    assert not any(word in str(event) for word in ("Patient", "Johnson", "Headache"))


def test_a_calendar_that_syncs_every_booking_needs_nobody_to_ask(mirror: GoogleMirror) -> None:
    mirror.app.calendars.save(mirror.manager, mirror.address, name="Clinic", provider="google", auto=True)
    mirror.app.scheduler.book_appointment(mirror.clinic["patient"], Booking("2", 1, 1, 1, TEN))
    mirror.settle()
    assert mirror.count() == 1


WRITES = ("calendar.events.insert", "calendar.events.update", "calendar.events.delete")


def unshare(mirror: GoogleMirror) -> None:
    mirror.server.share(mirror.address, "none")


def only_read(mirror: GoogleMirror) -> None:
    mirror.server.share(mirror.address, "reader")


def share(mirror: GoogleMirror) -> None:
    mirror.server.share(mirror.address, "writer")


def revoke(mirror: GoogleMirror) -> None:
    mirror.server.tokens.revoke()


def grant(mirror: GoogleMirror) -> None:
    mirror.server.tokens.service_accounts.add(SERVICE_ACCOUNT)


def switch_off(mirror: GoogleMirror) -> None:
    for operation in WRITES:
        mirror.server.faults.append(Fault.answer(403, "accessNotConfigured").at(operation).repeated(100))


def use_up(mirror: GoogleMirror) -> None:
    for operation in WRITES:
        mirror.server.faults.append(Fault.answer(403, "quotaExceeded").at(operation).repeated(100))


def fall_silent(mirror: GoogleMirror) -> None:
    mirror.server.faults.append(Fault.silence().repeated(1000))


def recover(mirror: GoogleMirror) -> None:
    mirror.server.faults.clear()


TROUBLES: dict[str, tuple[Callable[[GoogleMirror], None], Callable[[GoogleMirror], None], str, str]] = {
    "unshared": (unshare, share, "missing", "Check its address and who it is shared with."),
    "read only": (only_read, share, "refused", "Make changes to events"),
    "revoked": (revoke, grant, "reconnect", "A manager can reconnect it on the Calendars page."),
    "switched off": (switch_off, recover, "refused", "Switch on the Google Calendar API"),
    "quota": (use_up, recover, "quota", "its quota is used up"),
    "silent": (fall_silent, recover, "passing", "We keep trying; the appointment is safe."),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("step", [push, move, rename, recolour, cancel])
def test_lasting_trouble_is_said_with_its_cure_and_ends_with_it(
    mirror: GoogleMirror, step: Callable[[GoogleMirror], None], trouble: str
) -> None:
    begin, end, kind, cure = TROUBLES[trouble]
    if step is not push:
        push(mirror)
    begin(mirror)
    step(mirror)
    mirror.app.sync.run_due()
    (failed,) = mirror.app.calendars.overview(mirror.manager).failed
    (calendar,) = [one for one in mirror.app.calendars.list(mirror.manager) if one.calendar_id == mirror.address]
    assert failed.kind == calendar.last_error_kind == kind
    assert cure in failed.sentence
    end(mirror)
    mirror.settle()
    assert mirror.app.calendars.overview(mirror.manager).failed == ()
    assert mirror.count() == (0 if step is cancel else 1)


def test_a_used_up_quota_rests_the_calendar_until_a_manager_or_the_hour_ends_it(mirror: GoogleMirror) -> None:
    mirror.server.faults.append(Fault.answer(403, "quotaExceeded").at("calendar.events.insert"))
    outcome = mirror.app.sync.sync_appointment(mirror.clinic["patient"], mirror.number)
    assert (outcome.state, "quota is used up" in outcome.sentence) == ("pending", True)
    before = len(mirror.server.requests)
    again = mirror.app.sync.sync_appointment(mirror.clinic["patient"], mirror.number)
    assert again.state == "pending"
    assert again.sentence.startswith("The calendar takes no changes until 10:00.")
    assert mirror.app.sync.run_due().done == 0
    assert len(mirror.server.requests) == before
    mirror.app.calendars.try_again(mirror.manager, mirror.address)
    assert mirror.app.sync.run_due().done == 1
    assert mirror.count() == 1


def test_one_failure_can_be_tried_again_at_once(mirror: GoogleMirror) -> None:
    unshare(mirror)
    push(mirror)
    share(mirror)
    (failed,) = mirror.app.calendars.overview(mirror.manager).failed
    assert mirror.app.sync.try_again(mirror.manager, failed.link_id).state == "synced"
    assert mirror.app.sync.try_again(mirror.manager, failed.link_id).sentence == "The calendar is in step."
    assert mirror.count() == 1
