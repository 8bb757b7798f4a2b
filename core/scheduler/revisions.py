"""Which revision of the tables this program needs, and which one a database stands at.

Read from the names of the migrations (`v0003_patient_search.py` makes 0003): Alembic itself is needed only to migrate.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, inspect, select

MIGRATIONS = Path(__file__).parent / "migrations"
_stamp = Table("alembic_version", MetaData(), Column("version_num", String(32)))


@cache
def known_revisions() -> tuple[str, ...]:
    """All revisions, the oldest first."""
    return tuple(sorted(path.name[1:].partition("_")[0] for path in (MIGRATIONS / "versions").glob("v*.py")))


def head_revision() -> str:
    """The revision that this program needs."""
    return known_revisions()[-1]


def current_revision(engine: Engine) -> str | None:
    """The revision that the database stands at, None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_stamp.name):
            return None
        return connection.execute(select(_stamp.c.version_num)).scalar()
