"""Files that hold patients and notes are their owner's alone."""

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

_BESIDE = ("-wal", "-shm", "-journal", "-running", "-writers")
_making = threading.Lock()


def make_private(database: Path) -> None:
    """Make a SQLite file that is not there yet, and keep it and what SQLite has beside it from other users.

    Before SQLite opens it: its log and index take the file's mode.
    """
    # A file that SQLite has open is never opened here: closing it would end this process's locks on it
    # (https://www.sqlite.org/howtocorrupt.html, 2.2). So others wait until a new one is closed again.
    with _making, suppress(OSError):  # SQLite tells better what is wrong
        os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for end in ("", *_BESIDE):
        keep_private(database.with_name(database.name + end))


def keep_private(path: Path) -> None:
    """Take other users' rights to a file away, where it is there and our own."""
    with suppress(OSError):
        found = path.stat()
        if found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
