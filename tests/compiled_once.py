"""Statements compiled for one test's engine serve those of all others: each test opens one, which would begin anew."""

from typing import Any

from sqlalchemy import Engine

_COMPILED: dict[tuple[Any, ...], Any] = {}


class _Shared:
    """SQLAlchemy's cache of an engine: its keys begin with the engine's dialect, whose name alone is kept."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect

    def get(self, key: tuple[Any, ...]) -> Any:
        return _COMPILED.get((self._dialect, *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        _COMPILED[self._dialect, *key[1:]] = compiled


def shared(engine: Engine) -> Engine:
    """The engine, which takes from the others what they compiled."""
    engine.update_execution_options(compiled_cache=_Shared(engine.dialect.name))
    return engine
