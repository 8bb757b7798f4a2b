"""Which figures are looked at, kept in the address: a period and a visit type; the doctor is core.ui.doctor_filter's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.reports.report import Period
from core.ui.address import day_in, number_in
from core.ui.words import _

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
MOST_DAYS = 731
"""Two years: a longer period is taken for a mistake in the address."""
ADDRESS = ("period", "from", "to", "type", "behind")
"""The query parameters of this file, and the open list, which any change closes."""
_ONE_DAY = timedelta(days=1)


class Preset(StrEnum):
    """The periods on offer, as the address names them; all but OWN end with yesterday, the last whole day."""

    WEEK = "7"
    FOUR_WEEKS = "28"
    QUARTER = "90"
    YEAR = "12m"
    OWN = "own"


USUAL = Preset.FOUR_WEEKS


@dataclass(frozen=True, slots=True)
class Filters:
    """`own` counts for Preset.OWN only; `visit_type_id` is None for all of them."""

    preset: Preset = USUAL
    own: Period | None = None
    visit_type_id: int | None = None

    @classmethod
    def read(cls, address: Mapping[str, str], visit_types: Collection[int]) -> "Filters":
        """The filters of an address that anyone may have typed: what can't be read is left out."""
        asked = address.get("period")
        preset = Preset(asked) if asked in set(Preset) else USUAL
        own = own_period(day_in(address.get("from")), day_in(address.get("to")))
        visit_type = number_in(address.get("type"))
        if preset is not Preset.OWN:
            own = None
        elif own is None:
            preset = USUAL
        return cls(preset, own, visit_type if visit_type in visit_types else None)

    def address(self) -> dict[str, str]:
        """The query parameters that read() understands, without those that say the usual."""
        kept: dict[str, str] = {} if self.preset is USUAL else {"period": self.preset.value}
        if self.own is not None:
            kept |= {"from": self.own.first.isoformat(), "to": self.own.last.isoformat()}
        if self.visit_type_id is not None:
            kept["type"] = str(self.visit_type_id)
        return kept

    def period(self, today: date) -> Period:
        """The days that are meant."""
        yesterday = today - _ONE_DAY
        if self.own is not None:
            return self.own
        if self.preset is Preset.YEAR:
            return Period(_a_year_before(today), yesterday)
        return Period(today - timedelta(days=int(self.preset.value)), yesterday)


def own_period(first: date | None, last: date | None) -> Period | None:
    """A period that can be asked for, or None."""
    if first is None or last is None or not FIRST_DAY <= first <= last <= LAST_DAY:
        return None
    period = Period(first, last)
    return period if period.days <= MOST_DAYS else None


def own_problem(first: date, last: date) -> str:
    """Why these days can't be asked for, empty where they can."""
    if last < first:
        return _("The last day must not be before the first.")
    if Period(first, last).days > MOST_DAYS:
        return _("Choose at most two years.")
    return ""


def _a_year_before(day: date) -> date:
    """The same day a year earlier; the 29th of February becomes the 1st of March."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)
