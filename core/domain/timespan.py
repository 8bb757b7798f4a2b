"""A half-open span of time between two instants."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.domain.errors import CareSlotError


class NaiveTime(CareSlotError):
    """A time without a zone is not an instant."""


class ReversedTime(CareSlotError):
    """The end must be after the start."""


def instant(value: datetime) -> datetime:
    """The same instant in UTC; NaiveTime where the value has no zone."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveTime
    return value.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Timespan:
    """The instants from `start` up to but not including `end`, both kept in UTC.

    UTC is taken at once because Python subtracts two datetimes of one zone as wall time,
    which is an hour off over a change of daylight saving time.
    Raises NaiveTime for times without a zone, ReversedTime where the end is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", instant(self.start))
        object.__setattr__(self, "end", instant(self.end))
        if self.end <= self.start:
            raise ReversedTime

    @property
    def duration(self) -> timedelta:
        """The elapsed time."""
        return self.end - self.start

    def overlaps(self, other: "Timespan") -> bool:
        """Whether the two share an instant; spans that only touch do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, moment: datetime) -> bool:
        """Whether the instant lies within; the start does, the end does not."""
        return self.start <= moment < self.end

    def covers(self, other: "Timespan") -> bool:
        """Whether the other lies wholly within this one."""
        return self.start <= other.start and other.end <= self.end
