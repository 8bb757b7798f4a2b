"""What can be wrong with a database, each with its cure."""

import warnings
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import CheckConstraint, Connection, Engine, UniqueConstraint, inspect, select, text
from sqlalchemy.exc import DBAPIError, SAWarning

from core.scheduler import ddl, tables
from core.scheduler.database_errors import DatabaseUnreachable, expected_error
from core.scheduler.migrate import missing_checks, missing_rules
from core.scheduler.revisions import current_revision, head_revision
from core.scheduler.store import Store

_RESTORE = "Restore the last backup, or make them again by the statements in core/scheduler/ddl.py."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; the `cure` is a sentence, empty where it is ok."""

    name: str
    ok: bool
    cure: str = ""


def self_check(store: Store) -> list[Check]:
    """Look at the database, its tables, rules and contents, and at what calendars last answered; changes nothing."""
    try:
        revision = current_revision(store.engine)
    except (DBAPIError, OSError) as error:
        return [_check("database", str(expected_error(error) or DatabaseUnreachable()))]
    migrations = _check("migrations", "" if revision == head_revision() else "Run: python -m core migrate")
    checks = [_check("database"), migrations]
    if not migrations.ok:
        return checks
    return [*checks, *_rules(store.engine), *store.read(_contents)]


def _check(name: str, cure: str = "") -> Check:
    return Check(name, not cure, cure)


def known_calendars(store: Store) -> list[tuple[str, str, str]]:
    """The clinic's calendars: provider, id, name; none where the tables are not there yet."""
    table = tables.calendars
    query = select(table.c.provider, table.c.calendar_id, table.c.name).order_by(table.c.calendar_id)
    if not inspect(store.engine).has_table(table.name):
        return []
    return [(provider, number, name) for provider, number, name in store.read(lambda c: c.execute(query).all())]


def _rules(engine: Engine) -> list[Check]:
    """A line for each trigger and constraint that has a name."""
    missing = missing_rules(engine) | missing_checks(engine) | _missing_uniques(engine)
    return [
        _check(name, f"Missing. {_RESTORE}" if name in missing else "")
        for name in sorted(ddl.NAMED[engine.dialect.name] | _named(CheckConstraint) | _uniques())
    ]


def _named(kind: type[CheckConstraint | UniqueConstraint]) -> frozenset[str]:
    return frozenset(
        str(rule.name)
        for table in tables.metadata.sorted_tables
        for rule in table.constraints
        if isinstance(rule, kind) and rule.name
    )


def _uniques() -> frozenset[str]:
    indexes = {str(index.name) for table in tables.metadata.sorted_tables for index in table.indexes if index.unique}
    return _named(UniqueConstraint) | indexes


def _missing_uniques(engine: Engine) -> frozenset[str]:
    catalogue = inspect(engine)
    # SQLAlchemy warns that it leaves out SQLite's indexes on expressions; for indexes the catalogue itself is asked.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection", SAWarning)
        there = {
            str(rule["name"])
            for table in tables.metadata.sorted_tables
            for rule in catalogue.get_unique_constraints(table.name)
        }
    indexes = "SELECT relname FROM pg_class JOIN pg_index ON pg_class.oid = indexrelid WHERE indisunique AND indisvalid"
    if engine.dialect.name == "sqlite":
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE %'"
    with engine.connect() as connection:
        there |= set(connection.exec_driver_sql(indexes).scalars())
    return _uniques() - there


def _contents(connection: Connection) -> list[Check]:
    return [
        _zone(connection),
        _overlaps(connection, "overlaps of doctors", "doctor_id", "occupied_until"),
        _overlaps(connection, "overlaps of patients", "user_id", "ends_at"),
        _references(connection),
        _calendars(connection),
    ]


def _zone(connection: Connection) -> Check:
    zone = connection.scalar(select(tables.clinic.c.zone))
    if zone is None:
        return _check("zone", "There is no clinic yet. Open one, or fill the demo clinic: python -m core demo")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return _check("zone", f"{zone} is no time zone. Choose an IANA name such as Europe/London.")
    return _check("zone")


def _overlaps(connection: Connection, name: str, person: str, end: str) -> Check:
    """Each occupying appointment against the furthest end before it, so one pass finds every overlap."""
    numbers = (
        connection.execute(
            text(
                f"SELECT appointment_id FROM (SELECT appointment_id, starts_at, max({end}) OVER "
                f"(PARTITION BY {person} ORDER BY starts_at, appointment_id "
                "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until "
                f"FROM appointments WHERE status IN ({tables.OCCUPYING_SQL})) AS ordered "
                "WHERE busy_until > starts_at ORDER BY appointment_id LIMIT 5"
            )
        )
        .scalars()
        .all()
    )
    return _check(name, f"Reschedule appointment {', '.join(map(str, numbers))}." if numbers else "")


def _references(connection: Connection) -> Check:
    """PostgreSQL can't hold a broken reference; SQLite can, where a program wrote with foreign keys off."""
    broken = connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return _check("references", f"{broken[0]} refers to what is not there. Restore the last backup." if broken else "")


def _calendars(connection: Connection) -> Check:
    table = tables.calendars
    for row in connection.execute(select(table.c.calendar_id, table.c.last_push_at, table.c.last_error_at)):
        if row.last_error_at and (row.last_push_at is None or row.last_push_at < row.last_error_at):
            return _check("calendars", f"{row.calendar_id} refused the last push. See the page Calendars for the cure.")
    return _check("calendars")
