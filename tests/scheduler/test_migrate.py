import sqlite3
from pathlib import Path

import pytest

from core.scheduler import ddl
from core.scheduler.database_errors import DatabaseUnreachable
from core.scheduler.migrate import migrate, missing_checks, missing_rules
from core.scheduler.revisions import current_revision, head_revision, known_revisions
from core.scheduler.store import ConstraintBroken, Store


def test_every_named_rule_and_check_stands_in_a_fresh_database(store: Store) -> None:
    assert missing_rules(store.engine) == frozenset()
    assert missing_checks(store.engine) == frozenset()
    assert current_revision(store.engine) == head_revision()


def test_migrating_again_changes_nothing(sqlite_url: str) -> None:
    assert migrate(sqlite_url) is False


def test_append_only_tables_refuse_every_way_of_rewriting(store: Store) -> None:
    def add(connection):
        connection.exec_driver_sql("INSERT INTO audit_log (audit_id, at, role, action) VALUES (1, 0, 'system', 'read')")

    store.write(add)
    ways = ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"]
    if store.is_sqlite:
        ways += [
            "REPLACE INTO audit_log (audit_id, at, role, action) VALUES (1, 0, 'system', 'x')",
            "INSERT OR REPLACE INTO audit_log (audit_id, at, role, action) VALUES (1, 0, 'system', 'x')",
        ]
    else:
        ways += ["TRUNCATE audit_log"]
    for way in ways:
        with pytest.raises(ConstraintBroken, match="audit_log_append_only"):
            store.write(lambda connection, way=way: connection.exec_driver_sql(way))


def test_replace_cannot_pass_the_triggers_from_a_plain_connection(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO audit_log (audit_id, at, role, action) VALUES (1, 0, 'system', 'read')")
        with pytest.raises(sqlite3.IntegrityError, match="audit_log_append_only"):
            connection.execute("REPLACE INTO audit_log (audit_id, at, role, action) VALUES (1, 0, 'system', 'x')")
    connection.close()


def test_there_is_one_head(tmp_path: Path) -> None:
    from alembic.script import ScriptDirectory

    from core.scheduler.migrate import _config

    found = ScriptDirectory.from_config(_config())
    assert found.get_heads() == [head_revision()]
    assert [script.revision for script in found.walk_revisions()] == list(reversed(known_revisions()))
    assert set(ddl.NAMED) == {"sqlite", "postgresql"}


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/clinic", "sqlite:////dev/null/clinic.db"])
def test_a_database_that_cannot_be_reached_is_told_with_the_cure(url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="Check DATABASE_URL"):
        migrate(url)
