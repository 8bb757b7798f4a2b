"""Dates and times as people read them, always in the clinic's zone."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from babel.dates import format_date, get_timezone_name

LOCALE = "en_GB"
_WEEKDAY_IS_ENOUGH = timedelta(days=7)
_WEEKS_IN_YEAR = 53


@lru_cache(maxsize=4096)
def date_words(day: date, pattern: str, locale: str = LOCALE) -> str:
    """A date in a pattern of CLDR's, such as "EEE d MMM"; kept, for a page tells the same days many times over."""
    return str(format_date(day, pattern, locale=locale))


def day_label(day: date, locale: str = LOCALE) -> str:
    """A day of the clinic in full, such as "Tuesday 9 December"."""
    return date_words(day, "EEEE d MMMM", locale)


def full_date(day: date, locale: str = LOCALE) -> str:
    """A date with its year, such as "12 March 1980"."""
    return date_words(day, "d MMMM y", locale)


def dated_time(moment: datetime, zone: tzinfo, locale: str = LOCALE) -> str:
    """Weekday, date with its year, and wall time of an aware instant, such as "Tuesday 9 December 2025, 09:15"."""
    return f"{date_words(local_day(moment, zone), 'EEEE d MMMM y', locale)}, {clock_time(moment, zone)}"


def short_weekday(day: date, locale: str = LOCALE) -> str:
    """A day's short weekday, such as "Tue"."""
    return date_words(day, "EEE", locale)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The clinic's day on which an aware instant falls."""
    return _at(moment, zone).date()


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """The clinic's wall time of an aware instant, such as "09:15"."""
    return _at(moment, zone).strftime("%H:%M")


def day_and_time(moment: datetime, zone: tzinfo, locale: str = LOCALE) -> str:
    """Day and wall time of an aware instant, such as "Tuesday 9 December, 09:15"."""
    return f"{day_label(local_day(moment, zone), locale)}, {clock_time(moment, zone)}"


def short_time(moment: datetime, zone: tzinfo, locale: str = LOCALE) -> str:
    """Short weekday and wall time of an aware instant, such as "Tue 09:15"."""
    return f"{short_weekday(local_day(moment, zone), locale)} {clock_time(moment, zone)}"


def near_time(moment: datetime, zone: tzinfo, now: datetime, locale: str = LOCALE) -> str:
    """Like short_time within a week from now; later with the date, such as "Tue 23 Dec 09:15"."""
    day = local_day(moment, zone)
    if day < local_day(now, zone) + _WEEKDAY_IS_ENOUGH:
        return short_time(moment, zone, locale)
    return f"{date_words(day, 'EEE d MMM', locale)} {clock_time(moment, zone)}"


def zone_label(moment: datetime, zone: tzinfo, locale: str = LOCALE) -> str:
    """The zone's name at an aware instant, such as "Central European Standard Time"."""
    return str(get_timezone_name(_at(moment, zone), locale=locale))


def zone_on(days: Iterable[date], zone: tzinfo, locale: str = LOCALE) -> str:
    """The zone's name on all of these days, such as "Eastern Daylight Time"; in general, "Eastern Time", if clocks change."""
    moments = [
        datetime.combine(day, moment, zone)
        for day in sorted(set(days))
        for moment in (time.min, time.max.replace(microsecond=0))
    ]
    if len({(moment.utcoffset(), moment.dst()) for moment in moments}) == 1:
        return zone_label(moments[0], zone, locale)
    return str(get_timezone_name(zone, locale=locale))


def year_round(day: date) -> list[date]:
    """A day of every week of the year that begins then, for what goes by weekdays or for no day in particular."""
    return [day + timedelta(weeks=week) for week in range(_WEEKS_IN_YEAR)]


def is_morning(moment: datetime, zone: tzinfo) -> bool:
    """Whether an aware instant lies before noon on the clinic's clock."""
    return _at(moment, zone).hour < 12  # noqa: PLR2004 - noon


def _at(moment: datetime, zone: tzinfo) -> datetime:
    """The instant on the clinic's clock; ValueError for a naive one, which would be read in the machine's zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return moment.astimezone(zone)
