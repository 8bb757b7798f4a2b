"""What the settings say of where the clinic is served, and what they don't let begin."""

import pytest

from core.settings import LogFormat, Settings, SettingsMissing

FIT = {"environment": "production", "public_url": "https://book.example.com", "cookie_secret": "x" * 32}


def test_production_names_a_short_token_for_measurements_and_does_without_one() -> None:
    Settings(**FIT).refuse_unfit()
    Settings(**FIT, metrics_token="x" * 16).refuse_unfit()
    with pytest.raises(SettingsMissing, match="METRICS_TOKEN is too short"):
        Settings(**FIT, metrics_token="x" * 15).refuse_unfit()


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
