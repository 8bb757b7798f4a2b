from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.appointment import Status
from core.domain.waiting import is_expected, next_at_desk, next_for_doctor, waiting_minutes

S = Status
NOW = datetime(2026, 12, 7, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class OneVisit:
    name: str
    status: Status
    starts_at: datetime
    checked_in_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=20)


def one(name: str, status: Status, starts: int, arrived: int | None = None) -> OneVisit:
    """Minutes before (negative) or after NOW."""
    arrival = None if arrived is None else NOW + timedelta(minutes=arrived)
    return OneVisit(name, status, NOW + timedelta(minutes=starts), arrival)


SEEN = one("seen", S.IN_PROGRESS, -15, -30)
WAITS = one("waits", S.CHECKED_IN, 0, -12)
WAITS_LONGER = one("waits longer", S.CHECKED_IN, 30, -20)
EXPECTED = one("expected", S.SCHEDULED, 15)
LATER = one("later", S.SCHEDULED, 45)
LATE = one("late", S.SCHEDULED, -19)
MISSED = one("missed", S.SCHEDULED, -20)
DONE = one("done", S.COMPLETED, -60, -70)
CANCELLED = one("cancelled", S.CANCELLED, 5)
NO_SHOW = one("no-show", S.NO_SHOW, -40)

WHO_IS_NEXT = [
    ([], None, None),
    ([DONE, CANCELLED, NO_SHOW], None, None),
    ([DONE, SEEN, WAITS, EXPECTED], "seen", "expected"),
    ([SEEN, WAITS], "seen", "waits"),
    ([SEEN], "seen", "seen"),
    ([EXPECTED, WAITS], "waits", "expected"),
    ([WAITS, WAITS_LONGER], "waits longer", "waits longer"),
    ([LATER, EXPECTED], "expected", "expected"),
    ([EXPECTED, LATE], "late", "late"),
    ([MISSED, LATER], "later", "later"),
    ([MISSED], None, None),
    ([MISSED, WAITS], "waits", "waits"),
]


@pytest.mark.parametrize(("visits", "for_doctor", "at_desk"), WHO_IS_NEXT)
def test_who_is_next(visits: list[OneVisit], for_doctor: str | None, at_desk: str | None) -> None:
    for order in (visits, visits[::-1]):
        found, desk = next_for_doctor(order, NOW), next_at_desk(order, NOW)
        assert (found and found.name, desk and desk.name) == (for_doctor, at_desk)


@pytest.mark.parametrize(
    ("status", "seconds", "minutes"),
    [
        (S.CHECKED_IN, 0, 0),
        (S.CHECKED_IN, 59, 0),
        (S.CHECKED_IN, 60, 1),
        (S.CHECKED_IN, 12 * 60 + 59, 12),
        (S.CHECKED_IN, -5, 0),
        (S.SCHEDULED, 600, None),
        (S.IN_PROGRESS, 600, None),
        (S.COMPLETED, 600, None),
    ],
)
def test_only_who_is_checked_in_waits(status: Status, seconds: int, minutes: int | None) -> None:
    visit = OneVisit("x", status, NOW, NOW)
    assert waiting_minutes(visit, NOW + timedelta(seconds=seconds)) == minutes


def test_waiting_over_a_change_of_clocks_counts_real_minutes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 29, 1, 50, tzinfo=berlin)
    after = datetime(2026, 3, 29, 3, 10, tzinfo=berlin)
    assert waiting_minutes(OneVisit("x", S.CHECKED_IN, before, before), after) == 20


def test_nobody_is_expected_after_their_time_or_once_they_came() -> None:
    assert is_expected(LATE, NOW)
    assert not is_expected(MISSED, NOW)
    assert not is_expected(WAITS, NOW)
