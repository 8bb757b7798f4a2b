"""The way to Google's consent and back, at the stand-in, as browsers and as strangers take it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from sqlalchemy import select

from core.bootstrap import App
from core.calendars.google_consent_scopes import CONSENT_SCOPES
from core.scheduler import tables
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.stand_ins.google import Fault, GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET, PERSON
from tests.ui.asking import Answer, ask
from tests.ui.google_app import app, more_settings

__all__ = ["app", "more_settings"]

VISIT = "a-visit-cookie"
CALLBACK = "/oauth/google/callback"


@pytest.fixture
def google(clock: HandClock) -> Iterator[GoogleStandIn]:
    with GoogleStandIn(clock) as server:
        server.tokens.redirect_addresses.add(f"http://localhost{CALLBACK}")
        yield server
        assert server.violations == []


class Browser:
    """Somebody's browser, with the cookies of a visit and of a session."""

    def __init__(self, app: App, clinic: MadeClinic, who: str, visit: str = VISIT) -> None:
        session_id = clinic[who].session_id
        assert session_id is not None
        token = app.tickets.redeem(app.tickets.issue(session_id, visit), visit)
        self.cookie = f"careslot_visit={visit}; careslot_session={token}"

    def open(self, path: str, site: str = "same-origin") -> Answer:
        return ask("GET", path, {"cookie": self.cookie, "sec-fetch-site": site})

    def to_google(self, query: str = "") -> str:
        answer = self.open(f"/oauth/google/start{query}")
        assert answer.status == 303
        return answer.headers["location"]

    def back(self, address: str) -> Answer:
        parts = urlsplit(address)
        return self.open(f"{parts.path}?{parts.query}", site="cross-site")


@pytest.fixture
def manager(app: App, clinic: MadeClinic) -> Browser:
    return Browser(app, clinic, "manager")


def agree(address: str) -> str:
    """Where Google sends the browser back to."""
    with requests.get(address, timeout=10, allow_redirects=False) as answer:
        assert answer.status_code == 302
        return answer.headers["location"]


def sealed(app: App) -> list[str]:
    query = select(tables.calendar_connections.c.sealed)
    return list(app.store.read(lambda connection: connection.execute(query).scalars().all()))


def test_a_google_account_is_connected_with_the_least_rights(
    app: App, clinic: MadeClinic, google: GoogleStandIn, manager: Browser
) -> None:
    away = manager.to_google()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
    assert asked["redirect_uri"] == f"http://localhost{CALLBACK}"
    assert asked["scope"].split() == list(CONSENT_SCOPES)
    assert (asked["access_type"], asked["code_challenge_method"]) == ("offline", "S256")
    assert "consent" in asked["prompt"]
    answer = manager.back(agree(away))
    (found,) = app.connections.list(clinic["manager"])
    assert answer.headers["location"] == f"/calendars?part=add&where=google&connection={found.connection_id}"
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert (found.kind, found.account, found.owner_id) == ("oauth", PERSON, None)
    assert "1//" not in sealed(app)[0]
    offered = app.connecting.offered(clinic["manager"], found.connection_id)
    assert [one.address for one in offered] == [PERSON]
    made = app.connecting.new_calendar(clinic["manager"], found.connection_id, "Physio", "full", "Europe/London")
    app.calendars.save(
        clinic["manager"],
        None,
        name="Physio",
        provider="google",
        address=made,
        detail="full",
        connection_id=found.connection_id,
    )
    assert app.registry.calendar("google", made, "Physio").health().ok


def test_a_doctors_account_is_the_doctors_own(app: App, clinic: MadeClinic, google: GoogleStandIn) -> None:
    doctor = Browser(app, clinic, "doctor")
    answer = doctor.back(agree(doctor.to_google()))
    (found,) = app.connections.list(clinic["doctor"])
    assert answer.headers["location"] == f"/account?connection={found.connection_id}"
    assert found.owner_id == clinic["doctor"].account_id


def test_the_same_account_signs_in_anew_and_another_does_not(
    app: App, clinic: MadeClinic, google: GoogleStandIn, manager: Browser
) -> None:
    manager.back(agree(manager.to_google()))
    (before,), (found,) = sealed(app), app.connections.list(clinic["manager"])
    query = f"?connection={found.connection_id}"
    google.tokens.revoke()
    assert manager.back(agree(manager.to_google(query))).status == 303
    assert sealed(app) != [before]
    assert app.connecting.offered(clinic["manager"], found.connection_id)
    other = app.connections.add(
        clinic["manager"], provider="google", kind="oauth", name="x", account="x@example.com", secret={}
    )
    answer = manager.back(agree(manager.to_google(f"?connection={other}")))
    assert answer.status == 400
    assert "That was another account than the one connected before." in answer.body


def refused(app: App, answer: Answer, sentence: str, connections: int = 0) -> None:
    assert answer.status == 400
    assert sentence in answer.body
    assert '<a href="/' in answer.body
    assert len(sealed(app)) == connections


def test_a_denial_connects_nothing_and_is_said_plainly(app: App, google: GoogleStandIn, manager: Browser) -> None:
    google.tokens.denies = True
    back = agree(manager.to_google())
    refused(app, manager.back(back), "Google was told not to share the calendars.")
    refused(app, manager.back(back), "it was used already")


def test_rights_that_were_not_ticked_are_asked_for_again(app: App, google: GoogleStandIn, manager: Browser) -> None:
    google.tokens.withholds = frozenset(CONSENT_SCOPES[:1])
    refused(app, manager.back(agree(manager.to_google())), "Begin again and tick both.")


def test_the_right_to_make_calendars_may_be_left_out(app: App, google: GoogleStandIn, manager: Browser) -> None:
    google.tokens.withholds = frozenset(CONSENT_SCOPES[2:])
    assert manager.back(agree(manager.to_google())).status == 303


def test_an_answer_is_good_once(app: App, google: GoogleStandIn, manager: Browser) -> None:
    back = agree(manager.to_google())
    assert manager.back(back).status == 303
    refused(app, manager.back(back), "it was used already", connections=1)


def test_an_answer_is_good_for_ten_minutes(app: App, google: GoogleStandIn, manager: Browser, clock: HandClock) -> None:
    back = agree(manager.to_google())
    clock.advance(minutes=11)
    refused(app, manager.back(back), "That took longer than 10 minutes.")


def test_an_answer_belongs_to_the_browser_and_the_account_that_asked(
    app: App, clinic: MadeClinic, google: GoogleStandIn, manager: Browser
) -> None:
    back = agree(manager.to_google())
    for who, visit in (("manager", "another-visit"), ("doctor", VISIT)):
        refused(app, Browser(app, clinic, who, visit).back(back), "This was begun in another browser")
    refused(app, ask("GET", back.removeprefix("http://localhost")), "Please sign in.")
    refused(app, Browser(app, clinic, "patient").back(back), "Your account may not do this.")


def test_a_code_without_our_state_is_not_taken(app: App, manager: Browser) -> None:
    for query in ("code=4/stolen", "code=4/stolen&state=made-up", "", "state=%00&code=%00"):
        refused(app, manager.open(f"{CALLBACK}?{query}"), "CareSlot did not ask for this consent")


def test_a_code_of_somebody_elses_way_is_worth_nothing(
    app: App, clinic: MadeClinic, google: GoogleStandIn, manager: Browser
) -> None:
    """An attacker who puts a code of their own into a manager's way would have the clinic write into their calendar."""
    theirs = dict(parse_qsl(urlsplit(agree(Browser(app, clinic, "doctor").to_google())).query))["code"]
    state = dict(parse_qsl(urlsplit(manager.to_google()).query))["state"]
    refused(app, manager.open(f"{CALLBACK}?state={state}&code={theirs}"), "Google did not take the consent.")


def test_another_site_sends_nobody_on_the_way(app: App, manager: Browser) -> None:
    for site in ("cross-site", "same-site", "none"):
        refused(app, manager.open("/oauth/google/start", site), "Begin on the page where you connect calendars.")


def test_somebody_elses_connection_is_not_signed_in_anew(app: App, clinic: MadeClinic, manager: Browser) -> None:
    own = app.connections.add(
        clinic["doctor"], provider="google", kind="oauth", name="x", account="x@example.com", secret={}
    )
    refused(app, manager.open(f"/oauth/google/start?connection={own}"), "by somebody else", connections=1)
    refused(app, manager.open("/oauth/google/start?connection=99"), "does not exist any more", connections=1)


def test_google_not_answering_is_said(app: App, google: GoogleStandIn, manager: Browser) -> None:
    for fault in (Fault.html(502), Fault.answer(503, "unavailable"), Fault.silence()):
        back = agree(manager.to_google())
        google.faults.append(fault.at("token"))
        refused(app, manager.back(back), "Google has not answered. Nothing was connected")


class TestWithoutAKey:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"calendar_key": ""}

    def test_nobody_is_sent_away_for_what_could_not_be_kept(self, app: App, manager: Browser) -> None:
        refused(app, manager.open("/oauth/google/start"), "Set CALENDAR_KEY")


class TestWithoutAClient:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"google_client_id": "", "google_client_secret": ""}

    def test_the_missing_settings_are_named(self, app: App, manager: Browser) -> None:
        refused(app, manager.open("/oauth/google/start"), "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET")


class TestAddresses:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"public_url": "https://book.clinic.test/"}

    def test_google_sends_back_to_the_public_address(self, app: App, clinic: MadeClinic) -> None:
        cookie = Browser(app, clinic, "manager").cookie.replace("careslot_", "__Host-careslot_")
        answer = ask("GET", "/oauth/google/start", {"cookie": cookie, "host": "book.clinic.test"})
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert asked["redirect_uri"] == [f"https://book.clinic.test{CALLBACK}"]


@pytest.mark.parametrize("name", ["google_token_endpoint", "google_consent_endpoint"])
def test_other_addresses_than_googles_are_on_this_machine(app: App, name: str) -> None:
    from core.calendars.google_consent import ConsentClient

    elsewhere = ConsentClient(CLIENT_ID, CLIENT_SECRET, **{name.removeprefix("google_"): "https://evil.example.com/"})
    act = elsewhere.exchange if "token" in name else elsewhere.address
    with pytest.raises(ValueError, match="loopback"):
        act("a", "b", "c")
    assert CLIENT_SECRET not in repr(elsewhere)
