"""A database of before the last migration."""

from alembic import command

from core.scheduler import migrate
from core.scheduler.revisions import known_revisions
from core.scheduler.store import open_engine


def make_old(url: str) -> str:
    """Make the tables of the revision before the last one in an empty database, with one person; the revision."""
    revision = known_revisions()[-2]
    engine = open_engine(url)
    with engine.execution_options(careslot_write=True).begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql("INSERT INTO users (name, created_at) VALUES ('Jane Smith', 0)")
    engine.dispose()
    return revision
