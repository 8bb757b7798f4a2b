"""Statements asked so often that they go straight to the driver: the way round costs more than a small answer itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

T = TypeVar("T")
_Values = tuple[Any, ...] | dict[str, Any]
_Made = tuple[str, Callable[[Mapping[str, Any]], _Values]]


class Prepared:
    """A statement written out once for each engine, answered in the driver's own tuples: values are as they are stored.

    It must not hold lists of values. Whoever listens to the engine's statements hears of it as of any other.
    """

    def __init__(self, statement: Select[Any] | Insert | Update) -> None:
        self._statement = statement.inline() if isinstance(statement, Insert) else statement  # asking for no new number
        self._made: dict[str, _Made] = {}

    def all(self, connection: Connection, asked: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The answer to these values, in the connection's transaction; raises what SQLAlchemy raises."""
        return self._ask(connection, asked, _fetch)

    def first(self, connection: Connection, asked: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of the answer, if there is one."""
        return next(iter(self.all(connection, asked)), None)

    def run(self, connection: Connection, asked: Mapping[str, Any]) -> None:
        """Write these values, in the connection's transaction; raises what SQLAlchemy raises."""
        self._ask(connection, asked, _nothing)

    def _ask(self, connection: Connection, asked: Mapping[str, Any], answer: Callable[[Any], T]) -> T:
        if not connection.in_transaction():
            connection.begin()
        dialect = connection.dialect
        text, values_of = self._made.get(dialect.name) or self._make(dialect)
        values = values_of(asked)
        cursor = connection.connection.cursor()
        try:
            connection.engine.dispatch.before_cursor_execute(connection, cursor, text, values, None, False)
            cursor.execute(text, values)
            return answer(cursor)
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(text, values, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
        finally:
            cursor.close()

    def _make(self, dialect: Dialect) -> _Made:
        compiled = self._statement.compile(dialect=dialect)
        made = self._made[dialect.name] = str(compiled), _values_of(compiled, dialect)
        return made


def _fetch(cursor: Any) -> Sequence[tuple[Any, ...]]:
    return cursor.fetchall()  # type: ignore[no-any-return]


def _nothing(cursor: Any) -> None:
    """Nothing is to be fetched after a write."""


def _values_of(compiled: SQLCompiler, dialect: Dialect) -> Callable[[Mapping[str, Any]], _Values]:
    """What makes the driver's values of those that are asked for."""
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    names = compiled.positiontup or list(compiled.binds)
    places = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]

    def stored(asked: Mapping[str, Any]) -> list[Any]:
        known = {**fixed, **asked}
        return [convert(known[name]) if convert else known[name] for name, convert in places]

    if compiled.positional:
        return lambda asked: tuple(stored(asked))
    return lambda asked: dict(zip(names, stored(asked), strict=True))
