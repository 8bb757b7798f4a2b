"""Filling an empty database with the demo clinic, in bulk and with every rule of the database in force."""

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, insert, select

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.policy import Policy
from core.scheduler import rollup, tables
from core.scheduler.demo.shapes import SESSIONS, WEEKDAYS, ClinicShape, Visit, VisitShape, visits
from core.scheduler.demo.snapshots import add_snapshots
from core.scheduler.passwords import hash_password
from core.scheduler.store import ConstraintBroken, Store

ZONE = "America/New_York"
PASSWORD = "riverside demo clinic"  # noqa: S105 - printed for everyone; production refuses the demo
CALENDAR = "clinic"
PATIENTS = 202
HISTORY_DAYS = 30
CHUNK = 20_000
_CACHE_KIB = 400_000  # an upper bound, taken only as far as there are pages to keep

DemoSignIns = list[tuple[str, str, str]]
"""Role, email, password."""

_DOCTORS = (
    ("Dr. Sarah Johnson", "Neurology \N{EN DASH} Stroke Specialist", "Room 1", "10"),
    ("Dr. Michael Chen", "Emergency Medicine", "Room 2", "5"),
    ("Dr. Aisha Khan", "Rehabilitation & Recovery", "Room 3", "3"),
)
_VISIT_TYPES = (
    ("First visit", 30, True, False, 0.2),
    ("Follow-up", 20, True, False, 0.45),
    ("Physical check-up", 40, True, False, 0.2),
    ("Video visit", 15, True, True, 0.15),
)
_BUFFER = 5
_FIRST = (
    "Ada Ben Clara Daniel Elena Farid Grace Hugo Irene Jonas Kavya Liam Mara Noah Olga Priya Quentin Rosa Samuel Tara"
)
_LAST = (
    "Adams Brooks Castro Diaz Evans Fischer Garcia Hughes Ito Jensen Kaur Lopez Moreau Novak Okafor Patel Reyes Silva"
)


class DatabaseNotEmpty(CareSlotError):
    """This database already holds a clinic, so the demo clinic was not added. Choose an empty one."""


def is_empty(store: Store) -> bool:
    """Whether no clinic and no account stands in the database yet."""
    return store.read(
        lambda connection: (
            connection.execute(select(tables.clinic.c.clinic_id)).first() is None
            and connection.execute(select(tables.accounts.c.account_id).limit(1)).first() is None
        )
    )


def fill_demo(
    store: Store, clock: Clock, doctors: int = 3, appointments: int | None = None, seed: int = 1
) -> DemoSignIns:
    """Fill an empty database in one transaction and return how to sign in; DatabaseNotEmpty, BadInput.

    Without `appointments` they reach from nine months back to sixty days ahead; more stretch further back.
    """
    password_hash = hash_password(PASSWORD)
    if not is_empty(store):
        raise DatabaseNotEmpty
    try:
        return store.write(lambda connection: _fill(connection, clock(), doctors, appointments, seed, password_hash))
    except ConstraintBroken as broken:
        if is_empty(store):
            raise
        raise DatabaseNotEmpty from broken  # another process was quicker


def demo_sign_ins(store: Store) -> DemoSignIns | None:
    """How to sign in to a demo clinic, None where the clinic is none; accounts with a password of their own are left out."""
    # Only the demo's accounts share a hash: any other password is hashed with a salt of its own.
    shared = select(tables.accounts.c.password_hash).group_by(tables.accounts.c.password_hash).having(func.count() > 1)
    query = (
        select(tables.accounts.c.role, tables.accounts.c.email)
        .where(tables.accounts.c.active, tables.accounts.c.password_hash.in_(shared))
        .order_by(tables.accounts.c.account_id)
    )

    def work(connection: Connection) -> DemoSignIns | None:
        if not connection.execute(select(tables.clinic.c.demo)).scalar():
            return None
        return [(role, email, PASSWORD) for role, email in connection.execute(query)]

    return store.read(work)


def _fill(
    connection: Connection, now: datetime, doctors: int, most: int | None, seed: int, password_hash: str
) -> DemoSignIns:
    people = max(PATIENTS, doctors * 60, (most or 0) // 20)
    _add_clinic(connection)
    _add_people(connection, people, seed, now)
    signs = _add_accounts(connection, doctors, password_hash, now)
    shape = ClinicShape(
        ZoneInfo(ZONE),
        doctors,
        people,
        tuple(
            VisitShape(number, minutes, _BUFFER, share)
            for number, (_, minutes, _, _, share) in enumerate(_VISIT_TYPES, 1)
        ),
    )
    drawn: Iterable[Visit] = visits(shape, now, seed, most)
    if most is None:
        drawn = list(drawn)
        most = len(drawn)
    # They come from the last to the first; numbers rise with time.
    numbered = ((most - index, *visit) for index, visit in enumerate(drawn))
    recent = int((now - timedelta(days=HISTORY_DAYS)).timestamp())
    if connection.dialect.name == "sqlite":
        # Five indexes grow at once: in the usual 2 MB their pages would be written out and read again without end.
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
    with rollup.in_bulk(connection):
        while chunk := list(islice(numbered, CHUNK)):
            _insert(connection, "appointments", ("appointment_id", *Visit._fields), chunk)
            _insert(
                connection,
                "appointment_history",
                ("appointment_id", "at", "role", "action", "why", "after"),
                _history(chunk, recent),
            )
    for table in (tables.users, tables.accounts, tables.visit_types, tables.doctors, tables.appointments):
        _continue_numbering(connection, table)
    add_snapshots(connection, now.astimezone(shape.zone).date())
    return signs


def _history(chunk: list[tuple[Any, ...]], recent: int) -> list[tuple[Any, ...]]:
    """How the appointments of the last weeks and of the future came to be."""
    rows = []
    for number, *values in chunk:
        visit = Visit(*values)
        if visit.starts_at < recent:
            continue
        booked = {
            "doctor_id": visit.doctor_id,
            "visit_type_id": visit.visit_type_id,
            "status": "scheduled",
            "cancelled_by": None,
            "cancel_reason": None,
            "cancelled_late": False,
            "starts_at": visit.starts_at,
            "ends_at": visit.ends_at,
            "occupied_until": visit.occupied_until,
            "checked_in_at": None,
            "started_at": None,
            "completed_at": None,
            "cancelled_at": None,
        }
        rows.append((number, visit.created_at, "reception", "book", "", json.dumps(booked)))
    return rows


def _insert(connection: Connection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Rows of plain values by the fastest way each engine has."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        return
    raw: Any = connection.connection.dbapi_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _add_clinic(connection: Connection) -> None:
    policy = Policy()
    connection.execute(
        insert(tables.clinic).values(
            clinic_id=1,
            installation=str(uuid.uuid4()),
            name="Riverside Clinic",
            address="12 Riverside Walk",
            phone="555-0100",
            emergency="911",
            zone=ZONE,
            notice_minutes=policy.notice_minutes,
            horizon_days=policy.horizon_days,
            cutoff_minutes=policy.cutoff_minutes,
            max_upcoming=policy.max_upcoming,
            hold_minutes=policy.hold_minutes,
            grid_minutes=policy.grid_minutes,
            demo=True,
        )
    )
    connection.execute(
        insert(tables.calendars).values(
            calendar_id=CALENDAR, name="Riverside Clinic", provider="embedded", detail="full"
        )
    )
    connection.execute(
        insert(tables.visit_types),
        [
            {
                "visit_type_id": number,
                "name": name,
                "minutes": minutes,
                "buffer_minutes": _BUFFER,
                "online": online,
                "remote": remote,
                "place": "",
                "position": number,
            }
            for number, (name, minutes, online, remote, _) in enumerate(_VISIT_TYPES, 1)
        ],
    )


def _add_people(connection: Connection, people: int, seed: int, now: datetime) -> None:
    random = Random(seed + 1)  # noqa: S311 - invented people are no secret
    first, last = _FIRST.split(), _LAST.split()
    rows = []
    for number in range(1, people + 1):
        name = {1: "John Doe", 2: "Jane Smith"}.get(number) or f"{random.choice(first)} {random.choice(last)}"
        suffix = "" if number <= 2 else f".{number}"  # noqa: PLR2004 - the two named ones
        rows.append(
            {
                "user_id": number,
                "name": name,
                "email": f"{name.lower().replace(' ', '.')}{suffix}@example.com",
                "phone": f"555-{1000 + number % 9000}",
                "date_of_birth": date(1935, 1, 1) + timedelta(days=random.randrange(80 * 365)),
                "created_at": now,
            }
        )
    for start in range(0, people, CHUNK):
        connection.execute(insert(tables.users), rows[start : start + CHUNK])


def _doctors(count: int) -> Iterator[tuple[str, str, str, str]]:
    yield from _DOCTORS[:count]
    first, last = _FIRST.split(), _LAST.split()
    for number in range(len(_DOCTORS), count):
        name = f"Dr. {first[number % len(first)]} {last[number % len(last)]}"
        yield name, "General Medicine", f"Room {number + 1}", str(1 + number % 11)


def _add_accounts(connection: Connection, doctors: int, password_hash: str, now: datetime) -> DemoSignIns:
    accounts: list[tuple[str, str, str, int | None]] = [
        ("manager", "manager@example.com", "Morgan Lee", None),
        ("reception", "reception@example.com", "Robin Park", None),
        ("patient", "john.doe@example.com", "John Doe", 1),
        ("patient", "jane.smith@example.com", "Jane Smith", 2),
    ]
    team = list(_doctors(doctors))
    for number, (name, *_) in enumerate(team):
        suffix = "" if number < len(_DOCTORS) else f".{number + 1}"
        email = f"{name.removeprefix('Dr. ').lower().replace(' ', '.')}{suffix}@example.com"
        accounts.append(("doctor", email, name, None))
    connection.execute(
        insert(tables.accounts),
        [
            {
                "account_id": number,
                "email": email,
                "password_hash": password_hash,
                "role": role,
                "user_id": user_id,
                "name": name,
                "created_at": now,
            }
            for number, (role, email, name, user_id) in enumerate(accounts, 1)
        ],
    )
    connection.execute(
        insert(tables.account_users),
        [{"account_id": 3, "user_id": 1, "relation": "self"}, {"account_id": 4, "user_id": 2, "relation": "self"}],
    )
    for number, (name, specialty, room, colour) in enumerate(team, 1):
        connection.execute(
            insert(tables.doctors).values(
                doctor_id=number,
                account_id=len(accounts) - len(team) + number,
                name=name,
                specialty=specialty,
                room=room,
                calendar_id=CALENDAR,
                colour_id=colour,
            )
        )
        connection.execute(
            insert(tables.doctor_visit_types),
            [{"doctor_id": number, "visit_type_id": kind} for kind in range(1, len(_VISIT_TYPES) + 1)],
        )
        connection.execute(insert(tables.opening_hours), _hours(number))
    return [(role, email, PASSWORD) for role, email, _, _ in accounts]


def _hours(doctor_id: int) -> list[dict[str, int | time]]:
    return [
        {"doctor_id": doctor_id, "weekday": weekday, "opens": opens, "closes": closes}
        for weekday in range(len(WEEKDAYS))
        for opens, closes in SESSIONS
    ]


def _continue_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL's sequences don't notice numbers that were given by hand."""
    if connection.dialect.name != "postgresql":
        return
    (key,) = table.primary_key.columns
    sequence = func.pg_get_serial_sequence(table.name, key.name)
    connection.execute(select(func.setval(sequence, select(func.max(key)).scalar_subquery())))
