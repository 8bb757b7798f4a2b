import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import caldav
import pytest

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import Event, ReconnectNeeded
from core.calendars.embedded import USERNAME, EmbeddedServer
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


def test_only_its_owner_may_read_the_password_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "calendar")
    address = f"{server.url}clinic/"
    server.calendar("clinic", "Clinic", clock)
    assert (tmp_path / "calendar" / "password").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "calendar").stat().st_mode & 0o777 == 0o700
    with pytest.raises(ReconnectNeeded):
        CalDAVCalendar(address, USERNAME, "wrong", clock).fetch("0123456789abcdef")
    server.stop()


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
