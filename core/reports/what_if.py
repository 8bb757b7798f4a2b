"""What if: the last weeks' demand replayed against the clinic as it was, and as it might have been."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random
from statistics import fmean

from core.domain.clock import Clock
from core.domain.opening import subtract, wall_time
from core.domain.principal import Principal
from core.domain.replay import Course, Setting, Wish, booked_before, replay, understand
from core.domain.slots import MINUTE, DoctorDay
from core.reports.report import Named, Period
from core.reports.scenario import Scenario, changed, wishes_then
from core.reports.what_if_result import Spread, Use, UseChange, WaitChange, WhatIfResult
from core.scheduler.demand import Demand, PastDemand, lengths_of
from core.scheduler.store import Store

DAYS = 90
LEAST_REQUESTS = 50
"""Of fewer requests a replay would say more about chance than about the change."""
MOST_RUNS, LEAST_RUNS = 10, 3
_ENOUGH_REQUESTS = 20_000
"""How many requests all runs together replay at most, but for the least runs: the more there are, the less is chance."""
_DAY = 24 * 60 * MINUTE


class WhatIf:
    """Replays of the past under other circumstances, for those who see all of the clinic's figures."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._demand = PastDemand(store, clock)

    def replay(self, principal: Principal, scenario: Scenario) -> WhatIfResult:
        """The last 90 days, or as many as there are, without and with the changes; the same every time on the same day.

        Raises BadInput or NotFound where the scenario makes no sense, NotAllowed, ClinicNotSetUp.
        """
        demand = self._demand.read(principal, DAYS)
        return compare(demand, scenario)


def compare(demand: Demand, scenario: Scenario) -> WhatIfResult:
    """The demand replayed without and with the changes, in both by the same chance.

    The first run takes the requests as they came; the others draw as many from them, with replacement, for what might
    have come as well (the bootstrap: Efron, 1979).
    """
    then = changed(demand, scenario)
    days = _days(demand)
    period = Period(days[0], days[-1])
    was, would_be = _setting(demand, days), _setting(then, days)
    wishes, real = understand(was, demand.bookings)
    if len(wishes) < LEAST_REQUESTS:
        return WhatIfResult(scenario, period, len(wishes), 0)
    before = booked_before(was, demand.bookings)
    runs = max(LEAST_RUNS, min(MOST_RUNS, _ENOUGH_REQUESTS // len(wishes)))
    befores, afters = [], []
    for run in range(runs):
        chance = Random(run)  # noqa: S311 - repeatable on purpose
        drawn = wishes if run == 0 else _drawn(wishes, chance)
        lots = [chance.random() for _ in drawn]
        befores.append(replay(was, before, drawn, lots))
        afters.append(replay(would_be, before, wishes_then(drawn, scenario), lots))
    doctors, everybody = _uses(demand, then, was, (real, befores[0], afters[0]))
    return WhatIfResult(
        scenario,
        period,
        len(wishes),
        runs,
        _waits(then, real, befores, afters),
        doctors,
        everybody,
        befores[0].unmet,
        afters[0].unmet,
    )


def _days(demand: Demand) -> list[date]:
    """The days of which the clinic has a memory: before its first booking nobody could ask for anything."""
    zone = demand.clinic.zone
    asked = [wall_time(booking.asked_at, zone).date() for booking in demand.bookings[:1]]
    first = min(max([demand.first, *asked]), demand.last)
    return [first + timedelta(days=number) for number in range((demand.last - first).days + 1)]


def _setting(demand: Demand, days: Sequence[date]) -> Setting:
    policy = demand.clinic.policy
    times = {
        doctor_id: DoctorDay(doctor_id, opening, [*demand.closures[doctor_id], *demand.busy[doctor_id]], ())
        for doctor_id, opening in demand.opening.items()
    }
    offered = demand.offered
    lengths = {kind: length for kind, length in lengths_of(demand.visit_types).items() if kind in offered}
    return Setting(
        demand.clinic.zone,
        days,
        times,
        offered,
        lengths,
        policy.notice_minutes * MINUTE,
        policy.horizon_days * _DAY,
        policy.grid_minutes * MINUTE,
    )


def _drawn(wishes: Sequence[Wish], chance: Random) -> list[Wish]:
    picked = sorted(chance.choices(range(len(wishes)), k=len(wishes)))
    return [wishes[number] for number in picked]


def _waits(demand: Demand, real: Course, befores: Sequence[Course], afters: Sequence[Course]) -> tuple[WaitChange, ...]:
    changes = []
    for kind in demand.visit_types:
        number = kind.visit_type_id
        if number not in real.waits:
            continue
        without = [fmean(course.waits[number]) for course in befores]
        with_it = [fmean(course.waits[number]) for course in afters]
        pairs = list(zip(without, with_it, strict=True))
        changes.append(
            WaitChange(
                Named(number, kind.name),
                fmean(real.waits[number]),
                _spread(without),
                _spread(with_it),
                sum(after < before for before, after in pairs),
                sum(after > before for before, after in pairs),
            )
        )
    return tuple(changes)


def _spread(values: Sequence[float]) -> Spread:
    return Spread(values[0], min(values), max(values))


def _uses(
    demand: Demand, then: Demand, setting: Setting, courses: tuple[Course, Course, Course]
) -> tuple[tuple[UseChange, ...], UseChange]:
    """By doctor, without those who had neither time nor visits in the period; and all together.

    `courses`: what really happened, and the replays without and with the change.
    """
    bookable, bookable_then = _bookable(demand, setting), _bookable(then, setting)
    booked = [_booked(setting, course) for course in courses]

    def change(name: str, number: int, doctor_ids: Iterable[int]) -> UseChange:
        doctors = list(doctor_ids)
        uses = [
            Use(sum(time.get(one, 0) for one in doctors), sum(minutes[one] for one in doctors))
            for time, minutes in zip((bookable, bookable, bookable_then), booked, strict=True)
        ]
        return UseChange(Named(number, name), *uses)

    changes = [change(doctor.name, doctor.doctor_id, [doctor.doctor_id]) for doctor in then.doctors]
    everybody = change("", 0, (doctor.doctor_id for doctor in then.doctors))
    return tuple(one for one in changes if one.after.bookable or one.real.booked), everybody


def _bookable(demand: Demand, setting: Setting) -> dict[int, int]:
    """Minutes of opening hours less closures in the period, by doctor."""
    begins, ends = setting.begins, setting.ends
    return {
        doctor_id: sum(
            max(0, min(end, ends) - max(start, begins)) // MINUTE
            for start, end in subtract(opening, demand.closures[doctor_id])
        )
        for doctor_id, opening in demand.opening.items()
    }


def _booked(setting: Setting, course: Course) -> Counter[int]:
    """Minutes of visits in the period that were not cancelled, by doctor."""
    begins, ends = setting.begins, setting.ends
    booked: Counter[int] = Counter()
    for given in course.given:
        if given.kept and begins <= given.starts_at < ends:
            booked[given.doctor_id] += given.length.minutes
    return booked
