"""Column types: instants that refuse naive values, and the clinic's wall time."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, Time
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.domain.timespan import instant


def epoch(value: datetime) -> int:
    """Whole epoch seconds of an aware instant; NaiveTime otherwise."""
    return int(instant(value).timestamp())


def from_epoch(value: int) -> datetime:
    """The aware instant in UTC at an epoch second."""
    return datetime.fromtimestamp(value, UTC)


class Instant(TypeDecorator[datetime]):
    """An instant, stored as whole epoch seconds: text of mixed precision would misorder, and naive values are refused."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """INTEGER on SQLite, BIGINT elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To epoch seconds."""
        return None if value is None else epoch(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From epoch seconds."""
        return None if value is None else from_epoch(value)


class WallTime(TypeDecorator[time]):
    """The clinic's wall time, to the minute: 'HH:MM' on SQLite, TIME on PostgreSQL."""

    impl = String(5)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """VARCHAR(5) on SQLite, TIME elsewhere."""
        return dialect.type_descriptor(String(5) if dialect.name == "sqlite" else Time())

    def process_bind_param(self, value: time | None, dialect: Dialect) -> Any:
        """To 'HH:MM' or a time."""
        if value is None:
            return None
        return value.strftime("%H:%M") if dialect.name == "sqlite" else value.replace(second=0, microsecond=0)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> time | None:  # noqa: ARG002
        """From 'HH:MM' or a time."""
        return time.fromisoformat(value) if isinstance(value, str) else value
