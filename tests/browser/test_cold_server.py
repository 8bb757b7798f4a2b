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
WRONG = [(role, entry.name) for role in ACCOUNTS for entry in PAGES if entry.capability not in GRANTS[role]]
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
def test_the_first_visitor_of_a_cold_server_gets_the_sign_in_and_then_the_page_they_asked_for(
    cold: Server, chromium: Browser, name: str
) -> None:
    context = chromium.new_context()
    frames = frames_of(context, cold, name)
    page = context.pages[0]
    expect(page.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    assert frames
    assert not any(person.encode() in frame for frame in frames for person in PEOPLE)
    email = ACCOUNTS[Role.PATIENT if name == "my_appointments" else Role.MANAGER]
    fill_sign_in(page, email)
    expect(page.get_by_text("Signed in as")).to_be_visible()
    assert page.url.endswith(f"/{name}")
    context.close()


@pytest.mark.parametrize(("role", "name"), WRONG, ids=[f"{role}-{name}" for role, name in WRONG])
def test_a_page_of_a_cold_server_refuses_everybody_whose_role_may_not(
    cold: Server, chromium: Browser, role: Role, name: str
) -> None:
    app = build(Settings(data_folder=cold.data, database_url="", environment="development"))
    token = app.accounts.sign_in(ACCOUNTS[role], PASSWORD)
    app.close()
    context = chromium.new_context()
    context.add_cookies([{"name": "careslot_session", "value": token, "url": cold.url, "httpOnly": True}])
    frames = frames_of(context, cold, name)
    expect(context.pages[0].get_by_role("heading", name="This page is not for your account")).to_be_visible()
    others = [person for person in PEOPLE if not (role is Role.PATIENT and person == "John Doe")]
    assert not any(person.encode() in frame for frame in frames for person in others)
    context.close()
