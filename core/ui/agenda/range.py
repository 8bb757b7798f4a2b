"""Which days the agenda shows: a view and a day, kept in the address, and how one goes on from there."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from core.ui.address import day_in
from core.ui.times import LOCALE, date_words, full_date

DAYS_IN_WEEK = 7
FARTHEST = timedelta(days=100 * 365)
"""Days further from today are taken for a mistake in the address."""


class View(StrEnum):
    """How the days are drawn; LIST is a week without a grid."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Shown:
    """A view and the day that it is about; dates are the clinic's."""

    view: View
    day: date

    @classmethod
    def read(cls, view: str | None, day: str | None, *, views: list[View], today: date) -> Self:
        """What the address asks for; today, in the first of the views that are on offer, for what it doesn't say."""
        chosen = next((offered for offered in views if offered == view), views[0])
        asked = day_in(day)
        return cls(chosen, today if asked is None or abs(asked - today) > FARTHEST else asked)

    @property
    def first(self) -> date:
        """The first day shown: a month begins with the week of its first."""
        if self.view is View.DAY:
            return self.day
        return _monday(self.day.replace(day=1) if self.view is View.MONTH else self.day)

    @property
    def last(self) -> date:
        """The last day shown, included."""
        if self.view is View.DAY:
            return self.day
        if self.view is not View.MONTH:
            return self.first + timedelta(days=DAYS_IN_WEEK - 1)
        ends = self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return _monday(ends) + timedelta(days=DAYS_IN_WEEK - 1)

    @property
    def days(self) -> list[date]:
        """All days shown."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def earlier(self) -> Self:
        """One view back."""
        if self.view is View.MONTH:
            return replace(self, day=(self.day.replace(day=1) - timedelta(days=1)).replace(day=1))
        return replace(self, day=self.day - self._step)

    @property
    def later(self) -> Self:
        """One view on."""
        if self.view is View.MONTH:
            return replace(self, day=(self.day.replace(day=28) + timedelta(days=4)).replace(day=1))
        return replace(self, day=self.day + self._step)

    @property
    def _step(self) -> timedelta:
        return timedelta(days=1 if self.view is View.DAY else DAYS_IN_WEEK)

    def title(self, locale: str = LOCALE) -> str:
        """The days in words, such as "Tuesday 8 December 2026", or for a month "December 2026"."""
        if self.view is View.DAY:
            return date_words(self.day, "EEEE d MMMM y", locale)
        if self.view is View.MONTH:
            return date_words(self.day, "LLLL y", locale)
        if self.first.year != self.last.year:
            begins = "d MMMM y"
        elif self.first.month != self.last.month:
            begins = "d MMMM"
        else:
            begins = "d"
        first, last = date_words(self.first, begins, locale), full_date(self.last, locale)
        return f"{first} \N{EN DASH} {last}"

    def holds(self, day: date) -> bool:
        """Whether the day is shown."""
        return self.first <= day <= self.last


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
