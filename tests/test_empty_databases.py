"""The databases that tests take in turn are as new each time."""

import psycopg
import pytest

from core.scheduler.store import Store, open_engine
from tests.conftest import HandClock
from tests.empty_databases import EmptyDatabases
from tests.scheduler.clinic_factory import make_clinic

pytestmark = pytest.mark.postgresql


def test_what_a_test_stored_is_gone_and_numbers_begin_anew(postgresql_pool: EmptyDatabases, clock: HandClock) -> None:
    name = postgresql_pool.take()
    store = Store(open_engine(postgresql_pool.server.url(name)))
    make_clinic(store, clock)
    store.dispose()
    postgresql_pool.give_back(name)
    assert postgresql_pool.take() == name
    with psycopg.connect(postgresql_pool.server.address(name)) as connection:
        for table in ("clinic", "users", "accounts", "sessions", "opening_hours"):
            assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)
        started = "SELECT last_value FROM pg_sequences WHERE last_value IS NOT NULL"
        assert connection.execute(started).fetchall() == []
    postgresql_pool.give_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE users ADD COLUMN more integer",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "ALTER TABLE users DROP COLUMN phone CASCADE",
        "CREATE TABLE other (number integer)",
        "UPDATE alembic_version SET version_num = 'older'",
    ],
)
def test_a_database_whose_structure_was_changed_is_not_given_again(
    postgresql_pool: EmptyDatabases, change: str
) -> None:
    name = postgresql_pool.take()
    with psycopg.connect(postgresql_pool.server.address(name)) as connection:
        connection.execute(change.encode())
    postgresql_pool.give_back(name)
    other = postgresql_pool.take()
    assert other != name
    postgresql_pool.give_back(other)
