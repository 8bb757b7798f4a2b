"""Migrated, empty PostgreSQL databases for the tests: emptying one again costs a tenth of making one."""

import uuid
from typing import LiteralString

import psycopg

from tests.postgresql import PostgreSQLServer

# More rows than this leave so many dead ones that a new database is quicker.
_MOST_ROWS = 500

# What a migration or a test changes of the structure writes rows here; these tables are the same in every copy.
_CATALOGUES: tuple[LiteralString, ...] = (
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_event_trigger",
    "pg_extension",
    "pg_index",
    "pg_namespace",
    "pg_proc",
    "pg_rewrite",
    "pg_trigger",
    "pg_type",
)
_WRITTEN: LiteralString = ", ".join(
    f"(SELECT count(*) || ' ' || max(xmin::text::bigint) FROM {name})" for name in _CATALOGUES
)
_STRUCTURE: LiteralString = (
    f"SELECT {_WRITTEN}, (SELECT string_agg(version_num, ' ') FROM alembic_version),"
    " (SELECT count(*) FROM pg_db_role_setting)"
)
_END_OTHERS: LiteralString = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Neither triggers nor foreign keys hold what is deleted: this empties append-only tables too.
_EMPTY: LiteralString = """
    SET session_replication_role = replica;
    DO $$
    DECLARE
        one record;
        deleted bigint;
        total bigint := 0;
    BEGIN
        FOR one IN SELECT oid::regclass AS name FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('DELETE FROM %s', one.name);
            GET DIAGNOSTICS deleted = ROW_COUNT;
            total := total + deleted;
        END LOOP;
        PERFORM setval(oid::regclass, 1, false) FROM pg_class
            WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
        PERFORM set_config('tests.deleted', total::text, false);
    END $$;
"""


class EmptyDatabases:
    """Copies of a template, taken for a test and given back after it; those whose structure changed are dropped."""

    def __init__(self, server: PostgreSQLServer, template: str) -> None:
        self.server = server
        self._template = template
        with psycopg.connect(server.address(template)) as connection:
            self._structure = connection.execute(_STRUCTURE).fetchone()
        self._free: list[str] = []

    def take(self) -> str:
        """The name of a database as after its migrations."""
        if self._free:
            return self._free.pop()
        name = f"careslot_{uuid.uuid4().hex[:12]}"
        self.server.create_database(name, template=self._template)
        return name

    def give_back(self, name: str) -> None:
        """Empty a database, or drop it where that would not make it new."""
        if self._emptied(name):
            self._free.append(name)
        else:
            self.server.drop_database(name)

    def _emptied(self, name: str) -> bool:
        with psycopg.connect(self.server.address(name), autocommit=True) as connection:
            connection.execute(_END_OTHERS)
            if connection.execute(_STRUCTURE).fetchone() != self._structure:
                return False
            connection.execute(_EMPTY)
            told = connection.execute("SELECT current_setting('tests.deleted')").fetchone()
        return told is not None and int(told[0]) <= _MOST_ROWS
