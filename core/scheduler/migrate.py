"""Bringing a database up to date, carefully."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from core.domain.errors import CareSlotError
from core.scheduler import ddl
from core.scheduler.database_errors import DatabaseUnreachable, expected_error
from core.scheduler.private_files import keep_private
from core.scheduler.revisions import MIGRATIONS, current_revision, head_revision, known_revisions
from core.scheduler.sqlite_copy import copy_live
from core.scheduler.store import open_engine

if TYPE_CHECKING:
    from alembic.config import Config

_POSTGRESQL_LOCK = 0x0CA2E510  # an arbitrary number of our own for pg_advisory_lock


class BrokenReferences(CareSlotError):
    """The migration left records without what they refer to, so it was taken back. The database is as it was before."""


class DatabaseIsNewer(CareSlotError):
    """The database was made by a newer CareSlot. Install that version, or restore a backup."""


class TablesAreOlder(CareSlotError):
    """The database's tables are of an older CareSlot. Run: python -m core migrate"""  # noqa: D400 - nothing may stand behind it


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def refuse_newer(revision: str | None) -> None:
    """Raise DatabaseIsNewer for a revision that this program does not know; None is an empty database's."""
    if revision is not None and revision not in known_revisions():
        raise DatabaseIsNewer


def refuse_other(revision: str | None) -> None:
    """Raise DatabaseIsNewer or TablesAreOlder unless the revision is this program's."""
    refuse_newer(revision)
    if revision != head_revision():
        raise TablesAreOlder


def migrate(url: str) -> bool:
    """Bring the database to this program's revision; whether anything was changed.

    One process at a time. A SQLite file is copied first (`…-before-<revision>.db`), migrated with foreign keys off
    (batch operations would delete every child otherwise), its triggers are made anew, and its references are checked
    before anything is committed. Raises DatabaseUnreachable, DiskFull, DatabaseBusy, DatabaseIsNewer, BrokenReferences.
    """
    try:
        return _bring_up(open_engine(url))
    except (OSError, DBAPIError, sqlite3.Error) as error:
        known = expected_error(error) or (DatabaseUnreachable() if isinstance(error, OSError) else None)
        if known is None:
            raise
        raise known from error


def _bring_up(engine: Engine) -> bool:
    try:
        with _alone(engine):
            revision = current_revision(engine)
            if revision == head_revision():
                return False
            refuse_newer(revision)
            if engine.dialect.name == "sqlite":
                _migrate_sqlite(engine, revision)
            else:
                with engine.begin() as connection:
                    _upgrade(connection)
        return True
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # it takes a while to load, and most starts find nothing to do

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _migrate_sqlite(engine: Engine, revision: str | None) -> None:
    database = engine.url.database
    if revision is not None and database and database != ":memory:":
        _copy_aside(engine, Path(database))
    with engine.execution_options(careslot_write=True).connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]  # does nothing inside a transaction
        try:
            with connection.begin():
                for name in (
                    connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
                ):
                    connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
                _upgrade(connection)
                for statement in ddl.SQLITE:
                    connection.exec_driver_sql(statement)
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise BrokenReferences
        finally:
            raw.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def _copy_aside(engine: Engine, path: Path) -> None:
    kept = path.with_name(f"{path.stem}-before-{head_revision()}{path.suffix}")
    draft = kept.with_name(f"{kept.name}.part")
    draft.unlink(missing_ok=True)
    try:
        copy_live(engine, draft)
        draft.replace(kept)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Only one process migrates; others wait."""
    if engine.dialect.name == "sqlite":
        database = engine.url.database
        if not database or database == ":memory:":
            yield
            return
        path = Path(database)
        for file in (
            Path(f"{path}.migrating"),
            *path.parent.glob(f"{escape(path.stem)}-before-*{escape(path.suffix)}"),
        ):
            keep_private(file)
        lock = os.open(f"{path}.migrating", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _POSTGRESQL_LOCK})
            connection.commit()


def missing_rules(engine: Engine) -> frozenset[str]:
    """The named triggers and constraints of core.scheduler.ddl that the database's own catalogue lacks."""
    wanted = ddl.NAMED[engine.dialect.name]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            rows = connection.exec_driver_sql(
                "SELECT conname FROM pg_constraint WHERE contype = 'x' "
                "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
            )
        return wanted - set(rows.scalars())


def missing_checks(engine: Engine) -> frozenset[str]:
    """The named CHECK constraints of the tables that the database's own catalogue lacks."""
    from sqlalchemy import CheckConstraint

    from core.scheduler.tables import metadata

    catalogue = inspect(engine)
    missing: set[str] = set()
    for table in metadata.sorted_tables:
        there = {check["name"] for check in catalogue.get_check_constraints(table.name)}
        for check in table.constraints:
            if isinstance(check, CheckConstraint) and check.name:
                name = str(check.name)
                full = name if name.startswith(table.name) else f"{table.name}_{name}"
                if full not in there:
                    missing.add(full)
    return frozenset(missing)
