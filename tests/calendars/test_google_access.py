"""Signing in with Google: whose tokens, over which addresses, and how its health is told."""

import json
from pathlib import Path

import pytest

from core.calendars.calendar import (
    CalendarRefused,
)
from core.calendars.google import GoogleAccess, GoogleCalendar
from core.calendars.google_access import TOKEN_ENDPOINT
from tests.stand_ins.google import SERVICE_ACCOUNT, Fault


def test_health_names_the_calendar_when_all_is_well(google) -> None:
    health = google.calendar.health()
    assert (health.ok, health.detail, health.cure) == (True, "Clinic", "")


@pytest.mark.parametrize("role", ["none", "freeBusyReader", "reader"])
def test_health_says_whom_to_share_the_calendar_with(google, role) -> None:
    google.server.share(google.calendar_id, role)
    health = google.calendar.health()
    assert not health.ok
    assert SERVICE_ACCOUNT in health.cure
    assert "Make changes to events" in health.cure


def test_health_of_a_signed_in_person_asks_for_another_account(google) -> None:
    google.server.remove_calendar(google.calendar_id)
    health = google.connect(google.server.refresh_access()).health()
    assert health.cure == "Connect Google with an account that may make changes to this calendar."


@pytest.mark.parametrize(("way", "words"), [("service_access", "new key"), ("refresh_access", "GOOGLE_REFRESH_TOKEN")])
def test_health_of_a_revoked_sign_in_says_what_to_set_anew(google, way, words) -> None:
    google.server.tokens.revoke()
    health = google.connect(getattr(google.server, way)()).health()
    assert health.detail == "The calendar needs a new sign-in."
    assert words in health.cure


def test_health_of_a_used_up_quota_says_that_it_passes(google) -> None:
    google.server.faults.append(Fault.answer(403, "quotaExceeded").at("calendar.events.list"))
    health = google.calendar.health()
    assert "quota is used up" in health.detail
    assert health.cure.startswith("Nothing to do")


def test_health_of_a_switched_off_api_says_where_to_switch_it_on(google) -> None:
    google.server.faults.append(Fault.answer(403, "accessNotConfigured").at("calendar.events.list"))
    assert "Switch on the Google Calendar API" in google.calendar.health().cure


def test_a_key_file_cannot_choose_who_issues_tokens(google, tmp_path: Path) -> None:
    info = google.server.service_account_info() | {
        "token_uri": "http://10.0.0.1/token",
        "universe_domain": "evil.example",
    }
    assert google.connect(GoogleAccess.service_account(info)).health().ok
    assert GoogleAccess.service_account(info).credentials()._token_uri == TOKEN_ENDPOINT


@pytest.mark.parametrize("address", ["https://tokens.example.com", "http://127.0.0.1.example.com/", "http://10.0.0.1/"])
def test_only_loopback_may_stand_in_for_the_sign_in_server(google, address) -> None:
    with pytest.raises(ValueError, match="loopback"):
        GoogleCalendar(calendar_id="x", access=google.server.refresh_access(), token_endpoint=address)


def test_tokens_never_travel_unencrypted(google) -> None:
    with pytest.raises(ValueError, match="https"):
        GoogleCalendar(calendar_id="x", access=google.server.refresh_access(), endpoint="http://calendar.example.com/")


@pytest.mark.parametrize(
    "info", [{}, {"client_email": "a@example.com", "private_key": "x"}, "/no/such/file.json", "[]"]
)
def test_a_useless_key_is_refused_with_its_cure(info) -> None:
    with pytest.raises(CalendarRefused, match="Download a new JSON key"):
        GoogleAccess.service_account(info)


def test_a_key_may_be_given_as_a_file(google, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(google.server.service_account_info()))
    access = GoogleAccess.service_account(file)
    assert access.account == SERVICE_ACCOUNT
    assert access == google.server.service_access()


def test_printing_an_access_shows_no_secret(google) -> None:
    shown = repr([google.server.service_access(), google.server.refresh_access()])
    assert "PRIVATE KEY" not in shown
    assert "client-secret" not in shown
    assert "refresh-token" not in shown


def test_the_token_follows_no_redirect(google) -> None:
    assert google.calendar.health().ok
    google.server.faults.append(Fault.redirect(google.server.address + "/elsewhere"))
    assert not google.calendar.health().ok
    assert [one.path for one in google.server.requests if "elsewhere" in one.path] == []
