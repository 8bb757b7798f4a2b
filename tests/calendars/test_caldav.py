"""How CalDAV servers answer besides Radicale, and what each answer means to us; requirements of RFC 4791 and 9110."""

import gzip
import hashlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from requests.utils import parse_dict_header

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import (
    CalendarError,
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    Event,
    EventChanged,
    EventExists,
    EventGone,
    ReconnectNeeded,
)
from core.calendars.dav import LARGEST_ANSWER
from core.calendars.dav_collection import ensure_collection
from core.calendars.vevent import to_ical
from tests.calendars.providers import clock
from tests.calendars.scripted import CALENDAR, THERE, Answer, Script, privileges, scripted

STARTS = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
EVENT = Event(
    "0123456789abcdef",
    "Appointment: Jane Roe",
    "Reason: cough",
    STARTS,
    STARTS + timedelta(minutes=30),
    "Europe/London",
    "10",
)
OURS = Answer(200, to_ical(EVENT, clock()), {"ETag": '"1"'})
PASSWORD = "pass-wörd-密"
METHOD = {"fetch": "GET", "create": "PUT", "update": "PUT", "delete": "DELETE"}
CALLS: dict[str, Callable[[CalDAVCalendar], object]] = {
    "fetch": lambda calendar: calendar.fetch(EVENT.event_id),
    "create": lambda calendar: calendar.create(EVENT),
    "update": lambda calendar: calendar.update(EVENT, '"1"'),
    "delete": lambda calendar: calendar.delete(EVENT.event_id, '"1"'),
}


def connect(script: Script, timeout: float = 5) -> CalDAVCalendar:
    return CalDAVCalendar(script.url, "jane@example.com", PASSWORD, clock, timeout=timeout)


def everything_said(error: BaseException) -> str:
    return f"{error} {error.__cause__} {error.fields if isinstance(error, CalendarError) else ''}"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Answer(301, headers={"Location": "https://elsewhere.example.com/"}), CalendarRefused),
        (Answer(400), CalendarRefused),
        (Answer(401), ReconnectNeeded),
        (Answer(403), CalendarRefused),
        (Answer(408), CalendarUnreachable),
        (Answer(413), CalendarRefused),
        (Answer(423), CalendarUnreachable),
        (Answer(429), CalendarUnreachable),
        (Answer(500), CalendarUnreachable),
        (Answer(503, b"<html>Maintenance</html>"), CalendarUnreachable),
        (Answer(507), CalendarRefused),
        (Answer(200, b"BEGIN:VCAL", {"ETag": '"1"'}, missing_bytes=90), CalendarUnreachable),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Answer) else None,
)
def test_each_failure_has_one_meaning_and_tells_no_secret(
    call: str, answer: Answer, meaning: type[CalendarError]
) -> None:
    with scripted(**{METHOD[call]: answer, "PROPFIND": THERE}) as script, pytest.raises(CalendarError) as caught:
        CALLS[call](connect(script))
    assert type(caught.value) is meaning
    said = everything_said(caught.value)
    assert not any(secret in said for secret in (PASSWORD, "jane", "Jane", "cough"))
    if meaning is CalendarRefused:
        assert caught.value.fields["cure"].endswith(".")


@pytest.mark.parametrize("call", CALLS)
def test_a_404_counts_only_while_the_calendar_stands(call: str) -> None:
    with scripted(**{METHOD[call]: Answer(404), "PROPFIND": Answer(404)}) as script:
        with pytest.raises(CalendarMissing):
            CALLS[call](connect(script))
        script.answers["PROPFIND"] = [Answer(503)]
        with pytest.raises(CalendarUnreachable):
            CALLS[call](connect(script))
        script.answers["PROPFIND"] = [Answer(207, b"<html>portal")]
        with pytest.raises(CalendarUnreachable):
            CALLS[call](connect(script))


def test_a_404_while_the_calendar_stands_means_that_the_event_is_absent() -> None:
    gone = Answer(404)
    with scripted(GET=gone, PUT=gone, DELETE=gone, PROPFIND=THERE) as script:
        calendar = connect(script)
        assert calendar.fetch(EVENT.event_id) is None
        calendar.delete(EVENT.event_id)
        with pytest.raises(EventGone):
            calendar.update(EVENT, '"1"')
        with pytest.raises(CalendarRefused):
            calendar.create(EVENT)


def test_a_failed_if_match_is_looked_into() -> None:
    failed = Answer(412)
    with scripted(PUT=failed, DELETE=failed, GET=OURS, PROPFIND=THERE) as script:
        calendar = connect(script)
        with pytest.raises(EventChanged):
            calendar.update(EVENT, '"0"')
        with pytest.raises(EventChanged):
            calendar.delete(EVENT.event_id, '"0"')
        script.answers["GET"] = [Answer(404)]
        with pytest.raises(EventGone):
            calendar.update(EVENT, '"0"')
        calendar.delete(EVENT.event_id, '"0"')


@pytest.mark.parametrize(
    "answer",
    [
        Answer(412),
        Answer(409, b'<d:error xmlns:d="DAV:"><c:no-uid-conflict xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:error>'),
        Answer(400, b"<s:message>Calendar object with uid already exists in this calendar collection.</s:message>"),
    ],
    ids=["precondition", "no-uid-conflict", "nextcloud"],
)
def test_a_taken_id_is_known_in_every_dialect(answer: Answer) -> None:
    with scripted(PUT=answer, PROPFIND=THERE) as script, pytest.raises(EventExists):
        connect(script).create(EVENT)


def test_every_write_is_conditional_and_asks_for_no_compression() -> None:
    with scripted(PUT=Answer(204, headers={"ETag": 'W/"2"'}), DELETE=Answer(204)) as script:
        calendar = connect(script)
        assert calendar.create(EVENT) == '"2"'
        assert calendar.update(EVENT, '"2"') == '"2"'
        calendar.delete(EVENT.event_id, '"2"')
    headers = [asked[2] for asked in script.asked]
    assert [(one.get("If-None-Match"), one.get("If-Match")) for one in headers] == [
        ("*", None),
        (None, '"2"'),
        (None, '"2"'),
    ]
    assert {one["Accept-Encoding"] for one in headers} == {"identity"}
    assert {asked[1].rpartition("/")[2] for asked in script.asked} == {"0123456789abcdef.ics"}


def test_an_etag_that_the_server_keeps_to_itself_is_read_back() -> None:
    with scripted(PUT=Answer(201), GET=OURS) as script:
        assert connect(script).create(EVENT) == '"1"'
        another = to_ical(replace(EVENT, title="Lunch"), clock())
        script.answers["GET"] = [Answer(200, another, {"ETag": '"2"'})]
        with pytest.raises(EventChanged):
            connect(script).update(EVENT, '"1"')


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 07 Dec 2026 07:01:00 GMT", 60.0),
        ("Mon, 07 Dec 2026 06:00:00 GMT", 0.0),
        ("soon", None),
        ("9999999999", 86_400.0),
        ("9" * 400, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
    ],
)
def test_retry_after_is_understood_in_seconds_and_as_a_date(value: str, seconds: float | None) -> None:
    with (
        scripted(GET=Answer(503, headers={"Retry-After": value})) as script,
        pytest.raises(CalendarUnreachable) as caught,
    ):
        connect(script).fetch(EVENT.event_id)
    assert caught.value.retry_after == seconds


class DigestsOnly(BaseHTTPRequestHandler):
    """A server that takes no passwords, only proofs of one (RFC 7616, with MD5 as most do)."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.asked.append(given.partition(" ")[0])
        if given.startswith("Digest ") and self._is_proof(parse_dict_header(given.removeprefix("Digest "))):
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(OURS.body)))
            self.end_headers()
            self.wfile.write(OURS.body)
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Digest realm="here", nonce="n0", qop="auth", algorithm=MD5')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_proof(self, told: dict[str, str]) -> bool:
        def md5(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        secret = md5("jane@example.com", "here", PASSWORD)
        asked = md5(self.command, told["uri"])
        return told["response"] == md5(secret, told["nonce"], told["nc"], told["cnonce"], told["qop"], asked)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_server_that_takes_no_passwords_is_sent_proofs_of_one() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), DigestsOnly) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/clinic/"
        try:
            calendar = CalDAVCalendar(address, "jane@example.com", PASSWORD, clock)
            for _ in range(2):
                found = calendar.fetch(EVENT.event_id)
                assert found is not None
                assert found.title == EVENT.title
            with pytest.raises(ReconnectNeeded):
                CalDAVCalendar(address, "jane@example.com", "wrong", clock).fetch(EVENT.event_id)
        finally:
            server.shutdown()
            thread.join(5)
    assert DigestsOnly.asked[:4] == ["Basic", "", "Digest", "Digest"]


def test_an_answer_that_swells_when_it_is_unpacked_is_not_read_to_its_end() -> None:
    bomb = gzip.compress(bytes(LARGEST_ANSWER + 1))
    assert len(bomb) < 100_000
    with scripted(GET=Answer(200, bomb, {"Content-Encoding": "gzip", "ETag": '"1"'})) as script:
        tracemalloc.start()
        with pytest.raises(CalendarUnreachable, match="The calendar has not answered"):
            connect(script).fetch(EVENT.event_id)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 3 * LARGEST_ANSWER


def test_an_answer_that_never_ends_is_waited_for_only_so_long() -> None:
    def drip(server: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nETag: 1\r\n\r\n")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/clinic/"
        began = time.monotonic()
        with pytest.raises(CalendarUnreachable):
            CalDAVCalendar(address, "jane", "secret", clock, timeout=0.1).fetch(EVENT.event_id)
        assert time.monotonic() - began < 5
        thread.join(5)
        assert not thread.is_alive()


def test_silence_and_a_closed_port_are_passing_failures() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/clinic/"
        calendar = CalDAVCalendar(address, "careslot", PASSWORD, clock, timeout=0.2)
        with pytest.raises(CalendarUnreachable):
            calendar.create(EVENT)
    with pytest.raises(CalendarUnreachable):
        calendar.create(EVENT)
    assert not calendar.health().ok


@pytest.mark.parametrize("body", [b"", b"<html>Please sign in</html>", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"])
def test_a_page_in_place_of_an_event_is_never_read_as_its_absence(body: bytes) -> None:
    with (
        scripted(GET=Answer(200, body, {"ETag": '"1"'}), PROPFIND=THERE) as script,
        pytest.raises(CalendarUnreachable),
    ):
        connect(script).fetch(EVENT.event_id)


@pytest.mark.parametrize(
    ("granted", "ok"),
    [
        (b"", True),  # a server that does not tell
        (privileges("read", "write"), True),
        (privileges("all"), True),
        (privileges("read", "write-content", "bind"), True),
        (privileges("read", "read-free-busy"), False),
    ],
)
def test_health_asks_whether_events_may_be_written(granted: bytes, ok: bool) -> None:
    with scripted(PROPFIND=Answer(207, CALENDAR % granted)) as script:
        health = connect(script).health()
    assert health.ok is ok
    assert ok or health.cure == "Ask the calendar's owner for the right to change events."


@pytest.mark.parametrize("answer", [Answer(200, b"<html/>"), Answer(401), Answer(403), Answer(404), Answer(500)])
def test_health_raises_nothing_and_names_a_cure(answer: Answer) -> None:
    with scripted(PROPFIND=answer) as script:
        health = connect(script).health()
    assert not health.ok
    assert health.detail
    assert health.cure.endswith(".")


def test_a_collection_is_made_once_and_by_mkcol_where_mkcalendar_is_unknown() -> None:
    absent = Answer(404)
    with scripted(PROPFIND=[absent, absent, THERE], MKCALENDAR=Answer(405), MKCOL=Answer(201)) as script:
        for _ in range(2):
            ensure_collection(script.url, ("careslot", PASSWORD), "Clinic <&> Söhne")
    assert [asked[0] for asked in script.asked] == [
        "PROPFIND",
        "MKCALENDAR",
        "PROPFIND",
        "MKCOL",
        "PROPFIND",
        "PROPFIND",
    ]
    assert "Clinic &lt;&amp;&gt; Söhne" in script.asked[3][3].decode()


def test_a_collection_that_may_not_be_made_is_refused_with_a_cure() -> None:
    with (
        scripted(PROPFIND=Answer(404), MKCALENDAR=Answer(403), MKCOL=Answer(403)) as script,
        pytest.raises(CalendarRefused) as caught,
    ):
        ensure_collection(script.url, ("careslot", PASSWORD), "Clinic")
    assert caught.value.fields["cure"]


@pytest.mark.parametrize(
    "address", ["http://calendar.example.com/clinic/", "ftp://example.com/", "file:///etc/passwd", "clinic", ""]
)
def test_only_https_or_this_machine_gets_a_password(address: str) -> None:
    with pytest.raises(CalendarRefused):
        CalDAVCalendar(address, "careslot", PASSWORD, clock)


def test_credentials_in_an_address_are_dropped() -> None:
    calendar = CalDAVCalendar("https://jane:secret@example.com/clinic?x=1", "careslot", PASSWORD, clock)
    assert calendar.url == "https://example.com/clinic/"
