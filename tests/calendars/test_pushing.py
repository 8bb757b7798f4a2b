"""Many pushes side by side: exactly one request a change, whatever fails, and no calendar waits for another."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.calendars import pushing as pushing_module
from core.calendars.calendar import CalendarRefused, CalendarUnreachable, Event, ReconnectNeeded
from core.calendars.pusher import Pusher, Result
from core.calendars.pushing import Counts, Pushing
from core.calendars.rates import Rates
from core.calendars.sync import AT_GOOGLE, BUILT_IN, ELSEWHERE
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.leases import LEASE
from core.scheduler.links import Due
from core.scheduler.store import Store
from core.scheduler.tables import calendar_links, calendars
from core.telemetry import measurements
from tests.calendars.google_clinic import EVENT
from tests.calendars.many_links import FIRST, SECOND, GatedCalendar, ManyLinks, Shelf
from tests.calendars.memory import MemoryCalendar
from tests.conftest import HandClock


def until(pushing: Pushing, reached: Callable[[], bool]) -> Counts:
    """Turn until this is so."""
    counts = Counts()
    for _ in range(400):
        counts += pushing.turn(seconds=0.05)[1]
        if reached():
            return counts
    raise AssertionError("it never came so far")


def memory() -> MemoryCalendar:
    return MemoryCalendar(tombstones=True)


def fails(error: Exception) -> Callable[[Event], None]:
    def raise_it(event: Event) -> None:
        raise error

    return raise_it


def opened(trouble: Callable[[Event], None] = lambda _: None) -> GatedCalendar:
    calendar = GatedCalendar(trouble=trouble)
    calendar.gate.set()
    return calendar


def leased(many: ManyLinks, calendar_id: str = FIRST) -> int:
    return sum(row["lease_owner"] is not None for row in many.rows(calendar_id))


def with_failures(many: ManyLinks, **values: object) -> None:
    changed = update(calendars).where(calendars.c.calendar_id == FIRST).values(**values)
    many.store.write(lambda connection: connection.execute(changed) and None)


def test_each_change_is_one_request_and_what_was_agreed_is_kept(store: Store, clock: HandClock) -> None:
    many, calendar = ManyLinks(store, clock, 150), memory()
    sync = many.sync(Shelf(clinic=calendar))
    assert sync.run_due(limit=1000) == Counts(150, 0)
    assert calendar.requests == ["create"] * 150
    assert len(calendar.living) == 150
    assert many.links.pending() == 0
    standing = {event.event_id: event for event in calendar.living}
    for row in many.rows():
        event = standing[row["event_id"]]
        assert (row["agreed_starts_at"], row["agreed_ends_at"], row["etag"]) == (
            event.starts_at,
            event.ends_at,
            event.etag,
        )
        assert (row["lease_owner"], row["synced_at"]) == (None, clock())
    many.touch()
    many.touch()
    assert sync.run_due(limit=1000) == Counts(150, 0)
    assert calendar.requests[150:] == ["update"] * 150


def test_no_more_are_pushed_than_asked_for(sqlite_store: Store, clock: HandClock) -> None:
    many, calendar = ManyLinks(sqlite_store, clock, 20, 20), memory()
    sync = many.sync(Shelf(clinic=calendar, second=calendar))
    assert sync.run_due(limit=25) == Counts(25, 0)
    assert (many.links.pending(), leased(many), leased(many, SECOND)) == (15, 0, 0)


def test_what_stands_there_already_sends_nothing_and_what_is_not_wanted_leaves_no_times(
    store: Store, clock: HandClock
) -> None:
    many, calendar = ManyLinks(store, clock, 10), memory()
    sync = many.sync(Shelf(clinic=calendar))
    sync.run_due(limit=10)
    requests = list(calendar.requests)
    many.change(wanted_revision=calendar_links.c.wanted_revision + 1)
    assert sync.run_due(limit=10) == Counts(10, 0)
    assert calendar.requests == requests
    many.change(wanted_revision=calendar_links.c.wanted_revision + 1, wanted=False)
    assert sync.run_due(limit=10) == Counts(10, 0)
    assert calendar.requests[10:] == ["delete"] * 10
    assert {(row["agreed_starts_at"], row["agreed_ends_at"], row["etag"]) for row in many.rows()} == {(None,) * 3}


@pytest.mark.parametrize(("provider", "most"), [("google", AT_GOOGLE), ("caldav", ELSEWHERE), ("embedded", BUILT_IN)])
def test_so_many_of_an_account_are_under_way_at_once_and_no_more(
    sqlite_store: Store, clock: HandClock, provider: str, most: int
) -> None:
    many, calendar = ManyLinks(sqlite_store, clock, 0, 60, provider), GatedCalendar()
    pushing = many.sync(Shelf(second=calendar)).pushing()
    until(pushing, lambda: calendar.most == most)
    calendar.gate.set()
    until(pushing, lambda: many.links.pending() == 0)
    assert (calendar.most, len(calendar.living)) == (most, 60)


def test_a_slow_calendar_keeps_no_other_waiting(store: Store, clock: HandClock) -> None:
    many, slow, quick = ManyLinks(store, clock, 30, 30, "google"), GatedCalendar(), memory()
    pushing = many.sync(Shelf(clinic=slow, second=quick)).pushing()
    until(pushing, lambda: len(quick.living) == 30 and leased(many, SECOND) == 0)
    assert slow.living == []
    slow.gate.set()
    until(pushing, lambda: many.links.pending() == 0)
    assert (len(slow.living), len(quick.living)) == (30, 30)


def test_a_push_that_breaks_is_left_to_its_lease_and_keeps_no_other_waiting(
    store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, first, second = ManyLinks(store, clock, 3, 30, "google"), memory(), memory()
    sync = many.sync(Shelf(clinic=first, second=second))
    pushing, reported = sync.pushing(), []
    monkeypatch.setattr(pushing_module, "report", lambda error, where: reported.append((str(error), where)))
    push = Pusher.push

    def breaks(self: Pusher, due: Due) -> Result:
        if due.calendar_id == FIRST:
            raise OverflowError("date value out of range")
        return push(self, due)

    with monkeypatch.context() as patch:
        patch.setattr(Pusher, "push", breaks)
        until(pushing, lambda: len(second.living) == 30 and leased(many, SECOND) == 0 and pushing.under_way == 0)
    assert reported == [("date value out of range", "push")] * 3
    assert (leased(many), first.requests) == (3, [])
    clock.advance(minutes=10)
    until(pushing, lambda: many.links.pending() == 0)
    assert first.requests == ["create"] * 3


def test_leases_are_renewed_while_a_calendar_is_slow(store: Store, clock: HandClock) -> None:
    many, slow = ManyLinks(store, clock, 3), GatedCalendar()
    pushing = many.sync(Shelf(clinic=slow)).pushing()
    until(pushing, lambda: slow.most == 3)
    for _ in range(4):
        clock.advance(minutes=2)
        pushing.turn(seconds=0)
        assert {row["lease_until"] for row in many.rows()} == {clock() + LEASE}
        assert many.links.claim() == []
    slow.gate.set()
    assert until(pushing, lambda: many.links.pending() == 0) == Counts(3, 0)
    assert slow.requests == ["create"] * 3


def test_who_lost_its_leases_records_nothing_and_there_is_one_event_each(store: Store, clock: HandClock) -> None:
    many, calendar = ManyLinks(store, clock, 4), GatedCalendar()
    slow = many.sync(Shelf(clinic=calendar)).pushing()
    until(slow, lambda: calendar.most == 4)
    clock.advance(minutes=5)  # as long as a machine may sleep
    taken = many.links.claim()
    assert len(taken) == 4
    calendar.gate.set()
    for _ in range(100):
        _, counts = slow.turn(limit=0, seconds=0.1)
        if not slow.under_way:
            break
    assert counts.done == 0
    assert {row["lease_owner"] for row in many.rows()} == {taken[0].lease_owner}
    many.links.release(*taken)
    assert many.sync(Shelf(clinic=calendar)).run_due(limit=10) == Counts(4, 0)
    assert (len(calendar.living), calendar.requests.count("create")) == (4, 8)
    assert many.links.pending() == 0


def test_at_the_end_what_has_not_begun_is_given_back_and_the_rest_recorded(store: Store, clock: HandClock) -> None:
    many, calendar = ManyLinks(store, clock, 20), GatedCalendar()
    pushing = many.sync(Shelf(clinic=calendar)).pushing()
    until(pushing, lambda: calendar.most == ELSEWHERE)
    assert leased(many) == 20
    assert pushing.end(0) == Counts()
    assert (leased(many), pushing.under_way) == (ELSEWHERE, ELSEWHERE)
    calendar.gate.set()
    assert pushing.end(10) == Counts(ELSEWHERE, 0)
    assert (leased(many), len(calendar.living)) == (0, ELSEWHERE)


def test_once_syncing_is_paused_nothing_more_is_sent(store: Store, clock: HandClock) -> None:
    many, calendar = ManyLinks(store, clock, 30), GatedCalendar()
    pushing = many.sync(Shelf(clinic=calendar)).pushing()
    until(pushing, lambda: calendar.most == ELSEWHERE)
    paused = ClinicCalendars(store, clock)
    paused.pause(many.clinic["manager"], "We moved.")
    pushing.turn(seconds=0)
    assert leased(many) == ELSEWHERE
    calendar.gate.set()
    for _ in range(5):
        pushing.turn(seconds=0.1)
    assert (len(calendar.living), pushing.under_way) == (ELSEWHERE, 0)
    paused.resume(many.clinic["manager"])
    until(pushing, lambda: many.links.pending() == 0)
    assert calendar.requests == ["create"] * 30


def test_one_poisoned_event_never_blocks_the_others(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 40)
    poisoned = many.rows()[0]["event_id"]

    def stumble(event: Event) -> None:
        if event.event_id == poisoned:
            raise LookupError("nobody expected this")

    calendar = opened(stumble)
    sync = many.sync(Shelf(clinic=calendar))
    assert sync.run_due(limit=100) == Counts(39, 1)
    for _ in range(8):
        clock.advance(hours=1)
        assert sync.run_due(limit=100) == Counts(0, 1)
    assert many.calendar()["paused_until"] is None
    assert many.rows()[0]["error"] == (
        "Something unexpected kept it from the calendar. We keep trying; the appointment is safe."
    )
    many.touch()
    assert sync.run_due(limit=100) == Counts(39, 1)
    poisoned = ""
    clock.advance(hours=1)
    assert sync.run_due(limit=100) == Counts(1, 0)
    assert many.links.pending() == 0


def test_a_calendar_that_keeps_failing_rests_and_is_tried_with_one_change(store: Store, clock: HandClock) -> None:
    many, away = ManyLinks(store, clock, 60, 10), opened(fails(CalendarUnreachable("503")))
    sync = many.sync(Shelf(clinic=away, second=memory()))
    counts = sync.run_due(limit=100)
    assert counts.done == 10  # those of the other calendar
    assert 5 <= counts.failed < 30
    assert leased(many) == 0
    assert many.calendar()["paused_until"] == clock() + timedelta(seconds=30)
    for seconds in (60, 120, 240, 480, 900, 900):
        assert sync.run_due(limit=100) == Counts()
        clock.now = many.calendar()["paused_until"]
        assert sync.run_due(limit=100) == Counts(0, 1)
        assert many.calendar()["paused_until"] == clock() + timedelta(seconds=seconds)
    away.trouble = lambda _: None
    clock.advance(minutes=15)
    assert sync.run_due(limit=100) == Counts(60, 0)  # also those that had been told to wait
    assert (many.calendar()["failures"], many.calendar()["paused_until"]) == (0, None)
    assert (len(away.living), many.links.pending()) == (60, 0)


def test_only_one_of_many_workers_tries_a_calendar_that_rested(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 20)
    with_failures(many, failures=5)
    together, claimed = threading.Barrier(4), []

    def claim() -> None:
        together.wait()
        claimed.extend(many.links.claim(10))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [due.probing for due in claimed] == [True]
    clock.advance(minutes=3)  # it was killed meanwhile
    assert len(many.links.claim(10)) == 1


def test_a_calendar_that_asks_for_patience_rests_alone(store: Store, clock: HandClock) -> None:
    many = ManyLinks(store, clock, 30, 30)
    busy, other = opened(fails(CalendarUnreachable("429", retry_after=120))), memory()
    sync = many.sync(Shelf(clinic=busy, second=other))
    counts = sync.run_due(limit=100)
    assert (counts.done, len(other.living)) == (30, 30)
    assert many.calendar()["paused_until"] == clock() + timedelta(minutes=2)
    assert many.calendar(SECOND)["paused_until"] is None
    assert sync.run_due(limit=100) == Counts()
    busy.trouble = lambda _: None
    clock.advance(minutes=2)
    sync.run_due(limit=100)
    clock.advance(hours=1)
    sync.run_due(limit=100)
    assert len(busy.living) == 30


def test_a_sign_in_that_ended_stops_the_calendar_until_a_person_acts(store: Store, clock: HandClock) -> None:
    many, ended = ManyLinks(store, clock, 40), opened(fails(ReconnectNeeded()))
    sync = many.sync(Shelf(clinic=ended))
    assert 1 <= sync.run_due(limit=100).failed < 20
    calendar = many.calendar()
    assert (calendar["last_error_kind"], calendar["paused_until"]) == ("reconnect", clock() + timedelta(hours=1))
    manager, (link_id, *_) = many.clinic["manager"], [row["link_id"] for row in many.rows()]
    assert sync.run_due(limit=100) == Counts()
    asked = sync.sync_appointment(manager, many.rows()[-1]["appointment_id"])
    assert (asked.state, "needs a new sign-in" in asked.sentence) == ("failed", True)
    clock.advance(hours=1)
    assert sync.run_due(limit=100) == Counts(0, 1)  # once an hour
    assert sync.try_again(manager, link_id).state == "failed"  # and when a manager asks
    assert sync.run_due(limit=100) == Counts()
    ended.trouble = lambda _: None
    assert sync.try_again(manager, link_id).state == "synced"
    assert sync.run_due(limit=100) == Counts(39, 0)
    assert (many.calendar()["last_error_kind"], many.links.pending()) == (None, 0)


def test_no_more_is_sent_than_the_quota_has_room_for(sqlite_store: Store, clock: HandClock) -> None:
    many, there, free = ManyLinks(sqlite_store, clock, 15, 40, "google"), memory(), memory()
    sync = many.sync(Shelf(clinic=free, second=there), Rates(clock, 10))
    assert sync.run_due(limit=100) == Counts(25, 0)
    assert (len(free.living), len(there.living)) == (15, 10)
    clock.advance(seconds=18)
    assert sync.run_due(limit=100) == Counts(3, 0)
    assert leased(many, SECOND) == 0
    clock.advance(minutes=10)
    assert sync.run_due(limit=100) == Counts(10, 0)


def test_requests_and_outcomes_are_counted_for_monitoring(sqlite_store: Store, clock: HandClock) -> None:
    def count(name: str, **labels: str) -> float:
        return measurements.REGISTRY.get_sample_value(name, {"provider": "caldav", **labels}) or 0.0

    def counts() -> list[float]:
        asked = [count("careslot_calendar_requests_total", request=request) for request in ("create", "fetch")]
        pushed = [count("careslot_calendar_pushes_total", outcome=outcome) for outcome in ("done", "passing")]
        return asked + pushed

    many, calendar = ManyLinks(sqlite_store, clock, 12), memory()
    calendar.after.extend([lambda: fails(CalendarUnreachable("lost"))(EVENT)] * 2)
    before = counts()
    sync = many.sync(Shelf(clinic=calendar))
    sync.run_due(limit=20)
    clock.advance(hours=1)
    sync.run_due(limit=20)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [14, 2, 12, 2]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_call_fails_there_is_one_event_for_each_in_the_end(
    sqlite_store: Store, clock: HandClock, seed: int
) -> None:
    chance = random.Random(seed)
    many = ManyLinks(sqlite_store, clock, 25, 25)
    both = [memory(), memory()]
    troubles = [CalendarUnreachable("lost"), CalendarRefused("no", "Ask."), ReconnectNeeded(), LookupError("odd")]

    def stumble() -> None:
        if chance.random() < 0.3:
            raise chance.choice(troubles)

    sync = many.sync(Shelf(clinic=both[0], second=both[1]))
    for _ in range(4):
        for calendar in both:
            calendar.before[:] = [stumble] * 60
            calendar.after[:] = [stumble] * 60
        many.touch()
        for _ in range(3):
            sync.run_due(limit=40)
            clock.advance(minutes=20)
    for calendar in both:
        calendar.before.clear()
        calendar.after.clear()
    for _ in range(6):
        clock.advance(hours=1)
        sync.run_due(limit=1000)
    assert many.links.pending() == 0
    for calendar, calendar_id in zip(both, (FIRST, SECOND), strict=True):
        rows = many.rows(calendar_id)
        assert Counter(event.event_id for event in calendar.living) == Counter(row["event_id"] for row in rows)
        assert all("Reason: Other" in event.description for event in calendar.living)
        assert {(row["error"], row["lease_owner"]) for row in rows} == {(None, None)}
