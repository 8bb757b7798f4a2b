"""Copies of the whole database: made while it is in use, and put in its place while it is not."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.engine import make_url

from core.domain.errors import CareSlotError
from core.scheduler import tables
from core.scheduler.revisions import current_revision
from core.scheduler.store import open_engine


class CopyDamaged(CareSlotError):
    """The copy of the database is damaged: {found}. Take another backup."""


class NoClinic(CareSlotError):
    """There is no clinic in {database}. Check CARESLOT_DATA and DATABASE_URL, and that the disk with the data is there; a new clinic has to be opened first."""


class DatabaseCopies(Protocol):
    """One engine's way of copying its database."""

    file_name: str
    """What the copy is called in a backup; it tells the engines apart."""

    def save(self, target: Path) -> None:
        """Write a consistent copy of the live database to this new file, readable by its owner alone, and check it."""

    def alone(self) -> AbstractContextManager[None]:
        """While no process of CareSlot uses the database; raises DatabaseInUse."""

    def stage(self, copy: Path) -> str:
        """Make a database of the copy beside the live one, and return its address; raises CopyDamaged."""

    def put_in_place(self, staged: str, aside: Path) -> str | None:
        """Replace the live database by the staged one; where the old one went, None where there was none.

        `aside` is a folder that need not exist yet; its name tells the moment.
        """

    def discard(self, staged: str) -> None:
        """Remove a staged database that is not to be put in place."""


def database_copies(url: str) -> DatabaseCopies:
    """How the database at this address is copied."""
    if make_url(url).get_backend_name() == "sqlite":
        from core.scheduler.sqlite_copy import SQLiteCopies

        return SQLiteCopies(url)
    from core.scheduler.postgresql_copy import PostgreSQLCopies

    return PostgreSQLCopies(url)


def clinic_revision(url: str) -> str:
    """The revision of the clinic's tables. Raises NoClinic where none was opened, and makes no database there.

    An empty database is what stands in the place of the clinic's own when its disk is missing or its address is wrong.
    """
    address = make_url(url)
    nothing = NoClinic(database=address.database or address.render_as_string())
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).is_file():
        raise nothing
    engine = open_engine(url)
    try:
        revision = current_revision(engine)
        if revision is None:
            raise nothing
        with engine.connect() as connection:
            if connection.execute(select(tables.clinic.c.clinic_id)).first() is None:
                raise nothing
    finally:
        engine.dispose()
    return revision
