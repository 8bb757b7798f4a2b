"""What stands in the database as one value, so that what was read can be kept for as long as nobody has changed anything."""

import threading

from sqlalchemy import Engine, PoolProxiedConnection


class Standing:
    """Asks the engine itself, so no code path and no other process can change anything behind its back."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mutex = threading.Lock()
        self._watching: PoolProxiedConnection | None = None
        self._watch: object = None

    def now(self) -> object:
        """A value that differs after every change that anybody commits, and now and then without one.

        Whatever is read after it was asked for still stands while it is the same.
        """
        if self._engine.dialect.name != "sqlite":
            return self._snapshot()
        if self._engine.url.database in {None, "", ":memory:"}:
            return object()  # one connection reads and writes, so there is nobody to tell
        return self._version()

    def _snapshot(self) -> object:
        """PostgreSQL's transactions that are over: two snapshots that are written alike see the same."""
        with self._engine.connect() as connection:
            return _ask(connection.connection, "SELECT pg_current_snapshot()::text")

    def _version(self) -> object:
        """SQLite's number of what others have committed, as one connection sees it that writes nothing itself."""
        with self._mutex:
            if self._watching is None:
                self._watching, self._watch = self._engine.raw_connection(), object()
            return self._watch, _ask(self._watching, "PRAGMA data_version")

    def stop(self) -> None:
        """Give the connection back, before the engine is disposed of."""
        with self._mutex:
            if self._watching is not None:
                self._watching.close()
            self._watching = None


def _ask(connection: PoolProxiedConnection, question: str) -> object:
    """The driver itself, for the way round costs more than the question."""
    cursor = connection.cursor()
    try:
        cursor.execute(question)
        return cursor.fetchone()
    finally:
        cursor.close()
