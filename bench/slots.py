"""The free slots of a 20-minute visit, found by AppointmentScheduler for a visitor who is not signed in."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bench.data import Context
from bench.floor_slots import Answer, Floor
from bench.race import race, refuse_unequal, where_time_goes
from bench.result import Result
from core.domain.principal import Principal
from core.domain.slots import Slot
from core.scheduler.booking import AppointmentScheduler, SlotQuery
from core.scheduler.store import Store, open_engine

TITLE = "Slots"
FOLLOW_UP = 2
DOCTOR = 7


class Searches:
    """The searches, by hand and by the scheduler, on one clinic."""

    def __init__(self, url: str, context: Context) -> None:
        self._store = Store(open_engine(url))
        self._floor = Floor(url.removeprefix("sqlite:///"), context.now)
        self._scheduler = AppointmentScheduler(self._store, context.clock)
        self._first = context.now.date()
        self._last = self._first + timedelta(days=29)

    def floor_month(self, doctor: int | None) -> Answer:
        return self._floor.find(FOLLOW_UP, doctor, self._first, self._last)

    def our_month(self, doctor: int | None) -> list[Slot]:
        return self._scheduler.find_slots(Principal(), SlotQuery(FOLLOW_UP, doctor, self._first, self._last))

    def floor_first(self) -> Answer:
        return self._floor.first_of_each(FOLLOW_UP)

    def our_first(self) -> list[Slot]:
        return self._scheduler.first_available(Principal(), FOLLOW_UP)

    def close(self) -> None:
        self._store.dispose()


def run(context: Context) -> list[Result]:
    """Each search against its floor, then the same search among ten times as many stored appointments."""
    with (
        closing(Searches(context.sqlite(context.large), context)) as large,
        closing(Searches(context.sqlite(context.medium), context)) as medium,
    ):
        searches = [
            ("1 doctor, 30 days", 3, 400, partial(large.floor_month, DOCTOR), partial(large.our_month, DOCTOR)),
            ("first available of 50 doctors", 3, 200, large.floor_first, large.our_first),
            ("50 doctors, 30 days", 2, 60, partial(large.floor_month, None), partial(large.our_month, None)),
        ]
        results = []
        for what, at_most, rounds, floor, ours in searches:
            refuse_unequal(floor(), [tuple(slot) for slot in ours()], what)
            times = race(floor, ours, rounds=context.rounds(rounds))
            result = Result.slower(what, *times, at_most)
            results.append(result if result.met else replace(result, note=where_time_goes(ours)))
        growing = [
            (searches[0][0], 400, partial(medium.our_month, DOCTOR), partial(large.our_month, DOCTOR)),
            (searches[1][0], 200, medium.our_first, large.our_first),
            (searches[2][0], 60, partial(medium.our_month, None), partial(large.our_month, None)),
        ]
        for what, rounds, before, after in growing:
            times = race(before, after, rounds=context.rounds(rounds))
            whole = f"{what}: {context.medium:,} stored (as floor), then {context.large:,}"
            results.append(Result.slower(whole, *times, 1.25))
    return results
