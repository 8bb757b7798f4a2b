"""What the settings say of where the clinic is served, and what they don't let begin."""

import pytest

from core.calendars.seal import new_key
from core.settings import LogFormat, Settings, SettingsMissing

FIT = {"environment": "production", "public_url": "https://book.example.com", "cookie_secret": "x" * 32}


def test_production_names_a_short_token_for_measurements_and_does_without_one() -> None:
    Settings(**FIT).refuse_unfit()
    Settings(**FIT, metrics_token="x" * 16).refuse_unfit()
    with pytest.raises(SettingsMissing, match="METRICS_TOKEN is too short"):
        Settings(**FIT, metrics_token="x" * 15).refuse_unfit()


@pytest.mark.parametrize("key", ["secret", "a" * 43, f"{'a' * 43}=,secret"])
def test_production_names_a_key_of_calendars_that_is_none(key: str) -> None:
    Settings(**FIT, calendar_key=f"{new_key()}, {new_key()}").refuse_unfit()
    with pytest.raises(SettingsMissing, match="CALENDAR_KEY is not a key") as refused:
        Settings(**FIT, calendar_key=key).refuse_unfit()
    assert key not in str(refused.value)


def test_a_client_at_google_is_of_use_with_and_without_a_token_but_a_token_needs_it() -> None:
    client = {"google_client_id": "id", "google_client_secret": "client secret"}
    Settings(**FIT, **client).refuse_unfit()
    Settings(**FIT, **client, google_refresh_token="token").refuse_unfit()
    for given in ({"google_client_id": "id"}, {"google_refresh_token": "token"}):
        with pytest.raises(SettingsMissing, match="GOOGLE_CLIENT_SECRET"):
            Settings(**FIT, **given).refuse_unfit()


@pytest.mark.parametrize(
    ("environment", "log_format", "json"),
    [
        ("development", None, False),
        ("production", None, True),
        ("development", "json", True),
        ("production", "text", False),
    ],
)
def test_log_lines_are_json_in_production_unless_told_otherwise(
    environment: str, log_format: LogFormat | None, json: bool
) -> None:
    assert Settings(environment=environment, log_format=log_format).json_logs is json
