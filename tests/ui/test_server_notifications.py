"""What the server makes of Google's messages: looked at with requests of our own, and with Google's through a network."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import delete, select, update
from starlette.applications import Starlette

from core.bootstrap import App, build
from core.scheduler.channels import NewChannel
from core.scheduler.tables import calendars, doctors, external_busy
from core.ui import application, server
from tests.calendars.google_mirror import google_settings
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic
from tests.stand_ins.google import GoogleStandIn
from tests.ui.asking import Answer, ask

PATH = "/google/notifications"
PUBLIC = "https://clinic.example.com"


@pytest.fixture
def channel(app: App, clinic: MadeClinic, clock: HandClock) -> NewChannel:
    """An open channel on a calendar that is to be read in a minute."""
    soon = update(calendars).values(provider="google", pull_due_at=clock.now + timedelta(minutes=1))
    app.store.write(lambda connection: connection.execute(soon) and None)
    begun = app.channels.begin("google")
    assert begun is not None
    app.channels.opened(begun.channel_id, "res", clock.now + timedelta(days=7))
    return begun


def due_in(app: App) -> timedelta:
    query = select(calendars.c.pull_due_at)
    return app.store.read(lambda connection: connection.execute(query).scalar_one()) - app.clock()


def notify(channel_id: str, token: str, state: str = "exists") -> Answer:
    headers = {"x-goog-channel-id": channel_id, "x-goog-channel-token": token, "x-goog-resource-state": state}
    return ask("POST", PATH, headers)


@pytest.mark.parametrize(("state", "seconds"), [("exists", 0), ("not_exists", 0), ("", 0), ("sync", 60)])
def test_a_change_makes_the_calendar_due_and_the_first_message_does_not(
    app: App, channel: NewChannel, state: str, seconds: int
) -> None:
    answer = notify(channel.channel_id, channel.token, state)
    assert (answer.status, answer.body, answer.cookies) == (200, "", {})
    assert due_in(app) == timedelta(seconds=seconds)


def test_what_does_not_come_through_our_channel_is_answered_404_and_changes_nothing(
    app: App, channel: NewChannel, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = [
        (channel.channel_id, "x" * 43),
        (channel.channel_id, ""),
        ("somebody@example.com", channel.token),
        ("", ""),
        (channel.channel_id, "é" * 300),
        ("x" * 5000, "x" * 5000),
    ]
    answers = [notify(*given) for given in wrong] + [ask("POST", PATH)]
    app.channels.stopped(channel.channel_id)
    answers.append(notify(channel.channel_id, channel.token))
    assert {(answer.status, answer.body) for answer in answers} == {(404, "")}
    assert due_in(app) == timedelta(minutes=1)
    told = [record.getMessage() for record in caplog.records if "notification_refused" in record.getMessage()]
    assert len(told) == len(answers)
    for secret in (channel.token, channel.channel_id, "somebody@example.com", "xxx"):
        assert secret not in caplog.text


def test_a_message_about_a_calendar_that_was_removed_is_no_trouble(app: App, channel: NewChannel) -> None:
    for statement in (update(doctors).values(calendar_id=None), delete(calendars)):
        app.store.write(lambda connection, one=statement: connection.execute(one) and None)
    assert notify(channel.channel_id, channel.token).status == 200


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_only_messages_are_taken(channel: NewChannel, method: str) -> None:
    assert ask(method, PATH).status == 405


@contextmanager
def running() -> Iterator[str]:
    """The routes behind a real web server, at this address."""
    asgi = Starlette(routes=server.ROUTES, middleware=server.MIDDLEWARE)
    web = uvicorn.Server(uvicorn.Config(asgi, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not web.started and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{web.servers[0].sockets[0].getsockname()[1]}"
    finally:
        web.should_exit = True
        thread.join(10)


def test_google_calls_and_the_calendar_is_read_at_once(tmp_path: Path, database_url: str, clock: HandClock) -> None:
    with GoogleStandIn() as google:
        google.store.clock = clock
        app = build(google_settings(google, tmp_path, database_url, public_url=PUBLIC), clock)
        application.use(app)
        try:
            clinic = make_clinic(app.store, clock)
            address = google.new_calendar("Clinic")
            save = {"name": "Clinic", "provider": "google", "address": address, "detail": "full"}
            app.calendars.save(clinic["manager"], None, **save)
            app.calendars.assign(clinic["manager"], 1, address)
            with running() as local:
                google.channels.routes[PUBLIC] = local
                assert app.watch.run_due() == 1
                google.channels.settle()
                app.pull.run_due(limit=10)
                clock.advance(seconds=10)
                assert app.pull.run_due(limit=10) == 0
                starts = clock.now + timedelta(days=1)
                google.put(
                    address,
                    summary="Dentist",
                    start={"dateTime": starts.isoformat()},
                    end={"dateTime": (starts + timedelta(hours=1)).isoformat()},
                )
                google.channels.settle()
                until = time.monotonic() + 10
                while not app.pull.run_due(limit=10) and time.monotonic() < until:
                    time.sleep(0.01)
            assert [(one.state, one.status) for one in google.channels.deliveries] == [("sync", 200), ("exists", 200)]
            busy = select(external_busy.c.calendar_id, external_busy.c.starts_at)
            assert app.store.read(lambda connection: connection.execute(busy).all()) == [(address, starts)]
        finally:
            application.use(None)
            app.close()
        assert google.violations == []
