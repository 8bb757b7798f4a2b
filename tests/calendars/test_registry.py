import json
import socket
from pathlib import Path

import pytest

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import CalendarRefused
from core.calendars.embedded import EmbeddedServer
from core.calendars.public_network import is_public
from core.calendars.registry import CalendarRegistry, SignIn
from core.settings import Settings
from tests.calendars.google_clinic import EVENT, Clinic
from tests.conftest import HandClock
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET, SERVICE_ACCOUNT, service_account_info

CALDAV = {"caldav_username": "jane", "caldav_password": "a secret of hers"}


def registry(folder: Path, clock: HandClock, **more: str) -> CalendarRegistry:
    return CalendarRegistry(Settings(data_folder=folder, **more), clock)


@pytest.mark.parametrize("provider", ["google", "caldav", "elsewhere"])
def test_a_calendar_without_a_sign_in_is_refused_with_the_cure(tmp_path: Path, clock: HandClock, provider: str) -> None:
    with pytest.raises(CalendarRefused) as refused:
        registry(tmp_path, clock).calendar(provider, "clinic@example.com", "Clinic")
    assert refused.value.fields["cure"]
    assert list(tmp_path.iterdir()) == []


def test_a_calendar_at_google_is_reached_by_the_settings(tmp_path: Path, clock: HandClock, google: Clinic) -> None:
    server = google.server
    found = registry(
        tmp_path,
        clock,
        google_client_id=CLIENT_ID,
        google_client_secret=CLIENT_SECRET,
        google_refresh_token="refresh-token",
        google_endpoint=server.endpoint,
        google_token_endpoint=server.token_endpoint,
    )
    assert found.google_sign_in() == SignIn("refresh_token")
    calendar = found.calendar("google", google.calendar_id, "Clinic")
    calendar.create(EVENT)
    assert google.stored()["summary"] == EVENT.title
    assert found.calendar("google", google.calendar_id, "Clinic") is calendar
    another = server.new_calendar("Another")
    found.calendar("google", another, "Another").create(EVENT)
    assert [len(server.events(number)) for number in (google.calendar_id, another)] == [1, 1]
    assert [one.operation for one in server.requests].count("token") == 1  # shared, as the connections are


def test_nothing_set_is_no_sign_in(tmp_path: Path, clock: HandClock) -> None:
    found = registry(tmp_path, clock)
    assert found.google_sign_in() == found.caldav_sign_in() == SignIn()
    assert not SignIn().ready


def test_a_sign_in_that_is_half_set_names_what_is_missing(tmp_path: Path, clock: HandClock) -> None:
    found = registry(tmp_path, clock, google_refresh_token="1//secret", caldav_url="https://cloud.example.com/")
    google, caldav = found.google_sign_in(), found.caldav_sign_in()
    assert google.missing == ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
    assert caldav.missing == ("CALDAV_USERNAME", "CALDAV_PASSWORD")
    assert not google.ready
    assert "secret" not in repr(google)
    for provider in ("google", "caldav"):
        with pytest.raises(CalendarRefused):
            found.calendar(provider, "clinic", "Clinic")


def test_a_service_account_tells_its_address_as_soon_as_its_key_can_be_read(tmp_path: Path, clock: HandClock) -> None:
    key = tmp_path / "key.json"
    found = registry(tmp_path, clock, google_service_account_file=str(key), google_refresh_token="ignored")
    before = found.google_sign_in()
    assert (before.kind, before.ready) == ("service_account", False)
    assert before.cure.startswith("Download a new JSON key")
    key.write_text(json.dumps(service_account_info()))
    after = found.google_sign_in()
    assert (after.account, after.ready) == (SERVICE_ACCOUNT, True)
    assert "PRIVATE KEY" not in repr(after)


def test_a_calendar_on_a_caldav_server_is_reached_by_the_settings(tmp_path: Path, clock: HandClock) -> None:
    server = EmbeddedServer(tmp_path / "elsewhere")
    try:
        server.calendar("personal", "Personal", clock)
        found = registry(
            tmp_path,
            clock,
            caldav_url=server.url,
            caldav_username=server.username,
            caldav_password=server.password,
        )
        assert found.caldav_sign_in() == SignIn("caldav", server.username, address=server.url)
        calendar = found.calendar("caldav", "personal", "Personal")
        assert calendar.health().ok
        calendar.create(EVENT)
        there = calendar.fetch(EVENT.event_id)
        assert there is not None
        assert there.title == EVENT.title
        assert found.calendar("caldav", "personal", "Personal") is calendar
        absent = found.calendar("caldav", "absent", "Absent").health()
        assert (absent.ok, absent.cure) == (False, "Check its address and who it is shared with.")
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("address", "environment"),
    [
        ("http://cloud.example.com/", "development"),
        ("ftp://cloud.example.com/", "development"),
        ("cloud.example.com", "development"),
        ("http://127.0.0.1:5232/", "production"),
        ("https://localhost:5232/", "production"),
    ],
)
def test_a_caldav_address_is_public_and_encrypted(
    tmp_path: Path, clock: HandClock, address: str, environment: str
) -> None:
    found = registry(tmp_path, clock, caldav_url=address, environment=environment, **CALDAV)
    sign_in = found.caldav_sign_in()
    assert (sign_in.ready, bool(sign_in.problem), bool(sign_in.cure)) == (False, True, True)
    assert "secret" not in repr(sign_in)
    with pytest.raises(CalendarRefused):
        found.calendar("caldav", "personal", "Personal")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:5", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a00:5", False),
        ("::10.0.0.5", False),
        ("64:ff9b::5db8:d70e", True),
    ],
)
def test_the_public_network_is_known(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_nothing_is_sent_to_a_name_that_leads_into_a_private_network(clock: HandClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://localhost:{listener.getsockname()[1]}/jane/personal/"
        calendar = CalDAVCalendar(url, "jane", "a secret of hers", clock, public=True)
        health = calendar.health()
        assert (health.ok, health.detail) == (False, "Its address leads into a private network.")
        assert "CALDAV_URL" in health.cure
        reached, _ = listener.accept()
        with reached:
            assert reached.recv(1) == b""
