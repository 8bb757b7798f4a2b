"""Copying a PostgreSQL database with its own programs, and swapping it by renaming while nobody is connected."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from core.domain.errors import CareSlotError
from core.scheduler.database_copy import CopyDamaged
from core.scheduler.database_errors import DiskFull
from core.scheduler.in_use import DatabaseInUse

_IN_USE = "55006"  # object_in_use, https://www.postgresql.org/docs/current/errcodes-appendix.html


class ProgramMissing(CareSlotError):
    """{program} is not installed. It comes with PostgreSQL's client programs (on Debian: postgresql-client)."""


class DumpFailed(CareSlotError):
    """{program} failed. It must be of the server's version or newer; run it by hand to see what it says."""


class MayNotCreateDatabases(CareSlotError):
    """A restore makes a database beside the old one. Allow that first: ALTER ROLE {role} CREATEDB, as postgres."""


class PostgreSQLCopies:
    """Copies by pg_dump in its custom format: one snapshot, and nobody waits for it."""

    file_name = "clinic.pgdump"

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._name = str(self._url.database)

    def save(self, target: Path) -> None:
        """Dump the database as it is at this moment, and read the dump's table of contents."""
        target.touch(mode=0o600, exist_ok=False)
        _run("pg_dump", self._url, "--format=custom", "--no-comments", *_FOR_ANY_ROLE, f"--file={target}")
        _run("pg_restore", None, "--list", str(target))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody is connected; who connects later is found when the database is renamed."""
        others = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND backend_type = 'client backend'")
        with self._server().connect() as connection:
            if connection.execute(others, {"name": self._name}).scalar_one():
                raise DatabaseInUse
        yield

    def stage(self, copy: Path) -> str:
        """A database of its own, made from the dump; one left by a restore that was interrupted is replaced."""
        staged = self._url.set(database=f"{self._name}_restoring")
        with self._server().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            name = _quoted(connection, str(staged.database))
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            try:
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            except ProgrammingError as error:
                raise MayNotCreateDatabases(role=self._url.username) from error
        try:
            _run("pg_restore", staged, "--single-transaction", "--exit-on-error", *_FOR_ANY_ROLE, str(copy))
        except DumpFailed as error:
            self.discard(str(staged))
            raise CopyDamaged(found="pg_restore refuses it") from error
        return staged.render_as_string(hide_password=False)

    def put_in_place(self, staged: str, aside: Path) -> str | None:
        """Rename the live database after `aside` and the staged one to its name, in one transaction."""
        kept = f"{self._name}_{aside.name}".replace("-", "_").lower()
        try:
            with self._server().begin() as connection:
                there = text("SELECT count(*) FROM pg_database WHERE datname = :name")
                replaces = bool(connection.execute(there, {"name": self._name}).scalar_one())
                if replaces:
                    _rename(connection, self._name, kept)
                _rename(connection, str(make_url(staged).database), self._name)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == _IN_USE:
                raise DatabaseInUse from error
            raise
        return f"the database {kept}" if replaces else None

    def discard(self, staged: str) -> None:
        """Drop the staged database."""
        with self._server().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            name = _quoted(connection, str(make_url(staged).database))
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _server(self) -> Engine:
        """The server past the clinic's database, which nobody may be connected to while it is renamed."""
        return create_engine(self._url.set(database="postgres"), poolclass=NullPool)


_FOR_ANY_ROLE = ("--no-owner", "--no-privileges")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _rename(connection: Connection, name: str, to: str) -> None:
    connection.exec_driver_sql(f"ALTER DATABASE {_quoted(connection, name)} RENAME TO {_quoted(connection, to)}")


def _run(program: str, url: URL | None, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; what it says is not passed on, for it may quote patients' details."""
    found = shutil.which(program)
    if found is None:
        raise ProgramMissing(program=program)
    where, environment = ([], dict(os.environ)) if url is None else _connection(url)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [found, *where, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        if os.strerror(errno.ENOSPC).encode() in done.stderr:
            raise DiskFull
        raise DumpFailed(program=program)


def _connection(url: URL) -> tuple[list[str], dict[str, str]]:
    """How a program of PostgreSQL reaches the database; other users of the machine can read arguments, so no password."""
    known = {**url.translate_connect_args(database="dbname", username="user"), **url.query}
    password = known.pop("password", None)
    environment = dict(os.environ) if password is None else {**os.environ, "PGPASSWORD": str(password)}
    return [f"--dbname={make_conninfo(**known)}"], environment
