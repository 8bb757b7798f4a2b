"""What most tests stand on: a clock that is set by hand, and a fresh database on SQLite and on PostgreSQL."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine

from core.scheduler import passwords, tries
from core.scheduler.migrate import migrate
from core.scheduler.store import Store, open_engine
from tests.compiled_once import shared
from tests.empty_databases import EmptyDatabases
from tests.postgresql import PostgreSQLServer, missing_postgresql

# `make soak` looks at thousands of histories where `make test` looks at a hundred.
settings.register_profile("soak", max_examples=3000, deadline=None)

# Where files lie in memory, no test waits for a disk; 8 GB are far more than all tests leave behind.
MEMORY, ROOM = Path("/dev/shm"), 8 * 1024**3


def pytest_configure() -> None:
    """Put what tests write into memory, unless it is too small or somebody chose a place."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """Passwords are hashed in a millisecond; test_passwords.py holds what a clinic pays for one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_COST", 4)
        patch.setattr(tries, "DUMMY_HASH", passwords.hash_password("nobody's"))
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """Engines share what they compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "core.scheduler.store.create_engine", lambda *given, **named: shared(create_engine(*given, **named))
        )
        yield


@pytest.fixture
def clock() -> HandClock:
    """Monday 7 December 2026, 07:00 in London and UTC."""
    return HandClock(datetime(2026, 12, 7, 7, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy: migrating costs more than copying."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")
    with_wal = path.with_name("template.db-wal")
    assert not with_wal.exists() or with_wal.stat().st_size == 0
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQLServer]:
    if reason := missing_postgresql():
        pytest.skip(reason)
    with PostgreSQLServer(Path(f"/tmp/careslot-pg-{uuid.uuid4().hex[:8]}")) as server:
        migrate(server.create_database("careslot_template"))
        yield server


@pytest.fixture(scope="session")
def postgresql_pool(postgresql_server: PostgreSQLServer) -> EmptyDatabases:
    return EmptyDatabases(postgresql_server, "careslot_template")


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "clinic.db")
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture
def postgresql_url(postgresql_pool: EmptyDatabases) -> Iterator[str]:
    name = postgresql_pool.take()
    yield postgresql_pool.server.url(name)
    postgresql_pool.give_back(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, on each engine in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(open_engine(database_url))
    yield store
    store.dispose()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    store = Store(open_engine(sqlite_url))
    yield store
    store.dispose()
