"""A receptionist's bookings through AppointmentScheduler, each followed by the statements that it sent, sent again by the
raw driver to a second clinic like the first. Both commit to the disk each time. Afterwards both hold the same appointments.

A booking's seven statements (eight on PostgreSQL, which locks) take a quarter of its processor time; the rest is SQLAlchemy's
handling of them, about a tenth of a millisecond each, and the checks in Python. With commits that wait for the disk both
wait alike. Of thirty-two threads the last waits for all others' bookings, so for the processor as well as for the disk.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import insert, text

from bench.data import Context
from bench.race import refuse_unequal
from bench.result import Result
from bench.statements import recording, send
from core.domain.principal import Principal, Role
from core.scheduler import tables
from core.scheduler.booking import AppointmentScheduler, Booking, SlotQuery
from core.scheduler.store import Store, open_engine

TITLE = "Booking"
FOLLOW_UP = 2
RECEPTION = 2
THREADS = 32
_BOOKED = (
    "SELECT appointment_id, user_id, doctor_id, starts_at FROM appointments WHERE booking_key LIKE 'bench%' ORDER BY 1"
)


class Desk:
    """A clinic with a receptionist who is signed in, and bookings that can be made there."""

    def __init__(self, url: str, context: Context) -> None:
        self.store = Store(open_engine(url))
        self.scheduler = AppointmentScheduler(self.store, context.clock)
        self.who = Principal(Role.RECEPTION, RECEPTION, 1_000_000)
        self._sign_in(context)
        self._free = self._bookings(context)

    def take(self, count: int) -> list[Booking]:
        return list(islice(self._free, count))

    def book(self, booking: Booking) -> None:
        self.scheduler.book_appointment(self.who, booking)

    def booked(self) -> list[tuple[Any, ...]]:
        with self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(_BOOKED))]

    def close(self) -> None:
        self.store.dispose()

    def _sign_in(self, context: Context) -> None:
        row = {
            "session_id": self.who.session_id,
            "token_hash": "0" * 64,
            "account_id": RECEPTION,
            "session_epoch": 1,
            "created_at": context.now,
            "seen_at": context.now,
            "expires_at": context.now + timedelta(days=1),
        }
        self.store.write(lambda connection: connection.execute(insert(tables.sessions).values(**row)))

    def _bookings(self, context: Context) -> Iterator[Booking]:
        """Free times that leave each other alone, for people who have nothing else to come."""
        with self.store.engine.connect() as connection:
            idle = (
                "SELECT user_id FROM users WHERE NOT EXISTS (SELECT 1 FROM appointments AS other "
                "WHERE other.user_id = users.user_id AND other.starts_at > :now) ORDER BY user_id DESC"
            )
            people = connection.execute(text(idle), {"now": int(context.now.timestamp())}).scalars().all()
        until: dict[int, Any] = {}
        persons = iter(people)
        for slot in self.scheduler.find_slots(Principal(), SlotQuery(FOLLOW_UP)):
            if slot.doctor_id in until and slot.starts_at < until[slot.doctor_id]:
                continue
            until[slot.doctor_id] = slot.ends_at + timedelta(minutes=10)
            person = next(persons, None)
            if person is None:
                return
            key = f"bench {slot.doctor_id} {slot.starts_at.timestamp():.0f}"
            yield Booking(key, person, slot.doctor_id, FOLLOW_UP, slot.starts_at, "Follow-up after the last visit")


@contextmanager
def _raw_sqlite(url: str) -> Iterator[Any]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
        connection.execute(f"PRAGMA {pragma}")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _raw_postgresql(url: str) -> Iterator[Any]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


class Pair:
    """Two clinics alike: one for the scheduler, one for the raw driver, which is sent the same statements."""

    def __init__(self, ours: Desk, other: Desk, raw: Any, begin: str) -> None:
        self.ours, self._other, self._cursor, self._begin = ours, other, raw.cursor(), begin
        self._times: list[tuple[float, float]] = []

    def book(self, booking: Booking) -> None:
        with recording(self.ours.store) as sent:
            started = perf_counter()
            self.ours.book(booking)
            own = perf_counter() - started
        started = perf_counter()
        self._cursor.execute(self._begin)
        send(self._cursor, sent)
        self._cursor.execute("COMMIT")
        self._times.append((perf_counter() - started, own))

    def medians(self) -> tuple[float, float]:
        """Seconds of a booking by the raw driver and by ours, the first few left out; the clinics must be alike still."""
        refuse_unequal(self._other.booked(), self.ours.booked(), "bookings")
        return median(floor for floor, _ in self._times[3:]), median(own for _, own in self._times[3:])

    def take(self, count: int) -> list[Booking]:
        return self.ours.take(count)


@contextmanager
def _on_sqlite(context: Context, stored: int) -> Iterator[Pair]:
    with context.sqlite_copy(stored) as one, context.sqlite_copy(stored) as two, ExitStack() as stack:
        os.sync()  # or the copies are still being written to the disk while bookings wait for it
        ours, other = (stack.enter_context(closing(Desk(url, context))) for url in (one, two))
        yield Pair(ours, other, stack.enter_context(_raw_sqlite(two)), "BEGIN IMMEDIATE")


@contextmanager
def _on_postgresql(context: Context, stored: int) -> Iterator[Pair]:
    with context.postgresql(stored) as one, context.postgresql(stored) as two, ExitStack() as stack:
        ours, other = (stack.enter_context(closing(Desk(url, context))) for url in (one, two))
        yield Pair(ours, other, stack.enter_context(_raw_postgresql(two)), "BEGIN")


def _in_turn(count: int, *pairs: Pair) -> list[tuple[float, float]]:
    for bookings in zip(*(pair.take(count + 3) for pair in pairs), strict=True):
        for pair, booking in zip(pairs, bookings, strict=True):
            pair.book(booking)
    return [pair.medians() for pair in pairs]


def _at_once(context: Context, stored: int) -> Result:
    """Thirty-two threads, each with a few bookings, all beginning together; the raw commit is measured right before.

    A shared disk is ten times slower in one minute than in the next.
    """
    with _on_sqlite(context, stored) as pair:
        ((raw_commit, _),) = _in_turn(context.rounds(100), pair)
        desk = pair.ours
        work = [desk.take(4) for _ in range(THREADS)]
        waits: list[float] = []
        errors: list[str] = []
        ready = threading.Barrier(THREADS)

        def book(bookings: list[Booking]) -> None:
            ready.wait()
            for booking in bookings:
                started = perf_counter()
                try:
                    desk.book(booking)
                except Exception as error:  # noqa: BLE001 - which errors come is what is asked
                    errors.append(type(error).__name__)
                waits.append(perf_counter() - started)

        threads = [threading.Thread(target=book, args=(bookings,)) for bookings in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    at_most = (THREADS * raw_commit + 0.1) * 1000
    found = Result.within(f"SQLite, {THREADS} threads at once: the worst wait", max(waits) * 1000, round(at_most), "ms")
    note = f"{len(errors)} of {len(waits)} bookings failed{': ' + ', '.join(sorted(set(errors))) if errors else ''}."
    return replace(found, met=found.met and not errors, note=note)


def run(context: Context) -> list[Result]:
    """Rates on both engines, on much and on little data, and many threads at once."""
    count = context.rounds(300)
    with _on_sqlite(context, context.small) as few, _on_sqlite(context, context.large) as many:
        (few_floor, few_ours), (floor, ours) = _in_turn(count, few, many)
    with _on_postgresql(context, context.medium) as pair:
        ((postgresql_floor, postgresql),) = _in_turn(count, pair)
    return [
        Result.rate(f"SQLite, {context.large:,} stored", 1 / floor, 1 / ours, 0.2),
        Result.rate(
            f"SQLite: {context.small:,} stored (as floor), then {context.large:,}",
            1 / few_ours,
            1 / ours,
            0.9,
            f"the raw statements alone: {few_floor / floor:.2f} of the rate.",
        ),
        Result.rate(f"PostgreSQL, {context.medium:,} stored", 1 / postgresql_floor, 1 / postgresql, 0.5),
        _at_once(context, context.medium),
    ]
