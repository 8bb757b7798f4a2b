from pathlib import Path

import pytest

from core.calendars.calendar import CalendarRefused
from core.calendars.registry import CalendarRegistry
from core.settings import Settings
from tests.calendars.google_clinic import EVENT, Clinic
from tests.conftest import HandClock
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET


def registry(folder: Path, clock: HandClock, **more: str) -> CalendarRegistry:
    return CalendarRegistry(Settings(data_folder=folder, **more), clock)


@pytest.mark.parametrize("provider", ["google", "caldav"])
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
    calendar = found.calendar("google", google.calendar_id, "Clinic")
    calendar.create(EVENT)
    assert google.stored()["summary"] == EVENT.title
    assert found.calendar("google", google.calendar_id, "Clinic") is calendar
