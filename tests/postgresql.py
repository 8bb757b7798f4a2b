"""A throw-away PostgreSQL server on loopback for the tests."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg


def _program(name: str) -> str | None:
    if found := shutil.which(name):
        return found
    installed = sorted(str(found) for found in Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return installed[-1] if installed else None


def missing_postgresql() -> str | None:
    """Why no server can be started here, or None."""
    if _program("initdb") is None or _program("postgres") is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root and runuser is not installed"
    return None


def postgresql_version() -> str:
    """The version that would be started here."""
    program = _program("postgres")
    if program is None:
        return "not installed"
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[2]


class PostgreSQLServer:
    """A server of our own in a folder of its own; it trusts loopback and, unless durable, forgets safety to be quick."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._durable = durable
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        # The server refuses to run as root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        subprocess.run(
            [
                *self._as,
                str(_program("initdb")),
                "-D",
                str(data),
                "-U",
                "careslot",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
            ],
            check=True,
            capture_output=True,
            cwd="/",
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # By itself the server looks for a deadlock after a second of waiting, which a crowd of writers does often.
            options |= {"deadlock_timeout": "50ms"}
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._as, str(_program("postgres")), "-D", str(data), *arguments], stdout=log, stderr=log, cwd="/"
            )
        self._wait()
        return self

    def _wait(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=1).close()
            except psycopg.OperationalError:
                assert self._process is not None
                try:
                    self._process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                break
            else:
                return
        raise RuntimeError((self.folder / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            subprocess.run(
                [*self._as, str(_program("pg_ctl")), "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop"],
                check=False,
                capture_output=True,
                cwd="/",
            )
            self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database: str) -> str:
        """A database's address as libpq takes it."""
        return f"host=127.0.0.1 port={self.port} user=careslot dbname={database}"

    def url(self, database: str) -> str:
        """A database's address as SQLAlchemy takes it."""
        return f"postgresql+psycopg://careslot@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database and return its SQLAlchemy address."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            copy = f' TEMPLATE "{template}"' if template else ""
            connection.execute(f'CREATE DATABASE "{name}"{copy}'.encode())
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
