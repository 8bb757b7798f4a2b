"""Finding people among 100,000 by what a receptionist types. In brackets stands how many are meant; the first twenty by name
are asked for. The floor is the same statements by the raw driver; who is found is compared with a look at every person.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from sqlalchemy import insert, select

from bench.data import Context
from bench.race import race, refuse_unequal, where_time_goes
from bench.result import Result
from bench.statements import recording, send
from core.domain.person_search import read_search
from core.domain.principal import SYSTEM
from core.scheduler import tables
from core.scheduler.patients import Patients
from core.scheduler.store import Store, open_engine

TITLE = "Finding people"
PEOPLE, QUICK_PEOPLE = 100_000, 3_000
LIMIT = 20
_AT_MOST = 50.0
_FIRST = (
    "Ada Aisha Amelia Ana Anders Ben Chen Clara Daniel Elena Emma Farid Fiona George Hana Hugo Ines Ivan Jack Jane Jonas "
    "Karin Lena Li Louis Maria Mehmet Mia Nadia Noah Olga Omar Paul Priya Rosa Sam Sofia Tom Vera Yusuf"
)
_STARTS = "Al Bar Ber Car Dal Ek Fer Gar Hol Hu Jo Kal Kor Lind Mar Mol Nor Oster Per Ram Ros Sand Sil Tor Vil Wes"
_ENDS = "berg den dez field han holm ini kovic ley lund man mann mark mond nen owski ques ridge sen son stein ton wood"
_COMMON = ("Smith", "Nguyen", "Garcia")


def run(context: Context) -> list[Result]:
    """By name, email, phone and day of birth on both engines."""
    results = []
    with context.sqlite_copy(context.small) as url:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        results += _searches(context, "SQLite", url, raw)
    with context.postgresql(context.small) as url:
        results += _searches(context, "PostgreSQL", url, psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
    return results


def _searches(context: Context, engine: str, url: str, raw: Any) -> list[Result]:
    with _store_with_people(url, QUICK_PEOPLE if context.quick else PEOPLE) as store, closing(raw):
        patients = Patients(store, context.clock)
        texts = store.read(lambda c: list(c.execute(select(tables.users.c.user_id, tables.users.c.search_text))))
        return [_search(context, f"{engine}, {what}", patients, store, raw, texts, typed) for what, typed in _typed()]


def _typed() -> list[tuple[str, str]]:
    """What is typed, by what it is; the last of the people is meant where it is somebody's own."""
    known = _person(QUICK_PEOPLE)
    born = known["date_of_birth"]
    first, family = known["name"].split()
    return [
        ("the whole name", known["name"]),
        ("a common name", "jane smith"),
        ("the beginning of a name", "smi"),
        ("two letters, late in the alphabet", "yu"),
        ("part of a frequent name", "osa"),
        ("parts of two names", f"{family[1:5]} {first[-3:]}"),
        ("email", known["email"]),
        ("phone", known["phone"].removeprefix("+1 ")),
        ("the end of a phone number", known["phone"][-4:]),
        ("date of birth", f"{born:%d.%m.%Y}"),
        ("name and date of birth", f"{first} {born:%m/%d/%Y}"),
        ("nobody", "xylophone"),
    ]


def _search(
    context: Context, what: str, patients: Patients, store: Store, raw: Any, texts: list[Any], typed: str
) -> Result:
    def ours() -> list[int]:
        return [person.user_id for person in patients.find(SYSTEM, typed, LIMIT)]

    sought = read_search(typed)
    meant = [] if sought is None else sorted((text.encode(), number) for number, text in texts if sought.finds(text))
    with recording(store) as sent:
        refuse_unequal([number for _, number in meant[:LIMIT]], ours(), what)
    cursor = raw.cursor()

    def floor() -> None:
        cursor.execute("BEGIN")
        send(cursor, sent)
        cursor.execute("COMMIT")

    least, own = race(floor, ours, rounds=context.rounds(100))
    found = Result.within(f"{what} ({len(meant):,})", own * 1000, _AT_MOST, "ms")
    shown = replace(found, floor=f"{least * 1000:,.4g} ms", value=f"{own / least:.2f} \N{MULTIPLICATION SIGN}")
    return shown if shown.met else replace(shown, note=where_time_goes(ours))


@contextmanager
def _store_with_people(url: str, count: int) -> Iterator[Store]:
    store = Store(open_engine(url))
    try:
        for start in range(0, count, 10_000):
            people = [_person(number) for number in range(start + 1, min(start + 10_000, count) + 1)]
            store.write(lambda connection, people=people: connection.execute(insert(tables.users), people))
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA optimize" if store.is_sqlite else "VACUUM ANALYZE users")
        yield store
    finally:
        store.dispose()


def _person(number: int) -> dict[str, Any]:
    """The person of this number, the same each time: two in a hundred of each common family name."""
    chance = Random(number)
    common = chance.random()
    family = (
        chance.choice(_STARTS.split()) + chance.choice(_ENDS.split()) if common > 0.06 else _COMMON[int(common * 50)]
    )
    name = f"{chance.choice(_FIRST.split())} {family}"
    return {
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}.{number}@example.com",
        "phone": f"+1 {chance.randrange(200, 990)} 555 {chance.randrange(10_000):04}",
        "date_of_birth": date(1935, 1, 1) + timedelta(days=chance.randrange(80 * 365)),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
