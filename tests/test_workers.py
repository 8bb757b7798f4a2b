"""Several workers at one database, in turn on each engine: together they do each thing once, and none waits for a calendar."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.bootstrap import App, build
from core.calendars.pull import CalendarPull
from core.calendars.sync import CalendarSync
from core.domain.clock import Clock
from core.scheduler import heartbeat
from core.scheduler.pulls import CalendarPulls
from core.scheduler.store import Store
from core.scheduler.tables import calendar_links
from core.settings import Settings
from core.worker import Worker
from tests.calendars.many_links import GatedCalendar, ManyLinks, Shelf
from tests.calendars.memory import MemoryCalendar
from tests.conftest import HandClock

MANY = 500  # in each of two calendars


class Site:
    """Any number of processes' applications at one database, with calendars in memory."""

    def __init__(self, folder: Path, database_url: str, clock: Clock, shelf: Shelf) -> None:
        settings = Settings(data_folder=folder, database_url=database_url, demo=False, environment="development")
        self._make = lambda: build(settings, clock)
        self._clock, self._shelf = clock, shelf
        self.apps: list[App] = []

    def app(self) -> App:
        made = self._make()
        self.apps.append(made)
        pull = CalendarPull(CalendarPulls(made.store, self._clock, made.scheduler), self._shelf, self._clock)
        return replace(made, sync=CalendarSync(made.links, self._shelf, self._clock), pull=pull)


@pytest.fixture
def site(tmp_path: Path, database_url: str, clock: HandClock) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(**shelf: MemoryCalendar) -> Site:
        made.append(Site(tmp_path, database_url, clock, Shelf(**shelf)))
        return made[-1]

    yield make
    for one in made:
        for app in one.apps:
            app.close()


def sent(calendar: MemoryCalendar) -> list[str]:
    """The requests that changed something: calendars are read meanwhile, as often as that may be."""
    return [request for request in calendar.requests if request in {"create", "update", "delete"}]


def soon(reached: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_three_workers_bring_a_thousand_changes_once_each(
    site: Callable[..., Site], store: Store, clock: HandClock
) -> None:
    first, second = MemoryCalendar(tombstones=True), MemoryCalendar(tombstones=True)
    many = ManyLinks(store, clock, MANY, MANY)
    place = site(clinic=first, second=second)
    workers = [Worker(place.app(), pause=0.05) for _ in range(3)]
    for worker in workers:
        worker.start()
    soon(lambda: many.links.pending() == 0, 60)
    for worker in workers:
        worker.stop()
    for calendar, calendar_id in ((first, "clinic"), (second, "second")):
        assert sent(calendar) == ["create"] * MANY
        assert {event.event_id for event in calendar.living} == {row["event_id"] for row in many.rows(calendar_id)}
    owners = Counter(row["lease_owner"] for row in [*many.rows("clinic"), *many.rows("second")])
    assert owners == {None: 2 * MANY}


def test_a_workers_heart_beats_while_a_calendar_does_not_answer(
    site: Callable[..., Site], store: Store, clock: HandClock
) -> None:
    slow = GatedCalendar()
    ManyLinks(store, clock, 5)
    worker = Worker(site(clinic=slow).app(), pause=0.05)
    worker.start()
    soon(lambda: slow.most == 5)
    for _ in range(3):
        clock.advance(seconds=11)
        soon(lambda: store.read(heartbeat.last_beat) == clock())
    assert slow.living == []
    slow.gate.set()
    worker.stop()
    assert store.read(heartbeat.last_beat) is None


def test_a_worker_that_is_stopped_waits_for_no_calendar_and_gives_back_what_it_has_not_begun(
    site: Callable[..., Site], store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.worker.END_SECONDS", 0.2)
    slow, many = GatedCalendar(), ManyLinks(store, clock, 40)
    place = site(clinic=slow)
    worker = Worker(place.app(), pause=0.05)
    worker.start()
    soon(lambda: slow.most == 6)
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 3
    held = [row for row in many.rows() if row["lease_owner"] is not None]
    assert len(held) == 6
    slow.gate.set()
    soon(lambda: len(slow.living) == 6)  # these were sent, and nobody recorded it
    clock.advance(minutes=3)
    next_one = Worker(place.app(), pause=0.05)
    next_one.start()
    soon(lambda: many.links.pending() == 0)
    next_one.stop()
    assert len(slow.living) == 40
    assert sent(slow).count("create") in range(40, 47)  # those six are sent again, or found first


def test_a_change_made_in_the_same_process_is_pushed_at_once(
    site: Callable[..., Site], store: Store, clock: HandClock
) -> None:
    calendar, many = MemoryCalendar(tombstones=True), ManyLinks(store, clock, 1)
    app = site(clinic=calendar).app()
    worker = Worker(app, pause=60)
    worker.start()
    soon(lambda: many.links.pending() == 0)
    time.sleep(0.5)  # it found nothing more to do, and waits for its minute to pass
    for _ in range(3):
        began = time.monotonic()
        app.links.request(many.clinic["reception"], 1)
        soon(lambda: many.links.pending() == 0, 10)
        assert time.monotonic() - began < 8
    worker.stop()
    assert sent(calendar) == ["create", "update", "update", "update"]


def test_workers_that_meet_at_every_turn_share_the_work(store: Store, clock: HandClock) -> None:
    calendar, many = MemoryCalendar(tombstones=True), ManyLinks(store, clock, 90)
    pushings = [many.sync(Shelf(clinic=calendar)).pushing() for _ in range(3)]
    together, done = threading.Barrier(3), Counter[int]()

    def work(number: int) -> None:
        together.wait()
        for _ in range(60):
            done[number] += pushings[number].turn(limit=10)[1].done

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done.values()) == 90
    assert sent(calendar) == ["create"] * 90


def test_a_change_during_its_push_is_pushed_again(site: Callable[..., Site], store: Store, clock: HandClock) -> None:
    slow, many = GatedCalendar(), ManyLinks(store, clock, 3)
    worker = Worker(site(clinic=slow).app(), pause=0.05)
    worker.start()
    soon(lambda: slow.most == 3)
    many.touch()
    slow.gate.set()
    soon(lambda: many.links.pending() == 0)
    worker.stop()
    assert Counter(sent(slow)) == {"create": 3, "update": 3}
    assert all("Reason: Other" in event.description for event in slow.living)


def test_a_link_made_due_later_is_left_until_then(site: Callable[..., Site], store: Store, clock: HandClock) -> None:
    calendar, many = MemoryCalendar(tombstones=True), ManyLinks(store, clock, 2)
    many.change(calendar_links.c.link_id == 2, due_at=clock() + timedelta(minutes=1))
    worker = Worker(site(clinic=calendar).app(), pause=0.02)
    worker.start()
    soon(lambda: many.links.pending() == 1)
    time.sleep(0.3)
    assert sent(calendar) == ["create"]
    clock.advance(minutes=1)
    soon(lambda: many.links.pending() == 0)
    worker.stop()


def test_a_worker_reads_calendars_too(site: Callable[..., Site], store: Store, clock: HandClock) -> None:
    calendar, many = MemoryCalendar(tombstones=True), ManyLinks(store, clock, 2)
    app = site(clinic=calendar).app()
    worker = Worker(app, pause=0.05)
    worker.start()
    soon(lambda: many.links.pending() == 0)
    (first, _) = many.rows()
    calendar.delete(first["event_id"])
    app.pull.ask("clinic")
    soon(lambda: many.rows()[0]["held"] is not None)
    worker.stop()
