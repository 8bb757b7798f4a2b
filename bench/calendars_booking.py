"""Bookings where every booking goes to a calendar, against bookings where none does."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter, sleep

from bench.calendar_clinic import Ahead, Clinic, clinic
from bench.data import Context
from bench.google_process import Google
from bench.race import refuse_unequal
from bench.result import Result
from core.bootstrap import build
from core.settings import Settings
from core.worker import Worker

_TURNS = 30
_AT_LEAST = 0.95
_PUSHED_WITHIN = 60.0


def bookings(context: Context, server: Google) -> list[Result]:
    """A receptionist's bookings, one here and one there, with rests in between until the worker has nothing to do.

    What else the machine and its disk are busy with then holds up both alike.
    """
    count = 5 if context.quick else 50
    with clinic(context) as without, clinic(context, server=server) as synced, ExitStack() as closing:
        synced.connect("google", server.new_calendar("Booked"))
        closing.enter_context(_worker(synced.settings, synced.clock))
        os.sync()  # or the copies are still being written to the disk while bookings wait for it
        for place in (without, synced):
            place.book(5)
        took: dict[Clinic, list[float]] = {without: [], synced: []}
        for _ in range(_TURNS):
            _wait_for(synced)
            _book_by_turns(without, synced, count, took)
        _wait_for(synced)
        made = _TURNS * count
        refuse_unequal([made + 5], [len(server.times(synced.calendar_id))], "events")
    what = f"{made} bookings without a calendar (as floor), each in turn with one beside a worker"
    # The disk holds up some of them: the one in the middle tells what a booking costs.
    floor, ours = (1 / median(took[place]) for place in (without, synced))
    together = sum(took[without]) / sum(took[synced])
    return [Result.rate(what, floor, ours, _AT_LEAST, f"in all, with what was held up: {together:.2f} times")]


def _book_by_turns(one: Clinic, other: Clinic, count: int, took: dict[Clinic, list[float]]) -> None:
    """So many bookings in each, the first to book being the second the next time; adds the seconds that each took."""
    to_book = zip(one.take(count), other.take(count), strict=True)
    for number, (here, there) in enumerate(to_book):
        pair = [(one, here), (other, there)]
        for place, booking in pair if number % 2 == 0 else reversed(pair):
            started = perf_counter()
            place.desk.book(booking)
            took[place].append(perf_counter() - started)


def _wait_for(place: Clinic) -> None:
    """Until everything is pushed, and a little longer: what a worker has just written is then on the disk."""
    until = perf_counter() + _PUSHED_WITHIN
    while place.app.links.pending(place.calendar_id):
        if perf_counter() > until:
            raise AssertionError("the worker does not push")
        sleep(0.05)
    sleep(0.2)


@contextmanager
def _worker(settings: Settings, clock: Ahead) -> Iterator[None]:
    """A worker in a process of its own, as `python -m core worker` runs it, with the clinic's time."""
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(settings, clock), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _work(settings: Settings, clock: Ahead) -> None:
    Worker(build(settings, clock)).run_forever()
