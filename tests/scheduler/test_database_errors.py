"""What drivers say of a database, as a sentence with the cure."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from core.domain.errors import CareSlotError
from core.scheduler.database_errors import DatabaseUnreachable, DiskFull, expected_error
from core.scheduler.store import DatabaseBusy


def execute(statement: str, address: str) -> None:
    with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS one (two INTEGER UNIQUE)")
        connection.execute(statement)


def refused_by_sqlite(statement: str, address: str) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as refused:
        execute(statement, address)
    return refused.value


def test_what_sqlite_refuses_for_want_of_a_file_a_turn_or_a_right_has_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with sqlite3.connect(path, isolation_level=None) as holder:
        holder.execute("CREATE TABLE one (two INTEGER UNIQUE)")
        holder.execute("BEGIN IMMEDIATE")
        insert = "INSERT INTO one VALUES (1)"
        told = {
            f"file:{path}": DatabaseBusy,
            f"file:{path}?mode=ro": DatabaseUnreachable,
            f"file:{tmp_path}/not/there": DatabaseUnreachable,
        }
        for address, kind in told.items():
            assert type(expected_error(refused_by_sqlite(insert, address))) is kind
    holder.close()
    assert expected_error(refused_by_sqlite("SELECT nonsense", ":memory:")) is None
    twice = refused_by_sqlite("INSERT INTO one VALUES (1), (1)", ":memory:")
    assert expected_error(IntegrityError("", {}, twice)) is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (psycopg.OperationalError("connection failed"), DatabaseUnreachable),
        (psycopg.errors.AdminShutdown(), DatabaseUnreachable),
        (psycopg.errors.TooManyConnections(), DatabaseUnreachable),
        (psycopg.errors.DiskFull(), DiskFull),
        (psycopg.errors.DeadlockDetected(), None),
    ],
)
def test_what_postgresql_refuses_has_its_sentence(said: psycopg.Error, kind: type[CareSlotError] | None) -> None:
    told = expected_error(OperationalError("", {}, said))
    assert (type(told) if told else None) is kind


def test_a_full_disk_is_one_whoever_tells_and_a_fault_of_ours_stays_one() -> None:
    assert type(expected_error(OSError(errno.ENOSPC, "full"))) is DiskFull
    assert expected_error(FileNotFoundError(errno.ENOENT, "gone")) is None
    assert expected_error(ValueError()) is None
