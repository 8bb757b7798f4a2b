"""The main job, from a visitor's phone to the doctor's grid and the clinic's calendar, with real servers throughout."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from core.bootstrap import build, make_ready
from core.domain.principal import SYSTEM
from core.settings import Settings
from tests.browser.calendar_readers import CalDAVReader, GoogleReader, Reader, Seen, google_clinic
from tests.browser.conftest import Server, fill_sign_in, go_to, running_server, settle

ZONE = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
TITLE = "Appointment: Robin Fresh with Dr. Sarah Johnson"
LINES = (
    "Patient: Robin Fresh",
    "Email: robin.fresh@example.com",
    "Doctor: Dr. Sarah Johnson (Neurology – Stroke Specialist)",
    "Reason: Dizzy since Monday",
    "Appointment ID: ",
)


@dataclass(frozen=True)
class Clinic:
    server: Server
    reader: Reader


@pytest.fixture(params=["built-in calendar", "Google"])
def clinic(request: pytest.FixtureRequest, tmp_path: Path, chromium: Browser) -> Iterator[Clinic]:
    """A demo clinic on a fresh machine: with the calendar it comes with, or connected to Google."""
    data = tmp_path / "data"
    if request.param == "built-in calendar":
        with running_server(data, LOG_FORMAT="json") as server:
            yield Clinic(server, CalDAVReader(data))
        return
    settings = Settings(data_folder=data, database_url="", environment="development")
    make_ready(settings)
    with google_clinic() as (google, calendar_id):
        app = build(settings)
        app.calendars.save(
            SYSTEM, None, provider="google", address=calendar_id, name="Clinic", detail="full", auto=False, prefix=False
        )
        app.calendars.one_for_all(SYSTEM, calendar_id)
        app.close()
        key = tmp_path / "service-account.json"
        key.write_text(json.dumps(google.service_account_info()))
        with running_server(
            data,
            GOOGLE_SERVICE_ACCOUNT_FILE=str(key),
            GOOGLE_CALENDAR_ENDPOINT=google.endpoint,
            GOOGLE_TOKEN_ENDPOINT=google.token_endpoint,
        ) as server:
            reader = GoogleReader(google, calendar_id)
            yield Clinic(server, reader)
            reader.close()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).first.click()
    settle(page)


def choose_day(page: Page, server: Server, number: int) -> None:
    """Follow-up, Dr. Johnson, one of the ten days with space."""
    go_to(page, server, "book")
    press(page, re.compile("^Follow-up"))
    press(page, re.compile("^Dr. Sarah Johnson"))
    expect(page.get_by_role("heading", name="Choose a day")).to_be_visible()
    page.get_by_role("button", name=re.compile("times$")).nth(number).click()
    settle(page)


def offered_times(page: Page) -> list[str]:
    return page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).all_inner_texts()


def later(clock_time: str, minutes: int) -> str:
    """The wall time so many minutes later on the same day."""
    hour, minute = divmod(int(clock_time[:2]) * 60 + int(clock_time[3:]) + minutes, 60)
    return f"{hour:02}:{minute:02}"


def an_hour_later(clock_time: str) -> str:
    return later(clock_time, 60)


def wait_for(look: Callable[[], Seen | None], wanted: Callable[[Seen], bool]) -> Seen:
    """What another program sees, once it is as wanted; the last sight where it never is."""
    deadline = monotonic() + 30
    seen = look()
    while (seen is None or not wanted(seen)) and monotonic() < deadline:
        sleep(0.3)
        seen = look()
    assert seen is not None
    return seen


def grid_of(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title*="calendar"]')


def height_of(page: Page, clock_time: str) -> float:
    """The height at which the grid shows a time."""
    box = grid_of(page).locator(f'.fc-timegrid-slot-lane[data-time="{clock_time}:00"]').bounding_box()
    assert box is not None
    return box["y"]


def roomy_time(page: Page, server: Server) -> tuple[int, str]:
    """A day's number and a time on it that is free half an hour earlier and an hour later too."""
    for number in range(9, -1, -1):
        choose_day(page, server, number)
        times = offered_times(page)
        for one in times:
            if later(one, 60) in times and later(one, -30) in times:
                return number, one
    raise AssertionError("the demo clinic is too full")


def tap_the_same_time(visitor: Page, rival: Page, chosen: str) -> None:
    """The first gets it, the second a sentence and other times, of which it takes one that is out of the way."""
    press(visitor, chosen)
    expect(visitor.get_by_text("Kept for you until")).to_be_visible()
    press(rival, chosen)
    expect(rival.get_by_text(f"Somebody is booking {chosen} just now.")).to_be_visible()
    rival.get_by_role("button", name=re.compile(later(chosen, -30))).first.click()
    settle(rival)
    expect(rival.get_by_text("Kept for you until")).to_be_visible()


def register_book_and_sync(visitor: Page, chosen: str) -> None:
    visitor.get_by_role("tab", name="Create an account").click()
    settle(visitor)
    visitor.get_by_label("Your name").fill("Robin Fresh")
    visitor.get_by_label("Email", exact=True).fill("robin.fresh@example.com")
    visitor.get_by_label("Phone").fill("555-0142")
    visitor.get_by_role("spinbutton", name="year, Date of birth").click()
    visitor.keyboard.type("19900417")
    visitor.get_by_label("Password", exact=True).fill("seven quiet herons paddle")
    press(visitor, "Create account")
    visitor.get_by_label(re.compile("^Reason")).fill("Dizzy since Monday")
    press(visitor, re.compile(f"Book .*{chosen}$"))
    expect(visitor.get_by_role("heading", name="You're booked")).to_be_visible()
    press(visitor, re.compile("Sync to"))
    expect(visitor.get_by_text(re.compile("^Synced to"))).to_be_visible()


def drag_an_hour_down(doctor: Page, chosen: str) -> None:
    """From where the appointment stands, which is at its time on the clinic's clock, to an hour below."""
    entry = grid_of(doctor).locator(".fc-event", has_text="Robin Fresh")
    expect(entry).to_be_visible()
    box = entry.bounding_box()
    assert box is not None
    assert abs(box["y"] - height_of(doctor, chosen)) < 4
    down = height_of(doctor, an_hour_later(chosen)) - height_of(doctor, chosen)
    x, y = box["x"] + 40, box["y"] + 3
    doctor.mouse.move(x, y)
    doctor.mouse.down()
    doctor.mouse.move(x, y + down / 2, steps=5)
    doctor.mouse.move(x, y + down, steps=5)
    doctor.mouse.up()
    settle(doctor)
    expect(doctor.get_by_text(f"Move Robin Fresh from {chosen} to {an_hour_later(chosen)}?")).to_be_visible()
    press(doctor, re.compile("Move$"))
    expect(doctor.get_by_role("button", name="Undo")).to_be_visible()
    expect(entry).to_be_visible()


def test_a_visitor_books_and_syncs_and_the_doctor_moves_it_by_an_hour(
    clinic: Clinic, phone: BrowserContext, visit: BrowserContext, chromium: Browser
) -> None:
    visitor, rival = phone.new_page(), visit.new_page()
    number, chosen = roomy_time(visitor, clinic.server)
    choose_day(rival, clinic.server, number)
    day = date.fromisoformat(re.findall(r"day=([\d-]+)", visitor.url)[0])
    tap_the_same_time(visitor, rival, chosen)
    register_book_and_sync(visitor, chosen)

    # Another program reads it in the clinic's calendar.
    starts_at = datetime.combine(day, time.fromisoformat(chosen), ZONE).astimezone(UTC)
    (event,) = clinic.reader.events()
    assert event.title == TITLE
    assert (event.starts_at, event.ends_at) == (starts_at, starts_at + timedelta(minutes=20))
    assert event.reminder == 30
    for line in LINES:
        assert line in event.description

    # The doctor sees it in the grid, in a browser of another time zone, and moves it.
    abroad = chromium.new_context(viewport={"width": 1280, "height": 1400}, timezone_id="Asia/Tokyo")
    doctor = abroad.new_page()
    go_to(doctor, clinic.server, f"agenda?view=day&day={day.isoformat()}")
    fill_sign_in(doctor, "sarah.johnson@example.com")
    drag_an_hour_down(doctor, chosen)
    abroad.close()

    # The event moves by itself, there is still only one, and the patient sees the new time.
    moved = wait_for(lambda: next(iter(clinic.reader.events()), None), lambda seen: seen.starts_at == starts_at + HOUR)
    assert (moved.title, moved.starts_at, moved.reminder) == (TITLE, starts_at + HOUR, 30)
    assert len(clinic.reader.events()) == 1
    go_to(visitor, clinic.server, "my_appointments")
    expect(visitor.get_by_text(re.compile(an_hour_later(chosen))).first).to_be_visible()
