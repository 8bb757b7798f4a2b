"""Lists of appointments as a page gets them for a signed-in receptionist, against the raw driver sending the same statements.

A row keeps what is stored and makes an instant of it only when somebody reads it; the driver makes nothing of it either.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

from bench.data import Context
from bench.race import race, refuse_unequal, where_time_goes
from bench.result import Result
from bench.statements import recording, send
from core.domain.principal import Principal
from core.scheduler.accounts import Accounts
from core.scheduler.demo.load import PASSWORD
from core.scheduler.rows import Row
from core.scheduler.schedule import Schedule
from core.scheduler.store import Store, open_engine

TITLE = "Lists"
DOCTOR = 7
_AT_MOST = 1.6


def run(context: Context) -> list[Result]:
    """A doctor's week, and the days of all doctors that hold about five hundred appointments."""
    with context.sqlite_copy(context.large) as url:
        store = Store(open_engine(url))
        try:
            return _measure(context, url, store)
        finally:
            store.dispose()


def _measure(context: Context, url: str, store: Store) -> list[Result]:
    schedule, who = Schedule(store, context.clock), _sign_in(context, store)
    monday = context.now.date() - timedelta(days=context.now.weekday() + 7)
    last = _last(schedule, who, monday)
    lists: list[tuple[str, Callable[[], list[Row]]]] = [
        ("a doctor's week", lambda: schedule.between(who, DOCTOR, monday, monday + timedelta(days=6))),
        ("about 500 appointments", lambda: schedule.between(who, None, monday, last)),
    ]
    results = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        for what, ours in lists:
            with recording(store) as sent:
                rows = ours()
            cursor = raw.cursor()

            def floor(cursor: sqlite3.Cursor = cursor, sent: list = sent) -> list:  # type: ignore[type-arg]
                cursor.execute("BEGIN")
                answers = send(cursor, sent)
                cursor.execute("COMMIT")
                return answers

            refuse_unequal([row[0] for row in floor()[-1]], [row.appointment_id for row in rows], what)
            result = Result.slower(f"{what} ({len(rows)})", *race(floor, ours, rounds=context.rounds(300)), _AT_MOST)
            results.append(result if result.met else replace(result, note=where_time_goes(ours)))
    return results


def _sign_in(context: Context, store: Store) -> Principal:
    accounts = Accounts(store, context.clock)
    who = accounts.principal_of(accounts.sign_in("reception@example.com", PASSWORD), "bench")
    assert who is not None
    return who


def _last(schedule: Schedule, who: Principal, monday: date) -> date:
    """The first day by which five hundred appointments have come together."""
    last = monday
    while len(schedule.between(who, None, monday, last)) < 500 and last < monday + timedelta(days=60):
        last += timedelta(days=1)
    return last
