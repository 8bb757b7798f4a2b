"""Who comes next, and for how long somebody has been waiting."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from core.domain.appointment import Status
from core.domain.timespan import instant

_IN_THE_ROOM = (Status.IN_PROGRESS, Status.CHECKED_IN, Status.SCHEDULED)
_AT_THE_DESK = (Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS)


class Visit(Protocol):
    """What is asked of an appointment to say whether it comes next; instants are aware."""

    @property
    def status(self) -> Status:
        """How far it has come."""

    @property
    def starts_at(self) -> datetime:
        """When it was to begin."""

    @property
    def ends_at(self) -> datetime:
        """When it was to end."""

    @property
    def checked_in_at(self) -> datetime | None:
        """When the patient arrived."""


V = TypeVar("V", bound=Visit)


def next_for_doctor(visits: Iterable[V], now: datetime) -> V | None:
    """The visit that one doctor turns to: the one in progress, else who has waited longest, else who is expected next."""
    return _first(visits, _IN_THE_ROOM, now)


def next_at_desk(visits: Iterable[V], now: datetime) -> V | None:
    """The visit that the desk of several doctors turns to: who is expected next, else who has waited longest."""
    return _first(visits, _AT_THE_DESK, now)


def waiting_minutes(visit: Visit, now: datetime) -> int | None:
    """For how many whole minutes a patient has been waiting; None for one who is not there or is being seen."""
    if visit.status is not Status.CHECKED_IN or visit.checked_in_at is None:
        return None
    return max(0, int((instant(now) - instant(visit.checked_in_at)).total_seconds()) // 60)


def is_expected(visit: Visit, now: datetime) -> bool:
    """Whether the patient may still come: nobody checked them in, and their time has not passed."""
    return visit.status is Status.SCHEDULED and now < visit.ends_at


def _first(visits: Iterable[V], order: tuple[Status, ...], now: datetime) -> V | None:
    """Whoever did not come in their time is not next any more; what became of them is asked elsewhere."""
    candidates = [
        visit
        for visit in visits
        if visit.status in order and (visit.status is not Status.SCHEDULED or is_expected(visit, now))
    ]
    return min(
        candidates,
        key=lambda visit: (order.index(visit.status), visit.checked_in_at or visit.starts_at, visit.starts_at),
        default=None,
    )
