"""The database: engines, transactions, and the translation of constraint names into expected errors."""

import fcntl
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError

from core.domain.errors import CareSlotError
from core.domain.slots import Slot
from core.scheduler.in_use import hold_while_connected
from core.scheduler.private_files import make_private
from core.scheduler.standing import Standing
from core.scheduler.turns import Turns

T = TypeVar("T")

BUSY_MILLISECONDS = 10_000
DEADLOCK_TRIES = 6
_PASSING_SQLSTATES = {"40P01", "40001"}
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""On PostgreSQL all statements of a reading see the same then. The driver says so in its BEGIN, so it costs no message."""


class SlotTaken(CareSlotError):
    """Someone just booked {time:%H:%M}."""

    def __init__(self, *, time: datetime, nearest: tuple[Slot, ...] = ()) -> None:
        super().__init__(time=time)
        self.nearest = nearest


class SlotHeld(SlotTaken):
    """Somebody is booking {time:%H:%M} just now. It may come free again."""


class PatientBusy(CareSlotError):
    """This patient already has an appointment at that time."""


class AccountExists(CareSlotError):
    """This address can't be used for a new account."""


class DatabaseBusy(CareSlotError):
    """The clinic's database is busy. Please try again in a moment; nothing was changed."""


class ConstraintBroken(Exception):
    """A named rule of the database refused a change; use cases turn the name into a sentence."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_NAME = re.compile(
    r"(?:constraint failed: |^)([a-z_][a-z0-9_.]*(?:, [a-z_.0-9]+)*)$",
)

# SQLite names a UNIQUE constraint by its columns, not by its name.
_SQLITE_UNIQUE = {
    "appointments.booking_key": "appointments_booking_key_uq",
    "holds.holder": "holds_holder_uq",
    "index 'accounts_email_uq'": "accounts_email_uq",
    "calendar_links.appointment_id, calendar_links.calendar_id": "calendar_links_one_a_calendar",
    "medical_notes.appointment_id, medical_notes.version": "medical_notes_one_of_each_version",
}


def constraint_name(error: IntegrityError) -> str:
    """The name of the constraint or trigger that refused, on either engine; the engine's own words where it has none."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return str(diagnosis.constraint_name)
    words = str(error.orig)
    for seen, name in _SQLITE_UNIQUE.items():
        if words.endswith(seen):
            return name
    found = _NAME.search(words)
    return found.group(1) if found else "unnamed"


class Store:
    """Connections to the clinic's database, for reading and for writing.

    A use case that writes is one call of `write`, given a function that may run again after a deadlock; on SQLite it
    begins IMMEDIATE and waits its turn at one lock of this process, so that no thread starves at the file's own lock.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.changed = (
            threading.Event()
        )  # set whenever this process has written something; whoever waits for it clears it
        self.standing = Standing(engine)
        self._writing = Turns()
        self._gate: int | None = None
        self._writer = engine.execution_options(careslot_write=True)
        self._reader = engine if self.is_sqlite else engine.execution_options(**_ONE_SNAPSHOT)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction and return what it returns.

        Raises ConstraintBroken for a named rule, DatabaseBusy where the database stays locked; nothing is kept then.
        """
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                with self._turn(), self._writer.begin() as connection:
                    result = work(connection)
            except IntegrityError as error:
                raise ConstraintBroken(constraint_name(error)) from error
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) in _PASSING_SQLSTATES:
                    sleep(0.01 * 2**attempt)
                    continue
                if self.is_sqlite and "locked" in str(error.orig):
                    raise DatabaseBusy from error
                raise
            self.changed.set()
            return result
        raise DatabaseBusy

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one read-only snapshot and return what it returns."""
        with self._reader.connect() as connection:
            return work(connection)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._writing:
            gate = self._open_gate()
            if gate is None:
                yield
                return
            # SQLite's own waiting polls and can starve one of many processes; the kernel queues those at this file.
            fcntl.flock(gate, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(gate, fcntl.LOCK_UN)

    def _open_gate(self) -> int | None:
        """The file beside the database at which its writers queue; none for a database in memory."""
        database = self.engine.url.database
        if self._gate is None and database and database != ":memory:":
            self._gate = os.open(f"{database}-writers", os.O_RDWR | os.O_CREAT, 0o600)
        return self._gate

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.standing.stop()
        self.engine.dispose()
        with self._writing:
            gate, self._gate = self._gate, None
            if gate is not None:
                os.close(gate)


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, foreign keys, synchronous FULL) or PostgreSQL, whatever the URL says.

    The folder of a SQLite file is made, and so is the file when it is first connected to, readable by its owner alone.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, pool_size=10, max_overflow=20, pool_pre_ping=True)
    in_file = bool(address.database) and address.database != ":memory:"
    if in_file:
        Path(str(address.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        address,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
        pool_size=40,
        max_overflow=40,
    )
    if in_file:
        hold_while_connected(engine)
        event.listen(engine, "do_connect", lambda *_: make_private(Path(str(address.database))))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another one wrote between.
    if connection.get_execution_options().get("careslot_write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Straight to the driver, for it can't fail: every look begins here, and the way round costs more than a query.
        connection.connection.cursor().execute("BEGIN")
