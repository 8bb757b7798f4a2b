"""The page Calendars at the Google stand-in: connecting, health with each cure, failures and trying again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import App, build
from core.scheduler.booking import Booking
from core.ui import application
from tests.calendars.google_mirror import google_settings
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.stand_ins.google import Fault, GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET, SERVICE_ACCOUNT
from tests.ui.conftest import OpenPage, words

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def more_settings() -> dict[str, str]:
    return {}


@pytest.fixture
def app(
    tmp_path: Path, sqlite_url: str, clock: HandClock, google: GoogleStandIn, more_settings: dict[str, str]
) -> Iterator[App]:
    made = build(google_settings(google, tmp_path, sqlite_url, **more_settings), clock)
    application.use(made)
    yield made
    application.use(None)
    made.close()


@pytest.fixture
def address(google: GoogleStandIn) -> str:
    return google.new_calendar("Riverside")


@pytest.fixture
def number(app: App, clinic: MadeClinic, address: str) -> int:
    """An appointment with a doctor whose calendar is at Google."""
    app.calendars.save(clinic["manager"], None, name="At Google", provider="google", address=address, detail="initials")
    app.calendars.assign(clinic["manager"], 1, address)
    return app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id


def add(visit: AppTest, address: str, name: str, detail: str | None) -> AppTest:
    visit.text_input(key="calendars_add_google_address").set_value(address)
    visit.text_input(key="calendars_add_google_name").set_value(name)
    if detail is not None:
        visit.radio(key="calendars_add_google_detail").set_value(detail)
    return next(button for button in visit.button if button.label == "Add the calendar").click().run()


def check(visit: AppTest, address: str) -> str:
    visit.button(key=f"calendar_{address}_check").click().run()
    return "\n".join(one.value for one in (*visit.success, *visit.warning))


def test_a_google_calendar_is_connected_and_answers(
    app: App, open_page: OpenPage, clinic: MadeClinic, address: str
) -> None:
    visit = open_page("calendars", clinic["manager"], part="add")
    shown = words(visit)
    assert "Connected by a service account." in shown
    assert SERVICE_ACCOUNT in shown
    assert "`GOOGLE_SERVICE_ACCOUNT_FILE` is set" in shown
    assert "PRIVATE KEY" not in shown
    shown = words(add(visit, address, "At Google", "initials"))
    assert "At Google was added." in shown
    assert "Checked at 07:00: “Riverside” answers and can be written." in shown
    assert "Google Calendar" in shown
    (found,) = [one for one in app.calendars.list(clinic["manager"]) if one.provider == "google"]
    assert (found.calendar_id, found.name, found.detail) == (address, "At Google", "initials")


def test_the_detail_is_asked_and_never_assumed(app: App, open_page: OpenPage, clinic: MadeClinic, address: str) -> None:
    visit = open_page("calendars", clinic["manager"], part="add")
    assert visit.radio(key="calendars_add_google_detail").value is None
    shown = words(add(visit, "no address", "At Google", None))
    assert "Choose how much the calendar may tell: what it shows leaves the clinic." in shown
    assert "Enter the calendar's address" in shown
    assert visit.text_input(key="calendars_add_google_name").value == "At Google"
    assert len(app.calendars.list(clinic["manager"])) == 1


def test_health_tells_the_cure_for_each_trouble(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    visit = open_page("calendars", clinic["manager"])
    assert "“Riverside” answers and can be written." in check(visit, address)
    google.share(address, "reader")
    said = check(visit, address)
    assert "CareSlot may see this calendar but not change it." in said
    assert f"share it with `{SERVICE_ACCOUNT}` with the permission “Make changes to events”" in said
    google.share(address, "none")
    said = check(visit, address)
    assert "It does not exist or is not shared with CareSlot." in said
    assert f"`{SERVICE_ACCOUNT}`" in said
    google.share(address, "writer")
    google.faults.append(Fault.answer(403, "accessNotConfigured").at("calendar.events.list"))
    assert "Switch on the Google Calendar API in the Google Cloud console" in check(visit, address)
    google.faults.append(Fault.html(502).at("calendar.events.list"))
    assert "It has not answered. Check this machine's connection to the internet." in check(visit, address)
    google.tokens.revoke()
    said = check(visit, address)
    assert "The calendar needs a new sign-in." in said
    assert "if not, set a new key" in said


def test_a_failure_is_listed_with_its_cure_and_tried_again(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    google.share(address, "none")
    app.sync.sync_appointment(clinic["patient"], number)
    visit = open_page("calendars", clinic["manager"])
    shown = words(visit)
    assert "1 event is not as it should be" in shown
    assert "**Not in At Google**" in shown
    assert "**Tuesday 8 December, 09:00** · Dr. Sarah Johnson" in shown
    assert "Next try by itself: 08:00" in shown
    assert "Patient 1" not in shown
    assert f"share it with `{SERVICE_ACCOUNT}`" in shown
    assert "Show more" not in shown
    (failed,) = app.calendars.overview(clinic["manager"]).failed
    visit.button(key=f"calendars_failed_{failed.link_id}_again").click().run()
    assert "1 event is not as it should be" in words(visit)
    google.share(address, "writer")
    visit.button(key=f"calendars_failed_{failed.link_id}_again").click().run()
    shown = words(visit)
    assert "Tuesday 8 December, 09:00, Dr. Sarah Johnson: Synced to At Google." in shown
    assert "not as it should be" not in shown
    assert len(google.events(address)) == 1


def test_all_of_a_calendar_is_tried_again(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    google.tokens.revoke()
    app.sync.sync_appointment(clinic["patient"], number)
    visit = open_page("calendars", clinic["manager"])
    assert "The calendar needs a new sign-in." in words(visit)
    google.tokens.service_accounts.add(SERVICE_ACCOUNT)
    assert app.sync.run_due().done == 0
    visit.button(key=f"calendar_{address}_again").click().run()
    assert app.sync.run_due().done == 1
    assert "needs a new sign-in" not in words(visit.run())


def test_a_used_up_quota_says_until_when_and_can_be_ended(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    google.faults.append(Fault.answer(403, "quotaExceeded").at("calendar.events.insert"))
    app.sync.sync_appointment(clinic["patient"], number)
    visit = open_page("calendars", clinic["manager"])
    shown = words(visit)
    assert "its quota is used up" in shown.replace("\\", "")
    assert "Paused until 08:00, as it asked." in shown
    visit.button(key=f"calendar_{address}_again").click().run()
    assert app.sync.run_due().done == 1


def test_less_detail_and_another_calendar_follow_at_google(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    (event,) = google.events(address)
    assert event.content["summary"] == "Appointment: P.1. with Dr. Sarah Johnson"
    visit = open_page("calendars", clinic["manager"])
    visit.session_state[f"calendar_{address}_change"] = True
    visit.run()
    visit.radio(key=f"calendar_{address}_form_detail").set_value("private")
    next(button for button in visit.button if button.label == "Save").click().run()
    app.sync.run_due()
    (event,) = google.events(address)
    assert event.content["summary"] == f"Appointment #{number}"
    other = google.new_calendar("Other")
    app.calendars.save(clinic["manager"], None, name="Other", provider="google", address=other, detail="full")
    visit = open_page("calendars", clinic["manager"], part="doctors")
    visit.selectbox(key="calendars_of_1").set_value(other).run()
    visit.button(key="calendars_of_1_move").click().run()
    app.sync.run_due()
    assert google.events(address) == []
    (event,) = google.events(other)
    assert event.content["summary"] == "Appointment: Patient 1 with Dr. Sarah Johnson"


def test_moving_events_off_this_machine_is_said(
    app: App, open_page: OpenPage, clinic: MadeClinic, address: str, number: int
) -> None:
    app.calendars.assign(clinic["manager"], 1, "clinic")
    visit = open_page("calendars", clinic["manager"], part="doctors")
    shown = words(visit.selectbox(key="calendars_of_1").set_value(address).run())
    assert "They leave this machine: Google Calendar." in shown
    assert "Events there tell: initials." in shown


def test_many_failures_stand_together_under_their_reason(
    app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
) -> None:
    google.share(address, "reader")
    for hour in range(1, 7):
        at = NINE + timedelta(hours=hour + (hour > 2))
        booking = Booking(f"key-{hour}", 2, 1, 1, at)
        app.links.request(
            clinic["reception"], app.scheduler.book_appointment(clinic["reception"], booking).appointment_id
        )
    app.sync.run_due()
    visit = open_page("calendars", clinic["manager"])
    shown = words(visit)
    assert "6 events are not as they should be" in shown
    assert shown.count("**Not in At Google**") == 1
    assert shown.count("Next try by itself") == 5
    assert "The first 5 are listed." in shown
    shown = words(visit.toggle(key="calendars_failed_all").set_value(True).run())
    assert shown.count("Next try by itself") == 6
    assert "are listed" not in shown


class TestRefreshToken:
    @pytest.fixture
    def more_settings(self) -> dict[str, str]:
        return {
            "google_service_account_file": "",
            "google_client_id": CLIENT_ID,
            "google_client_secret": CLIENT_SECRET,
            "google_refresh_token": "refresh-token",
        }

    def test_it_is_used_shown_without_secrets_and_its_end_has_a_cure(
        self, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, address: str, number: int
    ) -> None:
        visit = open_page("calendars", clinic["manager"], part="add")
        shown = words(visit)
        assert "Connected by a Google account's refresh token" in shown
        assert not any(secret in shown for secret in (CLIENT_ID, CLIENT_SECRET, "refresh-token"))
        visit = open_page("calendars", clinic["manager"])
        assert "answers and can be written" in check(visit, address)
        google.tokens.revoke()
        said = check(visit, address).replace("\\", "")
        assert "Make a new refresh token and set GOOGLE_REFRESH_TOKEN." in said
        assert "each token ends after 7 days" in said


class TestHalfSet:
    @pytest.fixture
    def more_settings(self) -> dict[str, str]:
        return {"google_service_account_file": "", "google_client_id": CLIENT_ID}

    def test_what_is_missing_is_named(self, open_page: OpenPage, clinic: MadeClinic) -> None:
        shown = words(open_page("calendars", clinic["manager"], part="add"))
        assert "Almost there: `GOOGLE_CLIENT_SECRET`, `GOOGLE_REFRESH_TOKEN` are not set." in shown
        assert "Add a Google calendar" not in shown


def test_a_late_try_names_its_day(
    app: App,
    open_page: OpenPage,
    clinic: MadeClinic,
    google: GoogleStandIn,
    address: str,
    number: int,
    clock: HandClock,
) -> None:
    clock.now = NINE - timedelta(hours=9, minutes=30)
    google.share(address, "none")
    app.sync.sync_appointment(clinic["patient"], number)
    assert "Next try by itself: Tuesday 8 December, 00:30" in words(open_page("calendars", clinic["manager"]))
