"""Who has a SQLite database open: whoever does holds a shared lock beside it, so that a restore can tell.

SQLite's own locks say only who is in a transaction, and swapping the file under an idle connection corrupts it as well.
The kernel lets go of a lock when its process dies, however it dies.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from core.domain.errors import CareSlotError


class DatabaseInUse(CareSlotError):
    """CareSlot is running on this database. Stop every web and worker process first; nothing was changed."""


def hold_while_connected(engine: Engine) -> None:
    """From its first connection until it is disposed of, the engine holds the lock; it waits while a restore goes on."""
    held: list[int] = []
    mutex = threading.Lock()

    # Before the file is opened: a connection that waited with the file open would go on with the one moved aside.
    def take(*_: Any) -> None:
        with mutex:
            if not held:
                lock = _open(str(engine.url.database))
                fcntl.flock(lock, fcntl.LOCK_SH)
                held.append(lock)

    def let_go(_: Any) -> None:
        with mutex:
            while held:
                os.close(held.pop())

    event.listen(engine, "do_connect", take)
    event.listen(engine, "engine_disposed", let_go)


@contextmanager
def alone_with(database: str) -> Iterator[None]:
    """While nobody else has this SQLite file open, and nobody can open it; raises DatabaseInUse."""
    lock = _open(database)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DatabaseInUse from error
    finally:
        os.close(lock)


def _open(database: str) -> int:
    return os.open(f"{database}-running", os.O_RDWR | os.O_CREAT, 0o600)
