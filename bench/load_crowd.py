"""Many visitors at once, and what they and the server's processes felt."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bench.data import Context
from bench.load_cluster import Program
from bench.load_visitor import Disconnected, Visitor
from bench.load_walks import Stuck, Walk, add_patients, watch
from bench.result import Result
from core.domain.clock import system_clock
from core.scheduler.demo.load import PASSWORD, fill_demo
from core.scheduler.migrate import migrate
from core.scheduler.store import Store, open_engine

THINK_SECONDS = 2.5
SECONDS, QUICK_SECONDS = 60.0, 8.0
CROWDS, QUICK_CROWDS = (30, 100), (8,)
_RAMP_SECONDS = 4.0
_BOOKINGS = 2
_PATIENTS_A_PLACE = 12
_DOCTORS = tuple(f"{name}@example.com" for name in ("sarah.johnson", "michael.chen", "aisha.khan"))


@dataclass
class Crowd:
    """So many visitors at `url` for so many seconds: nine in ten book as patients, one in ten keeps a doctor's page open.

    A patient thinks between two steps (exponential, 2.5 seconds on average), books twice and makes room for the next.
    """

    url: str
    size: int
    emails: Iterator[str]
    seconds: float
    runs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    troubles: Counter[str] = field(default_factory=Counter)
    booked: int = 0
    _since: float = 0.0

    async def stay(self) -> None:
        """Until the time is over; runs are counted once all have come."""
        self._since = perf_counter() + _RAMP_SECONDS
        places = [asyncio.create_task(self._place(number)) for number in range(self.size)]
        await asyncio.sleep(_RAMP_SECONDS + self.seconds)
        for place in places:
            place.cancel()
        await asyncio.gather(*places, return_exceptions=True)

    async def _place(self, number: int) -> None:
        chance = Random(number)
        await asyncio.sleep(chance.uniform(0, _RAMP_SECONDS))
        while True:
            try:
                async with Visitor(self.url, self._note) as visitor:
                    if number % 10:
                        await self._book(visitor, chance)
                    else:
                        page = ("today", "agenda")[number // 10 % 2]
                        await watch(visitor, page, _DOCTORS[number // 10 % len(_DOCTORS)], asyncio.Event())
            except (Stuck, Disconnected, LookupError) as error:
                self.troubles[f"{type(error).__name__} {error}"[:120]] += 1
                await asyncio.sleep(1)

    async def _book(self, visitor: Visitor, chance: Random) -> None:
        async def think() -> None:
            await asyncio.sleep(chance.expovariate(1 / THINK_SECONDS))

        walk = Walk(visitor, next(self.emails), chance, think)
        for _ in range(_BOOKINGS):
            await walk.book()
            self.booked += 1
            await think()
        if walk.reconnects:
            self.troubles["connection lost"] += walk.reconnects

    def _note(self, what: str, seconds: float) -> None:
        if perf_counter() >= self._since:
            self.runs[re.sub(r"[-_\d]+$", "", what)].append(seconds)


def measure(crowd: Crowd, programs: Sequence[Program], most_milliseconds: tuple[float, float]) -> list[Result]:
    """Let the crowd come, and tell the median and the 95th percentile of its runs, troubles and memory a visitor."""
    before, own = [(one.cpu_seconds(), one.megabytes()) for one in programs], process_time()
    asyncio.run(crowd.stay())
    whole = crowd.seconds + _RAMP_SECONDS
    cpu = sum(one.cpu_seconds() - was for one, (was, _) in zip(programs, before, strict=True)) / whole
    own = (process_time() - own) / whole
    grown = sum(one.megabytes() - was for one, (_, was) in zip(programs, before, strict=True))
    runs = [seconds for each in crowd.runs.values() for seconds in each]
    places = quantiles(runs, n=20)
    rate = len(runs) / crowd.seconds
    who = f"{crowd.size} visitors"
    steps = sorted(((median(each) * 1000, what) for what, each in crowd.runs.items()), reverse=True)
    told = (
        f"{rate:.1f} runs/s, {crowd.booked} bookings; the processes computed on {cpu:.2f} cores, {cpu / rate * 1000:.0f} ms "
        f"a run, the crowd on {own:.2f}; slowest by median: {', '.join(f'{what} {ms:.0f} ms' for ms, what in steps[:4])}"
    )
    wrong = "; ".join(f"{times} x {what}" for what, times in crowd.troubles.most_common(3))
    half, worst = most_milliseconds
    return [
        Result.within(f"{who}: a run, median", places[9] * 1000, half, "ms", told),
        Result.within(f"{who}: a run, 95th percentile", places[18] * 1000, worst, "ms"),
        Result.within(f"{who}: troubles", crowd.troubles.total(), 0, "", wrong),
        Result.within(f"{who}: memory", grown / crowd.size, 3, "MB a visitor"),
    ]


async def warm(url: str, email: str) -> None:
    """Visit every page of the crowd's once: what a process loads then is not a visitor's."""
    async with Visitor(url) as visitor:
        await Walk(visitor, email, Random(0), lambda: asyncio.sleep(0)).book()
    for page in ("today", "agenda"):
        async with Visitor(url) as visitor:
            await visitor.open(page)
            await visitor.sign_in(_DOCTORS[0], PASSWORD)


def demo_clinic(url: str, most: int) -> Iterator[str]:
    """Fill a database with the demo clinic and patients enough for crowds of this size; how the patients sign in."""
    migrate(url)
    store = Store(open_engine(url))
    try:
        fill_demo(store, system_clock)
        return iter(add_patients(store, system_clock, most * _PATIENTS_A_PLACE))
    finally:
        store.dispose()


@contextmanager
def folder_for(context: Context) -> Iterator[Path]:
    """A folder for the data and logs of the processes, gone afterwards."""
    with TemporaryDirectory(dir=context.folder) as folder:
        yield Path(folder)
