"""What the server forbids to browsers, and that all pages work without it."""

import http.client
import re
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from core.bootstrap import build
from core.settings import Settings
from tests.browser.conftest import PASSWORD, Server, fill_sign_in, go_to

MEGABYTE = 1024 * 1024


def test_pages_work_under_a_policy_that_runs_no_script_of_others_and_browsers_keep_what_they_may(
    demo_server: Server, visit: BrowserContext
) -> None:
    page = visit.new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    go_to(page, demo_server, "book")
    page.get_by_role("button", name=re.compile("^Follow-up")).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()  # by a script of ours
    go_to(page, demo_server, "calendars")
    fill_sign_in(page, "manager@example.com")
    expect(page.get_by_role("heading", name="Calendars")).to_be_visible()
    go_to(page, demo_server, "agenda?view=week")
    expect(page.frame_locator('iframe[title*="calendar"]').locator(".fc-timegrid-col").first).to_be_visible()
    go_to(page, demo_server, "clinic")
    assert problems == []
    # What somebody smuggled into a page would do.
    page.evaluate("""() => {
        const smuggled = document.createElement("script");
        smuggled.textContent = "window.smuggled = true";
        document.body.append(smuggled);
    }""")
    assert page.evaluate("window.smuggled") is None
    assert "script-src" in problems[0]
    # Streamlit's own word on what browsers may keep stands.
    assert "no-cache" in requests.get(demo_server.url, timeout=10).headers["cache-control"]
    script = page.locator("script[type=module]").get_attribute("src")
    kept = requests.get(f"{demo_server.url}/{script}", timeout=10).headers
    assert "immutable" in kept["cache-control"]
    assert kept["x-content-type-options"] == "nosniff"


def opened(server: Server, **headers: str) -> ClientConnection:
    return connect(
        f"{server.url.replace('http', 'ws')}/_stcore/stream", additional_headers=headers, user_agent_header=None
    )


@pytest.mark.parametrize("wrong", [{"Origin": "http://evil.example.com"}, {"Origin": "http://localhost:1"}])
def test_pages_of_others_open_no_websocket(demo_server: Server, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(demo_server, **wrong):
        pass
    assert refused.value.response.status_code == 400


def test_another_name_for_this_server_is_refused(demo_server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(demo_server.url).netloc, timeout=10)
    connection.request("GET", "/", headers={"Host": "evil.example.com"})
    assert connection.getresponse().status == 400
    connection.close()


def number_of_page(socket: ClientConnection) -> str:
    """The number by which Streamlit knows an open page."""
    socket.send(BackMsg(rerun_script=ClientState()).SerializeToString())
    while True:
        message = ForwardMsg.FromString(bytes(socket.recv(timeout=20)))  # type: ignore[arg-type]
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)


def test_a_file_of_over_five_megabytes_is_refused_and_so_is_any_before_the_sign_in(demo_server: Server) -> None:
    app = build(Settings(data_folder=demo_server.data, database_url="", environment="development"))
    token = app.accounts.sign_in("manager@example.com", PASSWORD)
    app.close()
    xsrf = requests.get(f"{demo_server.url}/_stcore/health", timeout=10).cookies["_streamlit_xsrf"]

    def send(page: str, size: int, **cookies: str) -> int:
        return requests.put(
            f"{demo_server.url}/_stcore/upload_file/{page}/file",
            files={"file": ("picture.png", b"x" * size)},
            cookies={"_streamlit_xsrf": xsrf, **cookies},
            headers={"X-Xsrftoken": xsrf},
            timeout=20,
        ).status_code

    with opened(demo_server, Origin=demo_server.url, Cookie=f"careslot_session={token}") as socket:
        page = number_of_page(socket)
        assert send(page, 10) == 403
        assert send(page, 4 * MEGABYTE, careslot_session=token) == 204
        assert send(page, 5 * MEGABYTE + 1, careslot_session=token) == 413
        assert send("another", 10, careslot_session=token) == 400
