"""The Clinic page's report on a year and the year before, against its statements sent by the raw driver alone; both
engines' own work is in both. Each report is read anew, as after a change; while nothing is changed the page keeps it,
and that is measured too. Extra memory is what Python holds at the most while the report is made.
"""

import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from bench.data import Context
from bench.race import race, where_time_goes
from bench.result import Result
from bench.statements import recording, send
from core.domain.principal import SYSTEM
from core.reports.report import Period, Question
from core.reports.reports import Reports
from core.scheduler.store import Store, open_engine

TITLE = "The Clinic page"


def run(context: Context) -> list[Result]:
    """Time and memory of the report on a year of fifty doctors, and of four weeks."""
    url = context.sqlite(context.large)
    store = Store(open_engine(url))
    reports = Reports(store, context.clock)
    yesterday = context.now.date() - timedelta(days=1)
    results = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        for what, days in (("a year", 365), ("28 days", 28)):
            question = Question(Period(yesterday - timedelta(days=days - 1), yesterday))

            def ours(question: Question = question) -> object:
                return Reports(store, context.clock).report(SYSTEM, question)

            def kept(question: Question = question) -> object:
                return reports.report(SYSTEM, question)

            with recording(store) as sent:
                ours()
            cursor = raw.cursor()

            def floor(cursor: sqlite3.Cursor = cursor, sent: list = sent) -> None:  # type: ignore[type-arg]
                cursor.execute("BEGIN")
                send(cursor, sent)
                cursor.execute("COMMIT")

            slow, anew, again = race(floor, ours, kept, rounds=context.rounds(20))
            result = Result.slower(f"report on {what}", slow, anew, 1.5)
            results.append(result if result.met else replace(result, note=where_time_goes(ours, times=3)))
            results.append(Result.slower(f"report on {what}, nothing changed", slow, again, 1.5))
            tracemalloc.start()
            ours()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            results.append(Result.within(f"extra memory, {what}", peak / 2**20, 50, "MB"))
    store.dispose()
    return results
