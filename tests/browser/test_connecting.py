"""Connecting calendars in a real browser: Google by its consent, at the stand-in, and CalDAV by the form, at Radicale."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.calendars.embedded import EmbeddedServer
from core.calendars.seal import new_key
from core.domain.clock import system_clock
from tests.browser.conftest import Server, fill_sign_in, go_to, running_server, settle
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET


@pytest.fixture(scope="module")
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn() as server:
        yield server
        assert server.violations == []


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path_factory.mktemp("elsewhere"))
    server.calendar("personal", "Personal", system_clock)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: Browser, google: GoogleStandIn) -> Iterator[Server]:
    del chromium  # without a browser nothing is started
    folder: Path = tmp_path_factory.mktemp("connecting") / "data"
    with running_server(
        folder,
        CALENDAR_KEY=new_key(),
        GOOGLE_CLIENT_ID=CLIENT_ID,
        GOOGLE_CLIENT_SECRET=CLIENT_SECRET,
        GOOGLE_CALENDAR_ENDPOINT=google.endpoint,
        GOOGLE_TOKEN_ENDPOINT=google.token_endpoint,
        GOOGLE_CONSENT_ENDPOINT=google.consent_endpoint,
    ) as started:
        google.tokens.redirect_addresses.add(f"{started.url}/oauth/google/callback")
        yield started


def choose(page: Page, option: str) -> None:
    box = page.get_by_label("Which calendar?")
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(250)  # an open list closes when the page scrolls
    box.click()
    page.get_by_role("option", name=option).click()
    settle(page)


def to_google(page: Page, label: str = "Sign in with Google") -> Page:
    """The page that Google sends the browser back to, in the tab that the button opened."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name=label, exact=True).click()
    opened.value.wait_for_load_state()
    return opened.value


def test_a_manager_connects_google_and_makes_a_calendar_there(
    server: Server, google: GoogleStandIn, visit: BrowserContext
) -> None:
    page = visit.new_page()
    go_to(page, server, "calendars?part=add")
    fill_sign_in(page, "manager@example.com")
    google.tokens.denies = True
    refused = to_google(page)
    expect(refused.get_by_text("Google was told not to share the calendars.")).to_be_visible()
    refused.get_by_role("link", name="Back").click()
    expect(refused.get_by_role("link", name="Sign in with Google")).to_be_visible()
    refused.close()
    google.tokens.denies = False
    page = to_google(page)
    settle(page)
    choose(page, "Make a new calendar")
    page.get_by_label("Name", exact=True).fill("Physio")
    page.get_by_text("Initials", exact=True).click()
    page.get_by_role("button", name="Add the calendar").click()
    expect(page.get_by_text("“Physio” answers and can be written.")).to_be_visible()
    assert [one.summary for one in google.store.calendars.values()] == ["Clinic", "Physio"]


def test_a_doctor_connects_their_own_calendar_on_a_phone(
    server: Server, elsewhere: EmbeddedServer, phone: BrowserContext
) -> None:
    page = phone.new_page()
    go_to(page, server, "account")
    fill_sign_in(page, "sarah.johnson@example.com")
    page.get_by_text("Connect your own calendar").click()
    settle(page)
    page.get_by_label("Address of the server").fill("/".join(elsewhere.url.split("/")[:3]))
    page.get_by_label("User name").fill(elsewhere.username)
    page.get_by_label("Password", exact=True).first.fill(elsewhere.password)
    page.get_by_role("button", name="Find the calendars").click()
    expect(page.get_by_text("Now choose one of its calendars.")).to_be_visible()
    settle(page)
    choose(page, "Personal")
    page.get_by_text("Number only", exact=True).click()
    page.get_by_role("button", name="Use this calendar").click()
    expect(page.get_by_text("it answers and can be written.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
