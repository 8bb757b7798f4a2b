from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.ui.agenda.grid_times import instant_of, read_wall, wall, wall_span, written

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "shown"),
    [
        (LONDON, utc(1, 15, 9), "2026-01-15T09:00:00"),
        (LONDON, utc(3, 29, 0, 30), "2026-03-29T00:30:00"),  # the last half hour before summer time
        (LONDON, utc(3, 29, 1), "2026-03-29T02:00:00"),  # one o'clock is skipped
        (LONDON, utc(3, 29, 9), "2026-03-29T10:00:00"),  # the same day, after
        (LONDON, utc(10, 25, 9), "2026-10-25T09:00:00"),  # the day of 25 hours
        (NEW_YORK, utc(3, 8, 6, 30), "2026-03-08T01:30:00"),
        (NEW_YORK, utc(3, 8, 7), "2026-03-08T03:00:00"),  # two o'clock is skipped
        (NEW_YORK, utc(3, 8, 14), "2026-03-08T10:00:00"),
        (NEW_YORK, utc(11, 1, 15), "2026-11-01T10:00:00"),
        (NEW_YORK, utc(12, 9, 3), "2026-12-08T22:00:00"),  # another date than in UTC
    ],
)
def test_an_instant_is_drawn_at_the_clinics_wall_time_and_comes_back(
    zone: ZoneInfo, moment: datetime, shown: str
) -> None:
    assert written(wall(moment, zone)) == shown
    assert instant_of(wall(moment, zone), zone) == moment


@pytest.mark.parametrize(
    ("zone", "dropped", "meant"),
    [
        (LONDON, datetime(2026, 3, 29, 1, 30), utc(3, 29, 1)),  # skipped: the instant of the change  # noqa: DTZ001
        (NEW_YORK, datetime(2026, 3, 8, 2, 15), utc(3, 8, 7)),  # noqa: DTZ001
        (LONDON, datetime(2026, 10, 25, 1, 30), utc(10, 25, 0, 30)),  # twice: the first  # noqa: DTZ001
        (NEW_YORK, datetime(2026, 11, 1, 1, 30), utc(11, 1, 5, 30)),  # noqa: DTZ001
    ],
)
def test_a_wall_time_that_is_skipped_or_comes_twice_means_one_instant(
    zone: ZoneInfo, dropped: datetime, meant: datetime
) -> None:
    assert instant_of(dropped, zone) == meant


def test_an_end_that_the_clock_shows_before_the_start_is_drawn_after_it() -> None:
    start, end = wall_span(utc(11, 1, 5, 50), utc(11, 1, 6, 10), NEW_YORK)  # 01:50 to 01:10, the second time round
    assert (written(start), written(end)) == ("2026-11-01T01:50:00", "2026-11-01T02:10:00")


@pytest.mark.parametrize(
    "text", ["2026-12-08T10:00:00", "2026-12-08T10:00:00Z", "2026-12-08T10:00:00.000Z", "2026-12-08T10:00:00-05:00"]
)
def test_only_the_wall_time_of_what_the_calendar_writes_is_read(text: str) -> None:
    assert read_wall(text) == datetime(2026, 12, 8, 10)  # noqa: DTZ001


@pytest.mark.parametrize("text", [None, 7, "", "soon", {}])
def test_what_is_no_time_is_none(text: object) -> None:
    assert read_wall(text) is None
