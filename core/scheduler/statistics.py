"""Proving that the kept figures are what the appointments say, and making them anew."""

from sqlalchemy import Connection

from core.scheduler import outside_hours, rollup
from core.scheduler.store import Store


def differing(connection: Connection) -> dict[str, int]:
    """How many rows of each table of figures are not what the appointments say; all 0 when they are right."""
    return {**rollup.differences(connection), "outside_hours": outside_hours.differences(connection)}


def prove(store: Store, *, rebuild: bool) -> dict[str, int]:
    """The rows of each table that differ from the appointments, and if so wanted all of them made anew, at one moment.

    While they are made anew whoever books or changes hours waits; on a million appointments that is about a minute.
    """

    def anew(connection: Connection) -> dict[str, int]:
        if not store.is_sqlite:  # on SQLite nobody else writes anyway
            connection.exec_driver_sql("LOCK TABLE appointments, outside_hours IN SHARE ROW EXCLUSIVE MODE")
        differed = differing(connection)
        rollup.rebuild(connection)
        outside_hours.rebuild(connection)
        return differed

    return store.write(anew) if rebuild else store.read(differing)
