"""Copying a SQLite database while it is written to, and swapping its file while nobody has it open."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from core.scheduler.database_copy import CopyDamaged
from core.scheduler.in_use import alone_with
from core.scheduler.private_files import keep_private
from core.scheduler.store import open_engine

_COMPANIONS = ("", "-wal", "-shm")


class SQLiteCopies:
    """Copies by SQLite's online backup: writers go on meanwhile, and the copy is the database of one moment."""

    file_name = "clinic.db"

    def __init__(self, url: str) -> None:
        self._url = url
        self._path = Path(str(make_url(url).database))

    def save(self, target: Path) -> None:
        """Copy the database as it is at this moment, and check the copy from end to end."""
        engine = open_engine(self._url)
        try:
            copy_live(engine, target)
        finally:
            engine.dispose()
        _check(target)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody has the file open."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_with(str(self._path)):
            yield

    def stage(self, copy: Path) -> str:
        """The copy itself is the staged database."""
        _check(copy)
        return f"sqlite:///{copy}"

    def put_in_place(self, staged: str, aside: Path) -> str | None:
        """Move the live file and its companions into the folder `aside`, and the staged one to where it was."""
        # First to its own folder: should that fail, such as on a full disk, the live file is still where it was.
        ready = self._path.with_name(f"{self._path.name}.restored")
        ready.unlink(missing_ok=True)
        ready.touch(mode=0o600)  # on another disk it is copied, and becomes private only at the end
        try:
            shutil.move(str(make_url(staged).database), ready)
        except BaseException:  # when told to end, too
            ready.unlink(missing_ok=True)
            raise
        found = [file for end in _COMPANIONS if (file := self._path.with_name(self._path.name + end)).exists()]
        if found:
            aside.mkdir(mode=0o700, exist_ok=True)
            with suppress(sqlite3.Error), closing(sqlite3.connect(self._path)) as live:
                # One whole file where that is possible; a damaged one keeps its log beside it.
                live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for file in found:
                if file.exists():
                    keep_private(file)
                    shutil.move(file, aside / file.name)
        ready.replace(self._path)
        return str(aside / self._path.name) if found else None

    def discard(self, staged: str) -> None:
        """The staged file goes with the folder that it stands in."""


def copy_live(engine: Engine, target: Path) -> None:
    """Copy the engine's database as it is at this moment into this new file, readable by its owner alone.

    Never as a file: opening and closing that would end the locks that this process has on it.
    """
    target.touch(mode=0o600, exist_ok=False)
    with closing(engine.raw_connection()) as live, closing(sqlite3.connect(target)) as copy:
        # All pages in one step: in WAL mode that is one snapshot, and it keeps no writer waiting.
        live.driver_connection.backup(copy)  # type: ignore[union-attr]  # it is connected


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise CopyDamaged(found=type(error).__name__) from error
    if found != "ok":
        raise CopyDamaged(found="its pages do not fit together")
    if broken is not None:
        raise CopyDamaged(found=f"{broken[0]} refers to what is not there")
