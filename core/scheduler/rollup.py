"""The roll-up of appointments that the clinic's figures are read from: what it counts, kept by triggers, and rebuilt.

One set of SQL expressions says what an appointment adds to the figures. Triggers add it with every new appointment and
exchange it with every change, in the change's own transaction, so no code path can forget them; `rebuild` adds up the
same expressions over all appointments, and so proves that what was kept is right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

MOST_LEAD_DAYS = 91
"""Longer lead times count as this many days: about three months."""

_WATCHED = (
    *("appointment_date", "start_time", "doctor_id", "visit_type_id", "status", "cancelled_late", "created_at"),
    *("starts_at", "ends_at", "occupied_until", "checked_in_at", "started_at", "completed_at"),
)
_HOURS_TOUCHED = 9  # a visit of at most eight hours touches so many hours of the clock


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The few expressions that the engines spell differently; `row` is the alias of an appointment."""

    hour: str
    minute: str
    late: str
    day_after: str  # of {row}'s date, {days} later
    least: str
    greatest: str
    steps: str  # a table `step` with a column `n` from 0 on


_DIALECTS = {
    "sqlite": _Dialect(
        hour="CAST(substr({row}.start_time, 1, 2) AS INTEGER)",
        minute="CAST(substr({row}.start_time, 4, 2) AS INTEGER)",
        late="{row}.cancelled_late",
        day_after="date({row}.appointment_date, ({days}) || ' days')",
        least="min",
        greatest="max",
        steps=f"(SELECT 0 AS n {' '.join(f'UNION ALL SELECT {n}' for n in range(1, _HOURS_TOUCHED))}) AS step",
    ),
    "postgresql": _Dialect(
        hour="EXTRACT(HOUR FROM {row}.start_time)::integer",
        minute="EXTRACT(MINUTE FROM {row}.start_time)::integer",
        late="{row}.cancelled_late::integer",
        day_after="{row}.appointment_date + ({days})",
        least="least",
        greatest="greatest",
        steps=f"generate_series(0, {_HOURS_TOUCHED - 1}) AS step(n)",
    ),
}


@dataclass(frozen=True, slots=True)
class _Part:
    """What an appointment adds to one table: values of the key, values that are summed, from where, and whether at all."""

    table: str
    key: dict[str, str]
    sums: dict[str, str]
    source: str
    where: str

    @property
    def columns(self) -> str:
        return ", ".join((*self.key, *self.sums))


def _parts(dialect: str, row: str) -> list[_Part]:
    """Every part of the figures that the appointment `row` adds to."""
    words = _DIALECTS[dialect]
    hour, minute = words.hour.format(row=row), words.minute.format(row=row)
    length = f"(({row}.ends_at - {row}.starts_at) / 60)"
    who = {"doctor_id": f"{row}.doctor_id", "visit_type_id": f"{row}.visit_type_id"}
    visits = _Part(
        "visit_figures",
        {
            "appointment_date": f"{row}.appointment_date",
            **who,
            "hour": hour,
            "status": f"{row}.status",
            "late": words.late.format(row=row),
            "lead_days": (
                f"{words.least}({MOST_LEAD_DAYS}, {words.greatest}(0, ({row}.starts_at - {row}.created_at) / 86400))"
            ),
        },
        {"visits": "1", "minutes": length, "buffer_minutes": f"(({row}.occupied_until - {row}.ends_at) / 60)"},
        "",
        "1 = 1",
    )
    # The hours of the clock that the visit touches, the first being step 0; past midnight they are the next day's.
    begins, touched = f"({hour} * 60 + {minute})", f"({hour} + step.n)"
    ends = f"({begins} + {length})"
    hours = _Part(
        "hour_figures",
        {
            "day": words.day_after.format(row=row, days=f"{touched} / 24"),
            **who,
            "hour": f"{touched} - {touched} / 24 * 24",
        },
        {"minutes": (f"({words.least}({ends}, ({touched} + 1) * 60) - {words.greatest}({begins}, {touched} * 60))")},
        words.steps,
        f"{row}.status <> 'cancelled' AND {touched} * 60 < {ends}",
    )
    stages = [
        _Part(
            "wait_figures",
            {
                "appointment_date": f"{row}.appointment_date",
                **who,
                "hour": hour,
                "stage": f"'{stage}'",
                "minutes": f"{words.greatest}(0, ({row}.{until} - {row}.checked_in_at) / 60)",
            },
            {"visits": "1"},
            "",
            f"{row}.checked_in_at IS NOT NULL AND {row}.{until} IS NOT NULL",
        )
        for stage, until in (("wait", "started_at"), ("cycle", "completed_at"))
    ]
    return [visits, hours, *stages]


def _add(part: _Part, sign: str) -> str:
    """Add what the row of a trigger counts for, or take it away."""
    values = ", ".join((*part.key.values(), *(f"{sign}{value}" for value in part.sums.values())))
    source = f" FROM {part.source}" if part.source else ""
    sums = ", ".join(f"{name} = {part.table}.{name} + excluded.{name}" for name in part.sums)
    return (
        f"INSERT INTO {part.table} ({part.columns}) SELECT {values}{source} WHERE {part.where} "
        f"ON CONFLICT ({', '.join(part.key)}) DO UPDATE SET {sums}"
    )


def _sweep(dialect: str) -> list[str]:
    """Remove what came to nothing where the old row counted."""
    day, _hours, wait, _cycle = _parts(dialect, "OLD")
    own = "doctor_id = OLD.doctor_id AND visit_type_id = OLD.visit_type_id"
    last = _DIALECTS[dialect].day_after.format(row="OLD", days="1")
    return [
        (
            f"DELETE FROM visit_figures WHERE {' AND '.join(f'{name} = {value}' for name, value in day.key.items())} "
            "AND visits = 0"
        ),
        f"DELETE FROM hour_figures WHERE day IN (OLD.appointment_date, {last}) AND {own} AND minutes = 0",
        (
            f"DELETE FROM wait_figures WHERE appointment_date = OLD.appointment_date AND {own} "
            f"AND hour = {wait.key['hour']} AND visits = 0"
        ),
    ]


def _statements(dialect: str, row: str, sign: str) -> list[str]:
    return [_add(part, sign) for part in _parts(dialect, row)]


KEPT = "appointments_keep_figures"
_ON_UPDATE = f"AFTER UPDATE OF {', '.join(_WATCHED)} ON appointments"


def _body(statements: list[str]) -> str:
    return "".join(f"  {statement};\n" for statement in statements)


def _exchange(dialect: str) -> list[str]:
    return [*_statements(dialect, "OLD", "-"), *_statements(dialect, "NEW", ""), *_sweep(dialect)]


SQLITE = [
    f"CREATE TRIGGER {KEPT}_insert AFTER INSERT ON appointments\nBEGIN\n{_body(_statements('sqlite', 'NEW', ''))}END",
    f"CREATE TRIGGER {KEPT}_update {_ON_UPDATE}\nBEGIN\n{_body(_exchange('sqlite'))}END",
]
"""The triggers on SQLite; appointments are never deleted."""

POSTGRESQL = [
    (
        f"CREATE OR REPLACE FUNCTION careslot_count_appointment() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"{_body(_statements('postgresql', 'NEW', ''))}  RETURN NULL;\nEND $$"
    ),
    (
        f"CREATE OR REPLACE FUNCTION careslot_recount_appointment() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"{_body(_exchange('postgresql'))}  RETURN NULL;\nEND $$"
    ),
    (
        f"CREATE TRIGGER {KEPT}_insert AFTER INSERT ON appointments "
        "FOR EACH ROW EXECUTE FUNCTION careslot_count_appointment()"
    ),
    f"CREATE TRIGGER {KEPT}_update {_ON_UPDATE} FOR EACH ROW EXECUTE FUNCTION careslot_recount_appointment()",
]
"""The same on PostgreSQL."""

NAMES = frozenset({f"{KEPT}_insert", f"{KEPT}_update"})
"""The triggers' names on both engines."""


def _whole(part: _Part) -> str:
    """What all appointments `a` together count for."""
    # A constant in the key is left out of GROUP BY, which would read a number or text there as something else.
    groups = ", ".join(value for value in part.key.values() if not value.startswith("'"))
    source = f", {part.source}" if part.source else ""
    values = ", ".join((*part.key.values(), *(f"sum({value})" for value in part.sums.values())))
    return f"SELECT {values} FROM appointments AS a{source} WHERE {part.where} GROUP BY {groups}"


def differences(connection: Connection) -> dict[str, int]:
    """How many rows of each table of figures differ from what the appointments say: all 0 when the figures are right."""
    found: dict[str, int] = {}
    for part in _parts(connection.dialect.name, "a"):
        kept = f"SELECT {part.columns} FROM {part.table}"
        if part.table == "wait_figures":
            kept += f" WHERE stage = {part.key['stage']}"
        whole = _whole(part)
        for one, other in ((kept, whole), (whole, kept)):
            count = connection.exec_driver_sql(
                f"SELECT count(*) FROM (SELECT * FROM ({one}) AS one EXCEPT SELECT * FROM ({other}) AS other) AS apart"
            ).scalar_one()
            found[part.table] = found.get(part.table, 0) + count
    return found


def rebuild(connection: Connection) -> None:
    """Make the figures anew from all appointments; in a transaction that writes."""
    parts = _parts(connection.dialect.name, "a")
    for table in dict.fromkeys(part.table for part in parts):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    for part in parts:
        connection.exec_driver_sql(f"INSERT INTO {part.table} ({part.columns}) {_whole(part)}")


@contextmanager
def in_bulk(connection: Connection) -> Iterator[None]:
    """Let many appointments in without counting each, and count them all at the end of the same transaction."""
    if connection.dialect.name == "sqlite":
        stop = [f"DROP TRIGGER {name}" for name in sorted(NAMES)]
        go_on = SQLITE
    else:
        stop = [f"ALTER TABLE appointments DISABLE TRIGGER {name}" for name in sorted(NAMES)]
        go_on = [f"ALTER TABLE appointments ENABLE TRIGGER {name}" for name in sorted(NAMES)]
    for statement in stop:
        connection.exec_driver_sql(statement)
    yield
    for statement in go_on:
        connection.exec_driver_sql(statement)
    rebuild(connection)
