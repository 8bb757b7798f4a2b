from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from core.domain.appointment import Status
from core.domain.errors import NotFound
from core.domain.principal import NotAllowed
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.front_desk import WalkInGap
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

TUESDAY = date(2026, 12, 8)


def at(hour: int, minute: int = 0, day: int = 8) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def book(
    scheduler: AppointmentScheduler, clinic: MadeClinic, starts_at: datetime, *, user: int = 1, doctor: int = 1
) -> int:
    booking = Booking(f"{starts_at}-{doctor}", user, doctor, clinic.follow_up, starts_at)
    return scheduler.book_appointment(clinic["reception"], booking).appointment_id


def test_the_board_shows_the_day_of_one_doctor_or_of_all(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    later = book(scheduler, clinic, at(11))
    sooner = book(scheduler, clinic, at(9), user=2, doctor=2)
    gone = book(scheduler, clinic, at(14))
    scheduler.cancel(clinic["reception"], gone)
    book(scheduler, clinic, at(9, day=9))
    board = scheduler.day_board(clinic["reception"], None, TUESDAY)
    assert [row.appointment_id for row in board.rows] == [sooner, later, gone]
    own = scheduler.day_board(clinic["doctor"], clinic.doctor, TUESDAY)
    assert [row.appointment_id for row in own.rows] == [later, gone]
    assert own.next_day is None


@pytest.mark.parametrize(
    ("name", "own", "others", "everyone"),
    [
        ("patient", False, False, False),
        ("doctor", True, False, False),
        ("reception", True, True, True),
        ("manager", True, True, True),
    ],
)
def test_who_may_see_which_board(
    scheduler: AppointmentScheduler, clinic: MadeClinic, name: str, own: bool, others: bool, everyone: bool
) -> None:
    for doctor_id, allowed in ((1, own), (2, others), (None, everyone)):
        if allowed:
            assert scheduler.day_board(clinic[name], doctor_id, TUESDAY).rows == ()
        else:
            with pytest.raises(NotAllowed):
                scheduler.day_board(clinic[name], doctor_id, TUESDAY)


def test_an_empty_day_names_the_next_that_has_appointments_to_come(
    scheduler: AppointmentScheduler, clinic: MadeClinic
) -> None:
    off = book(scheduler, clinic, at(10, day=9))
    book(scheduler, clinic, at(10, day=10), doctor=2)
    book(scheduler, clinic, at(10, day=11))
    scheduler.cancel(clinic["reception"], off)
    assert scheduler.day_board(clinic["reception"], None, TUESDAY).next_day == date(2026, 12, 10)
    assert scheduler.day_board(clinic["doctor"], 1, TUESDAY).next_day == date(2026, 12, 11)
    assert scheduler.day_board(clinic["doctor"], 1, date(2026, 12, 12)).next_day is None


def test_the_board_names_what_undo_would_take_back(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    number = book(scheduler, clinic, at(10))
    other = book(scheduler, clinic, at(11), user=2)

    def undoable() -> dict[int, str]:
        return scheduler.day_board(clinic["doctor"], 1, TUESDAY).undoable

    assert undoable() == {}
    clock.now = at(9, 55)
    scheduler.check_in(clinic["doctor"], number)
    assert undoable() == {number: "check_in"}
    scheduler.start(clinic["doctor"], number)
    scheduler.cancel(clinic["doctor"], other)
    assert undoable() == {number: "start", other: "cancel"}
    scheduler.undo(clinic["doctor"], number)
    assert undoable() == {other: "cancel"}
    clock.advance(days=1)
    assert undoable() == {other: "cancel"}
    clock.advance(seconds=1)
    assert undoable() == {}


def test_the_board_counts_what_needs_an_outcome_and_rises_with_every_change(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    number = book(scheduler, clinic, at(10))
    book(scheduler, clinic, at(10), user=2, doctor=2)
    first = scheduler.day_board(clinic["reception"], None, TUESDAY)
    clock.now = at(10, 20)
    board = scheduler.day_board(clinic["reception"], None, TUESDAY)
    assert (first.without_outcome, board.without_outcome) == (0, 2)
    assert scheduler.day_board(clinic["doctor"], 1, TUESDAY).without_outcome == 1
    scheduler.record_outcome(clinic["doctor"], number, Status.COMPLETED)
    after = scheduler.day_board(clinic["reception"], None, TUESDAY)
    assert after.without_outcome == 1
    assert after.revision > board.revision == first.revision


def test_the_board_takes_the_same_few_queries_for_any_number_of_appointments(
    scheduler: AppointmentScheduler, clinic: MadeClinic, store: Store
) -> None:
    counts = []
    for hour in (9, 10, 11, 14):
        book(scheduler, clinic, at(hour))
        seen: list[str] = []
        listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
        event.listen(store.engine, "before_cursor_execute", listener)
        scheduler.day_board(clinic["reception"], None, TUESDAY)
        event.remove(store.engine, "before_cursor_execute", listener)
        counts.append(len([statement for statement in seen if statement.startswith("SELECT")]))
    assert set(counts) == {5}


def only(gaps: list[WalkInGap]) -> WalkInGap:
    (gap,) = gaps
    return gap


def test_a_walk_in_fits_into_the_gap_before_the_next_appointment(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    book(scheduler, clinic, at(10))
    clock.now = at(9, 30) + timedelta(seconds=42)
    gap = only(scheduler.walk_in_gaps(clinic["doctor"], clinic.doctor, clinic.follow_up))
    assert (gap.starts_at, gap.fits_now, gap.free_until, gap.next_start) == (at(9, 30), True, at(10), at(9, 30))
    tight = only(scheduler.walk_in_gaps(clinic["doctor"], clinic.doctor, clinic.check_up))
    assert (tight.fits_now, tight.free_until, tight.next_start) == (False, at(10), at(10, 25))
    booking = Booking("walk", 2, clinic.doctor, clinic.follow_up, gap.starts_at, walk_in=True)
    assert scheduler.book_appointment(clinic["doctor"], booking).status is Status.CHECKED_IN
    busy = only(scheduler.walk_in_gaps(clinic["reception"], clinic.doctor, clinic.follow_up))
    assert (busy.free_until, busy.free_again, busy.next_start) == (None, at(9, 55), at(10, 25))


def test_of_all_doctors_the_one_who_is_free_soonest_comes_first(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    book(scheduler, clinic, at(10))
    clock.now = at(10, 5)
    gaps = scheduler.walk_in_gaps(clinic["reception"], None, clinic.follow_up)
    assert [(gap.doctor_id, gap.next_start) for gap in gaps] == [(2, at(10, 5)), (1, at(10, 25))]


def test_no_walk_in_fits_after_hours(scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock) -> None:
    clock.now = at(17, 30)
    gap = only(scheduler.walk_in_gaps(clinic["reception"], clinic.doctor, clinic.follow_up))
    assert (gap.fits_now, gap.free_until, gap.free_again, gap.next_start) == (False, None, None, None)


def test_a_time_that_someone_else_holds_is_no_gap(
    scheduler: AppointmentScheduler, clinic: MadeClinic, clock: HandClock
) -> None:
    clock.now = at(9, 50)
    scheduler.hold(clinic["reception"], clinic.doctor, clinic.follow_up, at(9, 50))
    assert only(scheduler.walk_in_gaps(clinic["reception"], clinic.doctor, clinic.follow_up)).fits_now
    gap = only(scheduler.walk_in_gaps(clinic["manager"], clinic.doctor, clinic.follow_up))
    assert (gap.fits_now, gap.next_start) == (False, at(10, 15))


def test_doctors_ask_for_their_own_gaps_alone(scheduler: AppointmentScheduler, clinic: MadeClinic) -> None:
    for name, doctor_id in (("doctor", clinic.other_doctor), ("doctor", None), ("patient", clinic.doctor)):
        with pytest.raises(NotAllowed):
            scheduler.walk_in_gaps(clinic[name], doctor_id, clinic.follow_up)
    with pytest.raises(NotFound):
        scheduler.walk_in_gaps(clinic["reception"], clinic.doctor, 99)
