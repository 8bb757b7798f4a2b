"""Connecting calendars on the pages, as managers and doctors do it; Google's way stands in test_oauth_routes.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.calendars.connecting import NO_KEY_THERE
from core.calendars.embedded import EmbeddedServer
from core.scheduler import tables
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.oauth import PERSON, SERVICE_ACCOUNT
from tests.ui.conftest import OpenPage, words
from tests.ui.google_app import app, more_settings

__all__ = ["app", "more_settings"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Somebody's calendar server."""
    made = EmbeddedServer(tmp_path_factory.mktemp("elsewhere"))
    yield made
    made.stop()


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn() as found:
        yield found
        assert found.violations == []


def said(visit: AppTest) -> str:
    return words(visit).replace("\\", "")


def press(visit: AppTest, label: str) -> AppTest:
    return next(button for button in visit.button if button.label == label).click().run()


def links(visit: AppTest) -> list[str]:
    return [found.proto.url for found in visit.get("link_button")]


def fill_in(visit: AppTest, server: EmbeddedServer, password: str = "", form: str = "connect_caldav_new") -> AppTest:
    visit.text_input(key=f"{form}_address").set_value("/".join(server.url.split("/")[:3]))
    visit.text_input(key=f"{form}_username").set_value(server.username)
    visit.text_input(key=f"{form}_password").set_value(password or server.password)
    return press(visit, "Find the calendars")


def unfolded(visit: AppTest) -> AppTest:
    """A doctor's account page with the way to connect a calendar."""
    visit.session_state["account_connect_clinic"] = True
    return visit.run()


def connect_google(app: App, clinic: MadeClinic, google: GoogleStandIn, who: str = "manager") -> int:
    google.primary_calendar()
    secret = {"refresh_token": "refresh-token"}
    return app.connections.add(clinic[who], provider="google", kind="oauth", name=PERSON, account=PERSON, secret=secret)


class TestManager:
    def test_an_account_on_a_calendar_server_is_connected_and_a_calendar_of_it_made(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, server: EmbeddedServer, clock: HandClock
    ) -> None:
        server.calendar("personal", "Personal", clock)
        visit = open_page("calendars", clinic["manager"], part="add", where="caldav")
        visit = fill_in(visit, server, password="not the password")
        assert "The server does not take this user name and password." in said(visit)
        assert visit.text_input(key="connect_caldav_new_username").value == server.username
        visit.text_input(key="connect_caldav_new_password").set_value(server.password)
        press(visit, "Find the calendars")
        assert "The account is connected. Now choose one of its calendars." in said(visit)
        assert server.password not in said(visit)
        (account,) = app.connections.list(clinic["manager"])
        assert account.name == f"{server.username} (127.0.0.1)"
        form = f"calendars_add_caldav_{account.connection_id}"
        choice = visit.selectbox(key=f"{form}_address")
        assert choice.options == ["Personal", "Make a new calendar"]
        choice.select("Make a new calendar")
        press(visit, "Add the calendar")
        assert "Enter a name." in said(visit)
        assert "Choose how much the calendar may tell" in said(visit)
        visit.selectbox(key=f"{form}_address").select("Make a new calendar")
        visit.text_input(key=f"{form}_name").set_value("Physio")
        visit.radio(key=f"{form}_detail").set_value("initials")
        visit.radio(key=f"{form}_foreign").set_value("nobody")
        press(visit, "Add the calendar")
        shown = said(visit)
        assert "Physio was added." in shown
        assert "Checked at 07:00: it answers and can be written." in shown
        assert f"By the account {server.username} (127.0.0.1)" in shown
        (found,) = [one for one in app.calendars.list(clinic["manager"]) if one.provider == "caldav"]
        assert (found.calendar_id, found.address) == ("physio", f"{server.url}physio/")
        assert (found.detail, found.foreign_blocks) == ("initials", "nobody")

    def test_a_calendar_of_a_google_account_is_chosen_from_its_list(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        visit = open_page("calendars", clinic["manager"], part="add")
        assert links(visit)[0] == "/oauth/google/start"
        assert "Add a Google calendar" not in said(visit)
        number = connect_google(app, clinic, google)
        address = google.new_calendar("Riverside")
        visit = open_page("calendars", clinic["manager"], part="add", where="google", connection=number)
        form = f"calendars_add_google_{number}"
        choice = visit.selectbox(key=f"{form}_address")
        assert choice.options == ["Clinic", "Riverside", "Make a new calendar"]
        choice.select("Riverside")
        visit.radio(key=f"{form}_detail").set_value("private")
        press(visit, "Add the calendar")
        assert "“Riverside” answers and can be written." in said(visit)
        assert (address, "Riverside") in [(one.calendar_id, one.name) for one in app.calendars.list(clinic["manager"])]

    def test_calendars_of_the_same_name_are_told_apart(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        number = connect_google(app, clinic, google)
        addresses = [google.new_calendar("Riverside") for _ in range(2)]
        visit = open_page("calendars", clinic["manager"], part="add", where="google", connection=number)
        choice = visit.selectbox(key=f"calendars_add_google_{number}_address")
        told = {f"Riverside ({address[:40]})" for address in addresses}
        assert set(choice.options) == {"Clinic", *told, "Make a new calendar"}

    def test_a_service_account_names_the_address_to_share_with(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        content = json.dumps(google.service_account_info()).encode()
        number = app.connecting.service_account(clinic["manager"], content)
        visit = open_page("calendars", clinic["manager"], part="add", where="google")
        assert next(one.value for one in visit.code) == SERVICE_ACCOUNT
        assert "Share each calendar with this address" in said(visit)
        assert "PRIVATE KEY" not in said(visit)
        form, address = f"calendars_add_google_{number}", google.new_calendar("Riverside")
        visit.text_input(key=f"{form}_address").set_value(address)
        visit.text_input(key=f"{form}_name").set_value("At Google")
        visit.radio(key=f"{form}_detail").set_value("full")
        press(visit, "Add the calendar")
        assert "“Riverside” answers and can be written." in said(visit)

    def test_a_service_account_is_connected_by_the_path_of_its_key(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn, tmp_path: Path
    ) -> None:
        (tmp_path / "google.json").write_text(json.dumps(google.service_account_info()))
        visit = open_page("calendars", clinic["manager"], part="add", where="google")
        for path, answer in (("google.json", NO_KEY_THERE), (f" {tmp_path}/google.json ", SERVICE_ACCOUNT)):
            visit.text_input(key="connect_service_new_path").set_value(path)
            press(visit, "Connect the service account")
            assert answer in said(visit)
        (kept,) = app.connections.list(clinic["manager"])
        assert (kept.kind, kept.account) == ("service_account", SERVICE_ACCOUNT)

    def test_what_is_no_key_file_is_said_under_it(self, open_page: OpenPage, clinic: MadeClinic) -> None:
        visit = open_page("calendars", clinic["manager"], part="add", where="google")
        press(visit, "Connect the service account")
        assert "The key file of the service account is not complete." in said(visit)

    def test_an_account_that_nothing_uses_is_disconnected(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        number = connect_google(app, clinic, google)
        visit = open_page("calendars", clinic["manager"], part="add", where="google")
        visit.button(key=f"connection_{number}_remove").click().run()
        assert "was disconnected; its sign-in is forgotten. Google lists CareSlot among" in said(visit)
        assert app.connections.list(clinic["manager"]) == ()

    def test_a_sign_in_that_ended_is_said_and_given_anew(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, server: EmbeddedServer
    ) -> None:
        manager = clinic["manager"]
        number = app.connecting.caldav(manager, server.url, server.username, server.password)
        app.calendars.save(
            manager,
            None,
            name="Ours",
            provider="caldav",
            address=f"{server.url}physio/",
            detail="full",
            connection_id=number,
        )
        app.connections.record_check(number, ("reconnect", "The calendar needs a new sign-in."))
        for page in ("calendars", "today", "agenda"):
            assert "Ours needs a new sign-in." in said(open_page(page, manager))
        for page in ("today", "agenda"):
            assert "needs a new sign-in" not in said(open_page(page, clinic["doctor"]))
        visit = open_page("calendars", manager, part="add", where="caldav", again=number)
        assert "It needs a new sign-in." in said(visit)
        visit.text_input(key=f"connect_caldav_{number}_password").set_value(server.password)
        press(visit, "Sign in anew")
        assert "is connected again. What waited goes on now." in said(visit)
        assert "needs a new sign-in" not in said(open_page("calendars", manager))

    def test_the_way_back_to_google_names_the_connection(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        number = connect_google(app, clinic, google)
        app.calendars.save(
            clinic["manager"],
            None,
            name="Ours",
            provider="google",
            address=google.new_calendar("Riverside"),
            detail="full",
            connection_id=number,
        )
        ended = update(tables.calendars).where(tables.calendars.c.name == "Ours").values(pull_error_kind="reconnect")
        app.store.write(lambda connection: connection.execute(ended))
        visit = open_page("calendars", clinic["manager"])
        assert f"/oauth/google/start?connection={number}" in links(visit)

    def test_whose_time_other_events_take_is_changed_in_the_calendars_form(
        self, app: App, open_page: OpenPage, clinic: MadeClinic
    ) -> None:
        visit = open_page("calendars", clinic["manager"])
        visit.session_state["calendar_clinic_change"] = True
        visit.run()
        visit.radio(key="calendar_clinic_form_foreign").set_value("nobody")
        press(visit, "Save")
        assert app.calendars.list(clinic["manager"])[0].foreign_blocks == "nobody"

    def test_the_same_calendar_is_reached_by_another_account(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        first, address = connect_google(app, clinic, google), google.new_calendar("Riverside")
        content = json.dumps(google.service_account_info()).encode()
        second = app.connecting.service_account(clinic["manager"], content)
        app.calendars.save(
            clinic["manager"],
            None,
            name="Ours",
            provider="google",
            address=address,
            detail="full",
            connection_id=first,
        )
        card = f"calendar_{address}"
        visit = open_page("calendars", clinic["manager"])
        visit.session_state[f"{card}_change"] = True
        visit.run()
        visit.selectbox(key=f"{card}_sign_in").select(SERVICE_ACCOUNT).run()
        visit.button(key=f"{card}_sign_in_do").click().run()
        assert "Ours is reached in the other way now." in said(visit)
        (found,) = [one for one in app.calendars.list(clinic["manager"]) if one.calendar_id == address]
        assert found.connection_id == second


class TestWithoutAKey:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"calendar_key": ""}

    @pytest.mark.parametrize("where", ["google", "caldav"])
    def test_the_page_says_how_to_make_one_and_asks_for_nothing(
        self, open_page: OpenPage, clinic: MadeClinic, where: str
    ) -> None:
        visit = open_page("calendars", clinic["manager"], part="add", where=where)
        shown = said(visit)
        assert "CareSlot has no key to keep sign-ins with." in shown
        assert shown.count("python -m core calendar-key") == 1
        assert "/oauth/google/start" not in links(visit)
        assert not [one for one in visit.text_input if one.key.startswith("connect_")]

    def test_a_doctor_is_told_whom_to_ask_and_no_command(self, open_page: OpenPage, clinic: MadeClinic) -> None:
        visit = open_page("account", clinic["doctor"])
        visit.session_state["account_connect_clinic"] = True
        shown = said(visit.run())
        assert "Ask your manager: the clinic has to prepare this first." in shown
        assert "CALENDAR_KEY" not in shown


class TestPipedream:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {
            "pipedream_project_id": "proj_1",
            "pipedream_client_id": "id",
            "pipedream_client_secret": "pipedream secret",
            "pipedream_external_user_id": "clinic-1",
        }

    def test_it_is_offered_where_its_settings_are(self, open_page: OpenPage, clinic: MadeClinic) -> None:
        visit = open_page("calendars", clinic["manager"], part="add", where="pipedream")
        assert "Connected through Pipedream, as its user clinic-1." in said(visit)
        assert visit.text_input(key="calendars_add_pipedream_address")
        assert "pipedream secret" not in said(visit)


class TestDoctor:
    def test_a_doctor_connects_their_own_calendar_and_their_events_move(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, server: EmbeddedServer, clock: HandClock
    ) -> None:
        server.calendar("sarah", "Sarah", clock)
        doctor = clinic["doctor"]
        visit = unfolded(open_page("account", doctor))
        assert "Your appointments appear in **Clinic**" in said(visit)
        assert "The clinic has connected it." in said(visit)
        assert "/oauth/google/start" in links(visit)
        fill_in(visit, server)
        (account,) = app.connections.list(doctor)
        assert account.owner_id == doctor.account_id
        form = f"account_use_{account.connection_id}"
        choice = visit.selectbox(key=f"{form}_address")
        choice.select(next(option for option in choice.options if option.startswith("Sarah")))
        press(visit, "Use this calendar")
        assert "Choose how much the calendar may tell" in said(visit)
        visit.radio(key=f"{form}_detail").set_value("private")
        press(visit, "Use this calendar")
        shown = said(visit)
        assert "Those that stood in another calendar follow by themselves." in shown
        assert "it answers and can be written." in shown
        mine = app.own_calendar.mine(doctor)
        assert mine is not None
        assert (mine.address, mine.detail) == (f"{server.url}sarah/", "private")
        visit.radio(key="account_calendar_form_detail").set_value("initials")
        press(visit, "Save")
        mine = app.own_calendar.mine(doctor)
        assert mine is not None
        assert mine.detail == "initials"

    def test_a_doctor_is_told_of_their_own_sign_in_and_gives_it_anew(
        self, app: App, open_page: OpenPage, clinic: MadeClinic, google: GoogleStandIn
    ) -> None:
        number, address = connect_google(app, clinic, google, "doctor"), google.new_calendar("Mine")
        app.own_calendar.connect(clinic["doctor"], connection_id=number, address=address, name="Mine", detail="private")
        google.tokens.revoke()
        app.connections.record_check(number, ("reconnect", "The calendar needs a new sign-in."))
        for page in ("account", "today"):
            visit = open_page(page, clinic["doctor"])
            assert "Mine needs a new sign-in." in said(visit)
            assert f"/oauth/google/start?connection={number}" in links(visit)

    @pytest.mark.parametrize("who", ["patient", "reception"])
    def test_others_have_no_calendar_to_connect(self, open_page: OpenPage, clinic: MadeClinic, who: str) -> None:
        assert "Your calendar" not in said(open_page("account", clinic[who]))
