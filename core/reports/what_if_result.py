"""What a replay under other circumstances comes to, as values; minutes are whole, waits are in calendar days."""

from dataclasses import dataclass

from core.reports.report import Named, Period
from core.reports.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure with the requests as they came, and the lowest and the highest of all runs."""

    as_it_came: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class WaitChange:
    """Mean days to a visit type's third free slot: really, and replayed without and with the change.

    In `sooner` runs it came sooner with the change than without, in `later` later.
    """

    visit_type: Named
    real: float
    before: Spread
    after: Spread
    sooner: int
    later: int


@dataclass(frozen=True, slots=True)
class Use:
    """Minutes of a doctor, or of all: bookable, and booked (not cancelled)."""

    bookable: int
    booked: int

    @property
    def share(self) -> float | None:
        """Utilisation, booked: a fraction of 1; None without bookable time."""
        return self.booked / self.bookable if self.bookable else None


@dataclass(frozen=True, slots=True)
class UseChange:
    """A doctor's time: really, and replayed without and with the change, with the requests as they came."""

    doctor: Named
    real: Use
    before: Use
    after: Use


@dataclass(frozen=True, slots=True)
class WhatIfResult:
    """What came of a scenario in a period. With too few `requests` nothing was replayed: `runs` is 0, the rest empty.

    `unmet_before` and `unmet_after` are requests, as they came, for which no time was found.
    """

    scenario: Scenario
    period: Period
    requests: int
    runs: int
    waits: tuple[WaitChange, ...] = ()
    doctors: tuple[UseChange, ...] = ()
    all: UseChange | None = None
    unmet_before: int = 0
    unmet_after: int = 0
