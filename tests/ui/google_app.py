"""The app with a Google of its own on loopback, for tests that connect calendars; import its fixtures to use them.

A file that does has a fixture `google` of its own, for some go by the clock on the wall and some by that of the test.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.bootstrap import App, build
from core.calendars.seal import new_key
from core.settings import Settings
from core.ui import application
from tests.conftest import HandClock
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET

KEY = new_key()


@pytest.fixture
def more_settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(
    tmp_path: Path, sqlite_url: str, clock: HandClock, google: GoogleStandIn, more_settings: dict[str, Any]
) -> Iterator[App]:
    given = {
        "data_folder": tmp_path,
        "database_url": sqlite_url,
        "demo": False,
        "calendar_key": KEY,
        "google_client_id": CLIENT_ID,
        "google_client_secret": CLIENT_SECRET,
        "google_endpoint": google.endpoint,
        "google_token_endpoint": google.token_endpoint,
        "google_consent_endpoint": google.consent_endpoint,
    }
    made = build(Settings(**given | more_settings), clock)
    application.use(made)
    yield made
    application.use(None)
    made.close()
