"""Statements asked so often that they go straight to the driver: the way round costs more than a small answer itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

_Values = tuple[Any, ...] | dict[str, Any]
_Made = tuple[str, Callable[[Mapping[str, Any]], _Values]]


class Prepared:
    """A query written out once for each engine, answered in the driver's own tuples: values are as they are stored.

    It must not hold lists of values. Whoever listens to the engine's statements hears of it as of any other.
    """

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._made: dict[str, _Made] = {}

    def all(self, connection: Connection, asked: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The answer to these values, in the connection's transaction; raises what SQLAlchemy raises."""
        if not connection.in_transaction():
            connection.begin()
        dialect = connection.dialect
        text, values_of = self._made.get(dialect.name) or self._make(dialect)
        values = values_of(asked)
        cursor = connection.connection.cursor()
        try:
            connection.engine.dispatch.before_cursor_execute(connection, cursor, text, values, None, False)
            cursor.execute(text, values)
            return cursor.fetchall()
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(text, values, error, dialect.loaded_dbapi.Error, dialect=dialect) from error
        finally:
            cursor.close()

    def first(self, connection: Connection, asked: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of the answer, if there is one."""
        return next(iter(self.all(connection, asked)), None)

    def _make(self, dialect: Dialect) -> _Made:
        compiled = self._query.compile(dialect=dialect)
        made = self._made[dialect.name] = str(compiled), _values_of(compiled, dialect)
        return made


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
