"""Google's answers, one by one, and what each means to the clinic."""

import json
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    ReconnectNeeded,
)
from core.calendars.google import GoogleAccess, GoogleCalendar, create_calendar
from core.calendars.google_access import TOKEN_ENDPOINT
from tests.stand_ins.google import PERSON, SERVICE_ACCOUNT, Fault, GoogleStandIn

STARTS = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
EVENT = Event(
    event_id="0123456789abcdef0123456789abcdef",
    title="Appointment: John Doe with Dr. Sarah Johnson",
    description="Patient: John Doe\nAppointment ID: 11",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=30),
    zone="Europe/Zurich",
    colour_id="7",
    location="Room 2",
    sequence=3,
)
LATER = replace(EVENT, starts_at=STARTS + timedelta(hours=1), ends_at=STARTS + timedelta(hours=2), sequence=4)


class Clinic:
    """One calendar at the stand-in; `etag` is that of the event, once there is one."""

    def __init__(self, server: GoogleStandIn) -> None:
        self.server = server
        self.calendar_id = server.new_calendar("Clinic")
        self.calendar = self.connect()
        self.etag = ""

    def connect(self, access: GoogleAccess | None = None, timeout: float = 20.0) -> GoogleCalendar:
        return GoogleCalendar(
            calendar_id=self.calendar_id,
            access=access or self.server.service_access(),
            endpoint=self.server.endpoint,
            token_endpoint=self.server.token_endpoint,
            timeout=timeout,
        )

    def stored(self) -> dict[str, Any]:
        (event,) = self.server.events(self.calendar_id)
        return event.content


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with GoogleStandIn() as server:
        yield Clinic(server)
        assert server.violations == []


def fetch(clinic: Clinic) -> object:
    return clinic.calendar.fetch(EVENT.event_id)


def create(clinic: Clinic) -> object:
    return clinic.calendar.create(EVENT)


def update(clinic: Clinic) -> object:
    return clinic.calendar.update(LATER, clinic.etag)


def delete(clinic: Clinic) -> object:
    return clinic.calendar.delete(EVENT.event_id, clinic.etag)


CALLS: dict[str, tuple[str, Callable[[Clinic], object]]] = {
    "fetch": ("calendar.events.get", fetch),
    "create": ("calendar.events.insert", create),
    "update": ("calendar.events.update", update),
    "delete": ("calendar.events.delete", delete),
}

PASSING = {
    "rateLimitExceeded": Fault.answer(403, "rateLimitExceeded", retry_after="7"),
    "userRateLimitExceeded": Fault.answer(403, "userRateLimitExceeded", retry_after="7"),
    "429": Fault.answer(429, "rateLimitExceeded", retry_after="7"),
    "500": Fault.answer(500, "backendError", retry_after="7"),
    "501": Fault.answer(501, "notImplemented", retry_after="7"),
    "502": Fault.html(502),
    "503": Fault.answer(503, "backendError", retry_after="7"),
    "504": Fault.html(504),
    "html-200": Fault.html(200),
    "html-302": Fault.html(302),
    "html-401-after-refresh": Fault.html(401).repeated(2),
    "html-403": Fault.html(403),
    "html-404": Fault.html(404),
    "html-410": Fault.html(410),
    "html-412": Fault.html(412),
    "conflict": Fault.answer(409, "conflict"),
    "truncated": Fault.truncated(),
    "silence": Fault.silence(),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest, clinic: Clinic) -> tuple[str, Callable[[Clinic], object]]:
    """An operation of Google's with the call of ours that uses it, ready to be made."""
    if request.param != "create":
        clinic.etag = clinic.calendar.create(EVENT)
    else:
        assert clinic.calendar.health().ok  # so that a token is there, as in the other cases
    return CALLS[request.param]


def failure(clinic: Clinic, call: Callable[[Clinic], object]) -> CalendarError:
    with pytest.raises(CalendarError) as raised:
        call(clinic)
    return raised.value


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_unreachable_and_never_read_as_absence(clinic, call, name) -> None:
    operation, act = call
    clinic.server.faults.append(PASSING[name].at(operation))
    error = failure(clinic, act)
    assert type(error) is CalendarUnreachable
    assert error.retry_after == (7.0 if PASSING[name].retry_after else None)
    assert len(clinic.server.faults) == 0


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_used_up_quota_pauses_for_an_hour(clinic, call, reason) -> None:
    operation, act = call
    clinic.server.faults.append(Fault.answer(403, reason).at(operation))
    error = failure(clinic, act)
    assert isinstance(error, CalendarUnreachable)
    assert error.retry_after == 3600


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (403, "requiredAccessLevel", "Make changes to events"),
        (403, "accessNotConfigured", "Switch on the Google Calendar API"),
        (403, "insufficientPermissions", "allow access to calendars"),
        (403, "forbiddenForServiceAccounts", "Remove the guests"),
        (403, "forbidden", "Google answered 403 forbidden"),
        (400, "invalid", "Google answered 400 invalid"),
    ],
)
def test_a_refusal_names_its_cure(clinic, call, status, reason, words) -> None:
    operation, act = call
    clinic.server.faults.append(Fault.answer(status, reason).at(operation))
    error = failure(clinic, act)
    assert type(error) is CalendarRefused
    assert words in str(error)


def test_a_stale_token_is_refreshed_once_and_unseen(clinic, call) -> None:
    operation, act = call
    clinic.server.tokens.expire_access_tokens()
    act(clinic)
    statuses = [one.status for one in clinic.server.requests if one.operation == operation]
    assert statuses[-2:] in ([401, 200], [401, 204])


def test_a_token_refused_twice_needs_a_new_sign_in(clinic, call) -> None:
    operation, act = call
    clinic.server.faults.append(Fault.answer(401, "authError").at(operation).repeated(2))
    assert type(failure(clinic, act)) is ReconnectNeeded


def test_a_revoked_consent_needs_a_new_sign_in(clinic, call) -> None:
    clinic.server.tokens.revoke()
    assert type(failure(clinic, call[1])) is ReconnectNeeded


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fetch", None), ("create", CalendarMissing), ("update", EventGone), ("delete", None)],
)
@pytest.mark.parametrize(("status", "reason"), [(404, "notFound"), (410, "deleted")])
def test_a_missing_event_is_gone_while_its_calendar_answers(clinic, name, expected, status, reason) -> None:
    operation, act = CALLS[name]
    clinic.etag = clinic.calendar.create(EVENT)
    clinic.server.faults.append(Fault.answer(status, reason).at(operation))
    if expected is None:
        assert act(clinic) is None
    else:
        assert type(failure(clinic, act)) is expected


@pytest.mark.parametrize("loss", ["removed", "unshared"])
def test_a_missing_calendar_is_never_read_as_a_missing_event(clinic, call, loss) -> None:
    if loss == "removed":
        clinic.server.remove_calendar(clinic.calendar_id)
    else:
        clinic.server.share(clinic.calendar_id, "none")
    assert type(failure(clinic, call[1])) is CalendarMissing


def test_a_missing_event_is_not_believed_while_the_calendar_is_silent(clinic) -> None:
    clinic.server.faults.append(Fault.html(502).at("calendar.events.list"))
    assert type(failure(clinic, fetch)) is CalendarUnreachable


def test_a_missing_event_is_not_believed_once_we_may_only_read(clinic) -> None:
    clinic.server.share(clinic.calendar_id, "reader")
    assert type(failure(clinic, fetch)) is CalendarRefused


@pytest.mark.parametrize("kind", ["silence", "truncated", "html", "500", "429"])
@pytest.mark.parametrize(("name", "left"), [("create", 1), ("update", 1), ("delete", 0)])
def test_a_lost_answer_leaves_one_outcome(clinic, name, left, kind) -> None:
    losses = {
        "silence": Fault.silence(),
        "truncated": Fault.truncated(),
        "html": Fault.html(502),
        "500": Fault.answer(500, "backendError"),
        "429": Fault.answer(429, "rateLimitExceeded"),
    }
    operation, act = CALLS[name]
    if name != "create":
        clinic.etag = clinic.calendar.create(EVENT)
    clinic.server.faults.append(losses[kind].at(operation).after_commit())
    assert type(failure(clinic, act)) is CalendarUnreachable
    again = {"create": EventExists, "update": EventChanged}.get(name)
    if again:
        assert type(failure(clinic, act)) is again
    else:
        act(clinic)
    assert len(clinic.server.events(clinic.calendar_id)) == left


def test_a_late_answer_is_given_up_and_leaves_one_event(clinic) -> None:
    impatient = clinic.connect(timeout=0.3)
    assert impatient.health().ok
    clinic.server.faults.append(Fault.latency(5).at("calendar.events.insert").after_commit())
    with pytest.raises(CalendarUnreachable):
        impatient.create(EVENT)
    with pytest.raises(EventExists):
        impatient.create(EVENT)
    assert len(clinic.server.events(clinic.calendar_id)) == 1


def test_a_late_answer_is_never_taken_for_the_next_one(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.calendar.create(replace(EVENT, event_id="another", title="Another"))
    impatient = clinic.connect(timeout=0.3)
    assert impatient.health().ok
    clinic.server.faults.append(Fault.latency(0.6).at("calendar.events.get"))
    with pytest.raises(CalendarUnreachable):
        impatient.fetch(EVENT.event_id)
    found = impatient.fetch("another")
    assert found is not None
    assert found.title == "Another"


def test_a_connection_that_went_stale_is_replaced(clinic) -> None:
    assert clinic.calendar.health().ok
    clinic.server.faults.append(replace(Fault.silence(), times=1))
    assert clinic.calendar.health().ok


def test_a_server_that_is_down_is_unreachable() -> None:
    with GoogleStandIn() as server:
        clinic = Clinic(server)
    assert type(failure(clinic, create)) is CalendarUnreachable
    assert not clinic.calendar.health().ok


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.answer(400, "invalid_grant"), ReconnectNeeded),
        (Fault.answer(401, "invalid_client"), ReconnectNeeded),
        (Fault.answer(503, "backendError", retry_after="9"), CalendarUnreachable),
        (Fault.answer(429, "rate", retry_after="9"), CalendarUnreachable),
        (Fault.html(200), CalendarUnreachable),
        (Fault.html(403), CalendarUnreachable),
        (Fault.truncated(), CalendarUnreachable),
        (Fault.silence(), CalendarUnreachable),
    ],
)
@pytest.mark.parametrize("way", ["service_access", "refresh_access"])
def test_the_sign_in_server_is_judged_as_carefully(clinic, way, fault, expected) -> None:
    calendar = clinic.connect(getattr(clinic.server, way)())
    clinic.server.faults.append(fault.at("token"))
    with pytest.raises(expected) as raised:
        calendar.fetch(EVENT.event_id)
    assert type(raised.value) is expected
    if fault.retry_after:
        assert raised.value.retry_after == 9.0
    assert [one.operation for one in clinic.server.requests] == ["token"] * (2 if fault.kind == "silence" else 1)


def test_retry_after_may_be_a_date(clinic) -> None:
    date = (clinic.server.store.clock() + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    clinic.server.faults.append(Fault.answer(503, "backendError", retry_after=date).at("calendar.events.get"))
    error = failure(clinic, fetch)
    assert isinstance(error, CalendarUnreachable)
    assert error.retry_after is not None
    assert 290 <= error.retry_after <= 301


def test_the_event_stands_in_google_as_specified(clinic) -> None:
    clinic.calendar.create(EVENT)
    assert clinic.stored() == {
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


def test_what_was_created_is_found_again(clinic) -> None:
    etag = clinic.calendar.create(EVENT)
    found = clinic.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.etag, found.cancelled, found.title, found.description) == (
        etag,
        False,
        EVENT.title,
        EVENT.description,
    )
    assert (found.starts_at, found.ends_at) == (EVENT.starts_at, EVENT.ends_at)
    assert (found.location, found.colour_id, found.reminder_minutes) == ("Room 2", "7", (30,))


def test_an_event_made_all_day_has_no_instants(clinic) -> None:
    clinic.calendar.create(EVENT)
    day = {"dateTime": None, "timeZone": None}
    clinic.server.edit(
        clinic.calendar_id, EVENT.event_id, start={"date": "2026-12-01", **day}, end={"date": "2026-12-02", **day}
    )
    found = clinic.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.starts_at, found.ends_at) == (None, None)


def test_a_tombstone_is_seen_and_keeps_its_id(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.server.remove(clinic.calendar_id, EVENT.event_id)
    found = clinic.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert found.cancelled
    assert type(failure(clinic, create)) is EventExists
    assert clinic.server.events(clinic.calendar_id) == []


def test_an_update_on_an_older_state_changes_nothing(clinic) -> None:
    clinic.etag = clinic.calendar.create(EVENT)
    clinic.server.edit(clinic.calendar_id, EVENT.event_id, summary="Edited by hand")
    assert type(failure(clinic, update)) is EventChanged
    assert type(failure(clinic, delete)) is EventChanged
    assert clinic.stored()["summary"] == "Edited by hand"


def test_an_event_moved_by_hand_can_be_put_back(clinic) -> None:
    clinic.calendar.create(EVENT)
    for hours in (1, 2, 3):
        moved = {"start": STARTS + timedelta(hours=hours), "end": STARTS + timedelta(hours=hours + 1)}
        clinic.server.edit(
            clinic.calendar_id, EVENT.event_id, **{edge: {"dateTime": at.isoformat()} for edge, at in moved.items()}
        )
    assert clinic.stored()["sequence"] > EVENT.sequence
    found = clinic.calendar.fetch(EVENT.event_id)
    assert found is not None
    clinic.calendar.update(EVENT, found.etag)
    assert clinic.stored()["start"]["dateTime"] == "2026-12-01T10:00:00+01:00"


def test_health_names_the_calendar_when_all_is_well(clinic) -> None:
    health = clinic.calendar.health()
    assert (health.ok, health.detail, health.cure) == (True, "Clinic", "")


@pytest.mark.parametrize("role", ["none", "freeBusyReader", "reader"])
def test_health_says_whom_to_share_the_calendar_with(clinic, role) -> None:
    clinic.server.share(clinic.calendar_id, role)
    health = clinic.calendar.health()
    assert not health.ok
    assert SERVICE_ACCOUNT in health.cure
    assert "Make changes to events" in health.cure


def test_health_of_a_signed_in_person_asks_for_another_account(clinic) -> None:
    clinic.server.remove_calendar(clinic.calendar_id)
    health = clinic.connect(clinic.server.refresh_access()).health()
    assert health.cure == "Connect Google with an account that may make changes to this calendar."


def test_health_of_a_revoked_sign_in_asks_to_connect_again(clinic) -> None:
    clinic.server.tokens.revoke()
    assert clinic.calendar.health().cure == "Connect Google again on the Calendars page."


def test_health_of_a_switched_off_api_says_where_to_switch_it_on(clinic) -> None:
    clinic.server.faults.append(Fault.answer(403, "accessNotConfigured").at("calendar.events.list"))
    assert "Switch on the Google Calendar API" in clinic.calendar.health().cure


def test_a_calendar_made_for_a_doctor_is_usable_and_shared_with_its_owner(clinic) -> None:
    server = clinic.server
    clinic.calendar_id = create_calendar(
        "Dr. Chen",
        "Europe/Zurich",
        access=server.service_access(),
        owner=PERSON,
        endpoint=server.endpoint,
        token_endpoint=server.token_endpoint,
    )
    clinic.connect().create(EVENT)
    assert clinic.connect(server.refresh_access()).health().detail == "Dr. Chen"


def test_threads_share_the_token_but_no_connection(clinic) -> None:
    events = [replace(EVENT, event_id=f"thread{number}") for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(clinic.calendar.create, events))
    assert len(set(etags)) == 24
    assert len(clinic.server.events(clinic.calendar_id)) == 24
    assert [one.operation for one in clinic.server.requests].count("token") == 1


def test_a_key_file_cannot_choose_who_issues_tokens(clinic, tmp_path: Path) -> None:
    info = clinic.server.service_account_info() | {
        "token_uri": "http://10.0.0.1/token",
        "universe_domain": "evil.example",
    }
    assert clinic.connect(GoogleAccess.service_account(info)).health().ok
    assert GoogleAccess.service_account(info).credentials()._token_uri == TOKEN_ENDPOINT


@pytest.mark.parametrize("address", ["https://tokens.example.com", "http://127.0.0.1.example.com/", "http://10.0.0.1/"])
def test_only_loopback_may_stand_in_for_the_sign_in_server(clinic, address) -> None:
    with pytest.raises(ValueError, match="loopback"):
        GoogleCalendar(calendar_id="x", access=clinic.server.refresh_access(), token_endpoint=address)


def test_tokens_never_travel_unencrypted(clinic) -> None:
    with pytest.raises(ValueError, match="https"):
        GoogleCalendar(calendar_id="x", access=clinic.server.refresh_access(), endpoint="http://calendar.example.com/")


@pytest.mark.parametrize(
    "info", [{}, {"client_email": "a@example.com", "private_key": "x"}, "/no/such/file.json", "[]"]
)
def test_a_useless_key_is_refused_with_its_cure(info) -> None:
    with pytest.raises(CalendarRefused, match="Download a new JSON key"):
        GoogleAccess.service_account(info)


def test_a_key_may_be_given_as_a_file(clinic, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(clinic.server.service_account_info()))
    access = GoogleAccess.service_account(file)
    assert access.account == SERVICE_ACCOUNT
    assert access == clinic.server.service_access()


def test_printing_an_access_shows_no_secret(clinic) -> None:
    shown = repr([clinic.server.service_access(), clinic.server.refresh_access()])
    assert "PRIVATE KEY" not in shown
    assert "client-secret" not in shown
    assert "refresh-token" not in shown


@pytest.mark.parametrize("status", [400, 403, 409, 412, 500])
def test_a_failure_tells_nothing_about_the_patient(clinic, status) -> None:
    clinic.server.faults.append(Fault.answer(status, "invalid").at("calendar.events.insert"))
    error = failure(clinic, create)
    told = "".join(traceback.format_exception(error)) + repr(error.fields)
    for private in ("John", "Doe", EVENT.event_id, clinic.calendar_id, "ya29"):
        assert private not in told
