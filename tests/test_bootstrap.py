"""Making ready: what a process does before it serves, alone or beside others that start at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.bootstrap import Ready, build, make_ready
from core.domain.principal import SYSTEM, Role
from core.scheduler.demo.load import demo_sign_ins
from core.scheduler.store import Store
from core.scheduler.tables import accounts
from core.settings import Settings, SettingsMissing
from tests.conftest import HandClock

PASSWORD = "pine on paper, calmly"
WELCOME = "http://localhost:8501/welcome?token="

Making = Callable[..., Settings]


@pytest.fixture
def settings_for(database_url: str, tmp_path: Path) -> Making:
    def make(**more: Any) -> Settings:
        return Settings(**{"data_folder": tmp_path, "database_url": database_url, "environment": "development", **more})

    return make


def test_an_empty_database_gets_the_demo_clinic_whose_sign_ins_are_told_again(
    settings_for: Making, clock: HandClock
) -> None:
    ready = make_ready(settings_for(), clock)
    assert ready.first_manager_address is None
    assert [(role, email) for role, email, _ in ready.sign_ins or []][:3] == [
        ("manager", "manager@example.com"),
        ("reception", "reception@example.com"),
        ("patient", "john.doe@example.com"),
    ]
    assert make_ready(settings_for(), clock) == ready


def test_sign_ins_that_no_longer_work_are_not_told(settings_for: Making, clock: HandClock) -> None:
    make_ready(settings_for(), clock)
    app = build(settings_for(), clock)
    try:
        app.accounts.set_password(SYSTEM, "manager@example.com", PASSWORD)
        app.accounts.create_account(SYSTEM, "new@example.com", PASSWORD, Role.RECEPTION, "New")
        told = [email for _, email, _ in demo_sign_ins(app.store) or []]
        assert "reception@example.com" in told
        assert not {"manager@example.com", "new@example.com"} & set(told)
    finally:
        app.close()


def test_without_the_demo_the_first_manager_is_invited_until_there_is_one(
    settings_for: Making, clock: HandClock
) -> None:
    settings = settings_for(demo=False)
    first = make_ready(settings, clock).first_manager_address or ""
    assert first.startswith(WELCOME)
    app = build(settings, clock)
    try:
        app.first_manager.create(first.removeprefix(WELCOME), "morgan@example.com", "Morgan Lee", PASSWORD)
    finally:
        app.close()
    assert make_ready(settings, clock) == Ready(sign_ins=None, first_manager_address=None)
    assert make_ready(settings_for(), clock) == Ready(sign_ins=None, first_manager_address=None)


def test_the_invitation_stands_at_the_public_address(settings_for: Making, clock: HandClock) -> None:
    settings = settings_for(demo=False, public_url="https://clinic.example.com/care/")
    address = make_ready(settings, clock).first_manager_address or ""
    assert address.startswith("https://clinic.example.com/care/welcome?token=")


def test_processes_that_start_together_fill_one_demo_clinic(
    settings_for: Making, store: Store, clock: HandClock
) -> None:
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: make_ready(settings_for(), clock), range(2))
    assert first == second
    assert first.sign_ins
    managers = select(func.count()).where(accounts.c.role == Role.MANAGER.value)
    assert store.read(lambda c: c.execute(managers).scalar_one()) == 1


def test_production_needs_its_secrets_and_never_runs_on_the_demo_clinic(
    settings_for: Making, clock: HandClock, tmp_path: Path
) -> None:
    fit = {"environment": "production", "cookie_secret": "x" * 32, "public_url": "https://clinic.example.com"}
    for wrong, named in (
        ({"demo": True}, "CARESLOT_DEMO"),
        ({"cookie_secret": ""}, "STREAMLIT_SERVER_COOKIE_SECRET is missing"),
        ({"cookie_secret": "short"}, "STREAMLIT_SERVER_COOKIE_SECRET is too short"),
        ({"public_url": "http://clinic.example.com"}, "PUBLIC_URL"),
        ({"google_client_id": "x"}, "GOOGLE_CLIENT_SECRET"),
        ({"pipedream_project_id": "x"}, "EXTERNAL_USER_ID"),
        ({"pipedream_base_url": "http://pipedream.example.com"}, "PIPEDREAM_BASE_URL"),
        ({"google_service_account_file": str(tmp_path / "key.json")}, "GOOGLE_SERVICE_ACCOUNT_FILE"),
    ):
        with pytest.raises(SettingsMissing, match=named):
            make_ready(settings_for(**{**fit, **wrong}), clock)
    assert (make_ready(settings_for(**fit), clock).first_manager_address or "").startswith("https://")


def test_production_refuses_a_database_that_holds_the_demo_clinic(settings_for: Making, clock: HandClock) -> None:
    make_ready(settings_for(), clock)
    fit = {"environment": "production", "cookie_secret": "x" * 32, "public_url": "https://clinic.example.com"}
    with pytest.raises(SettingsMissing, match="demo clinic"):
        make_ready(settings_for(**fit), clock)
