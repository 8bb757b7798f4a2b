"""Days to the third free slot, as a truth table in the clinic's zone."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.third_next_available import third_next_available

LONDON = ZoneInfo("Europe/London")
FRIDAY = date(2026, 3, 27)  # the clocks go forward on Sunday the 29th


def at(*walls: str) -> list[int]:
    return [int(datetime.fromisoformat(wall).replace(tzinfo=LONDON).timestamp()) for wall in walls]


@pytest.mark.parametrize(
    ("starts", "days"),
    [
        ([], None),  # nothing is free
        (at("2026-03-27 09:00", "2026-03-27 09:15"), None),  # the first two are there by chance
        (at("2026-03-27 09:00", "2026-03-27 09:15", "2026-03-27 23:45"), 0),  # the third one today, late
        (at("2026-03-27 09:00", "2026-03-27 09:00", "2026-03-27 09:00"), 0),  # three doctors at once are three slots
        (at("2026-03-27 09:00", "2026-03-27 09:15", "2026-03-28 00:00"), 1),  # midnight is tomorrow
        (at("2026-03-27 09:00", "2026-03-27 09:15", "2026-03-30 00:15"), 3),  # the weekend counts, one of 47 hours
        (at("2026-03-27 09:00", "2026-03-30 09:00", "2026-04-02 09:00", "2026-04-03 09:00"), 6),  # the third, no other
    ],
)
def test_days_run_to_the_third_free_slot(starts: list[int], days: int | None) -> None:
    assert third_next_available(starts, FRIDAY, LONDON) == days


def test_no_more_than_three_are_looked_for() -> None:
    def starts() -> Iterator[int]:
        yield from at("2026-03-27 09:00", "2026-03-27 09:15", "2026-03-28 09:00")
        raise AssertionError

    assert third_next_available(starts(), FRIDAY, LONDON) == 1
