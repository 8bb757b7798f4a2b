"""A clinic that remembers what people and somebody else did, and what must be true once everything went quiet."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from core.calendars.calendar import Changes, Event, FoundEvent, Window
from core.calendars.plan import GRACE, says_the_same
from core.calendars.pusher import wanted_event
from core.domain.timespan import Timespan
from core.scheduler.due import Due, load_due
from core.scheduler.link_requests import event_id
from core.scheduler.store import Store
from core.scheduler.tables import (
    appointment_history,
    appointments,
    calendar_conflicts,
    calendar_links,
    calendar_mends,
    calendars,
    external_busy,
    link_requests,
    notices,
    sessions,
)
from tests.calendars.memory import MemoryCalendar
from tests.calendars.stepwise import StepwiseWorker
from tests.calendars.two_way import DAY, HOUR, TwoWay
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import INSTALLATION, ZONE

READS = {"changes", "fetch"}
QUIET_ROUNDS = 14


class WatchedCalendar(MemoryCalendar):
    """Knows since when each event is away, and what was told of that when it was asked for last.

    Of all calendars it numbers what happens: when each event was created last, and each time that it was listed.
    """

    def __init__(
        self, clock: HandClock, read: Callable[[], list[MemoryCalendar]], order: Iterator[int], *, tombstones: bool
    ) -> None:
        super().__init__(tombstones=tombstones)
        self._clock, self._read, self._order = clock, read, order
        self.created_at: dict[str, int] = {}
        self.listed_at: list[int] = []
        self._away: dict[str, datetime] = {}
        self.told_away: dict[str, datetime | None] = {}

    def create(self, event: Event) -> str:
        self.created_at[event.event_id] = next(self._order)
        return super().create(event)

    def changes(self, cursor: str | None, window: Window) -> Changes:
        self.listed_at.append(next(self._order))
        return super().changes(cursor, window)

    def fetch(self, event_id: str) -> FoundEvent | None:
        elsewhere = any(event_id in {one.event_id, one.uid} for other in self._read() for one in other.living)
        self.told_away[event_id] = None if elsewhere else self._away.get(event_id)
        return super().fetch(event_id)

    def _store(self, found: FoundEvent) -> str:
        if found.cancelled:
            self._away.setdefault(found.event_id, self._clock())
        else:
            self._away.pop(found.event_id, None)
        return super()._store(found)

    def _drop(self, event_id: str) -> None:
        super()._drop(event_id)
        self._away.setdefault(event_id, self._clock())


class Drift(TwoWay):
    """Two doctors, in one calendar or in two, every booking mirrored; two workers that only work when they are told to."""

    def __init__(self, store: Store, clock: HandClock, *, tombstones: bool, two: bool) -> None:
        super().__init__(store, clock, tombstones=tombstones)
        self._order = itertools.count()
        self._carried: dict[tuple[str, str], int] = {}
        self._watch("clinic")
        self.memory = self.memories["clinic"]
        self.add_calendar("own", doctor=2)
        self._watch("own")
        if not two:
            self.assign(2, "clinic")
        self._alter(update(calendars).values(auto=True))
        self.workers = [self.new_worker(), self.new_worker()]
        self.theirs: dict[int, set[tuple[datetime, datetime]]] = defaultdict(set)
        self._seen = 0
        self._keys = itertools.count()

    def _watch(self, calendar_id: str) -> None:
        self.memories[calendar_id] = WatchedCalendar(
            self.clock, self._read_lately, self._order, tombstones=self.tombstones
        )

    def _read_lately(self) -> list[MemoryCalendar]:
        """The calendars that could be read in the last hour: others may hold what nobody knows of."""
        lately = select(calendars.c.calendar_id).where(calendars.c.pulled_at > self.clock() - HOUR)
        return [self.memories[row["calendar_id"]] for row in self.rows(lately)]

    def new_worker(self) -> StepwiseWorker:
        return StepwiseWorker(self.store.engine, self.memories, self.clock)

    def assign(self, doctor: int, calendar_id: str | None) -> None:
        from core.scheduler.clinic_calendars import ClinicCalendars

        ClinicCalendars(self.store, self.clock).assign(self.clinic["manager"], doctor, calendar_id)

    def pass_time(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        self._alter(update(sessions).values(seen_at=self.clock()))

    def call(self) -> None:
        """Let both calendars call, so that they are read at once."""
        self._alter(update(calendars).values(pull_due_at=self.clock()))

    def _alter(self, statement: Any) -> None:
        self.store.write(lambda connection: connection.execute(statement) and None)

    # Somebody else.

    def living(self) -> list[tuple[str, FoundEvent, int]]:
        """Our events that stand where they belong: in which calendar, and of which appointment."""
        found = []
        for link in self.rows(calendar_links):
            event = self.memories[link["calendar_id"]].events.get(link["event_id"])
            if event is not None and not event.cancelled:
                found.append((link["calendar_id"], event, link["appointment_id"]))
        return found

    def carry(self, calendar_id: str, event: FoundEvent, name: str) -> None:
        """Drag an event of ours into the other calendar, where it bears a name."""
        other = "own" if calendar_id == "clinic" else "clinic"
        self.memories[calendar_id].remove(event.event_id)
        self.memories[other]._store(replace(event, event_id=name))
        self._carried[other, name] = next(self._order)

    def _is_copy(self, calendar_id: str, event: FoundEvent) -> bool:
        """Whether it was dragged there, and at its home it was made anew before anybody looked: it passes for a copy."""
        carried_at = self._carried.get((calendar_id, event.event_id))
        if carried_at is None:
            return False
        listed = [at for at in self._watched(calendar_id).listed_at if at > carried_at]
        homes = [self._watched(other) for other in self.memories if other != calendar_id]
        created = [
            home.created_at[one.event_id]
            for home in homes
            for one in home.living
            if one.event_id in {event.event_id, event.uid} & home.created_at.keys()
        ]
        return any(carried_at < at < min(listed, default=at) for at in created)

    def _watched(self, calendar_id: str) -> WatchedCalendar:
        memory = self.memories[calendar_id]
        assert isinstance(memory, WatchedCalendar)
        return memory

    def moved_there(self, number: int, span: Timespan) -> None:
        self.theirs[number].add((span.start, span.end))

    # What must hold at all times.

    def causes(self) -> None:
        """Nothing was changed here in a calendar's name without somebody having done so there."""
        later = select(appointment_history).where(appointment_history.c.history_id > self._seen)
        for row in self.rows(later.order_by(appointment_history.c.history_id)):
            self._seen = row["history_id"]
            if row["role"] != "calendar":
                continue
            number = row["appointment_id"]
            if row["action"] == "reschedule":
                ours = self.appointment(number)
                assert (ours.starts_at, ours.ends_at) in self.theirs[number], f"{number} was not moved there"
            else:
                assert (row["action"], row["before"]["status"]) == ("cancel", "scheduled")
                self._was_away(number, row["at"])

    def _was_away(self, number: int, at: datetime) -> None:
        links = self.rows(select(calendar_links).where(calendar_links.c.appointment_id == number))
        away = [self._watched(link["calendar_id"]).told_away.get(link["event_id"]) for link in links]
        assert any(since is not None and since <= at - GRACE for since in away), f"{number} was lost"

    # What must hold once everything went quiet.

    def go_quiet(self) -> None:
        """Faults end, time passes, and a worker does what there is to do until there is nothing left."""
        for memory in self.memories.values():
            memory.reappear()
        worker = self.new_worker()
        quiet = 0
        for number in range(QUIET_ROUNDS):
            self.pass_time([61, 1, 11][number] if number < 3 else 1 + number % 2 * 10)
            before = self._state()
            requests = self._writes()
            for what in ("read", "push", "settle", "push"):
                worker.work(what)
            self.causes()
            quiet = quiet + 1 if (before, requests) == (self._state(), self._writes()) else 0
            if quiet == 2:
                return
        raise AssertionError("it never goes quiet")

    def nothing_left(self) -> None:
        """Listing everything anew leads to nothing either."""
        before, requests = self._state(), self._writes()
        self._alter(update(calendars).values(listed_at=None))
        self.pass_time(1)
        for what in ("read", "settle", "push"):
            self.new_worker().work(what)
        assert (before, requests) == (self._state(), self._writes())

    def _writes(self) -> int:
        return sum(request not in READS for memory in self.memories.values() for request in memory.requests)

    def _state(self) -> dict[str, Any]:
        links = (
            calendar_links.c[name]
            for name in ("event_id", "etag", "content_hash", "wanted_revision", "mirrored_revision", "held", "wanted")
        )
        return {
            "links": self.rows(select(calendar_links.c.link_id, *links).order_by("link_id")),
            "appointments": self.rows(select(appointments.c.appointment_id, appointments.c.revision)),
            **{
                table.name: len(self.rows(table))
                for table in (calendar_conflicts, calendar_mends, external_busy, notices, appointment_history)
            },
        }

    def agreement(self) -> None:
        """Both sides agree, no event stands twice, and what is left open is what really differs."""
        self._each_stands_as_it_should()
        self._nothing_stands_that_nobody_wants()
        self._others_times_are_known()
        self._what_is_open_differs()
        self._nobody_is_booked_twice()

    def _dues(self) -> list[Due]:
        with self.store.engine.connect() as connection:
            transaction = connection.begin()
            numbers = list(connection.execute(select(calendar_links.c.link_id)).scalars())
            connection.execute(update(calendar_links).values(lease_owner="look"))
            found = load_due(connection, "look", numbers)
            transaction.rollback()
        return found

    def _each_stands_as_it_should(self) -> None:
        assert self.rows(link_requests) == []
        links = {link["link_id"]: link for link in self.rows(calendar_links)}
        for due in self._dues():
            link, wanted = links[due.link_id], wanted_event(due)
            assert link["lease_until"] is None or link["lease_until"] <= self.clock()
            found = self.memories[due.calendar_id].events.get(due.event_id)
            living = found if found is not None and not found.cancelled else None
            if wanted is None:
                assert living is None, f"{due.appointment_id} stands though nobody wants it"
                continue
            if due.ends_at <= self.clock():
                continue  # the past may be tidied up
            assert link["error_kind"] is None
            if link["held"] in {"gone", "vanished"}:
                assert link["held"] == "vanished", "its grace is over"
                assert living is None
                continue
            assert living is not None, f"{due.appointment_id} does not stand there"
            if link["held"] == "conflict":
                continue
            assert says_the_same(wanted, living), f"{due.appointment_id} says something else"
            assert (link["etag"], link["content_hash"]) == (living.etag, wanted.content_hash())
            assert link["wanted_revision"] == link["mirrored_revision"]
            assert (link["agreed_starts_at"], link["agreed_ends_at"]) == (due.starts_at, due.ends_at)

    def _nothing_stands_that_nobody_wants(self) -> None:
        ours = self._ids_ever()
        current = {(link["calendar_id"], link["event_id"]) for link in self.rows(calendar_links) if link["wanted"]}
        standing: Counter[int] = Counter()
        for calendar_id, memory in self.memories.items():
            for event in memory.living:
                number = ours.get(event.event_id) or ours.get(event.uid)
                if number is not None and not self._is_copy(calendar_id, event):
                    assert (calendar_id, event.event_id) in current, f"{number} stands where it does not belong"
                    standing[number] += 1
        assert all(count == 1 for count in standing.values()), standing

    def _ids_ever(self) -> dict[str, int]:
        return {
            event_id(INSTALLATION, link["calendar_id"], link["appointment_id"], generation): link["appointment_id"]
            for link in self.rows(calendar_links)
            for generation in range(1, link["generation"] + 1)
        }

    def _others_times_are_known(self) -> None:
        now, ours = self.clock(), self._ids_ever()
        window = Window(Timespan(now - DAY, now + timedelta(days=400)), ZONE)
        for calendar_id, memory in self.memories.items():
            told = memory.changes(None, window).events
            theirs = {
                (event.event_id, span.start, span.end)
                for event in told
                if not ours.keys() & {event.event_id, event.series_id, event.uid} or self._is_copy(calendar_id, event)
                for span in event.spans
                if span.end > now
            }
            of_calendar = select(external_busy).where(external_busy.c.calendar_id == calendar_id)
            known = {(row["event_id"], row["starts_at"], row["ends_at"]) for row in self.rows(of_calendar)}
            assert {row for row in known if row[2] > now} == theirs

    def _what_is_open_differs(self) -> None:
        links = {link["link_id"]: link for link in self.rows(calendar_links)}
        is_open = self.rows(select(calendar_conflicts).where(calendar_conflicts.c.solved_at.is_(None)))
        waiting = Counter(row["link_id"] for row in is_open if row["kind"] != "both_changed")
        assert set(waiting) == {number for number, link in links.items() if link["held"] == "conflict"}
        assert all(count == 1 for count in waiting.values())
        for row in is_open:
            link = links[row["link_id"]]
            ours = self.appointment(link["appointment_id"])
            theirs = (row["their_starts_at"], row["their_ends_at"])
            if row["kind"] == "both_changed":
                continue
            found = self.memories[link["calendar_id"]].events[link["event_id"]]
            assert (found.starts_at, found.ends_at) == theirs
            assert (ours.starts_at, ours.ends_at) == (row["our_starts_at"], row["our_ends_at"]) != theirs
        vanished = {link["calendar_id"] for link in links.values() if link["held"] == "vanished"}
        assert {row["calendar_id"] for row in self.rows(calendars) if row["vanished_at"] is not None} == vanished

    def _nobody_is_booked_twice(self) -> None:
        booked = self.rows(select(appointments).where(appointments.c.status != "cancelled"))
        for one, other in itertools.combinations(booked, 2):
            if one["doctor_id"] == other["doctor_id"]:
                assert one["occupied_until"] <= other["starts_at"] or other["occupied_until"] <= one["starts_at"]
            if one["user_id"] == other["user_id"]:
                assert one["ends_at"] <= other["starts_at"] or other["ends_at"] <= one["starts_at"]
