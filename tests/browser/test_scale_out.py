"""Two web processes and two workers behind nginx: one of each is killed amid bookings, and nothing is lost or doubled."""

import asyncio
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Row, func, select

from bench.load_cluster import NGINX, Cluster, Program, cluster
from bench.load_visitor import Visitor
from bench.load_walks import Walk, add_patients
from core.bootstrap import App, build
from core.domain.appointment import OCCUPYING
from core.domain.clock import system_clock
from core.domain.principal import SYSTEM
from core.scheduler.demo.load import fill_demo
from core.scheduler.tables import accounts, appointments, calendar_links
from core.settings import Settings
from tests.browser.calendar_readers import CalDAVReader, GoogleReader, Reader, google_clinic
from tests.browser.conftest import fill_sign_in, settle
from tests.postgresql import PostgreSQLServer
from tests.stand_ins.google import Fault

PATIENTS, BOOKINGS = 8, 2
REFERENCE = re.compile(r"Appointment ID: (\d+)")


class Later:
    """A clock for which hours can pass, so that the leases of the dead run out."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@dataclass
class Clinic:
    """The processes, the same clinic for the test itself, and who reads the calendar of which doctor."""

    processes: Cluster
    app: App
    clock: Later
    readers: dict[int, Reader]
    emails: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Let hours pass and push in each what is due, until nothing is."""
        for _ in range(10):
            self.app.sync.run_due(limit=1000)
            if self.app.links.pending() == 0:
                return
            self.clock.ahead += timedelta(hours=1)


@pytest.fixture(scope="module")
def clinic(postgresql_server: PostgreSQLServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Two doctors, one with a calendar at Google and one with the built-in one; every booking is pushed by itself."""
    if NGINX is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("scale_out")
    name = f"careslot_{uuid.uuid4().hex[:12]}"
    url = postgresql_server.create_database(name, template="careslot_template")
    with google_clinic() as (google, calendar_id):
        google.faults.append(Fault.latency(0.4).at("calendar.events.insert").after_commit().repeated(10_000))
        key = folder / "service-account.json"
        key.write_text(json.dumps(google.service_account_info()))
        connected = {
            "GOOGLE_SERVICE_ACCOUNT_FILE": str(key),
            "GOOGLE_CALENDAR_ENDPOINT": google.endpoint,
            "GOOGLE_TOKEN_ENDPOINT": google.token_endpoint,
        }
        clock = Later()
        app = build(Settings(CARESLOT_DATA=folder / "data", DATABASE_URL=url, **connected), clock)
        fill_demo(app.store, system_clock, doctors=2, appointments=40)
        for calendar, provider, doctor in ((None, "google", 1), ("clinic", "embedded", 2)):
            saved = app.calendars.save(
                SYSTEM, calendar, provider=provider, address=calendar_id, name=provider, detail="full", auto=True
            )
            app.calendars.assign(SYSTEM, doctor, saved)
        reader = GoogleReader(google, calendar_id)
        with cluster(folder, url, **connected) as processes:
            yield Clinic(processes, app, clock, {1: reader, 2: CalDAVReader(folder / "data")})
        reader.close()
        app.close()
    postgresql_server.drop_database(name)


def process_of(visit: BrowserContext) -> str:
    (found,) = [cookie["value"] for cookie in visit.cookies() if cookie["name"] == "careslot_process"]
    return str(found)


def file_name(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("own calendar")).click()
    return download.value.suggested_filename


def test_a_browser_finishes_its_booking_after_its_process_was_killed(clinic: Clinic, visit: BrowserContext) -> None:
    (email,) = add_patients(clinic.app.store, system_clock, 1)
    clinic.emails.append(email)
    page = visit.new_page()
    page.goto(f"{clinic.processes.url}/book")
    settle(page)
    for choice in ("^Follow-up", "^Dr. Sarah Johnson", "times$", r"^\d\d:\d\d$"):
        page.get_by_role("button", name=re.compile(choice)).first.click()
        settle(page)
    fill_sign_in(page, email)
    page.get_by_label(re.compile("^Reason")).fill("Dizzy since Monday")
    kept = page.get_by_text("Kept for you until").inner_text()
    at_first = process_of(visit)

    dead = clinic.processes.web_of(at_first)
    dead.kill()
    expect(page.get_by_text("Not booked yet.")).to_be_visible(timeout=60_000)  # which it says when somebody comes back
    settle(page)
    expect(page.get_by_text("Kept for you until")).to_have_text(kept)
    page.get_by_role("button", name=re.compile("^.*Book .*day")).click()
    expect(page.get_by_role("heading", name="You're booked")).to_be_visible()
    assert process_of(visit) != at_first

    # All tabs and downloads stay with the process that went on, also when the other is back.
    assert file_name(page).endswith(".ics")
    clinic.processes.start_again(dead)
    second = visit.new_page()
    second.goto(f"{clinic.processes.url}/my_appointments")
    settle(second)
    expect(second.get_by_text("Reference").first).to_be_visible()
    assert file_name(page).endswith(".ics")
    assert process_of(visit) != at_first


def test_one_web_process_and_one_worker_are_killed_and_nothing_is_lost(clinic: Clinic) -> None:
    clinic.emails += (emails := add_patients(clinic.app.store, system_clock, PATIENTS))
    with ThreadPoolExecutor(1) as aside:  # the browser of the other tests keeps a loop of its own in this thread
        walks, moved, moved_to = aside.submit(asyncio.run, bookings_amid_a_crash(clinic, emails)).result()

    # Whoever was at the dead process went on at the other one, some in the midst of a page, and stayed signed in.
    assert any(walk.reconnects for walk in moved)
    assert {walk.sign_ins for walk in moved} == {1}
    assert {walk.visitor.cookies["careslot_process"] for walk in moved} == {moved_to}

    # What was confirmed to a visitor stands there once, and nothing else does.
    confirmed = [number for walk in walks for number in walk.booked]
    assert len(confirmed) == PATIENTS * BOOKINGS
    rows = booked_rows(clinic, emails)
    assert Counter(row.appointment_id for row in rows) == Counter(confirmed)
    for mine, until in (("doctor_id", "occupied_until"), ("user_id", "ends_at")):
        spans = sorted((getattr(row, mine), row.starts_at, getattr(row, until)) for row in occupying(clinic))
        assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(spans))

    # The worker that is left, and when the leases of the dead are over whoever comes, put each into its calendar once.
    clinic.settle()
    rows = booked_rows(clinic, clinic.emails)
    assert {(row.calendar_event_id, row.revision_due) for row in rows} == {(row.event_id, 0) for row in rows}
    for doctor, reader in clinic.readers.items():
        shown = Counter(int(found[1]) for event in reader.events() if (found := REFERENCE.search(event.description)))
        assert shown == Counter(row.appointment_id for row in rows if row.doctor_id == doctor)


async def bookings_amid_a_crash(clinic: Clinic, emails: list[str]) -> tuple[list[Walk], list[Walk], str]:
    """Everybody books; amid that, with some about to confirm, one web process and the worker with the calendar server are killed.

    The walks, those of them that were signed in at the web process that died, and the proxy's name of the other one.
    """
    about_to_confirm, crashed = asyncio.Event(), asyncio.Event()
    waiting: list[Walk] = []

    def walk_of(number: int, email: str) -> Walk:
        async def pause() -> None:
            at_the_end = walk.booked and walk.visitor.screen.buttons("book_confirm")
            if number % 2 and at_the_end and not crashed.is_set():
                waiting.append(walk)
                about_to_confirm.set()
                await crashed.wait()
            await asyncio.sleep(0.02)

        walk = Walk(Visitor(clinic.processes.url), email, Eager(number), pause)
        return walk

    async def book(walk: Walk) -> None:
        async with walk.visitor:
            for _ in range(BOOKINGS):
                await walk.book()

    async def crash() -> tuple[list[Walk], str]:
        await about_to_confirm.wait()
        for _ in range(200):
            if await asyncio.to_thread(pushes_under_way, clinic):
                break
            await asyncio.sleep(0.01)
        dead = waiting[0].visitor.cookies["careslot_process"]
        there = [walk for walk in walks if walk.visitor.cookies["careslot_process"] == dead]
        moved = [walk for walk in there if "careslot_session" in walk.visitor.cookies and len(walk.booked) < BOOKINGS]
        clinic.processes.web_of(dead).kill()
        owner_of_the_calendar_server(clinic).kill()
        crashed.set()
        return moved, {"1": "2", "2": "1"}[dead]

    walks = [walk_of(number, email) for number, email in enumerate(emails)]
    *_, (moved, left) = await asyncio.gather(*map(book, walks), crash())
    return walks, moved, left


class Eager(Random):
    """Everybody wants one of the first things on offer."""

    def choice(self, seq: Any) -> Any:
        return seq[self.randrange(min(3, len(seq)))]


def owner_of_the_calendar_server(clinic: Clinic) -> Program:
    return max(clinic.processes.workers, key=lambda worker: len(worker.children()))


def pushes_under_way(clinic: Clinic) -> int:
    query = select(func.count()).where(calendar_links.c.lease_owner.is_not(None))
    return clinic.app.store.read(lambda connection: connection.execute(query).scalar_one())


def booked_rows(clinic: Clinic, emails: list[str]) -> list[Row[Any]]:
    query = (
        select(
            appointments,
            calendar_links.c.event_id,
            (calendar_links.c.wanted_revision - calendar_links.c.mirrored_revision).label("revision_due"),
        )
        .join(accounts, accounts.c.user_id == appointments.c.user_id)
        .outerjoin(calendar_links, calendar_links.c.appointment_id == appointments.c.appointment_id)
        .where(accounts.c.email.in_(emails))
    )
    return list(clinic.app.store.read(lambda connection: connection.execute(query).all()))


def occupying(clinic: Clinic) -> list[Row[Any]]:
    query = select(appointments).where(appointments.c.status.in_(OCCUPYING))
    return list(clinic.app.store.read(lambda connection: connection.execute(query).all()))
