"""Lists of appointments as pages get them, against the raw driver that fetches the same rows and makes nothing of them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

from bench.data import Context
from bench.race import race, refuse_unequal, where_time_goes
from bench.result import Result
from bench.statements import recording, send
from core.domain.principal import SYSTEM
from core.scheduler.rows import Row
from core.scheduler.schedule import Schedule
from core.scheduler.store import Store, open_engine

TITLE = "Lists"
DOCTOR = 7
_AT_MOST = 1.6


def run(context: Context) -> list[Result]:
    """A doctor's week, and the days of all doctors that hold about five hundred appointments."""
    url = context.sqlite(context.large)
    store = Store(open_engine(url))
    schedule = Schedule(store, context.clock)
    monday = context.now.date() - timedelta(days=context.now.weekday() + 7)
    lists: list[tuple[str, Callable[[], list[Row]]]] = [
        ("a doctor's week", lambda: schedule.between(SYSTEM, DOCTOR, monday, monday + timedelta(days=6))),
        ("about 500 appointments", lambda: schedule.between(SYSTEM, None, monday, _last(schedule, monday))),
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
    store.dispose()
    return results


def _last(schedule: Schedule, monday: date) -> date:
    """The first day by which five hundred appointments have come together."""
    last = monday
    while len(schedule.between(SYSTEM, None, monday, last)) < 500 and last < monday + timedelta(days=60):
        last += timedelta(days=1)
    return last
