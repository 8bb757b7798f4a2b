"""Figures as people read them: hours, percentages, days and minutes, weekdays and periods; None is told as a dash."""

from datetime import date, timedelta
from functools import lru_cache

from babel.numbers import format_decimal

from core.reports.report import Period
from core.ui.times import LOCALE, date_words, full_date, short_weekday
from core.ui.words import _, ngettext

NOTHING = "\N{EN DASH}"
LEAST_VISITS = 20
"""Of fewer visits a rate or a quantile says more about chance than about the clinic."""

MINUTES_PER_HOUR = 60
_WHOLE_FROM = 10
_A_MONDAY = date(2024, 1, 1)


def share_of(part: float, whole: float) -> float | None:
    """A part as a fraction of 1; None of nothing."""
    return part / whole if whole else None


def percent(share: float | None) -> str:
    """A fraction of 1 such as "71 %"; what is there but rounds to nothing is "< 1 %"."""
    if share is None:
        return NOTHING
    whole = round(share * 100)
    number = "<\N{NO-BREAK SPACE}1" if share > 0 and not whole else str(whole)
    return f"{number}\N{NO-BREAK SPACE}%"


def percentage(share: float | None) -> float | None:
    """A fraction of 1 as percent for a table, to one place."""
    return None if share is None else round(share * 100, 1)


def number(value: float, locale: str = LOCALE) -> str:
    """A number without its unit: whole from 10 on, before that to one place, such as "1,240" and "7.5"."""
    return _decimal(value, "#,##0" if value >= _WHOLE_FROM else "0.#", locale)


def hours(minutes: float) -> str:
    """Minutes as hours, without the unit."""
    return number(minutes / MINUTES_PER_HOUR)


def table_hours(minutes: float) -> float:
    """Minutes as hours for a table, to two places."""
    return round(minutes / MINUTES_PER_HOUR, 2)


def hours_words(minutes: float) -> str:
    """Minutes as hours, such as "34 h"."""
    return _("{hours} h").format(hours=hours(minutes))


def minutes_words(minutes: float) -> str:
    """Minutes such as "8 min"."""
    return _("{minutes} min").format(minutes=number(minutes))


def days_words(days: float) -> str:
    """Days such as "9 days", or a median such as "2.5 days"."""
    if days != int(days):
        return _("{count} days").format(count=number(days))
    return ngettext("{count} day", "{count} days", int(days))


def visits_words(count: int) -> str:
    """A number of visits, such as "412 visits"."""
    return ngettext("{count} visit", "{count} visits", count)


def too_few(count: int) -> str:
    """That a rate or a quantile of so few would mislead."""
    return _("Too few visits to say: {count}, and {least} are needed.").format(count=count, least=LEAST_VISITS)


def weekday_name(weekday: int, locale: str = LOCALE) -> str:
    """A weekday's name; 0 is Monday."""
    return date_words(_A_MONDAY + timedelta(days=weekday), "EEEE", locale)


def short_weekday_name(weekday: int) -> str:
    """A weekday's short name, such as "Tue"; 0 is Monday."""
    return short_weekday(_A_MONDAY + timedelta(days=weekday))


def hour_label(hour: int) -> str:
    """An hour of the clinic's clock, such as "09:00"."""
    return f"{hour:02d}:00"


def period_words(period: Period, locale: str = LOCALE) -> str:
    """The days of a period, such as "6 December 2026", from the first to the last."""
    first, last = period.first, period.last
    if first == last:
        return full_date(last, locale)
    begins = "d MMMM y" if first.year != last.year else "d MMMM" if first.month != last.month else "d"
    return f"{date_words(first, begins, locale)} \N{EN DASH} {full_date(last, locale)}"


def before_words(period: Period, told: str) -> str:
    """What held in the period before, such as "The 28 days before: 68 % seen, 7 % lost."."""
    days = ngettext("The day before", "The {count} days before", period.days)
    return _("{days}: {told}.").format(days=days, told=told)


@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, locale: str) -> str:
    return str(format_decimal(value, pattern, locale=locale))  # kept, for a table tells the same few numbers
