"""The files of the built-in calendar server: copied while it runs, and replaced while it does not."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.domain.errors import CareSlotError

# The rest is written anew at the server's start, or is a log.
_KEPT = ("collections", "password", "port")
_PASSING = shutil.ignore_patterns(".Radicale.cache", ".Radicale.lock", ".Radicale.tmp-*")


class CalendarServerRuns(CareSlotError):
    """The built-in calendar server is running. Stop every web and worker process first; nothing was changed."""


def copy_calendars(folder: Path, target: Path) -> None:
    """Copy what the server of `folder` needs into the new folder `target`; nothing where it was never started.

    All calendars are of one moment: the server's own lock is shared meanwhile, so its readers go on and its writers wait.
    """
    if not (folder / "collections").is_dir():
        return
    target.mkdir(mode=0o700)
    with _locked(folder / "collections" / ".Radicale.lock", fcntl.LOCK_SH):
        for name in _KEPT:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, target / name, ignore=_PASSING)
            elif (folder / name).exists():
                shutil.copy2(folder / name, target / name)


@contextmanager
def at_rest(folder: Path) -> Iterator[None]:
    """While no process runs the server of `folder`; raises CalendarServerRuns."""
    if not folder.is_dir():
        yield
        return
    try:
        with _locked(folder / "owner.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError as error:
        raise CalendarServerRuns from error


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)
