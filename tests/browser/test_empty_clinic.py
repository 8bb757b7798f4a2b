"""A clinic that begins with nothing but the address in the terminal."""

import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import go_to, running_server, settle


def test_the_printed_address_makes_the_first_manager_once_and_leads_to_an_open_clinic(
    tmp_path: Path, chromium: Browser, visit: BrowserContext
) -> None:
    with running_server(tmp_path / "data", CARESLOT_DEMO="0") as server:
        (path,) = re.findall(r"http://localhost:\d+/(welcome\?token=\S+)", server.printed())
        page = visit.new_page()
        go_to(page, server, "book")
        expect(page.get_by_text("This clinic has not been opened yet.")).to_be_visible()
        go_to(page, server, path)
        page.get_by_label("Your name").fill("Morgan First")
        page.get_by_label("Email", exact=True).fill("morgan@example.com")
        page.get_by_label(re.compile("^Password")).first.fill("seven quiet herons paddle")
        with page.expect_response("**/auth/session") as answer:
            page.get_by_role("button", name="Create the account").click()
        assert answer.value.status == 204
        settle(page)
        expect(page).to_have_url(re.compile("/setup"))
        assert "token" not in page.url
        page.get_by_label("Name of the clinic").fill("Hillside Practice")
        page.get_by_label("Phone").fill("555-0199")
        page.get_by_label("Emergency number").fill("911")
        page.get_by_role("button", name="Open the clinic").click()
        settle(page)
        expect(page.get_by_text("The clinic is open.")).to_be_visible()

        # The address is spent, for its owner and for whoever else read it.
        stranger = chromium.new_context()
        late = stranger.new_page()
        go_to(late, server, path)
        expect(late.get_by_text("This clinic has a manager already")).to_be_visible()
        go_to(late, server)
        expect(late.get_by_role("heading", name="Hillside Practice")).to_be_visible()
        stranger.close()
