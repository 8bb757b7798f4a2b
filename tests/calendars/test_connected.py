"""Calendars found by their connections, at the stand-in and on Radicale: also after another process replaced one."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.bootstrap import App, build
from core.calendars.calendar import Calendar, CalendarRefused, ReconnectNeeded, Window
from core.calendars.connecting import NO_KEY_THERE
from core.calendars.embedded import EmbeddedServer
from core.calendars.seal import SignInUnreadable, new_key
from core.domain.errors import BadFields, CareSlotError, NotFound
from core.domain.principal import NotAllowed
from core.domain.timespan import Timespan
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.settings import Settings
from tests.calendars.google_clinic import EVENT, Clinic
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET, SERVICE_ACCOUNT

KEY = new_key()
NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str, google: Clinic) -> dict[str, Any]:
    return {
        "data_folder": tmp_path,
        "database_url": sqlite_url,
        "calendar_key": KEY,
        "google_client_id": CLIENT_ID,
        "google_client_secret": CLIENT_SECRET,
        "google_endpoint": google.server.endpoint,
        "google_token_endpoint": google.server.token_endpoint,
    }


@pytest.fixture
def app(settings: dict[str, Any], clock: HandClock) -> Iterator[App]:
    made = build(Settings(**settings), clock)
    yield made
    made.close()


@pytest.fixture
def clinic(app: App, clock: HandClock) -> MadeClinic:
    return make_clinic(app.store, clock)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    made = EmbeddedServer(tmp_path_factory.mktemp("elsewhere"))
    yield made
    made.stop()


def oauth(app: App, clinic: MadeClinic, token: str = "refresh-token") -> int:
    secret = {"refresh_token": token}
    return app.connections.add(
        clinic["manager"], provider="google", kind="oauth", name="Ours", account="clinic@example.com", secret=secret
    )


def add(app: App, clinic: MadeClinic, provider: str, address: str, number: int) -> str:
    return app.calendars.save(
        clinic["manager"],
        None,
        name="Ours",
        provider=provider,
        address=address,
        detail="full",
        connection_id=number,
    )


def reach(app: App, calendar_id: str, provider: str = "google") -> Calendar:
    return app.registry.calendar(provider, calendar_id, "Ours")


def test_a_connections_calendar_is_reached_by_its_secret_and_kept(app: App, clinic: MadeClinic, google: Clinic) -> None:
    add(app, clinic, "google", google.calendar_id, oauth(app, clinic))
    calendar = reach(app, google.calendar_id)
    calendar.create(EVENT)
    assert google.stored()["summary"] == EVENT.title
    assert reach(app, google.calendar_id) is calendar


def test_what_another_process_replaced_is_used_at_once(
    app: App, clinic: MadeClinic, google: Clinic, settings: dict[str, Any], clock: HandClock
) -> None:
    number = oauth(app, clinic, "a token that ended")
    add(app, clinic, "google", google.calendar_id, number)
    with pytest.raises(ReconnectNeeded):
        reach(app, google.calendar_id).create(EVENT)
    health = reach(app, google.calendar_id).health()
    assert health.cure == "Connect this Google account again, on the page where it was connected."
    other = build(Settings(**settings), clock)
    secret = {"refresh_token": "refresh-token"}
    other.connections.renew(clinic["manager"], number, secret=secret, account="clinic@example.com")
    other.close()
    assert reach(app, google.calendar_id).health().ok


def test_without_the_key_of_before_a_new_sign_in_is_needed(
    app: App, clinic: MadeClinic, google: Clinic, settings: dict[str, Any], clock: HandClock
) -> None:
    number = oauth(app, clinic)
    add(app, clinic, "google", google.calendar_id, number)
    for key in (new_key(), ""):
        other = build(Settings(**settings | {"calendar_key": key}), clock)
        with pytest.raises(SignInUnreadable):
            reach(other, google.calendar_id)
        with pytest.raises(SignInUnreadable):
            other.connecting.offered(clinic["manager"], number)
        assert other.connections.list(clinic["manager"])[0].needs_sign_in
        other.close()
    both = build(Settings(**settings | {"calendar_key": f"{new_key()},{KEY}"}), clock)
    assert reach(both, google.calendar_id).health().ok
    both.close()


def test_a_service_account_is_connected_by_its_key_file(app: App, clinic: MadeClinic, google: Clinic) -> None:
    info = google.server.service_account_info() | {"token_uri": "https://evil.example.com/token"}
    number = app.connecting.service_account(clinic["manager"], json.dumps(info).encode())
    (found,) = app.connections.list(clinic["manager"])
    assert (found.kind, found.account, found.connection_id) == ("service_account", SERVICE_ACCOUNT, number)
    add(app, clinic, "google", google.calendar_id, number)
    assert reach(app, google.calendar_id).health().ok
    google.server.share(google.calendar_id, "reader")
    assert SERVICE_ACCOUNT in reach(app, google.calendar_id).health().cure


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"client_email": "a@b.c"}', b"{" * 30_000])
def test_what_is_no_key_file_is_refused_under_its_field(app: App, clinic: MadeClinic, content: bytes) -> None:
    with pytest.raises(BadFields) as refused:
        app.connecting.service_account(clinic["manager"], content)
    assert refused.value.problems == {"key": "The key file of the service account is not complete."}
    assert app.connections.list(clinic["manager"]) == ()


@pytest.mark.parametrize("name", ["", "none.json", "folder.json", "words.json", "key.txt", "pipe.json", "large.json"])
def test_a_path_tells_nothing_but_whether_a_key_stands_there(
    app: App, clinic: MadeClinic, google: Clinic, tmp_path: Path, name: str
) -> None:
    content = json.dumps(google.server.service_account_info())
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    for other, text in (("words.json", "{}"), ("key.txt", content), ("large.json", content + " " * 20_000)):
        (tmp_path / other).write_text(text)
    with pytest.raises(BadFields) as refused:
        app.connecting.service_account_at(clinic["manager"], str(tmp_path / name), None)
    assert refused.value.problems == {"path": NO_KEY_THERE}
    assert app.connections.list(clinic["manager"]) == ()


def test_only_managers_have_files_of_the_server_read(
    app: App, clinic: MadeClinic, google: Clinic, tmp_path: Path
) -> None:
    file = tmp_path / "google.json"
    file.write_text(json.dumps(google.server.service_account_info()))
    for who in ("doctor", "reception", "patient"):
        with pytest.raises(NotAllowed):
            app.connecting.service_account_at(clinic[who], str(file))
    app.connecting.service_account_at(clinic["manager"], str(file))
    (found,) = app.connections.list(clinic["manager"])
    assert found.account == SERVICE_ACCOUNT


def test_without_its_client_an_account_names_the_settings(
    app: App, clinic: MadeClinic, google: Clinic, settings: dict[str, Any], clock: HandClock
) -> None:
    add(app, clinic, "google", google.calendar_id, oauth(app, clinic))
    other = build(Settings(**settings | {"google_client_id": "", "google_client_secret": ""}), clock)
    with pytest.raises(CalendarRefused, match="GOOGLE_CLIENT_ID"):
        reach(other, google.calendar_id)
    other.close()


def test_the_settings_serve_calendars_without_a_connection(app: App, clinic: MadeClinic, google: Clinic) -> None:
    app.calendars.save(
        clinic["manager"], None, name="Ours", provider="google", address=google.calendar_id, detail="full"
    )
    with pytest.raises(CalendarRefused, match="not connected to Google"):
        reach(app, google.calendar_id)


def test_an_account_on_a_calendar_server_is_connected_by_the_form(
    app: App, clinic: MadeClinic, server: EmbeddedServer, clock: HandClock
) -> None:
    manager = clinic["manager"]
    bare = "/".join(server.url.split("/")[:3])
    number = app.connecting.caldav(manager, bare, server.username, server.password)
    (found,) = app.connections.list(manager)
    assert (found.kind, found.account, found.address) == ("password", server.username, server.url)
    made = app.connecting.new_calendar(manager, number, "Physio", "full", "Europe/London")
    assert made in [one.address for one in app.connecting.offered(manager, number)]
    calendar_id = add(app, clinic, "caldav", made, number)
    calendar = reach(app, calendar_id, "caldav")
    calendar.create(EVENT)
    there = server.calendar("physio", "", clock).fetch(EVENT.event_id)
    assert there is not None
    assert there.title == EVENT.title
    assert app.connecting.caldav(manager, bare, server.username, server.password, number) == number


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"address": " "}, "address"),
        ({"username": ""}, "username"),
        ({"password": ""}, "password"),
        ({"password": "not the password"}, "password"),
        ({"address": "http://cloud.example.com"}, "address"),
        ({"address": "https://localhost:1/"}, ""),
    ],
)
def test_what_is_wrong_in_the_form_stands_under_its_field(
    app: App, clinic: MadeClinic, server: EmbeddedServer, given: dict[str, str], field: str
) -> None:
    asked = {"address": server.url, "username": server.username, "password": server.password} | given
    with pytest.raises(CareSlotError) as refused:
        app.connecting.caldav(clinic["manager"], **asked)
    if field:
        assert isinstance(refused.value, BadFields)
        assert refused.value.field == field
    assert asked["password"] == "" or asked["password"] not in str(refused.value)
    assert app.connections.list(clinic["manager"]) == ()


def test_a_password_never_goes_to_another_server(app: App, clinic: MadeClinic, server: EmbeddedServer) -> None:
    number = app.connecting.caldav(clinic["manager"], server.url, server.username, server.password)
    calendar_id = add(app, clinic, "caldav", f"{server.url}physio/", number)
    moved = (
        update(tables.calendars)
        .where(tables.calendars.c.calendar_id == calendar_id)
        .values(address="https://evil.example.com/physio/")
    )
    app.store.write(lambda connection: connection.execute(moved))
    with pytest.raises(CalendarRefused):
        reach(app, calendar_id, "caldav")


def test_nobody_makes_or_sees_calendars_by_somebody_elses_account(
    app: App, clinic: MadeClinic, server: EmbeddedServer
) -> None:
    number = app.connecting.caldav(clinic["doctor"], server.url, server.username, server.password)
    for who in ("manager", "other_doctor", "reception"):
        with pytest.raises(NotAllowed):
            app.connecting.offered(clinic[who], number)
        with pytest.raises(NotAllowed):
            app.connecting.new_calendar(clinic[who], number, "Physio", "full", "Europe/London")
    with pytest.raises(NotFound):
        app.connecting.offered(clinic["doctor"], 99)


def test_nothing_is_made_for_a_form_that_would_be_refused(app: App, clinic: MadeClinic, server: EmbeddedServer) -> None:
    number = app.connecting.caldav(clinic["manager"], server.url, server.username, server.password)
    before = app.connecting.offered(clinic["manager"], number)
    with pytest.raises(BadFields) as refused:
        app.connecting.new_calendar(clinic["manager"], number, " ", None, "Europe/London")
    assert set(refused.value.problems) == {"name", "detail"}
    assert app.connecting.offered(clinic["manager"], number) == before


def book_synced(app: App, clinic: MadeClinic) -> int:
    number = app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id
    assert app.sync.sync_appointment(clinic["patient"], number).state == "synced"
    return number


def settle(app: App) -> None:
    while app.sync.run_due().done:
        pass
    assert app.links.pending() == 0


def test_another_account_for_the_same_calendar_doubles_nothing(app: App, clinic: MadeClinic, google: Clinic) -> None:
    manager = clinic["manager"]
    add(app, clinic, "google", google.calendar_id, oauth(app, clinic))
    app.calendars.assign(manager, 1, google.calendar_id)
    book_synced(app, clinic)
    (before,) = google.server.events(google.calendar_id)
    content = json.dumps(google.server.service_account_info()).encode()
    app.calendars.sign_in_with(manager, google.calendar_id, "google", app.connecting.service_account(manager, content))
    google.server.tokens.refresh_tokens.clear()  # the account of before is not needed any more
    settle(app)
    (after,) = google.server.events(google.calendar_id)
    assert after.id == before.id


def test_events_move_into_a_doctors_own_calendar_and_back(
    app: App, clinic: MadeClinic, google: Clinic, server: EmbeddedServer, clock: HandClock
) -> None:
    manager, doctor = clinic["manager"], clinic["doctor"]
    add(app, clinic, "google", google.calendar_id, oauth(app, clinic))
    app.calendars.assign(manager, 1, google.calendar_id)
    book_synced(app, clinic)
    there = server.calendar("own", "Own", clock)
    number = app.connecting.caldav(doctor, server.url, server.username, server.password)
    app.own_calendar.connect(doctor, connection_id=number, address=f"{server.url}own/", name="Own", detail="private")
    settle(app)
    assert google.server.events(google.calendar_id) == []
    window = Window(Timespan(NINE - timedelta(days=1), NINE + timedelta(days=1)), "Europe/London")
    (found,) = there.changes(None, window).events
    assert found.title.startswith("Appointment #")
    app.calendars.assign(manager, 1, google.calendar_id)
    settle(app)
    assert there.changes(None, window).events == ()
    assert len(google.server.events(google.calendar_id)) == 1
