"""What pages are told of calendars, and patients of changes, on both engines."""

import pytest

from core.domain.calendar_changes import Clash
from core.domain.errors import NotFound
from core.domain.principal import NotAllowed
from core.scheduler.awaited import Awaited
from core.scheduler.calendar_health import CalendarHealth
from core.scheduler.patient_notices import PatientNotices
from core.scheduler.schedule import Schedule
from tests.calendars.two_way import HOUR, NINE, TwoWay, at, two_way

__all__ = ["two_way"]


def awaited(clinic: TwoWay, doctor_id: int | None = None) -> Awaited:
    return Schedule(clinic.store, clinic.clock).glance(clinic.clinic["reception"], doctor_id).awaited


def test_a_conflict_names_whom_the_doctor_sees_then(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    (conflict,) = awaited(two_way).undecided.conflicts
    assert (conflict.kind, conflict.taken_by) == (Clash.TAKEN, "Patient 2")
    assert awaited(two_way, 2) == Awaited()
    (told,) = CalendarHealth(two_way.store, two_way.clock).look(two_way.clinic["manager"]).conflicts
    assert told == conflict


def test_a_move_is_told_to_staff_until_the_patient_hears_of_it(two_way: TwoWay) -> None:
    notices = PatientNotices(two_way.store, two_way.clock)
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 2 * HOUR))
    two_way.read()
    (move,) = awaited(two_way, 1).moves
    assert (move.before_starts_at, move.starts_at) == (NINE, NINE + 2 * HOUR)
    assert notices.mine(two_way.clinic["patient"]) == []
    with pytest.raises(NotFound):
        notices.dismiss(two_way.clinic["patient"], 1)
    two_way.clock.advance(minutes=10)
    assert awaited(two_way, 1).moves == ()
    (notice,) = notices.mine(two_way.clinic["patient"])
    assert (notice.kind, notice.before_starts_at, notice.starts_at) == ("moved", NINE, NINE + 2 * HOUR)
    with pytest.raises(NotAllowed):
        notices.dismiss(two_way.clinic["other_patient"], notice.notice_id)
    for _ in range(2):
        notices.dismiss(two_way.clinic["patient"], notice.notice_id)
    assert notices.mine(two_way.clinic["patient"]) == []


def test_a_move_that_staff_changed_again_is_theirs(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 2 * HOUR))
    two_way.read()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 4 * HOUR)
    assert awaited(two_way).moves == ()


def test_doctors_are_told_of_their_own_calendars_silence(two_way: TwoWay) -> None:
    two_way.read()
    two_way.clock.advance(minutes=15)
    assert [one.doctor_name for one in awaited(two_way, 2).unread] == ["Dr. Michael Chen"]
    assert len(awaited(two_way).unread) == 2
    assert [one.doctor_id for one in two_way.scheduler.unread(1)] == [1]


def test_a_managers_view_tells_of_queue_and_mends(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.edit(two_way.event(number).event_id, "Something else")
    two_way.read()
    look = CalendarHealth(two_way.store, two_way.clock).look(two_way.clinic["manager"])
    (state,) = look.calendars
    assert (state.waiting, state.failing, state.waiting_since) == (1, 0, two_way.clock())
    assert (state.pulled_at, state.signed_out, state.drift) == (two_way.clock(), False, 0)
    assert [(mend.what, mend.why, mend.by) for mend in look.mends] == [("put_back", "text_edited", None)]
    with pytest.raises(NotAllowed):
        CalendarHealth(two_way.store, two_way.clock).look(two_way.clinic["reception"])
