"""What whoever started the server is told where it can't start."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st

from core.bootstrap import App
from core.domain.errors import CareSlotError
from core.scheduler.migrate import DatabaseIsNewer, DatabaseUnreachable
from core.settings import SettingsMissing
from core.ui import server
from core.ui.server import life
from tests.ui.asking import SECRET

Start = Callable[..., None]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Begin the server's life with these settings, and end it."""

    async def live() -> None:
        async with server.lifespan(st.App(str(tmp_path / "Home.py"))):
            pass

    def begin(**settings: str) -> None:
        known = {"CARESLOT_DATA": str(tmp_path), "CARESLOT_ENV": "development", "CARESLOT_WORKER": "0", **settings}
        for name, value in known.items():
            monkeypatch.setenv(name, value)
        # Beside this thread, where the browser's tests leave a loop that runs.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(live())).result()

    web_server = logging.getLogger("uvicorn.error")
    level = web_server.level
    yield begin
    web_server.setLevel(level)


def test_a_server_that_can_not_start_says_why_in_a_sentence_and_ends(
    start: Start, app: App, sqlite_url: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def refused(kind: type[CareSlotError], **settings: str) -> str:
        caplog.clear()
        with pytest.raises(kind) as error:
            start(**settings)
        (logged,) = [record.msg for record in caplog.records if record.name == "careslot.server"]
        assert (logged["event"], logged["outcome"]) == ("start_refused", kind.__name__)
        printed = capsys.readouterr()
        assert printed.err.endswith(f"{error.value}\n")
        return printed.err

    away = refused(DatabaseUnreachable, DATABASE_URL="postgresql://clinic:secret@127.0.0.1:1/clinic")
    assert "Check DATABASE_URL" in away
    assert "secret" not in away
    app.store.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'") and None)
    assert "newer CareSlot" in refused(DatabaseIsNewer, DATABASE_URL=sqlite_url)


def test_production_says_that_it_does_not_start_on_the_demo_clinic(
    start: Start, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = {"PUBLIC_URL": "https://a.example", "STREAMLIT_SERVER_COOKIE_SECRET": "x" * 32}
    start(DATABASE_URL=sqlite_url)
    assert "The demo clinic is ready" in capsys.readouterr().out
    with pytest.raises(SettingsMissing):
        start(DATABASE_URL=sqlite_url, CARESLOT_ENV="production", **fit)
    assert "The database holds the demo clinic" in capsys.readouterr().err


def test_what_nobody_expected_at_the_start_gets_a_reference_and_is_not_quoted(
    start: Start,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(life, "make_ready", fail)
    with pytest.raises(RuntimeError):
        start(DATABASE_URL=sqlite_url)
    (logged,) = [record.msg for record in caplog.records if record.name == "careslot.errors"]
    assert (logged["where"], logged["error"]) == ("start", "RuntimeError")
    printed = capsys.readouterr().err
    assert printed.endswith(f"Something went wrong, reference {logged['reference']}.\n")
    assert SECRET not in printed
