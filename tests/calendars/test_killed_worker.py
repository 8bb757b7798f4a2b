"""A worker's process is killed at each request in turn: the next one finishes, with one event each and nothing lost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select, update

from core.bootstrap import App, build, prepare
from core.calendars.calendar import Event, Window
from core.calendars.dav_collection import ensure_collection
from core.calendars.embedded import EmbeddedServer
from core.domain.appointment import Status
from core.domain.clock import system_clock
from core.domain.timespan import Timespan
from core.scheduler.booking import Booking
from core.scheduler.history import as_appointment, load_row
from core.scheduler.tables import appointments, calendar_links, calendars, doctors
from core.settings import Settings
from tests.calendars.gate import Gate, Side
from tests.scheduler.clinic_factory import MadeClinic, make_clinic
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.wire import ROOT as GOOGLE_ROOT

ROOT = Path(__file__).parents[2]
HALF = timedelta(minutes=30)
# What was not sent is the same at every server.
SIDES: dict[str, tuple[Side, ...]] = {
    "at_google": ("before", "after", "answered"),
    "at_radicale": ("after", "answered"),
}


def a_tuesday(weeks: int) -> datetime:
    today = system_clock().astimezone(ZoneInfo("Europe/London")).replace(hour=9, minute=0, second=0, microsecond=0)
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7 * weeks)


@dataclass
class Site:
    """A clinic whose worker reaches its calendar through a gate, and everybody else directly."""

    app: App
    clinic: MadeClinic
    gate: Gate
    environment: dict[str, str]
    calendar_id: str
    weeks: int = 0
    expected: dict[int, datetime] = field(default_factory=dict)

    def book(self, starts_at: datetime) -> int:
        booking = Booking(f"{starts_at}", 1, 1, 1, starts_at)
        number = self.app.scheduler.book_appointment(self.clinic["reception"], booking).appointment_id
        self.expected[number] = starts_at
        return number

    def change_everything(self) -> None:
        """Something to be created, changed and deleted there, and something that was moved there."""
        self.weeks += 1
        staff, starts_at = self.clinic["reception"], a_tuesday(self.weeks)
        moved, cancelled, dragged = (self.book(starts_at + step * HALF) for step in range(3))
        self.finish()
        self.book(starts_at + 3 * HALF)
        self.expected[moved] = starts_at + 4 * HALF
        self.app.scheduler.reschedule(staff, moved, self.expected[moved])
        self.app.scheduler.cancel(staff, cancelled)
        del self.expected[cancelled]
        self.expected[dragged] = starts_at + 8 * HALF
        self.drag(dragged, self.expected[dragged])

    def drag(self, number: int, starts_at: datetime) -> None:
        link = select(calendar_links.c.event_id).where(calendar_links.c.appointment_id == number)
        name = self.app.store.read(lambda connection: connection.execute(link).scalar_one())
        calendar = self.app.registry.calendar(self.provider, self.calendar_id, "Clinic")
        found = calendar.fetch(name)
        assert found is not None
        ends_at = starts_at + timedelta(minutes=20)
        moved = Event(
            name,
            found.title,
            found.description,
            starts_at,
            ends_at,
            "Europe/London",
            found.colour_id,
            found.reminder_minutes,
            found.location,
            sequence=9,
        )
        calendar.update(moved, found.etag)

    @property
    def provider(self) -> str:
        return self.environment["PROVIDER"]

    def run_worker(self, at: int, side: Side) -> bool:
        """Whether a worker was killed there; otherwise it had nothing more to do."""
        self.let_leases_end()
        with subprocess.Popen([sys.executable, "-m", "core", "worker"], cwd=ROOT, env=self.environment) as process:
            self.gate.order(at, side, process)
            deadline = time.monotonic() + 30
            while process.poll() is None and not self.is_done():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            killed = self.gate.killed.is_set()
            process.kill()
        return killed

    def is_done(self) -> bool:
        return self.app.links.pending() == 0 and self.times_here() == self.expected

    def times_here(self) -> dict[int, datetime]:
        query = select(appointments.c.appointment_id).where(appointments.c.status == Status.SCHEDULED.value)

        def work(connection):
            rows = connection.execute(query).scalars().all()
            return {number: as_appointment(load_row(connection, number)).starts_at for number in rows}

        return self.app.store.read(work)

    def let_leases_end(self) -> None:
        def work(connection):
            connection.execute(update(calendar_links).values(lease_owner=None, lease_until=None))
            connection.execute(update(calendars).values(pull_owner=None, pull_until=None, pull_due_at=None))

        self.app.store.write(work)

    def finish(self) -> None:
        """What the next worker does."""
        for _ in range(2):
            self.let_leases_end()
            self.app.pull.run_due()
            self.app.sync.run_all()

    def stands_once_each(self) -> None:
        assert self.times_here() == self.expected
        window = Window(Timespan(a_tuesday(-1), a_tuesday(30)), "Europe/London")
        told = self.app.registry.calendar(self.provider, self.calendar_id, "Clinic").changes(None, window)
        starts = sorted(event.starts_at for event in told.events if event.starts_at and not event.cancelled)
        assert starts == sorted(self.expected.values())


def make_site(folder: Path, gate: Gate, provider: str, calendar_id: str, direct: dict[str, str], gated: dict[str, str]):
    own = {"CARESLOT_DATA": str(folder), "CARESLOT_DEMO": "0", "CARESLOT_ENV": "development", "LOG_LEVEL": "error"}
    settings = Settings(**{**own, **direct})
    prepare(settings)
    app = build(settings)
    clinic = make_clinic(app.store, system_clock)

    def work(connection):
        there = insert(calendars).values(calendar_id=calendar_id, name="Clinic", provider=provider, auto=True)
        connection.execute(there)
        connection.execute(update(doctors).values(calendar_id=calendar_id))
        connection.execute(delete(calendars).where(calendars.c.calendar_id == "clinic"))

    app.store.write(work)
    return Site(app, clinic, gate, {**os.environ, **own, **direct, **gated, "PROVIDER": provider}, calendar_id)


@pytest.fixture
def at_google(tmp_path: Path) -> Iterator[Site]:
    with GoogleStandIn() as server, Gate(server.address) as gate:
        key = tmp_path / "key.json"
        key.write_text(json.dumps(server.service_account_info()))
        direct = {
            "GOOGLE_SERVICE_ACCOUNT_FILE": str(key),
            "GOOGLE_CALENDAR_ENDPOINT": server.endpoint,
            "GOOGLE_TOKEN_ENDPOINT": server.token_endpoint,
        }
        gated = {"GOOGLE_CALENDAR_ENDPOINT": gate.address + GOOGLE_ROOT}
        site = make_site(tmp_path, gate, "google", server.new_calendar("Clinic"), direct, gated)
        yield site
        site.app.close()
        assert server.violations == []


@pytest.fixture
def at_radicale(tmp_path: Path) -> Iterator[Site]:
    radicale = EmbeddedServer(tmp_path / "radicale")
    url = radicale.url
    ensure_collection(f"{url}clinic-one/", (radicale.username, radicale.password), "Clinic")
    with Gate(url) as gate:
        sign_in = {"CALDAV_USERNAME": radicale.username, "CALDAV_PASSWORD": radicale.password}
        direct, gated = {**sign_in, "CALDAV_URL": url}, {"CALDAV_URL": f"{gate.address}/{radicale.username}/"}
        site = make_site(tmp_path, gate, "caldav", "clinic-one", direct, gated)
        yield site
        site.app.close()
    radicale.stop()


@pytest.mark.parametrize("server", SIDES)
def test_a_worker_that_is_killed_at_any_request_loses_nothing_and_doubles_nothing(
    server: str, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue(server)
    number, killed = 0, True
    while killed:
        number += 1
        for side in SIDES[server]:
            site.change_everything()
            killed = site.run_worker(number, side)
            site.finish()
            site.stands_once_each()
            if not killed:
                break
    assert number > 4  # listing, creating, changing and deleting
