"""Finding an account's calendars: on Radicale for real, and on servers that answer as others do."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from core.calendars.calendar import CalendarError, CalendarRefused, ReconnectNeeded
from core.calendars.dav_discovery import CalDAVAccount, find_account, make_collection
from core.calendars.embedded import EmbeddedServer
from tests.conftest import HandClock


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    made = EmbeddedServer(tmp_path_factory.mktemp("elsewhere"))
    yield made
    made.stop()


def find(server: EmbeddedServer, clock: HandClock, address: str = "", password: str = "") -> CalDAVAccount:
    return find_account(address or server.url, server.username, password or server.password, clock, production=False)


def test_calendars_are_found_from_the_servers_bare_address(server: EmbeddedServer, clock: HandClock) -> None:
    server.calendar("personal", "Jane's own", clock)
    bare = "/".join(server.url.split("/")[:3])
    for address in (bare, server.url, f"{server.url}personal/"):
        found = find(server, clock, address)
        assert found.home == server.url
        assert ("Jane's own", f"{server.url}personal/") in [(one.name, one.address) for one in found.calendars]


def test_a_calendar_is_made_and_found(server: EmbeddedServer, clock: HandClock) -> None:
    found = find(server, clock)
    made = make_collection(found.home, server.username, server.password, "Physio", found.calendars)
    after = find(server, clock)
    assert made == f"{server.url}physio/"
    assert made in [one.address for one in after.calendars]
    again = make_collection(found.home, server.username, server.password, "Physio", after.calendars)
    assert again == f"{server.url}physio-2/"


def test_a_wrong_password_needs_a_new_sign_in(server: EmbeddedServer, clock: HandClock) -> None:
    with pytest.raises(ReconnectNeeded):
        find(server, clock, password="not the password")


@pytest.mark.parametrize(
    "address",
    [
        "http://cloud.example.com/",
        "ftp://cloud.example.com",
        "cloud.example.com",
        "",
        "https://[",
        "https://127.0.0.1:9/",
        "http://localhost:9/",
    ],
)
def test_an_address_is_public_and_encrypted(clock: HandClock, address: str) -> None:
    with pytest.raises(CalendarRefused):
        find_account(address, "jane", "secret", clock, production=True)


PRINCIPAL = "<d:current-user-principal><d:href>{}</d:href></d:current-user-principal>"
HOME = "<c:calendar-home-set><d:href>{}</d:href></c:calendar-home-set>"
COLLECTION = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>{kind}</d:resourcetype>"
    "<d:displayname>{name}</d:displayname>{more}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
CALENDAR = "<c:calendar/>"
TASKS = '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>'
READ_ONLY = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"


def multistatus(inner: str) -> str:
    return f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{inner}</d:multistatus>'


def told(prop: str) -> str:
    return multistatus(
        f"<d:response><d:href>/</d:href><d:propstat><d:prop>{prop}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


class Scripted:
    """A server that gives each path its answer: a status, and a body or where to go."""

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_PROPFIND(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content = answers.get(self.path, (404, ""))
                self.send_response(status)
                if status in {301, 302, 307, 308}:
                    self.send_header("Location", content)
                    content = ""
                self.send_header("Content-Length", str(len(content.encode())))
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def look(answers: dict[str, tuple[int, str]], clock: HandClock, path: str = "/") -> tuple[CalDAVAccount, Scripted]:
    server = Scripted(answers)
    try:
        return find_account(server.address + path, "jane", "secret", clock, production=False), server
    finally:
        server.close()


NEXTCLOUD = {
    "/": (405, ""),
    "/.well-known/caldav": (301, "/remote.php/dav/"),
    "/remote.php/dav/": (207, told(PRINCIPAL.format("/remote.php/dav/principals/users/jane/"))),
    "/remote.php/dav/principals/users/jane/": (207, told(HOME.format("/remote.php/dav/calendars/jane/"))),
    "/remote.php/dav/calendars/jane/": (
        207,
        multistatus(
            "".join(
                COLLECTION.format(href=f"/remote.php/dav/calendars/jane/{path}", kind=kind, name=name, more=more)
                for path, kind, name, more in (
                    ("", "", "", ""),
                    ("work/", CALENDAR, "Work", ""),
                    ("personal/", CALENDAR, "Personal", ""),
                    ("tasks/", CALENDAR, "Tasks", TASKS),
                    ("holidays/", CALENDAR, "Holidays", READ_ONLY),
                    ("inbox/", "<c:schedule-inbox/>", "Inbox", ""),
                )
            )
        ),
    ),
}


def test_a_server_is_found_by_its_well_known_address(clock: HandClock) -> None:
    found, server = look(NEXTCLOUD, clock)
    assert found.home == f"{server.address}/remote.php/dav/calendars/jane/"
    assert [one.name for one in found.calendars] == ["Personal", "Work"]


@pytest.mark.parametrize(
    "elsewhere", ["http://localhost:9/dav/", "https://evil.example.com/", "http://169.254.169.254/latest/"]
)
def test_the_password_follows_no_redirection_to_another_host(clock: HandClock, elsewhere: str) -> None:
    answers = {"/": (405, ""), "/.well-known/caldav": (302, elsewhere)}
    with pytest.raises(CalendarRefused, match="moved"):
        look(answers, clock)


@pytest.mark.parametrize("home", ["http://cloud.example.com/jane/", "ftp://cloud.example.com/", "http://10.0.0.1/"])
def test_a_home_elsewhere_is_held_to_the_same_rules(clock: HandClock, home: str) -> None:
    answers = {"/": (207, told(PRINCIPAL.format("/p/"))), "/p/": (207, told(HOME.format(home)))}
    with pytest.raises(CalendarRefused):
        look(answers, clock)


def test_calendars_outside_the_home_are_not_offered(clock: HandClock) -> None:
    listed = "".join(
        COLLECTION.format(href=href, kind=CALENDAR, name="Other", more="")
        for href in ("https://evil.example.com/jane/x/", "/other/", "/home/../other/")
    )
    answers = {
        "/": (207, told(PRINCIPAL.format("/p/"))),
        "/p/": (207, told(HOME.format("/home/"))),
        "/home/": (207, multistatus(listed)),
    }
    found, _ = look(answers, clock)
    assert found.calendars == ()


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"/": (200, "<html>Welcome</html>")},
        {"/": (207, "<html>Welcome")},
        {"/": (207, told(PRINCIPAL.format("/p/")))},
        {"/": (207, told(PRINCIPAL.format("/p/"))), "/p/": (207, told(""))},
        {"/": (405, ""), "/.well-known/caldav": (301, "/.well-known/caldav")},
    ],
    ids=["nothing", "a page", "no XML", "no principal", "no home", "a circle"],
)
def test_what_is_no_calendar_server_is_said_to_be_none(clock: HandClock, answers: dict[str, tuple[int, str]]) -> None:
    with pytest.raises(CalendarError):
        look(answers, clock)
