"""A server that nobody has visited yet would run the files of pages/ without Home; its first visitor must gain nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from core.bootstrap import build, make_ready
from core.domain.principal import GRANTS, Role
from core.settings import Settings
from core.ui.menu import ENTRIES
from tests.browser.conftest import PASSWORD, Server, fill_sign_in, go_to, running_server

OPEN_TO_ALL = {"home", "book", "sign_in", "welcome"}
PAGES = [entry for entry in ENTRIES if entry.name not in OPEN_TO_ALL]
ACCOUNTS = {
    Role.PATIENT: "john.doe@example.com",
    Role.DOCTOR: "sarah.johnson@example.com",
    Role.RECEPTION: "reception@example.com",
    Role.MANAGER: "manager@example.com",
}
PEOPLE = ("John Doe", "Jane Smith")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo clinic to copy, so that each server starts at once."""
    data = tmp_path_factory.mktemp("filled") / "data"
    make_ready(Settings(data_folder=data, database_url="", environment="development"))
    return data


@pytest.fixture
def cold(filled: Path, tmp_path: Path) -> Iterator[Server]:
    """A fresh server that no page was asked of yet."""
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with running_server(data, CARESLOT_WORKER="0") as server:
        yield server


def token_of(server: Server, role: Role) -> str:
    """A session of the role, opened past the pages, so that the server stays cold."""
    app = build(Settings(data_folder=server.data, database_url="", environment="development"))
    token = app.accounts.sign_in(ACCOUNTS[role], PASSWORD)
    app.close()
    return token


def frames_of(context: BrowserContext, server: Server, path: str) -> list[bytes]:
    """Everything that the server sends to a visitor who asks for a page, as it came over the wire."""
    page = context.new_page()
    frames: list[bytes] = []

    def keep(frame: str | bytes) -> None:
        frames.append(frame.encode() if isinstance(frame, str) else frame)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    go_to(page, server, path)
    return frames


@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
def test_the_first_visitor_of_a_cold_server_gets_the_sign_in_whatever_page_they_ask_for(
    cold: Server, chromium: Browser, name: str
) -> None:
    context = chromium.new_context()
    frames = frames_of(context, cold, name)
    expect(context.pages[0].get_by_role("heading", name="Sign in to go on")).to_be_visible()
    assert context.pages[0].url.endswith(f"/{name}")
    assert frames
    assert not any(person.encode() in frame for frame in frames for person in PEOPLE)
    context.close()


@pytest.mark.parametrize("role", ACCOUNTS)
def test_a_cold_server_refuses_every_page_to_those_whose_role_may_not_and_opens_the_others(
    cold: Server, chromium: Browser, role: Role
) -> None:
    context = chromium.new_context()
    context.add_cookies([{"name": "careslot_session", "value": token_of(cold, role), "url": cold.url}])
    others = [person for person in PEOPLE if not (role is Role.PATIENT and person == "John Doe")]
    wrong = [entry.name for entry in PAGES if entry.capability not in GRANTS[role]]
    for name in wrong:
        frames = frames_of(context, cold, name)
        page = context.pages[-1]
        expect(page.get_by_role("heading", name="This page is not for your account")).to_be_visible()
        assert frames
        assert not any(person.encode() in frame for frame in frames for person in others)
        page.close()
    right = next(entry.name for entry in PAGES if entry.name not in wrong)
    frames_of(context, cold, right)
    expect(context.pages[-1].get_by_text("Signed in as")).to_be_visible()
    expect(context.pages[-1].get_by_role("heading", name="This page is not for your account")).to_have_count(0)
    context.close()


def test_a_link_survives_the_sign_in_on_a_cold_server(cold: Server, chromium: Browser) -> None:
    page = chromium.new_page()
    go_to(page, cold, "setup?part=hours")
    fill_sign_in(page, ACCOUNTS[Role.MANAGER])
    expect(page.get_by_role("heading", name="Setup")).to_be_visible()
    assert page.url.endswith("/setup?part=hours")
    page.close()
