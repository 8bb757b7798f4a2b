"""Somebody works in the clinic's calendar with another program: pages that are open tell of it, and staff decide."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import select

from core.bootstrap import App, build
from core.domain.principal import SYSTEM
from core.scheduler.booking import Booking, SlotQuery
from core.scheduler.tables import appointments, doctors, users
from core.settings import Settings
from core.ui.times import clock_time, day_and_time, local_day
from tests.browser.calendar_readers import CalDAVReader
from tests.browser.conftest import Server, fill_sign_in, go_to, running_server, settle

ZONE = ZoneInfo("America/New_York")
LATE = time(22)
SOON = 25_000  # milliseconds until an open page has looked


@dataclass
class TwoWay:
    """A demo clinic, the same clinic for the test itself, and somebody with another program."""

    server: Server
    app: App
    calendar: CalDAVReader

    def book(self, count: int) -> tuple[list[int], list[datetime]]:
        """John Doe's new appointments with Dr. Johnson on one day, and free times after them."""
        with_doctor = select(doctors.c.doctor_id).where(doctors.c.name == "Dr. Sarah Johnson")
        of_john = select(users.c.user_id).where(users.c.email == "john.doe@example.com")
        doctor, john = self.app.store.read(
            lambda connection: (
                connection.execute(with_doctor).scalar_one(),
                connection.execute(of_john).scalars().first(),
            )
        )
        assert john is not None
        offered = self.app.scheduler.days_with_slots(SYSTEM, 2, doctor, None, 30)
        of_his = select(appointments.c.appointment_date).where(appointments.c.user_id == john)
        taken = self.app.store.read(lambda connection: set(connection.execute(of_his).scalars()))
        day = next(day for day, times in offered if times > 12 and day not in taken)
        slots = self.app.scheduler.find_slots(SYSTEM, SlotQuery(2, doctor, day, day))
        times = [slots[0].starts_at]
        for slot in slots:
            if slot.starts_at - times[-1] >= timedelta(minutes=45):
                times.append(slot.starts_at)
        numbers = []
        for starts_at in times[:count]:
            booking = Booking(f"two-way-{starts_at}", john, doctor, 2, starts_at)
            numbers.append(self.app.scheduler.book_appointment(SYSTEM, booking).appointment_id)
            self.app.links.request(SYSTEM, numbers[-1])
        return numbers, times

    def told(self) -> None:
        """As if the calendar had called: it is read at once."""
        self.app.pull.ask("clinic")

    def stands(self, number: int) -> datetime | None:
        """When the appointment's event is by the other program, if it is there."""
        mark = f"Appointment ID: {number}"
        return next((seen.starts_at for seen in self.calendar.events() if seen.description.endswith(mark)), None)

    def wait_until(self, number: int, starts_at: datetime) -> None:
        deadline = monotonic() + 20
        while self.app.links.pending() and monotonic() < deadline:
            sleep(0.3)
        while self.stands(number) != starts_at and monotonic() < deadline:
            sleep(0.3)
        assert self.stands(number) == starts_at


@pytest.fixture
def two_way(tmp_path: Path, chromium: Browser) -> Iterator[TwoWay]:
    data = tmp_path / "data"
    with running_server(data) as server:
        app = build(Settings(data_folder=data, database_url="", environment="development"))
        yield TwoWay(server, app, CalDAVReader(data))
        app.close()


def test_what_happens_in_the_calendar_is_seen_and_decided_without_a_reload(
    two_way: TwoWay, visit: BrowserContext, phone: BrowserContext
) -> None:
    (moved, deleted, closed, _), times = two_way.book(4)
    two_way.wait_until(closed, times[2])
    doctor, patient = visit.new_page(), phone.new_page()
    go_to(patient, two_way.server, "my_appointments")
    fill_sign_in(patient, "john.doe@example.com")
    expect(patient.get_by_role("heading", name=day_and_time(times[0], ZONE))).to_be_visible()
    go_to(doctor, two_way.server, f"agenda?day={local_day(times[0], ZONE).isoformat()}&view=day")
    fill_sign_in(doctor, "sarah.johnson@example.com")
    expect(doctor.locator('iframe[title*="calendar"]')).to_be_visible()

    later = times[5]
    two_way.calendar.move(moved, later)
    two_way.calendar.delete(deleted)
    two_way.calendar.move(closed, datetime.combine(local_day(times[2], ZONE), LATE, ZONE).astimezone(UTC))
    two_way.told()

    needed = doctor.locator(".st-key-decisions")
    expect(needed.get_by_text("John Doe's event was deleted in")).to_be_visible(timeout=SOON)
    expect(needed.get_by_text("is outside of the open time.")).to_be_visible()
    needed.get_by_text("Show all 3 of them").click()
    settle(doctor)
    old, new = day_and_time(times[0], ZONE), clock_time(later, ZONE)
    expect(needed.get_by_text(f"Moved in the calendar from {old} to {new}.")).to_be_visible()
    expect(patient.get_by_role("heading", name=day_and_time(later, ZONE))).to_be_visible(timeout=SOON)

    needed.get_by_role("button", name=f"Keep {clock_time(times[2], ZONE)}").click()
    settle(doctor)
    expect(doctor.get_by_text("Kept: John Doe stays at")).to_be_visible()
    two_way.wait_until(closed, times[2])
    needed.get_by_role("button", name="Cancel now").click()
    settle(doctor)
    expect(doctor.get_by_text("Cancelled: John Doe")).to_be_visible()
    expect(patient.get_by_text("was cancelled by the clinic.")).to_be_visible(timeout=SOON)
    assert two_way.stands(deleted) is None
    assert two_way.stands(moved) == later
    patient.get_by_role("button", name="Understood").click()
    settle(patient)
    expect(patient.get_by_text("was cancelled by the clinic.")).not_to_be_visible()
