import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import caldav
import pytest
import requests

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import (
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    CursorExpired,
    Event,
    ReconnectNeeded,
    Window,
)
from core.calendars.embedded import USERNAME, EmbeddedServer
from core.calendars.vevent import to_ical
from core.domain.timespan import Timespan
from tests.calendars.providers import clock

STARTS = datetime(2026, 7, 8, 9, 0, tzinfo=UTC)
EVENT = Event(
    "0123456789abcdef",
    "Appointment",
    "Appointment ID: 11",
    STARTS,
    STARTS + timedelta(minutes=30),
    "Europe/London",
    "10",
)
WINDOW = Window(Timespan(STARTS - timedelta(days=30), STARTS + timedelta(days=30)), "Europe/London")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_independent_client_reads_the_event_with_its_reminder(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    server.calendar("clinic", "Clinic", clock).create(EVENT)
    with caldav.DAVClient(url=server.url, username=USERNAME, password=server.password) as client:
        (calendar,) = client.principal().calendars()
        (found,) = calendar.events()
        component = found.icalendar_component
    assert str(component["SUMMARY"]) == "Appointment"
    assert component["DTSTART"].dt == STARTS
    (alarm,) = component.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-30)
    server.stop()


def test_a_restart_keeps_the_events_and_the_address(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    server.calendar("clinic", "Clinic", clock).create(EVENT)
    address = server.url
    server.stop()
    again = EmbeddedServer(tmp_path / "calendar")
    assert again.calendar("clinic", "Clinic", clock).fetch(EVENT.event_id) is not None
    assert again.url == address
    again.stop()


def test_a_cursor_outlives_a_restart(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    before = server.calendar("clinic", "Clinic", clock)
    before.create(EVENT)
    cursor = before.changes(None, WINDOW).cursor
    before.create(replace(EVENT, event_id="later"))
    server.stop()
    again = EmbeddedServer(tmp_path / "calendar")
    after = again.calendar("clinic", "Clinic", clock).changes(cursor, WINDOW)
    assert [event.event_id for event in after.events] == ["later"]
    again.stop()


def test_a_calendar_that_was_lost_while_nobody_ran_is_listed_as_empty_and_never_as_unchanged(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    calendar = server.calendar("clinic", "Clinic", clock)
    calendar.create(EVENT)
    cursor = calendar.changes(None, WINDOW).cursor
    server.stop()
    shutil.rmtree(tmp_path / "calendar" / "collections" / "collection-root" / USERNAME / "clinic")
    again = EmbeddedServer(tmp_path / "calendar")
    calendar = again.calendar("clinic", "Clinic", clock)
    with pytest.raises(CursorExpired):
        calendar.changes(cursor, WINDOW)
    answer = calendar.changes(None, WINDOW)
    assert (answer.events, answer.complete) == ((), True)
    again.stop()


def test_a_calendar_that_is_lost_while_it_is_in_use_is_missing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    calendar = server.calendar("clinic", "Clinic", clock)
    cursor = calendar.changes(None, WINDOW).cursor
    shutil.rmtree(tmp_path / "calendar" / "collections" / "collection-root" / USERNAME / "clinic")
    for known in (cursor, None):
        with pytest.raises(CalendarMissing):
            server.calendar("clinic", "Clinic", clock).changes(known, WINDOW)
    server.stop()


class Counting(requests.Session):
    """Counts what it sends."""

    sent = 0

    def send(self, *given: Any, **named: Any) -> requests.Response:
        self.sent += 1
        return super().send(*given, **named)


def test_a_hundred_changes_are_two_requests_and_nothing_is_one(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    address = server.calendar("clinic", "Clinic", clock).url
    folder = tmp_path / "calendar" / "collections" / "collection-root" / USERNAME / "clinic"
    events = [replace(EVENT, event_id=f"event{number}") for number in range(200)]
    for event in events:
        (folder / f"{event.event_id}.ics").write_bytes(to_ical(event, clock()))
    with Counting() as session:
        calendar = CalDAVCalendar(address, USERNAME, server.password, clock, session, timeout=30)
        cursor = calendar.changes(None, WINDOW).cursor
        session.sent = 0
        assert calendar.changes(cursor, WINDOW).events == ()
        assert session.sent == 1
        for event in events[::2]:
            (folder / f"{event.event_id}.ics").write_bytes(to_ical(replace(event, title="Edited"), clock()))
        session.sent = 0
        begun = time.monotonic()
        assert len(calendar.changes(cursor, WINDOW).events) == 100
        assert time.monotonic() - begun < 3
        assert session.sent == 2
    server.stop()


def test_only_its_owner_may_read_the_password_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    address = f"{server.url}clinic/"
    server.calendar("clinic", "Clinic", clock)
    assert (tmp_path / "calendar" / "password").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "calendar").stat().st_mode & 0o777 == 0o700
    with pytest.raises(ReconnectNeeded):
        CalDAVCalendar(address, USERNAME, "wrong", clock).fetch("0123456789abcdef")
    server.stop()


def test_a_server_that_dies_is_started_again_with_its_events(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    calendar = server.calendar("clinic", "Clinic", clock)
    calendar.create(EVENT)
    assert server._child is not None
    os.kill(server._child.pid, signal.SIGKILL)
    server._child.wait(5)
    with pytest.raises(CalendarUnreachable):
        calendar.fetch(EVENT.event_id)
    server.ensure_running()
    assert calendar.fetch(EVENT.event_id) is not None  # the address has stayed, so the calendar in hand works again
    server.stop()


def test_eight_threads_start_one_server_and_one_collection(tmp_path: Path) -> None:
    servers = [EmbeddedServer(tmp_path / "calendar") for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda number: servers[number % 2].calendar("clinic", "Clinic", clock).url, range(8))
    assert len(set(made)) == 1
    assert sum(server._child is not None for server in servers) == 1
    for server in servers:
        server.stop()


def test_a_taken_port_is_left_to_whoever_has_it(tmp_path: Path) -> None:
    first = EmbeddedServer(tmp_path / "calendar")
    port = first.ensure_running()
    first.stop()
    with socket.create_server(("127.0.0.1", port)):
        again = EmbeddedServer(tmp_path / "calendar")
        assert again.ensure_running() != port
        again.stop()


def test_nothing_personal_is_logged_and_nobody_else_may_read_the_folder(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    calendar = server.calendar("clinic", "Clinic", clock)
    calendar.create(replace(EVENT, title="Appointment: Jane Roe"))
    broken = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nJane Roe\r\n"
    answer = requests.put(f"{calendar.url}broken.ics", data=broken, auth=(USERNAME, server.password), timeout=5)
    assert answer.status_code == 400
    assert "Jane" not in (tmp_path / "calendar" / "server.log").read_text()
    files = [path for path in (tmp_path / "calendar").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if path.stat().st_mode & 0o077]
    server.stop()


@pytest.mark.parametrize("slug", ["", "..", "a/b", "a b", "clinic?x"])
def test_a_slug_cannot_leave_the_folder_of_calendars(tmp_path: Path, slug: str) -> None:
    with pytest.raises(CalendarRefused):
        EmbeddedServer(tmp_path / "calendar").calendar(slug, "Clinic", clock)
    assert not (tmp_path / "calendar").exists()


def test_it_is_shared_by_processes_and_dies_with_its_parent(tmp_path: Path) -> None:
    folder = tmp_path / "calendar"
    program = (
        "import sys, time; from pathlib import Path; from core.calendars.embedded import EmbeddedServer; "
        "print(EmbeddedServer(Path(sys.argv[1])).ensure_running(), flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    shared = EmbeddedServer(folder)
    assert shared.ensure_running() == port
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(5)
    parent.stdout.close()
    deadline = time.monotonic() + 3
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port)
    assert answers(shared.ensure_running())
    shared.stop()
