"""Whatever fails while calendars are read: nothing is lost, nothing is done twice, and no failure is taken for absence."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from core.calendars import pull as pull_module
from core.calendars.calendar import CalendarUnreachable, Changes, Window
from core.calendars.pull import CalendarPull
from core.calendars.pusher import LeaseLost, wanted_event
from core.domain.appointment import Status
from core.scheduler import pull_leases
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.pull_leases import PullLost
from core.scheduler.pulls import CalendarPulls
from core.scheduler.restored import settle_restored
from core.scheduler.store import Store
from core.scheduler.tables import appointment_history, calendar_conflicts, calendar_links, calendar_mends, external_busy
from core.scheduler.tables import clinic as clinic_table
from tests.calendars.two_way import HOUR, KINDS, MINUTE, NINE, TwoWay, at, two_way

__all__ = ["two_way"]


class Crash(BaseException):
    """The process is gone."""


class CrashingStore(Store):
    """Ends the process right before or right after one of its transactions."""

    def __init__(self, store: Store, at_write: int, when: str) -> None:
        super().__init__(store.engine)
        self._left, self._when = at_write, when

    def write(self, work: Callable[[Connection], object]) -> object:  # type: ignore[override]
        self._left -= 1
        if self._left == 0 and self._when == "before":
            raise Crash
        result = super().write(work)
        if self._left == 0:
            raise Crash
        return result


def crash() -> None:
    raise Crash


def lost() -> None:
    raise CalendarUnreachable("lost")


class Day:
    """A day on which everything happens in the calendars at once."""

    def __init__(self, clinic: TwoWay, starts_at: datetime) -> None:
        self.clinic = clinic
        self.moved = clinic.book(starts_at)
        self.edited = clinic.book(starts_at + 30 * MINUTE, user=2)
        self.deleted = clinic.book(starts_at + HOUR)
        self.shifted = clinic.book(starts_at + 90 * MINUTE, user=2)
        self.strayed = clinic.book(starts_at + 2 * HOUR)
        self.kept = [clinic.book(starts_at + hours * HOUR, doctor=2, user=hours % 2 + 1) for hours in (4, 5, 6, 7)]
        clinic.agree()
        memory = clinic.memory
        memory.move(clinic.event(self.moved).event_id, at(starts_at + 4 * HOUR + 30 * MINUTE))
        memory.edit(clinic.event(self.edited).event_id, "Lunch")
        memory.remove(clinic.event(self.deleted).event_id)
        memory.move(clinic.event(self.shifted).event_id, at(starts_at + 12 * HOUR))
        memory.hand_over(clinic.event(self.strayed).event_id, clinic.memories["own"])
        self.lunch = at(starts_at + 6 * HOUR, 60)
        memory.add_foreign(self.lunch)
        self.starts_at = starts_at

    def finish(self) -> None:
        """Let everything be settled, and look whether each thing was done once."""
        clinic = self.clinic
        clinic.clock.advance(minutes=4)
        clinic.agree()
        clinic.settle()
        (conflict,) = clinic.rows(select(calendar_conflicts).where(calendar_conflicts.c.solved_at.is_(None)))
        clinic.decisions.keep_ours(clinic.clinic["reception"], conflict["conflict_id"])
        clinic.agree()
        assert clinic.appointment(self.moved).starts_at == self.starts_at + 4 * HOUR + 30 * MINUTE
        assert clinic.appointment(self.deleted).status is Status.CANCELLED
        assert clinic.is_agreed(self.moved, self.edited, self.shifted, self.strayed, *self.kept)
        history = clinic.rows(select(appointment_history).where(appointment_history.c.role == "calendar"))
        actions = sorted((row["appointment_id"], row["action"]) for row in history)
        assert actions == sorted([(self.moved, "reschedule"), (self.deleted, "cancel")])
        spans = [(row["starts_at"], row["ends_at"]) for row in clinic.rows(external_busy)]
        assert spans == [(self.lunch.start, self.lunch.end)]


CRASHES = [
    pytest.param(kind.values[0], at_write, when, marks=kind.marks, id=f"{kind.id}, {when} {at_write}")
    for kind, moments in zip(KINDS, [range(1, 11), range(2, 11, 2), range(3, 11, 3)], strict=True)
    for when in ("before", "after")
    for at_write in moments
]


@pytest.fixture
def crowded(two_way: TwoWay) -> TwoWay:
    two_way.add_calendar("own", doctor=2)
    two_way.store.write(lambda connection: _share(connection, "clinic"))
    return two_way


def _share(connection: Connection, calendar_id: str) -> None:
    from core.scheduler.tables import doctors

    connection.execute(update(doctors).values(calendar_id=calendar_id))


def test_everything_at_once_is_settled(crowded: TwoWay) -> None:
    Day(crowded, NINE).finish()


@pytest.mark.parametrize(("two_way", "at_write", "when"), CRASHES, indirect=["two_way"])
def test_a_crash_between_any_two_chunks_loses_nothing_and_doubles_nothing(
    crowded: TwoWay, at_write: int, when: str
) -> None:
    day = Day(crowded, NINE)
    crowded.clock.advance(minutes=1)
    store = CrashingStore(crowded.store, at_write, when)
    pulls = CalendarPulls(store, crowded.clock, crowded.scheduler)
    with pytest.raises(Crash):
        CalendarPull(pulls, crowded.memories, crowded.clock).run_due(limit=100)
    day.finish()


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("request_number", range(4))
def test_a_crash_at_any_request_loses_nothing_and_doubles_nothing(
    crowded: TwoWay, request_number: int, side: str
) -> None:
    day = Day(crowded, NINE)
    crowded.clock.advance(minutes=1)
    for memory in crowded.memories.values():
        (memory.before if side == "before" else memory.after).extend([*[lambda: None] * request_number, crash])
    with suppress(Crash):
        crowded.pull.run_due(limit=100)
    for memory in crowded.memories.values():
        memory.before.clear()
        memory.after.clear()
    day.finish()


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("request_number", range(3))
def test_a_calendar_that_fails_at_any_request_is_read_again(crowded: TwoWay, request_number: int, side: str) -> None:
    day = Day(crowded, NINE)
    crowded.clock.advance(minutes=1)
    for memory in crowded.memories.values():
        (memory.before if side == "before" else memory.after).extend([*[lambda: None] * request_number, lost])
    crowded.pull.run_due(limit=100)
    for memory in crowded.memories.values():
        memory.before.clear()
        memory.after.clear()
    day.finish()


def test_a_failure_is_kept_for_people_and_tried_again(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    read_at = two_way.clock()
    two_way.memory.vanish()
    two_way.read()
    row = two_way.calendar()
    assert (row["pull_error_kind"], row["pull_attempts"], row["pulled_at"]) == ("missing", 1, read_at)
    assert row["pull_due_at"] == two_way.clock() + HOUR
    assert two_way.link(number)["held"] is None
    assert two_way.settle() == 0
    two_way.memory.reappear()
    assert two_way.pull.pull_now("clinic") is None
    row = two_way.calendar()
    assert (row["pull_error_kind"], row["pull_error"], row["pull_attempts"]) == (None, None, 0)
    assert two_way.is_agreed(number)


def breaks() -> None:
    raise OverflowError("date value out of range")


def test_what_nobody_expected_is_kept_for_people_and_keeps_no_other_calendar_waiting(
    two_way: TwoWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []
    monkeypatch.setattr(pull_module, "report", lambda error, where: reported.append(f"{where}: {error}"))
    two_way.add_calendar("own", doctor=2)
    number = two_way.book()
    two_way.clock.advance(minutes=1)
    two_way.memory.before.append(breaks)
    assert two_way.pull.run_due(limit=9) == 2
    assert reported == ["pull: date value out of range"]
    row = two_way.calendar()
    assert (row["pull_error_kind"], row["pull_attempts"], row["pull_owner"]) == ("passing", 1, None)
    assert row["pull_error"] == "Something unexpected kept the calendar from being read. We keep trying."
    two_way.agree()
    assert two_way.calendar()["pull_error"] is None
    assert two_way.is_agreed(number)


def test_a_calendar_that_is_listed_slowly_is_read_by_one_worker(
    two_way: TwoWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_leases, "KEPT_EVERY", timedelta(milliseconds=10))
    number, read, others = two_way.book(), two_way.memory.changes, []

    def slow(cursor: str | None, window: Window) -> Changes:
        for _ in range(4):
            two_way.clock.advance(minutes=2)
            until = two_way.clock() + pull_leases.LEASE
            waited_for(lambda until=until: two_way.calendar()["pull_until"] == until)  # type: ignore[misc]
            others.append(two_way.pulls.claim("clinic"))
        return read(cursor, window)

    monkeypatch.setattr(two_way.memory, "changes", slow)
    assert two_way.pull.pull_now("clinic") is None
    assert others == [None] * 4
    assert two_way.is_agreed(number)


def waited_for(reached: Callable[[], bool]) -> None:
    for _ in range(500):
        if reached():
            return
        time.sleep(0.01)
    raise AssertionError("it never came so far")


def test_where_a_home_cannot_be_asked_not_everything_is_listed_each_minute(
    two_way: TwoWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, other = two_way.book(), two_way.add_calendar("own", doctor=2)
    two_way.read()
    other._store(two_way.event(number))
    two_way.memory.vanish()
    two_way.travel(two_way.clock() + timedelta(hours=25))
    asked, read = [], other.changes

    def noted(cursor: str | None, window: Window) -> Changes:
        asked.append(cursor)
        return read(cursor, window)

    monkeypatch.setattr(other, "changes", noted)
    for _ in range(20):
        two_way.read()
    assert 1 < len(asked) <= 3


def test_an_old_cursor_lets_all_be_read_and_compared(two_way: TwoWay) -> None:
    moved, deleted, kept = (two_way.book(NINE + hours * HOUR, user=1 + hours % 2) for hours in range(3))
    two_way.agree()
    foreign = two_way.memory.add_foreign(at(NINE + 5 * HOUR))
    two_way.read()
    two_way.memory.move(two_way.event(moved).event_id, at(NINE + 4 * HOUR))
    two_way.memory.remove(two_way.event(deleted).event_id)
    two_way.memory.remove(foreign)
    two_way.memory.forget_cursors()
    requests = len(two_way.memory.requests)
    two_way.read()
    assert two_way.memory.requests[requests:] == ["changes", "changes", "fetch"]  # what is missing is asked for
    assert two_way.appointment(moved).starts_at == NINE + 4 * HOUR
    assert two_way.rows(external_busy) == []
    assert two_way.link(deleted)["held"] == "gone"
    two_way.settle()
    two_way.agree()
    assert two_way.is_agreed(moved, kept)


def answer_lost() -> None:
    raise CalendarUnreachable("no answer")


@pytest.mark.parametrize("how", ["answered late", "given back", "taken over"])
def test_what_may_have_been_done_does_not_pass_for_what_it_was_changed_back_to(two_way: TwoWay, how: str) -> None:
    number, staff = two_way.book(), two_way.clinic["reception"]
    two_way.scheduler.reschedule(staff, number, NINE + HOUR)
    if how == "answered late":
        two_way.memory.after.append(answer_lost)
        two_way.push()
    else:
        (due,) = two_way.links.claim()
        wanted = wanted_event(due)
        assert wanted is not None
        two_way.memory.update(wanted, due.etag or "")  # and its worker is killed
        two_way.clock.advance(minutes=4)
        claimed = two_way.links.claim()
        if how == "given back":
            two_way.links.release(*claimed)
    assert two_way.event(number).starts_at == NINE + HOUR
    two_way.scheduler.reschedule(staff, number, NINE)
    two_way.clock.advance(minutes=4)
    two_way.push()
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE
    assert two_way.is_agreed(number)


@pytest.mark.parametrize("carried", [False, True])
def test_what_was_cancelled_and_undone_is_not_cancelled_again(two_way: TwoWay, carried: bool) -> None:
    other = two_way.add_calendar("own", doctor=2)
    number, kept, staff = two_way.book(), two_way.book(NINE + HOUR, user=2), two_way.clinic["reception"]
    two_way.agree()
    two_way.scheduler.cancel(staff, number)
    if carried:
        two_way.memory.hand_over(two_way.link(number)["event_id"], other)
        two_way.pull.pull_now("own")
    else:
        two_way.memory.after.append(answer_lost)
        two_way.push()
    two_way.scheduler.undo(staff, number)
    two_way.clock.advance(minutes=4)
    two_way.push()
    two_way.agree()
    assert two_way.settle() == 0
    assert two_way.is_agreed(number, kept)


def test_what_was_changed_here_while_a_conflict_waited_is_sent_once_it_is_over(two_way: TwoWay) -> None:
    number, manager = two_way.book(), two_way.clinic["manager"]
    two_way.memory.move(two_way.event(number).event_id, at(NINE.replace(hour=3)))
    two_way.read()
    assert two_way.link(number)["held"] == "conflict"
    calendars = ClinicCalendars(two_way.store, two_way.clock)
    calendars.save(manager, "clinic", name="Clinic", detail="private")
    two_way.push()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    assert two_way.event(number).title == f"Appointment #{number}"
    assert two_way.is_agreed(number)


@pytest.mark.parametrize("left", ["the calendar", "the schedule"])
@pytest.mark.parametrize("old_cursor", [False, True])
def test_what_was_deleted_there_while_nobody_wanted_it_is_made_anew(
    two_way: TwoWay, old_cursor: bool, left: str
) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.agree()
    calendars, manager = ClinicCalendars(two_way.store, two_way.clock), two_way.clinic["manager"]
    two_way.memory.remove(two_way.event(number).event_id)
    if left == "the calendar":
        calendars.assign(manager, 1, None)
    else:
        two_way.scheduler.cancel(manager, number)
    if old_cursor:
        two_way.memory.forget_cursors()
    two_way.read()
    if left == "the calendar":
        calendars.assign(manager, 1, "clinic")
    else:
        two_way.scheduler.undo(manager, number)
    two_way.agree()
    assert two_way.is_agreed(number, other)


def test_what_a_listing_leaves_out_is_not_gone_if_it_is_there_when_asked_for(two_way: TwoWay) -> None:
    numbers = [two_way.book(NINE + hours * HOUR, user=1 + hours % 2) for hours in range(3)]
    two_way.agree()
    left_out = two_way.event(numbers[0]).event_id
    two_way.memory._changed.pop(left_out)
    two_way.memory.forget_cursors()
    two_way.read()
    assert two_way.link(numbers[0])["held"] is None
    assert two_way.is_agreed(*numbers)


def test_an_empty_listing_is_not_believed(two_way: TwoWay) -> None:
    numbers = [two_way.book(NINE + hours * HOUR, user=1 + hours % 2) for hours in range(3)]
    two_way.agree()
    two_way.memory._changed.clear()
    two_way.memory.forget_cursors()
    two_way.read()
    assert two_way.settle() == 0
    assert two_way.is_agreed(*numbers)


def test_all_is_read_once_a_day(two_way: TwoWay) -> None:
    two_way.read()
    listed_at = two_way.calendar()["listed_at"]
    two_way.read()
    assert two_way.calendar()["listed_at"] == listed_at
    two_way.clock.advance(days=1)
    two_way.read()
    assert two_way.calendar()["listed_at"] == two_way.clock()


@pytest.mark.parametrize(("gone", "of"), [(2, 2), (3, 3), (3, 14)])
def test_when_many_are_gone_at_once_nothing_is_cancelled_and_a_person_is_asked(
    two_way: TwoWay, gone: int, of: int
) -> None:
    numbers = [two_way.book(NINE + number * 30 * MINUTE + (number >= 6) * HOUR, user=1) for number in range(of)]
    for number in numbers[:gone]:
        two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    assert {two_way.link(number)["held"] for number in numbers[:gone]} == {"vanished"}
    assert {two_way.link(number)["cancel_at"] for number in numbers} == {None}
    assert two_way.calendar()["vanished_at"] == two_way.clock()
    assert two_way.settle() == 0
    requests = len(two_way.memory.requests)
    two_way.agree()
    assert set(two_way.memory.requests[requests:]) == {"changes"}
    assert {two_way.appointment(number).status for number in numbers} == {Status.SCHEDULED}


def test_many_that_go_one_after_the_other_within_ten_minutes_are_many(two_way: TwoWay) -> None:
    numbers = [two_way.book(NINE + number * 30 * MINUTE) for number in range(6)]
    for number in numbers[:3]:
        two_way.memory.remove(two_way.event(number).event_id)
        two_way.read()
    assert [two_way.link(number)["held"] for number in numbers[:4]] == ["vanished"] * 3 + [None]
    two_way.memory.remove(two_way.event(numbers[3]).event_id)
    two_way.clock.advance(minutes=30)
    two_way.read()
    assert two_way.link(numbers[3])["held"] == "vanished"  # while a person is asked, of this one too


def test_what_vanished_and_comes_back_needs_nobody(two_way: TwoWay) -> None:
    numbers = [two_way.book(NINE + number * 30 * MINUTE) for number in range(3)]
    events = [two_way.event(number) for number in numbers]
    for event in events:
        two_way.memory.remove(event.event_id)
    two_way.read()
    for event in events:
        two_way.memory._store(event)
    two_way.read()
    assert two_way.calendar()["vanished_at"] is None
    assert two_way.is_agreed(*numbers)


def test_a_worker_that_lost_its_lease_changes_nothing(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.clock.advance(minutes=1)
    slow = two_way.pulls.claim()
    assert slow is not None
    assert two_way.pulls.claim() is None
    two_way.clock.advance(minutes=3)
    two_way.pull.run_due()
    before = dict(two_way.calendar())
    with pytest.raises(PullLost):
        two_way.pulls.finish(slow, "stale", None, NINE)
    with pytest.raises(PullLost):
        two_way.pulls.settle([two_way.link(number)["link_id"]], lambda link: link.gone(NINE), slow)
    assert not two_way.pulls.fail(slow, kind="passing", sentence="", retry_at=NINE)
    assert not two_way.pulls.put_off(slow)
    assert dict(two_way.calendar()) == before
    assert two_way.link(number)["held"] is None


def test_two_workers_read_a_calendar_once(two_way: TwoWay) -> None:
    two_way.read()
    other = CalendarPull(
        CalendarPulls(two_way.store, two_way.clock, two_way.scheduler), two_way.memories, two_way.clock
    )
    done: list[int] = []
    two_way.memory.after.append(lambda: done.append(other.run_due()))
    two_way.clock.advance(minutes=1)
    assert two_way.pull.run_due() == 1
    assert done == [0]


def test_a_calendar_that_calls_while_it_is_read_is_read_again(two_way: TwoWay) -> None:
    two_way.memory.after.append(lambda: two_way.pull.ask("clinic"))
    assert [two_way.pull.run_due() for _ in range(3)] == [1, 1, 0]


def test_a_push_between_reading_and_acting_is_not_undone(two_way: TwoWay, monkeypatch: pytest.MonkeyPatch) -> None:
    number = two_way.book()
    two_way.read()
    two_way.memory.edit(two_way.event(number).event_id, "Lunch")

    read = two_way.memory.changes

    def read_then_push(cursor: str | None, window: Window) -> Changes:
        changes = read(cursor, window)
        two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + HOUR)
        two_way.push()
        return changes

    monkeypatch.setattr(two_way.memory, "changes", read_then_push)
    two_way.read()
    monkeypatch.undo()
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE + HOUR
    assert two_way.last_change(number) == ("reschedule", "reception")
    assert two_way.is_agreed(number)


def test_what_was_read_before_two_changes_here_is_no_change_there(
    two_way: TwoWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = two_way.book()
    two_way.read()
    two_way.memory.edit(two_way.event(number).event_id, "Lunch")

    read = two_way.memory.changes

    def read_then_change(cursor: str | None, window: Window) -> Changes:
        changes = read(cursor, window)
        two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + HOUR)
        two_way.push()
        two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
        return changes

    monkeypatch.setattr(two_way.memory, "changes", read_then_change)
    two_way.read()
    monkeypatch.undo()
    two_way.agree()
    assert two_way.rows(calendar_conflicts) == []
    assert two_way.is_agreed(number)


def test_what_is_being_sent_right_now_is_read_again_soon(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    cursor = two_way.calendar()["cursor"]
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + HOUR)
    (due,) = two_way.links.claim(1)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 2 * HOUR))
    two_way.read()
    assert two_way.calendar()["cursor"] == cursor
    assert two_way.rows(calendar_conflicts) == []
    two_way.store.write(lambda connection: _give_back(connection, due.link_id))
    two_way.clock.advance(seconds=10)
    two_way.pull.run_due()
    assert [row["kind"] for row in two_way.rows(calendar_conflicts)] == ["both_changed"]


def _give_back(connection: Connection, link_id: int) -> None:
    of_link = calendar_links.c.link_id == link_id
    connection.execute(update(calendar_links).where(of_link).values(lease_owner=None, lease_until=None))


def test_nothing_is_read_nor_cancelled_while_syncing_is_paused(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    two_way.store.write(lambda connection: _pause(connection, "Paused."))
    requests = len(two_way.memory.requests)
    two_way.agree()
    assert two_way.settle() == 0
    assert isinstance(two_way.pull.pull_now("clinic"), PullLost)
    assert two_way.memory.requests[requests:] == []
    two_way.store.write(lambda connection: _pause(connection, None))
    assert two_way.pull.settle_due() == 1


def _pause(connection: Connection, why: str | None) -> None:
    connection.execute(update(clinic_table).values(sync_paused_reason=why))


def test_after_a_restore_nothing_is_cancelled_for_what_waited_then(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    settle_restored(two_way.store, two_way.clock(), two_way.clock)
    two_way.store.write(lambda connection: _pause(connection, None))
    assert two_way.settle() == 0
    two_way.agree()
    assert two_way.appointment(number).status is Status.SCHEDULED
    assert two_way.is_agreed(number, other)


def test_what_was_mended_is_written_down(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    (mend,) = two_way.rows(calendar_mends)
    assert (mend["calendar_id"], mend["appointment_id"], mend["what"], mend["why"], mend["account_id"]) == (
        "clinic",
        number,
        "rescheduled",
        "moved_there",
        None,
    )


@pytest.mark.parametrize(("cancelled", "moved"), [(False, True), (True, True), (True, False)])
def test_a_worker_that_comes_back_after_its_lease_undoes_nothing(two_way: TwoWay, cancelled: bool, moved: bool) -> None:
    reception, number = two_way.clinic["reception"], two_way.book()
    if cancelled:
        two_way.scheduler.cancel(reception, number)
    else:
        two_way.scheduler.reschedule(reception, number, NINE + HOUR)
    (stale,) = two_way.links.claim(1)
    two_way.clock.advance(minutes=4)
    if cancelled:
        two_way.scheduler.undo(reception, number)
    if moved:
        two_way.scheduler.reschedule(reception, number, NINE + 2 * HOUR)
    two_way.push()
    outcome, error = two_way.sync._pusher.push(stale)
    assert (outcome, type(error)) == (None, LeaseLost)
    two_way.agree()
    assert two_way.is_agreed(number)


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize("minutes", [1, 4], ids=["while it is being sent", "after its lease"])
def test_what_befalls_an_event_before_its_creation_is_recorded_is_not_missed(
    two_way: TwoWay, minutes: int, removed: bool
) -> None:
    reception, number = two_way.clinic["reception"], two_way.book(pushed=False)
    two_way.agree()
    two_way.links.request(reception, number)
    (due,) = two_way.links.claim(1)
    outcome, _ = two_way.sync._pusher.push(due)
    if removed:
        two_way.memories["clinic"].remove(due.event_id)
    else:
        two_way.memories["clinic"].move(due.event_id, at(NINE + HOUR))
    two_way.clock.advance(minutes=minutes)
    two_way.read()
    recorded = two_way.links.record([outcome])
    assert recorded == [minutes == 1]
    two_way.agree()
    if recorded == [False]:
        assert two_way.is_agreed(number)  # whoever took over made it as it should be
    elif removed:
        assert two_way.link(number)["held"] == "gone"
    else:
        assert two_way.is_agreed(number)
        assert two_way.appointment(number).starts_at == NINE + HOUR
