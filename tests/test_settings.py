"""What the settings say of where the clinic is served, and what they don't let begin."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from core.calendars.seal import new_key
from core.settings import LogFormat, Settings, SettingsMissing, SettingsUnreadable, read_settings

FIT = {"environment": "production", "public_url": "https://book.example.com", "cookie_secret": "x" * 32}


@pytest.fixture
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where secrets.toml is looked for, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    return folder / "secrets.toml"


def test_the_cookie_secret_is_taken_from_the_environment_alone_as_streamlit_does(
    secrets_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_COOKIE_SECRET", raising=False)
    secrets_file.write_text(
        'CARESLOT_ENV = "production"\nPUBLIC_URL = "https://book.example.com"\n'
        f'STREAMLIT_SERVER_COOKIE_SECRET = "{"x" * 32}"\n'
    )
    assert read_settings().public_url == "https://book.example.com"
    with pytest.raises(SettingsMissing, match="COOKIE_SECRET is missing: set it in the environment"):
        read_settings().refuse_unfit()
    monkeypatch.setenv("STREAMLIT_SERVER_COOKIE_SECRET", "x" * 32)
    read_settings().refuse_unfit()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'LOG_LEVEL = "info"\nBACKUP_KEY = secret\n', "line 2"),
        (b"BACKUP_KEY", "the end"),
        (b'BACKUP_KEY = "secret', "the end"),
        (b'BACKUP_KEY = "\xff"', "is not in UTF-8"),
        (b'BACKUP_KEY = "secret"\nBACKUP_KEY = "secret"', "line 2|the end"),
    ],
)
def test_a_file_of_secrets_that_cannot_be_understood_is_named_with_its_line_and_never_quoted(
    secrets_file: Path, content: bytes, told: str
) -> None:
    secrets_file.write_bytes(content)
    with pytest.raises(SettingsUnreadable, match=f"secrets.toml .*({told})") as refused:
        read_settings()
    assert '"secret' not in str(refused.value)
    assert "BACKUP_KEY" not in str(refused.value)


def test_a_file_of_secrets_that_cannot_be_opened_is_named(secrets_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    secrets_file.touch()
    monkeypatch.setattr(Path, "open", refuse)  # whoever runs the tests may be allowed to open everything
    with pytest.raises(SettingsUnreadable, match=r"secrets.toml can't be opened \(Permission denied\)"):
        read_settings()


@pytest.mark.parametrize(
    "address",
    [
        "nonsense-secret",
        "mysql://clinic:secret@host/clinic",
        "postgres://clinic:secret@host/clinic",
        "postgresql+psycopg2://clinic:secret@host/clinic",
        "postgresql://clinic:secret@host:port/clinic",
        "sqlite://secret.db",
    ],
)
def test_the_address_of_a_database_that_is_none_is_named_and_never_shown(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(
        SettingsUnreadable, match="DATABASE_URL: not the address of a database; write postgresql://"
    ) as no:
        read_settings()
    assert "secret" not in str(no.value)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///data/clinic.db",
        "sqlite:////var/lib/careslot/clinic.db",
        "postgresql://careslot:p%40ss/w#rd?@127.0.0.1:5432/careslot?sslmode=require",
        "postgresql+psycopg://careslot@[::1]:5432/careslot",
        "postgresql://careslot@/careslot?host=/var/run/postgresql",
        "postgresql:///careslot",
    ],
)
def test_the_addresses_of_databases_that_there_are_stay_as_they_were_written(address: str) -> None:
    assert Settings(database_url=address).database == address
    assert make_url(address).get_backend_name() in {"sqlite", "postgresql"}


@pytest.mark.parametrize("address", ["https://", "https://[bad", "https:///path", "https://a.example:port"])
def test_a_public_address_that_is_none_is_refused_before_anything_is_served(address: str) -> None:
    with pytest.raises(SettingsMissing, match="PUBLIC_URL is no address"):
        Settings(**{**FIT, "public_url": address}).refuse_unfit()
    with pytest.raises(SettingsUnreadable, match="PUBLIC_URL is no address"):
        Settings(environment="development", public_url=address).refuse_unfit()


def test_while_developing_any_web_address_or_none_will_do() -> None:
    for address in ("", "http://localhost:8501", "https://book.example.com/care/"):
        Settings(environment="development", public_url=address).refuse_unfit()


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
