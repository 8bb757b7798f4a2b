"""Where a backup is put together or taken apart: in the data folder, as private as the clinic's data itself."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.domain.errors import CareSlotError


class BackupUnderWay(CareSlotError):
    """A backup or a restore is going on already. Wait for its end."""


@contextmanager
def workspace(data_folder: Path) -> Iterator[Path]:
    """An empty folder for one backup or restore at a time, removed at the end; raises BackupUnderWay."""
    data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = (data_folder / "backup-workspace").absolute()
    lock = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupUnderWay from error
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    finally:
        os.close(lock)
