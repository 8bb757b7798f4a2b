"""What drivers say of a database that is away, full or busy, as expected errors with their cures."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from core.domain.errors import CareSlotError
from core.scheduler.store import DatabaseBusy

_FULL = (errno.ENOSPC, errno.EDQUOT)


class DatabaseUnreachable(CareSlotError):
    """The clinic's database can't be reached. Check DATABASE_URL, that its server runs, and that its file may be written."""


class DiskFull(CareSlotError):
    """The disk with the clinic's data is full. Make room there and try again; nothing half-written was kept."""


_SQLITE: dict[int, type[CareSlotError]] = {
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_IOERR_SHMSIZE: DiskFull,
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnreachable,
    sqlite3.SQLITE_READONLY: DatabaseUnreachable,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_DISK_FULL = "53100"
_AWAY = ("08", "28", "3D", "53300", "57P")


def expected_error(error: Exception) -> CareSlotError | None:
    """The expected error that a driver's or the system's own stands for; None where it may be a fault of ours."""
    if isinstance(error, OSError):
        return DiskFull() if error.errno in _FULL else None
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        known = _SQLITE.get(code) or _SQLITE.get(code & 0xFF)  # the lowest byte without the variant
        return known() if known else None
    if not isinstance(error, OperationalError):
        return None
    state = getattr(cause, "sqlstate", None)
    if state == _DISK_FULL:
        return DiskFull()
    # Where there was no connection, or it broke, there is no state.
    return DatabaseUnreachable() if state is None or state.startswith(_AWAY) else None
