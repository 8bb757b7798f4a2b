"""Alembic's environment: the connection is handed in by core.scheduler.migrate, which also locks, checks and commits."""

from alembic import context

from core.scheduler.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
