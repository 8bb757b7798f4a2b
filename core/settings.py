"""Settings: read once, from the environment first and `.streamlit/secrets.toml` second; frozen."""

import re
import tomllib
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from core.domain.errors import CareSlotError

SHORTEST_SECRET = 32
SHORTEST_METRICS_TOKEN = 16
SECRETS_FILE = Path(".streamlit/secrets.toml")
# As SQLAlchemy takes addresses apart, with a number for a port.
_DATABASE_ADDRESS = re.compile(
    r"sqlite(\+pysqlite)?://(/.*)?"
    r"|postgresql(\+psycopg)?://([^:/]*(:[^@]*)?@)?(\[[^/?]+\]|[^/:?]+)?(:\d*)?(/[^?]*)?(\?.*)?"
)


class Environment(StrEnum):
    """Where the program runs: on a desk, or for real patients."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """From which weight on our own log lines are kept."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """Log lines for machines or for people."""

    JSON = "json"
    TEXT = "text"


class SettingsMissing(CareSlotError):
    """CareSlot can't start in production: {problems}"""  # noqa: D400 - each problem ends its own sentence


class SettingsUnreadable(CareSlotError):
    """CareSlot can't read its settings: {problems}"""  # noqa: D400 - each problem ends its own sentence


class Settings(BaseSettings):
    """Every setting; the upper-case names in the environment and in secrets.toml are given as aliases."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    environment: Environment = Field(Environment.DEVELOPMENT, alias="CARESLOT_ENV")
    demo: bool | None = Field(None, alias="CARESLOT_DEMO")
    data_folder: Path = Field(Path("data"), alias="CARESLOT_DATA")
    database_url: str = Field("", alias="DATABASE_URL")
    public_url: str = Field("", alias="PUBLIC_URL")
    allowed_hosts: str = Field("", alias="ALLOWED_HOSTS")
    cookie_secret: str = Field("", alias="STREAMLIT_SERVER_COOKIE_SECRET")
    metrics_token: str = Field("", alias="METRICS_TOKEN")
    log_level: LogLevel = Field(LogLevel.INFO, alias="LOG_LEVEL")
    log_format: LogFormat | None = Field(None, alias="LOG_FORMAT")
    worker: bool = Field(default=True, alias="CARESLOT_WORKER")
    backup_key: str = Field("", alias="BACKUP_KEY")
    calendar_key: str = Field("", alias="CALENDAR_KEY")
    google_service_account_file: str = Field("", alias="GOOGLE_SERVICE_ACCOUNT_FILE")
    google_client_id: str = Field("", alias="GOOGLE_CLIENT_ID")
    google_client_secret: str = Field("", alias="GOOGLE_CLIENT_SECRET")
    google_refresh_token: str = Field("", alias="GOOGLE_REFRESH_TOKEN")
    google_endpoint: str = Field("", alias="GOOGLE_CALENDAR_ENDPOINT")
    google_token_endpoint: str = Field("", alias="GOOGLE_TOKEN_ENDPOINT")
    google_consent_endpoint: str = Field("", alias="GOOGLE_CONSENT_ENDPOINT")
    google_requests_per_minute: int = Field(600, alias="GOOGLE_REQUESTS_PER_MINUTE", ge=1)
    caldav_url: str = Field("", alias="CALDAV_URL")
    caldav_username: str = Field("", alias="CALDAV_USERNAME")
    caldav_password: str = Field("", alias="CALDAV_PASSWORD")
    pipedream_project_id: str = Field("", alias="PIPEDREAM_PROJECT_ID")
    pipedream_environment: Literal["production", "development"] = Field("production", alias="PIPEDREAM_ENVIRONMENT")
    pipedream_client_id: str = Field("", alias="PIPEDREAM_CLIENT_ID")
    pipedream_client_secret: str = Field("", alias="PIPEDREAM_CLIENT_SECRET")
    pipedream_external_user_id: str = Field("", alias="EXTERNAL_USER_ID")
    pipedream_base_url: str = Field("https://api.pipedream.com", alias="PIPEDREAM_BASE_URL")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in, then the environment, then secrets.toml; the cookie secret not from there.

        Streamlit reads its own settings from the environment alone, and makes one up where there is none.
        """
        del dotenv_settings, file_secret_settings
        toml = TomlConfigSettingsSource(settings_cls, SECRETS_FILE)
        toml.init_kwargs.pop("STREAMLIT_SERVER_COOKIE_SECRET", None)
        return init_settings, env_settings, toml

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, address: str) -> str:
        if address and not _DATABASE_ADDRESS.fullmatch(address):
            raise ValueError(
                "not the address of a database; write postgresql://name:password@host/database, in the password @ : / % "
                "as %40 %3A %2F %25, or sqlite:////absolute/path.db"
            )
        return address

    @property
    def production(self) -> bool:
        """Whether real patients use it."""
        return self.environment is Environment.PRODUCTION

    @property
    def wants_demo(self) -> bool:
        """Whether an empty database gets the demo clinic: yes unless told otherwise, never in production."""
        return not self.production if self.demo is None else self.demo

    @property
    def database(self) -> str:
        """The database's address; a SQLite file in the data folder unless set."""
        return self.database_url or f"sqlite:///{self.data_folder / 'healthcare.db'}"

    @property
    def json_logs(self) -> bool:
        """Whether log lines are JSON: in production unless told otherwise."""
        return self.production if self.log_format is None else self.log_format is LogFormat.JSON

    def serves_host(self, name: str) -> bool:
        """Whether the server is known by this host name, given without its port.

        ALLOWED_HOSTS and the host of PUBLIC_URL. Development adds this machine itself and, without any of ALLOWED_HOSTS,
        every numeric address: somebody else can have a name point here (DNS rebinding), but not a number.
        """
        named = {host.strip().lower() for host in self.allowed_hosts.split(",") if host.strip()}
        if name and name.lower() in named | {_host_of(self.public_url)}:
            return True
        return not self.production and (name.lower() == "localhost" or _is_numeric(name, loopback=bool(named)))

    def refuse_unfit(self) -> None:
        """Raise SettingsMissing in production, naming each thing that is missing or must not be.

        While developing, raise SettingsUnreadable for a PUBLIC_URL that is no address.
        """
        no_address = self._problem_of_address()
        if not self.production:
            if no_address:
                raise SettingsUnreadable(problems=no_address)
            return
        problems = [no_address] if no_address else []
        if self.demo:
            problems.append("CARESLOT_DEMO must not be set: the demo clinic has well-known sign-ins.")
        if len(self.cookie_secret) < SHORTEST_SECRET:
            problems.append(
                f"STREAMLIT_SERVER_COOKIE_SECRET is {'too short' if self.cookie_secret else 'missing'}: set it in the "
                f"environment, for it is not read from {SECRETS_FILE.name}, to a random text of {SHORTEST_SECRET} "
                "characters or more, the same for every web process."
            )
        if self.metrics_token and len(self.metrics_token) < SHORTEST_METRICS_TOKEN:
            problems.append(
                f"METRICS_TOKEN is too short: set it to a random text of {SHORTEST_METRICS_TOKEN} characters or more, or "
                "leave it out, and nothing is measured to the outside."
            )
        account_file = self.google_service_account_file
        if account_file and not Path(account_file).is_file():
            problems.append("GOOGLE_SERVICE_ACCOUNT_FILE names a file that isn't there: set it to the key's path.")
        problems += [
            f"{', '.join(names[:-1])} and {names[-1]} belong together: set all of them." for names in self._half_set()
        ]
        if not all(_is_fernet_key(key.strip()) for key in self.calendar_key.split(",") if key.strip()):
            problems.append("CALENDAR_KEY is not a key: set it to what `python -m core calendar-key` prints.")
        if not self.pipedream_base_url.startswith("https://"):
            problems.append("PIPEDREAM_BASE_URL must begin with https://: what goes there bears a secret.")
        if problems:
            raise SettingsMissing(problems=" ".join(problems))

    def _problem_of_address(self) -> str:
        """What is wrong with PUBLIC_URL, if anything: while developing there may be none, and one without TLS."""
        if self.production and not self.public_url.startswith("https://"):
            return "PUBLIC_URL is missing: set it to the https:// address that patients use."
        if self.public_url and not _host_of(self.public_url):
            return "PUBLIC_URL is no address: set it to the one that patients use, such as https://book.example.com."
        return ""

    def _half_set(self) -> list[list[str]]:
        """The names of settings that are of use only together, where some are set and some are not."""
        groups: tuple[tuple[str, ...], ...] = (
            ("google_client_id", "google_client_secret"),
            ("caldav_url", "caldav_username", "caldav_password"),
            ("pipedream_project_id", "pipedream_client_id", "pipedream_client_secret", "pipedream_external_user_id"),
        )
        if self.google_refresh_token:  # without one, the client serves those who connect on the page Calendars
            groups = (("google_client_id", "google_client_secret", "google_refresh_token"), *groups[1:])
        half = [group for group in groups if len({bool(getattr(self, name)) for name in group}) > 1]
        return [[str(type(self).model_fields[name].alias) for name in group] for group in half]


def _host_of(address: str) -> str:
    """The host of a web address; empty where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def _is_fernet_key(key: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) is not None


def _is_numeric(name: str, *, loopback: bool) -> bool:
    """Whether the name is a number, with `loopback` one of this machine itself."""
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not loopback


def read_settings() -> Settings:
    """The settings; SettingsUnreadable names each one that can't be understood, and never shows its value."""
    try:
        return Settings()  # type: ignore[call-arg]  # every field has its default; the checker takes aliases for required
    except ValidationError as wrong:
        problems = [
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}."
            for problem in wrong.errors()
        ]
        raise SettingsUnreadable(problems=" ".join(problems)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsUnreadable(problems=_not_toml(wrong)) from None
    except OSError as wrong:
        raise SettingsUnreadable(problems=f"{SECRETS_FILE} can't be opened ({wrong.strerror}).") from None


def _not_toml(wrong: ValueError) -> str:
    """Where secrets.toml is wrong; the parser's own words may quote what stands there."""
    line = re.search(r"at line (\d+)", str(wrong))
    if isinstance(wrong, UnicodeDecodeError):
        return f"{SECRETS_FILE} is not in UTF-8."
    place = f"line {line[1]}" if line else "the end"
    return f"{SECRETS_FILE} can't be understood at {place}. A line there is a name, =, and a text in double quotes."
