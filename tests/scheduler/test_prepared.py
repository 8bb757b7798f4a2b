from datetime import date
from typing import Any

import pytest
from sqlalchemy import BigInteger, bindparam, event, func, insert, select, type_coerce
from sqlalchemy.exc import DBAPIError

from core.scheduler.prepared import Prepared
from core.scheduler.store import ConstraintBroken, Store
from core.scheduler.tables import calendars, users
from core.scheduler.types import epoch
from tests.conftest import HandClock

BORN = date(1980, 2, 29)
CREATED = Prepared(
    select(users.c.user_id, type_coerce(users.c.created_at, BigInteger)).where(
        users.c.created_at <= bindparam("now"), users.c.date_of_birth == bindparam("born"), users.c.email == ""
    )
)
CALENDARS = Prepared(select(calendars.c.calendar_id, type_coerce(calendars.c.last_push_at, BigInteger)))
ADD = Prepared(
    insert(calendars).values(
        calendar_id=bindparam("number"), name="Clinic", provider="embedded", last_push_at=bindparam("now")
    )
)
COUNT = Prepared(select(func.count()).select_from(users))


def add(store: Store, clock: HandClock, number: int) -> None:
    person = {"user_id": number, "name": "Jane Smith", "created_at": clock(), "date_of_birth": BORN}
    store.write(lambda connection: connection.execute(insert(users), person))


def test_values_are_handed_in_as_people_write_them_and_come_back_as_they_are_stored(
    store: Store, clock: HandClock
) -> None:
    add(store, clock, 1)
    for _ in range(2):
        assert store.read(lambda connection: CREATED.all(connection, {"now": clock(), "born": BORN})) == [
            (1, epoch(clock()))
        ]
    assert store.read(lambda connection: CREATED.first(connection, {"now": clock(), "born": date.min})) is None


def test_a_value_that_was_forgotten_is_refused_and_not_taken_for_nothing(store: Store, clock: HandClock) -> None:
    with pytest.raises(KeyError):
        store.read(lambda connection: CREATED.all(connection, {"now": clock()}))


def test_two_answers_of_one_reading_are_of_the_same_moment(sqlite_store: Store, clock: HandClock) -> None:
    with sqlite_store.engine.connect() as connection:
        before = COUNT.first(connection, {})
        add(sqlite_store, clock, 1)
        assert COUNT.first(connection, {}) == before == (0,)


def test_what_is_written_is_kept_with_its_transaction_and_a_refusal_has_its_name(
    store: Store, clock: HandClock
) -> None:
    values = {"number": "one", "now": clock()}
    store.write(lambda connection: ADD.run(connection, values))
    with pytest.raises(ConstraintBroken) as broken:
        store.write(lambda connection: ADD.run(connection, values))
    assert broken.value.name in {"calendars_pk", "calendars.calendar_id"}
    with pytest.raises(IndexError):
        store.write(lambda connection: (ADD.run(connection, values | {"number": "two"}), [].pop()))
    assert store.read(lambda connection: CALENDARS.all(connection, {})) == [("one", epoch(clock()))]


def test_whoever_listens_to_statements_hears_of_it(store: Store) -> None:
    heard = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        heard.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    store.read(lambda connection: COUNT.all(connection, {}))
    assert len(heard) == 1
    assert "count(*)" in heard[0]


def test_a_failure_is_told_as_of_any_statement(store: Store) -> None:
    broken = Prepared(select(func.no_such_function(bindparam("value", type_=BigInteger))))
    with pytest.raises(DBAPIError) as caught:
        store.read(lambda connection: broken.all(connection, {"value": 1}))
    assert caught.value.orig is not None
