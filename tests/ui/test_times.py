from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.ui import times

VIENNA = ZoneInfo("Europe/Vienna")
QUARTER_PAST_NINE = datetime(2025, 12, 9, 8, 15, tzinfo=UTC)


def test_a_day_reads_as_people_say_it():
    assert times.day_label(date(2025, 12, 9)) == "Tuesday 9 December"


def test_a_time_is_told_on_the_clinics_clock():
    assert times.day_and_time(QUARTER_PAST_NINE, VIENNA) == "Tuesday 9 December, 09:15"
    assert times.short_time(QUARTER_PAST_NINE, VIENNA) == "Tue 09:15"


def test_a_date_has_its_year():
    assert times.full_date(date(1980, 3, 12)) == "12 March 1980"


@pytest.mark.parametrize(("days", "words"), [(0, "Tue 09:15"), (6, "Tue 09:15"), (7, "Tue 9 Dec 09:15")])
def test_a_weekday_alone_names_a_day_within_a_week(days, words):
    now = QUARTER_PAST_NINE - timedelta(days=days)
    assert times.near_time(QUARTER_PAST_NINE, VIENNA, now) == words


def test_the_day_is_the_clinics_not_utcs():
    assert times.local_day(datetime(2025, 12, 8, 23, 30, tzinfo=UTC), VIENNA) == date(2025, 12, 9)


def test_the_zone_has_its_summer_name_in_summer():
    assert times.zone_label(QUARTER_PAST_NINE, VIENNA) == "Central European Standard Time"
    assert times.zone_label(datetime(2025, 7, 1, tzinfo=UTC), VIENNA) == "Central European Summer Time"


NEW_YORK = ZoneInfo("America/New_York")
BEFORE, CHANGE, AFTER = date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)


@pytest.mark.parametrize(
    ("zone", "days", "name"),
    [
        (NEW_YORK, [BEFORE], "Eastern Daylight Time"),
        (NEW_YORK, [AFTER], "Eastern Standard Time"),
        (NEW_YORK, [CHANGE], "Eastern Time"),
        (NEW_YORK, [BEFORE, AFTER], "Eastern Time"),
        (NEW_YORK, [AFTER, BEFORE], "Eastern Time"),
        (NEW_YORK, [AFTER, date(2027, 1, 4)], "Eastern Standard Time"),
        (NEW_YORK, times.year_round(AFTER), "Eastern Time"),
        (VIENNA, [date(2025, 7, 1)], "Central European Summer Time"),
        (VIENNA, times.year_round(AFTER), "Central European Time"),
        (ZoneInfo("Asia/Tokyo"), times.year_round(AFTER), "Japan Standard Time"),
        (ZoneInfo("America/Phoenix"), times.year_round(AFTER), "Mountain Standard Time"),
        (ZoneInfo("UTC"), times.year_round(AFTER), "Coordinated Universal Time"),
        (NEW_YORK, [date.min, date.max], "Eastern Time"),
    ],
)
def test_the_zone_is_named_as_it_is_on_the_days_that_are_shown(zone, days, name):
    assert times.zone_on(days, zone) == name


def test_noon_on_the_clinics_clock_is_afternoon():
    assert times.is_morning(datetime(2025, 12, 9, 10, 59, tzinfo=UTC), VIENNA)
    assert not times.is_morning(datetime(2025, 12, 9, 11, 0, tzinfo=UTC), VIENNA)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        times.clock_time(QUARTER_PAST_NINE.replace(tzinfo=None), VIENNA)
