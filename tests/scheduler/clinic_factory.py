"""A small clinic for tests: two doctors, two visit types, an account and a session for every role."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, event, func, insert, select

from core.domain.clock import Clock
from core.domain.principal import Principal, Role
from core.scheduler import tables
from core.scheduler.store import Store

ZONE = "Europe/London"
INSTALLATION = "7d0d3b8e-3f67-4a57-9a0c-4a1f7d2f0c11"


@dataclass
class MadeClinic:
    doctor: int = 1
    other_doctor: int = 2
    follow_up: int = 1
    check_up: int = 2
    patient: int = 1
    other_patient: int = 2
    principals: dict[str, Principal] = field(default_factory=dict)
    visitor: Principal = Principal(visitor="visitor-one")  # noqa: RUF009 - frozen

    def __getitem__(self, name: str) -> Principal:
        return self.principals[name]


# What filling a clinic says to the driver, by engine, time and number of patients: each test's engine would have to
# compile it anew.
_SPOKEN: dict[tuple[str, datetime, int], tuple[MadeClinic, list[tuple[str, Any]]]] = {}


def make_clinic(store: Store, clock: Clock, *, patients: int = 2) -> MadeClinic:
    key = (store.engine.dialect.name, clock(), patients)
    if key in _SPOKEN:
        made, spoken = _SPOKEN[key]
        store.write(lambda connection: _repeat(connection, spoken))
    else:
        made, spoken = MadeClinic(), []
        store.write(lambda connection: _listened(connection, clock(), made, patients, spoken))
        _SPOKEN[key] = made, spoken
    return replace(made, principals=dict(made.principals))


def _repeat(connection: Connection, spoken: list[tuple[str, Any]]) -> None:
    for statement, parameters in spoken:
        connection.exec_driver_sql(statement, parameters)


def _listened(
    connection: Connection, now: datetime, made: MadeClinic, patients: int, spoken: list[tuple[str, Any]]
) -> None:
    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        spoken.append((statement, parameters))

    spoken.clear()
    event.listen(connection, "before_cursor_execute", note)
    try:
        _fill(connection, now, made, patients)
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _fill(connection: Connection, now: datetime, made: MadeClinic, patients: int) -> None:
    connection.execute(
        insert(tables.clinic).values(
            clinic_id=1,
            installation=INSTALLATION,
            name="Riverside Clinic",
            phone="555-0100",
            zone=ZONE,
            notice_minutes=120,
            horizon_days=60,
            cutoff_minutes=1440,
            max_upcoming=4,
            hold_minutes=10,
            grid_minutes=15,
        )
    )
    connection.execute(insert(tables.calendars).values(calendar_id="clinic", name="Clinic", provider="embedded"))
    people = [
        {"user_id": number, "name": f"Patient {number}", "email": f"p{number}@example.com", "created_at": now}
        for number in range(1, patients + 1)
    ]
    connection.execute(insert(tables.users), people)
    roles = {
        "patient": (Role.PATIENT, 1, None),
        "other_patient": (Role.PATIENT, 2, None),
        "doctor": (Role.DOCTOR, None, 1),
        "other_doctor": (Role.DOCTOR, None, 2),
        "reception": (Role.RECEPTION, None, None),
        "manager": (Role.MANAGER, None, None),
    }
    numbered = list(enumerate(roles.items(), 1))
    accounts = [
        {
            "account_id": number,
            "email": f"{name}@example.com",
            "password_hash": "-",
            "role": role.value,
            "user_id": user_id,
            "name": name,
            "created_at": now,
        }
        for number, (name, (role, user_id, _)) in numbered
    ]
    sessions = [
        {
            "session_id": number,
            "token_hash": str(number) * 64,
            "account_id": number,
            "session_epoch": 1,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + timedelta(days=30),
        }
        for number, _ in numbered
    ]
    own = [
        {"account_id": number, "user_id": user_id, "relation": "self"}
        for number, (_, (_, user_id, _)) in numbered
        if user_id
    ]
    connection.execute(insert(tables.accounts), accounts)
    connection.execute(insert(tables.sessions), sessions)
    connection.execute(insert(tables.account_users), own)
    for number, (name, (role, user_id, doctor_id)) in numbered:
        made.principals[name] = Principal(role, number, number, f"visit-{name}", doctor_id, user_id)
    visit_types = [
        {"visit_type_id": 1, "name": "Follow-up", "minutes": 20, "buffer_minutes": 5, "position": 1},
        {"visit_type_id": 2, "name": "Physical check-up", "minutes": 40, "buffer_minutes": 5, "position": 2},
    ]
    connection.execute(insert(tables.visit_types), visit_types)
    doctors = [
        {
            "doctor_id": doctor_id,
            "name": name,
            "account_id": doctor_id + 2,
            "calendar_id": "clinic",
            "colour_id": "10",
        }
        for doctor_id, name in ((1, "Dr. Sarah Johnson"), (2, "Dr. Michael Chen"))
    ]
    offers = [
        {"doctor_id": doctor["doctor_id"], "visit_type_id": visit_type["visit_type_id"]}
        for doctor in doctors
        for visit_type in visit_types
    ]
    hours = [
        {"doctor_id": doctor["doctor_id"], "weekday": weekday, "opens": opens, "closes": closes}
        for doctor in doctors
        for weekday in range(5)
        for opens, closes in ((time(9), time(12)), (time(13), time(17)))
    ]
    connection.execute(insert(tables.doctors), doctors)
    connection.execute(insert(tables.doctor_visit_types), offers)
    connection.execute(insert(tables.opening_hours), hours)
    _continue_numbering(connection)


def _continue_numbering(connection: Connection) -> None:
    """PostgreSQL's sequences don't notice numbers that were given by hand."""
    if connection.dialect.name != "postgresql":
        return
    for table in (tables.users, tables.accounts, tables.sessions, tables.visit_types, tables.doctors):
        (key,) = table.primary_key.columns
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        connection.execute(select(func.setval(sequence, select(func.max(key)).scalar_subquery())))
