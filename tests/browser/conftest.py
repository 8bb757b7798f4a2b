"""A real server, started as a clinic would, and a real browser in front of it."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PASSWORD = "riverside demo clinic"
TYPED_PASSWORDS = ("seven quiet herons paddle", "password1234", "not the password")
START_SECONDS = 60
PERSONAL = [
    ("name", "users"),
    ("email", "users"),
    ("phone", "users"),
    ("name", "doctors"),
    ("name", "accounts"),
    ("email", "accounts"),
    ("reason", "appointments"),
    ("body", "medical_notes"),
]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run one after another: two browsers and two servers would starve each other on two cores."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Server:
    """A running clinic: its address, its data and what it printed."""

    url: str
    data: Path
    log: Path

    def printed(self) -> str:
        return self.log.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(data: Path, **environment: str) -> Iterator[Server]:
    """`streamlit run Home.py` on a free port of loopback, with this data folder; stopped at the end."""
    port = free_port()
    log = data.with_suffix(".log")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CARESLOT_", "STREAMLIT_"))}
    known.pop("DATABASE_URL", None)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**known, "CARESLOT_DATA": str(data), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", data, log)
    try:
        _wait(process, server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    tells_of_nobody(server)


def tells_of_nobody(server: Server) -> None:
    """Nothing that the clinic's database holds about a person, and no password, was printed by its servers."""
    # Whoever starts a demo clinic is told its sign-ins.
    told = "\n".join(line for line in server.printed().splitlines() if not line.endswith(f"  {PASSWORD}"))
    of_calendars = server.data / "calendar" / "server.log"
    told += of_calendars.read_text() if of_calendars.exists() else ""
    known = {PASSWORD, *TYPED_PASSWORDS}
    database = server.data / "healthcare.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            for column, table in PERSONAL:
                known |= {text for (text,) in connection.execute(f"SELECT DISTINCT {column} FROM {table}") if text}
    assert not [text for text in known if len(text) > 3 and text in told]


def _wait(process: "subprocess.Popen[bytes]", server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{server.printed()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Server]:
    """The demo clinic, for tests that leave it as others can use it."""
    with running_server(tmp_path_factory.mktemp("clinic") / "data", LOG_LEVEL="debug") as server:
        yield server


@pytest.fixture
def visit(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser, on a laptop in the clinic's zone."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="America/New_York", accept_downloads=True
    )
    yield context
    context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser, on a phone far from the clinic."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, timezone_id="Asia/Tokyo", is_mobile=True, has_touch=True
    )
    yield context
    context.close()


def settle(page: Page) -> None:
    """Wait until the page's run is over and stays over."""
    ready = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    for _ in range(2):
        expect(ready).to_be_attached(timeout=30_000)
        page.wait_for_timeout(250)


def go_to(page: Page, server: Server, path: str = "") -> None:
    page.goto(f"{server.url}/{path}")
    settle(page)


def fill_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in with the form that stands on the page, and wait for the cookie."""
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_response("**/auth/session") as answer:
        page.get_by_role("button", name="Sign in", exact=True).last.click()
    assert answer.value.status == 204
    settle(page)
