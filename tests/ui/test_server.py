"""The server's own routes and the visit cookie, asked as a browser and as a stranger would."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.bootstrap import App
from core.settings import Settings
from core.ui import application
from core.ui.visit import browser_of
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import ask

VISIT = "a-visit-cookie"
OWN_PAGE = {"origin": "http://localhost", "sec-fetch-site": "same-origin", "cookie": f"careslot_visit={VISIT}"}


def ticket_for(app: App, clinic: MadeClinic, who: str = "manager", visit: str = VISIT) -> bytes:
    session_id = clinic[who].session_id
    assert session_id is not None
    return json.dumps({"ticket": app.tickets.issue(session_id, visit)}).encode()


@pytest.fixture
def public_app(app: App) -> Iterator[App]:
    """The application behind a proxy with TLS."""
    public = replace(
        app, settings=Settings(data_folder=app.settings.data_folder, public_url="https://book.clinic.test")
    )
    application.use(public)
    yield public
    application.use(app)


def test_a_ticket_is_exchanged_once_for_a_session_cookie_that_scripts_cannot_read(app: App, clinic: MadeClinic) -> None:
    body = ticket_for(app, clinic)
    answer = ask("POST", "/auth/session", OWN_PAGE, body)
    assert answer.status == 204
    cookie = answer.cookies["careslot_session"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("lax", "/", "")
    found = app.accounts.principal_of(cookie.value, "someone")
    assert found is not None
    assert found.account_id == clinic["manager"].account_id
    assert ask("POST", "/auth/session", OWN_PAGE, body).status == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.test"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"cookie": "careslot_visit=another"},
        {"cookie": ""},
    ],
    ids=["foreign origin", "no origin", "cross-site", "another subdomain", "another visit", "no visit"],
)
def test_a_ticket_is_refused_from_anything_but_our_own_page_in_the_browser_that_signed_in(
    app: App, clinic: MadeClinic, changed: dict[str, str]
) -> None:
    answer = ask("POST", "/auth/session", {**OWN_PAGE, **changed}, ticket_for(app, clinic))
    assert (answer.status, answer.cookies) == (403, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"ticket": 7}',
        b"\xff",
        b"[" * 999,
        b'{"ticket": "\\ud800"}',
        b'{"ticket": "' + b"x" * 2000 + b'"}',
    ],
)
def test_what_is_no_ticket_is_refused(app: App, clinic: MadeClinic, body: bytes) -> None:
    assert ask("POST", "/auth/session", OWN_PAGE, body).status == 403


def test_a_ticket_that_is_over_half_a_minute_old_is_refused(app: App, clinic: MadeClinic, clock: HandClock) -> None:
    body = ticket_for(app, clinic)
    clock.advance(seconds=31)
    assert ask("POST", "/auth/session", OWN_PAGE, body).status == 403


def test_ending_a_session_revokes_it_and_gives_the_next_person_a_new_visit(app: App, clinic: MadeClinic) -> None:
    token = ask("POST", "/auth/session", OWN_PAGE, ticket_for(app, clinic)).cookies["careslot_session"].value
    both = f"careslot_visit={VISIT}; careslot_session={token}"
    assert ask("POST", "/auth/end", {**OWN_PAGE, "cookie": both, "origin": "http://evil.test"}).status == 403
    assert app.accounts.principal_of(token, "someone") is not None
    answer = ask("POST", "/auth/end", {**OWN_PAGE, "cookie": both})
    assert answer.status == 204
    assert app.accounts.principal_of(token, "someone") is None
    assert answer.cookies["careslot_session"]["max-age"] == "0"
    assert answer.cookies["careslot_visit"].value not in {"", VISIT}


def test_a_page_that_stayed_open_over_any_number_of_sign_outs_still_signs_in(app: App, clinic: MadeClinic) -> None:
    newest, visits = VISIT, {VISIT}
    for who in ("manager", "doctor", "patient"):
        cookie = f"careslot_visit={newest}"
        newest = ask("POST", "/auth/end", {**OWN_PAGE, "cookie": cookie}).cookies["careslot_visit"].value
        visits.add(newest)
        ticket = ticket_for(app, clinic, who)  # of the page, which knows the first cookie only
        answer = ask("POST", "/auth/session", {**OWN_PAGE, "cookie": f"careslot_visit={newest}"}, ticket)
        assert answer.status == 204
        found = app.accounts.principal_of(answer.cookies["careslot_session"].value, "someone")
        assert found is not None
        assert found.account_id == clinic[who].account_id
    assert len(visits) == 4


def test_a_sign_out_without_a_visit_begins_one_of_its_own(app: App) -> None:
    first, second = (
        ask("POST", "/auth/end", {**OWN_PAGE, "cookie": ""}).cookies["careslot_visit"].value for _ in range(2)
    )
    assert browser_of(first) != browser_of(second)
    assert min(len(browser_of(first)), len(browser_of(second))) >= 43


def test_a_first_page_brings_a_visit_cookie_and_later_ones_keep_it(app: App) -> None:
    first = ask("GET", "/").cookies["careslot_visit"]
    assert len(first.value) >= 43
    assert first["httponly"]
    assert ask("GET", "/", {"cookie": f"careslot_visit={first.value}"}).cookies == {}
    assert ask("GET", "/plain").cookies == {}
    assert "careslot_visit" in ask("GET", "/unchanged", {"sec-fetch-dest": "document"}).cookies


def test_under_https_cookies_are_secure_and_bound_to_the_host(public_app: App, clinic: MadeClinic) -> None:
    visit = ask("GET", "/").cookies["__Host-careslot_visit"]
    assert visit["secure"]
    headers = {
        "origin": "https://book.clinic.test",
        "sec-fetch-site": "same-origin",
        "cookie": f"__Host-careslot_visit={visit.value}",
    }
    answer = ask("POST", "/auth/session", headers, ticket_for(public_app, clinic, visit=visit.value))
    assert answer.cookies["__Host-careslot_session"]["secure"]
