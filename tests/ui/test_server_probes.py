"""What load balancers and monitoring ask the server."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from core.bootstrap import App
from core.scheduler import heartbeat
from core.scheduler.store import Store, open_engine
from core.scheduler.tables import calendars
from core.settings import Settings
from core.ui import application
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import ask

TOKEN = "a-token-of-24-characters"


@pytest.fixture
def without_database(app: App) -> Iterator[None]:
    gone = Store(open_engine("postgresql://nobody@127.0.0.1:1/nothing"))
    application.use(replace(app, store=gone, settings=Settings(metrics_token=TOKEN, environment="development")))
    yield
    application.use(app)
    gone.dispose()


@pytest.fixture
def measured(app: App) -> Iterator[None]:
    application.use(replace(app, settings=Settings(metrics_token=TOKEN, environment="development")))
    yield
    application.use(app)


def test_a_server_whose_workers_and_calendars_keep_up_is_ready_and_one_that_lags_says_why(
    app: App, clinic: MadeClinic, clock: HandClock
) -> None:
    app.store.write(lambda connection: heartbeat.beat(connection, "one", clock()))
    answer = ask("GET", "/readyz")
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "ok"
    assert answer.headers["cache-control"] == "no-store"
    clock.advance(minutes=2)
    answer = ask("GET", "/readyz")
    found = json.loads(answer.body)
    assert (answer.status, found["status"]) == (200, "degraded")
    assert found["checks"]["worker"] == {"state": "degraded", "reasons": ["none was seen in the last minute"]}
    assert found["checks"]["database"] == {"state": "ok", "reasons": []}


@pytest.mark.usefixtures("without_database")
def test_without_its_database_a_server_lives_and_counts_but_is_not_ready() -> None:
    assert (ask("GET", "/healthz").status, ask("GET", "/healthz").body) == (200, "ok")
    answer = ask("GET", "/readyz")
    assert answer.status == 503
    found = json.loads(answer.body)
    assert found["checks"] == {"database": {"state": "failed", "reasons": ["it does not answer"]}}
    told = ask("GET", "/metrics", {"authorization": f"Bearer {TOKEN}"})
    assert told.status == 200
    assert "careslot_database_up 0.0" in told.body
    assert "careslot_calendar_changes_waiting NaN" in told.body


@pytest.mark.usefixtures("measured", "clinic")
def test_how_long_calendars_have_not_been_read_is_measured_by_provider(app: App, clock: HandClock) -> None:
    app.store.write(lambda c: c.execute(update(calendars).values(pulled_at=clock(), drift=2)))
    clock.advance(minutes=3)
    told = ask("GET", "/metrics", {"authorization": f"Bearer {TOKEN}"}).body
    assert 'careslot_calendar_unread_seconds{provider="embedded"} 180.0' in told
    assert "careslot_calendar_drift 2.0" in told


@pytest.mark.usefixtures("measured", "clinic")
def test_measurements_are_for_whoever_has_the_token() -> None:
    assert ask("GET", "/metrics").status == 401
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer é"):
        assert ask("GET", "/metrics", {"authorization": wrong}).status == 401
    told = ask("GET", "/metrics", {"authorization": f"Bearer {TOKEN}"})
    assert told.status == 200
    assert told.headers["content-type"].startswith("text/plain; version=")
    for line in (
        "careslot_database_up 1.0",
        "careslot_calendar_changes_waiting 0.0",
        "careslot_calendar_lag_seconds 0.0",
    ):
        assert line in told.body


def test_without_a_token_set_nothing_is_measured_to_the_outside(app: App) -> None:
    assert ask("GET", "/metrics").status == 404
    assert ask("GET", "/metrics", {"authorization": "Bearer "}).status == 404
