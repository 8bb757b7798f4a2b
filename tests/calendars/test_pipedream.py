"""Google Calendar by way of Pipedream: what is sent there, and what its failures mean."""

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    CursorExpired,
    EventChanged,
    EventExists,
    QuotaUsedUp,
    ReconnectNeeded,
)
from core.calendars.google import GoogleCalendar
from core.calendars.registry import CalendarRegistry, SignIn
from core.settings import Settings
from tests.calendars.google_clinic import ADDRESS, EVENT, LATER, WINDOW
from tests.conftest import HandClock
from tests.stand_ins.google import Fault, GoogleStandIn
from tests.stand_ins.pipedream import CLIENT, PROJECT, SECRET, USER, Account, Answer, PipedreamStandIn

INSERT = "calendar.events.insert"
HTML = {"Content-Type": "text/html"}


@dataclass
class Clinic:
    google: GoogleStandIn
    pipedream: PipedreamStandIn
    calendar_id: str

    def connect(self, **changes: str) -> GoogleCalendar:
        return GoogleCalendar(calendar_id=self.calendar_id, access=self.pipedream.access(**changes))

    def __post_init__(self) -> None:
        self.calendar = self.connect()


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with GoogleStandIn() as google, PipedreamStandIn(google) as pipedream:
        yield Clinic(google, pipedream, google.new_calendar("Clinic"))
        assert google.violations == []
        assert pipedream.violations == []


def failure(act: Callable[[], object]) -> CalendarError:
    with pytest.raises(CalendarError) as raised:
        act()
    return raised.value


def test_events_stand_at_google_as_if_written_there_directly(clinic) -> None:
    etag = clinic.calendar.create(EVENT)
    newer = clinic.calendar.update(LATER, etag)
    (stored,) = clinic.google.events(clinic.calendar_id)
    assert (stored.id, stored.etag, stored.content["summary"]) == (EVENT.event_id, newer, EVENT.title)
    assert type(failure(lambda: clinic.calendar.create(EVENT))) is EventExists
    assert type(failure(lambda: clinic.calendar.update(LATER, etag))) is EventChanged
    clinic.calendar.delete(EVENT.event_id, newer)
    assert clinic.google.events(clinic.calendar_id) == []
    matched = [one.headers.get("If-Match") or one.headers.get("if-match") for one in clinic.google.requests]
    assert [one for one in matched if one] == [etag, etag, newer]


def test_google_sees_the_connected_person_and_never_our_token(clinic) -> None:
    clinic.calendar.create(EVENT)
    signed = {one.headers["Authorization"].removeprefix("Bearer ") for one in clinic.google.requests}
    assert not signed & clinic.pipedream.tokens


def test_changes_come_by_cursor_one_request_each(clinic) -> None:
    clinic.calendar.create(EVENT)
    cursor = clinic.calendar.changes(None, WINDOW).cursor
    clinic.pipedream.requests.clear()
    assert clinic.calendar.changes(cursor, WINDOW).events == ()
    assert clinic.pipedream.requests == ["proxy GET"]
    clinic.google.remove(clinic.calendar_id, EVENT.event_id)
    assert [event.cancelled for event in clinic.calendar.changes(cursor, WINDOW).events] == [True]
    clinic.google.expire_sync_tokens(clinic.calendar_id)
    assert type(failure(lambda: clinic.calendar.changes(cursor, WINDOW))) is CursorExpired


def test_channels_are_opened_and_ended(clinic) -> None:
    channel = clinic.calendar.watch("channel-1", "secret", ADDRESS)
    assert [one.resource_id for one in clinic.google.channels.living] == [channel.resource_id]
    clinic.calendar.unwatch("channel-1", channel.resource_id)
    assert clinic.google.channels.living == []


def test_threads_share_the_token_and_the_account(clinic) -> None:
    events = [replace(EVENT, event_id=f"thread{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clinic.calendar.create, events))
    assert len(clinic.google.events(clinic.calendar_id)) == 16
    assert clinic.pipedream.requests.count("token") == 1


def test_a_stale_token_is_renewed_once_and_unseen(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.pipedream.tokens.clear()
    clinic.pipedream.requests.clear()
    assert clinic.calendar.fetch(EVENT.event_id) is not None
    assert clinic.pipedream.requests == ["proxy GET", "token", "proxy GET"]


def test_the_newest_living_google_account_is_used(clinic) -> None:
    clinic.pipedream.accounts += [
        Account("apn_newest", created_at="2026-11-20T09:00:00.000Z"),
        Account("apn_dead", dead=True, created_at="2026-11-21T09:00:00.000Z"),
        Account("apn_ill", healthy=False, created_at="2026-11-22T09:00:00.000Z"),
        Account("apn_other_app", app="gmail", created_at="2026-11-23T09:00:00.000Z"),
        Account("apn_somebody", user="somebody", created_at="2026-11-24T09:00:00.000Z"),
    ]
    clinic.calendar.create(EVENT)
    clinic.pipedream.accounts = [one for one in clinic.pipedream.accounts if one.id == "apn_newest"]
    assert clinic.calendar.fetch(EVENT.event_id) is not None


def test_an_account_connected_anew_is_found_at_the_second_try(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.pipedream.accounts = [Account("apn_again")]
    assert type(failure(lambda: clinic.calendar.fetch(EVENT.event_id))) is CalendarUnreachable
    assert clinic.calendar.fetch(EVENT.event_id) is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, ReconnectNeeded),
        ({"external_user_id": "nobody"}, ReconnectNeeded),
        ({"environment": "development"}, ReconnectNeeded),
        ({"project_id": "proj_another"}, CalendarRefused),
    ],
)
def test_a_sign_in_that_pipedream_does_not_know_names_its_cure(clinic, changes, expected) -> None:
    calendar = clinic.connect(**changes)
    error = failure(lambda: calendar.create(EVENT))
    assert type(error) is expected
    health = calendar.health()
    assert not health.ok
    assert "EXTERNAL_USER_ID" in health.cure


def test_a_consent_taken_back_at_google_needs_a_new_sign_in(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.google.tokens.revoke()
    assert type(failure(lambda: clinic.calendar.fetch(EVENT.event_id))) is CalendarUnreachable
    assert type(failure(lambda: clinic.calendar.fetch(EVENT.event_id))) is ReconnectNeeded


def test_a_calendar_that_is_missing_is_told_as_such(clinic) -> None:
    clinic.google.remove_calendar(clinic.calendar_id)
    for act in (lambda: clinic.calendar.create(EVENT), lambda: clinic.calendar.changes(None, WINDOW)):
        assert type(failure(act)) is CalendarMissing


PASSING = {
    "429": Answer(429, {"error": "rate limit exceeded"}, {"Retry-After": "7"}),
    "500": Answer(500, {"error": "internal error"}),
    "502-html": Answer(502, b"<html>Bad gateway</html>", HTML),
    "504": Answer(504, {"error": "timeout"}),
    "200-html": Answer(200, b"<html>Welcome</html>", HTML),
    "401-html": Answer(401, b"<html>Sign in to the network</html>", HTML),
    "404-html": Answer(404, b"<html>Not found</html>", HTML),
}
OWN_ERRORS = {
    "400": Answer(400, {"error": {"account": ["account and user mismatch"]}}),
    "403": Answer(403, {"error": "forbidden"}),
    "404": Answer(404, {"error": "record not found"}),
    "410": Answer(410, {"error": "gone"}),
    "list": Answer(404, ["gone"]),
}


@pytest.mark.parametrize("kind", ["token", "accounts", "proxy"])
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_at_pipedream_is_unreachable(clinic, kind, name) -> None:
    clinic.pipedream.answers.append((kind, PASSING[name]))
    error = failure(lambda: clinic.calendar.create(EVENT))
    assert type(error) is CalendarUnreachable
    assert error.retry_after == (7.0 if name == "429" else None)
    clinic.calendar.create(EVENT)


@pytest.mark.parametrize("name", OWN_ERRORS)
def test_an_error_of_pipedreams_own_is_never_read_as_googles(clinic, name) -> None:
    clinic.calendar.create(EVENT)
    acts = [
        lambda: clinic.calendar.fetch(EVENT.event_id),
        lambda: clinic.calendar.delete(EVENT.event_id),
        lambda: clinic.calendar.update(LATER, '"1"'),
        lambda: clinic.calendar.changes("C1", WINDOW),
        lambda: clinic.calendar.unwatch("channel-1", "resource"),
    ]
    for act in acts:
        clinic.pipedream.answers.append(("proxy", OWN_ERRORS[name]))
        assert type(failure(act)) is CalendarUnreachable
    assert len(clinic.google.events(clinic.calendar_id)) == 1


def test_a_token_refused_twice_needs_a_new_sign_in(clinic) -> None:
    refused = ("proxy", Answer(401, {"error": "invalid access token"}))
    clinic.pipedream.answers += [refused, refused]
    assert type(failure(lambda: clinic.calendar.create(EVENT))) is ReconnectNeeded


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": ["apn"]}, {"data": [{"name": None}]}])
def test_accounts_of_another_form_are_never_read_as_none(clinic, body) -> None:
    clinic.pipedream.answers.append(("accounts", Answer(200, body)))
    assert type(failure(lambda: clinic.calendar.create(EVENT))) is CalendarUnreachable


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.answer(429, "rateLimitExceeded", retry_after="7"), CalendarUnreachable),
        (Fault.answer(403, "userRateLimitExceeded", retry_after="7"), CalendarUnreachable),
        (Fault.answer(403, "quotaExceeded"), QuotaUsedUp),
        (Fault.answer(403, "requiredAccessLevel"), CalendarRefused),
        (Fault.answer(401, "authError"), ReconnectNeeded),
        (Fault.answer(500, "backendError"), CalendarUnreachable),
        (Fault.html(), CalendarUnreachable),
        (Fault.html(404), CalendarUnreachable),
        (Fault.truncated(), CalendarUnreachable),
        (Fault.silence(), CalendarUnreachable),
    ],
    ids=lambda value: f"{value.kind}-{value.status}-{value.reason}" if isinstance(value, Fault) else "",
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_googles_failures_mean_the_same_through_the_proxy(clinic, fault, expected, when) -> None:
    clinic.google.faults.append(replace(fault, when=when, times=1).at(INSERT))
    error = failure(lambda: clinic.calendar.create(EVENT))
    assert type(error) is expected
    if fault.retry_after:
        assert isinstance(error, CalendarUnreachable)
        assert error.retry_after == 7.0
    if when == "after":
        assert type(failure(lambda: clinic.calendar.create(EVENT))) is EventExists
    else:
        clinic.calendar.create(EVENT)


def test_a_deletion_told_as_an_empty_page_is_done(clinic) -> None:
    clinic.calendar.create(EVENT)
    clinic.pipedream.answers.append(("proxy", Answer(200, b"", {"Content-Type": "text/plain"})))
    clinic.calendar.delete(EVENT.event_id)
    clinic.pipedream.answers.append(("proxy", Answer(200, b"", {"Content-Type": "text/plain"})))
    assert type(failure(lambda: clinic.calendar.changes(None, WINDOW))) is CalendarUnreachable


def test_a_server_that_is_down_is_unreachable() -> None:
    with GoogleStandIn() as google, PipedreamStandIn(google) as pipedream:
        calendar = Clinic(google, pipedream, google.new_calendar("Clinic")).calendar
    assert type(failure(lambda: calendar.create(EVENT))) is CalendarUnreachable


def test_neither_secrets_nor_patients_are_told(clinic) -> None:
    access = clinic.pipedream.access()
    assert SECRET not in repr(access)
    clinic.pipedream.answers.append(("proxy", Answer(403, {"error": "forbidden"})))
    error = failure(lambda: clinic.calendar.create(EVENT))
    said = "".join(traceback.format_exception(error)) + repr(error.fields)
    for private in ("John", "Doe", EVENT.event_id, clinic.calendar_id, SECRET, *clinic.pipedream.tokens):
        assert private not in said


def test_an_address_that_others_can_read_along_is_refused(clinic) -> None:
    assert type(failure(lambda: clinic.connect(base_url="http://pipedream.example.com"))) is CalendarRefused


def settings(folder: Path, **more: str) -> Settings:
    return Settings(data_folder=folder, **more)


def test_a_calendar_through_pipedream_is_reached_by_the_settings(clinic, tmp_path: Path, clock: HandClock) -> None:
    given = {
        "pipedream_project_id": PROJECT,
        "pipedream_client_id": CLIENT,
        "pipedream_client_secret": SECRET,
        "pipedream_external_user_id": USER,
        "pipedream_base_url": clinic.pipedream.address,
    }
    found = CalendarRegistry(settings(tmp_path, **given), clock)
    assert found.pipedream_sign_in() == SignIn("pipedream", USER)
    calendar = found.calendar("pipedream", clinic.calendar_id, "Clinic")
    calendar.create(EVENT)
    assert found.calendar("pipedream", clinic.calendar_id, "Clinic") is calendar
    assert len(clinic.google.events(clinic.calendar_id)) == 1


def test_without_all_settings_pipedream_is_no_sign_in(tmp_path: Path, clock: HandClock) -> None:
    found = CalendarRegistry(settings(tmp_path, pipedream_project_id=PROJECT), clock)
    assert found.pipedream_sign_in().missing == ("PIPEDREAM_CLIENT_ID", "PIPEDREAM_CLIENT_SECRET", "EXTERNAL_USER_ID")
    with pytest.raises(CalendarRefused, match="PIPEDREAM_CLIENT_ID"):
        found.calendar("pipedream", "clinic@example.com", "Clinic")
