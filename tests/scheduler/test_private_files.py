"""No other user of the machine reads a SQLite database, nor what stands beside it."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.scheduler.migrate import migrate
from core.scheduler.private_files import keep_private
from core.scheduler.sqlite_copy import SQLiteCopies
from core.scheduler.store import Store, open_engine
from tests.scheduler.old_database import make_old

ALONE = 0o600


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}


def test_a_new_database_and_all_beside_it_are_their_owners_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    migrate(url)
    store = Store(open_engine(url))
    try:
        store.write(lambda connection: connection.exec_driver_sql("CREATE TABLE more (one INTEGER)") and None)
        names = {f"clinic.db{end}" for end in ("", "-wal", "-shm", "-writers", "-running", ".migrating")}
        assert modes(tmp_path) == dict.fromkeys(names, ALONE)
    finally:
        store.dispose()


def test_files_of_before_that_others_may_read_are_narrowed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    make_old(url)
    earlier = tmp_path / "clinic-before-0002.db"
    earlier.touch()
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    assert migrate(url)
    assert earlier.exists()
    assert len([name for name in modes(tmp_path) if "-before-" in name]) == 2
    assert set(modes(tmp_path).values()) == {ALONE}
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    aside = tmp_path / "aside"
    with closing(sqlite3.connect(tmp_path / "staged.db")) as staged:
        staged.execute("CREATE TABLE one (two INTEGER)")
    SQLiteCopies(url).put_in_place(f"sqlite:///{tmp_path / 'staged.db'}", aside)
    assert modes(aside) == {"clinic.db": ALONE}


def test_what_belongs_to_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "theirs"
    path.touch(mode=0o644)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    keep_private(path)
    assert modes(tmp_path) == {"theirs": 0o644}
    keep_private(tmp_path / "not there")


def test_connecting_and_copying_let_go_of_no_lock_that_the_process_has(sqlite_url: str, tmp_path: Path) -> None:
    """Closing a file ends all locks that a process has on it, and SQLite would not notice."""
    path = tmp_path / "clinic.db"
    path.chmod(0o644)
    engine = open_engine(sqlite_url)
    other = open_engine(sqlite_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM clinic").all()
        with other.connect():
            SQLiteCopies(sqlite_url).save(tmp_path / "copy.db")
        # Without our lock on the file, whoever closes it last takes itself for alone and removes the log.
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('SELECT 1 FROM clinic')",
            ],
            check=True,
        )
        assert path.with_name("clinic.db-wal").exists()
    engine.dispose()
    other.dispose()
