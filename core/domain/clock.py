"""Time is handed in, never fetched inside a rule."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant, aware, in UTC; the one place that asks the machine."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock that is handed in everywhere else
