"""What people decide where a calendar and the clinic disagree; the buttons' use cases, against a calendar."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.domain.appointment import Status
from core.domain.errors import AlreadySettled, NotFound
from core.domain.policy import InThePast, OutsideHours
from core.domain.principal import NotAllowed, Principal
from core.domain.timespan import Timespan
from core.scheduler.booking import Booking
from core.scheduler.decisions import TakenByAnother
from core.scheduler.tables import calendar_conflicts, calendar_links, calendar_mends, notices
from tests.calendars.two_way import DAY, HOUR, MINUTE, NINE, TwoWay, at, two_way

__all__ = ["two_way"]

EVENING = at(NINE + 10 * HOUR)


def with_deleted(clinic: TwoWay) -> tuple[int, int]:
    """An appointment whose event was deleted, beside another one; the numbers of it and of its link."""
    number, _ = clinic.book(), clinic.book(NINE + HOUR, user=2)
    clinic.memory.remove(clinic.event(number).event_id)
    clinic.read()
    return number, clinic.link(number)["link_id"]


def with_conflict(clinic: TwoWay, span: Timespan = EVENING) -> tuple[int, int]:
    """An appointment whose event was moved where it may not be; the numbers of it and of the conflict."""
    number = clinic.book()
    clinic.memory.move(clinic.event(number).event_id, span)
    clinic.read()
    (conflict,) = clinic.rows(calendar_conflicts)
    return number, conflict["conflict_id"]


def with_vanished(clinic: TwoWay) -> list[int]:
    """Appointments all of whose events were deleted at once."""
    numbers = [clinic.book(NINE + hours * HOUR, user=1 + hours % 2) for hours in range(3)]
    for number in numbers:
        clinic.memory.remove(clinic.event(number).event_id)
    clinic.read()
    return numbers


def solution(clinic: TwoWay) -> tuple[str | None, int | None]:
    (conflict,) = clinic.rows(calendar_conflicts)
    return conflict["solution"], conflict["solved_by"]


def last_mend(clinic: TwoWay) -> tuple[str, str, int | None]:
    row = clinic.rows(select(calendar_mends).order_by(calendar_mends.c.mend_id))[-1]
    return row["what"], row["why"], row["account_id"]


@pytest.mark.parametrize("who", ["doctor", "reception", "manager"])
def test_staff_keep_an_appointment_whose_event_was_deleted(two_way: TwoWay, who: str) -> None:
    number, link = with_deleted(two_way)
    two_way.decisions.keep(two_way.clinic[who], link)
    two_way.agree()
    assert two_way.settle() == 0
    assert two_way.appointment(number).status is Status.SCHEDULED
    assert two_way.event(number).starts_at == NINE
    assert last_mend(two_way) == ("put_back", "kept", two_way.clinic[who].account_id)


def test_staff_cancel_it_without_waiting(two_way: TwoWay) -> None:
    number, link = with_deleted(two_way)
    assert two_way.decisions.cancel_now(two_way.clinic["doctor"], link).status is Status.CANCELLED
    assert two_way.last_change(number) == ("cancel", "doctor")
    (notice,) = two_way.rows(notices)
    assert (notice["kind"], notice["tell_at"]) == ("cancelled", two_way.clock())
    two_way.agree()
    assert two_way.settle() == 0


def test_the_clinics_time_is_kept_and_sent(two_way: TwoWay) -> None:
    number, conflict = with_conflict(two_way)
    requests = len(two_way.memory.requests)
    two_way.decisions.keep_ours(two_way.clinic["reception"], conflict)
    two_way.push()
    assert two_way.memory.requests[requests:] == ["update"]
    assert two_way.is_agreed(number)
    assert solution(two_way) == ("ours", two_way.clinic["reception"].account_id)


def test_a_manager_takes_the_calendars_time_with_a_reason(two_way: TwoWay) -> None:
    number, conflict = with_conflict(two_way)
    two_way.decisions.take_theirs(two_way.clinic["manager"], conflict, "evening surgery")
    two_way.agree()
    assert two_way.appointment(number).starts_at == EVENING.start
    assert two_way.is_agreed(number)
    assert solution(two_way) == ("theirs", two_way.clinic["manager"].account_id)
    (notice,) = two_way.rows(notices)
    assert (notice["kind"], notice["before_starts_at"]) == ("moved", NINE)


@pytest.mark.parametrize(("who", "reason"), [("manager", ""), ("reception", "please"), ("doctor", "please")])
def test_closed_time_needs_the_right_to_override_and_a_reason(two_way: TwoWay, who: str, reason: str) -> None:
    number, conflict = with_conflict(two_way)
    with pytest.raises(OutsideHours):
        two_way.decisions.take_theirs(two_way.clinic[who], conflict, reason)
    assert solution(two_way) == (None, None)
    assert two_way.appointment(number).starts_at == NINE


def test_the_past_needs_them_too(two_way: TwoWay) -> None:
    number, conflict = with_conflict(two_way, at(NINE - 3 * DAY))
    with pytest.raises(InThePast):
        two_way.decisions.take_theirs(two_way.clinic["reception"], conflict)
    two_way.decisions.take_theirs(two_way.clinic["manager"], conflict, "came on Saturday")
    assert two_way.appointment(number).starts_at == NINE - 3 * DAY


def test_a_taken_time_is_not_on_offer(two_way: TwoWay) -> None:
    two_way.book(NINE + HOUR, user=2)
    number, conflict = with_conflict(two_way, at(NINE + HOUR))
    with pytest.raises(TakenByAnother):
        two_way.decisions.take_theirs(two_way.clinic["manager"], conflict, "please")
    assert two_way.appointment(number).starts_at == NINE


def test_a_time_that_was_taken_meanwhile_is_not_to_be_had_either(two_way: TwoWay) -> None:
    number, conflict = with_conflict(two_way)
    evening = Booking("evening", 2, 1, 1, EVENING.start, override_reason="evening surgery")
    two_way.scheduler.book_appointment(two_way.clinic["manager"], evening)
    with pytest.raises(TakenByAnother):
        two_way.decisions.take_theirs(two_way.clinic["manager"], conflict, "evening surgery")
    assert two_way.appointment(number).starts_at == NINE
    assert solution(two_way) == (None, None)


def test_any_staff_take_a_free_time_that_lost_against_a_change_here(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    (conflict,) = two_way.rows(calendar_conflicts)
    two_way.decisions.take_theirs(two_way.clinic["doctor"], conflict["conflict_id"])
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE + HOUR
    assert two_way.is_agreed(number)


def test_whoever_keeps_the_change_made_here_sends_nothing_again(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    (conflict,) = two_way.rows(calendar_conflicts)
    two_way.decisions.keep_ours(two_way.clinic["doctor"], conflict["conflict_id"])
    assert two_way.is_agreed(number)
    assert solution(two_way)[0] == "ours"


def test_all_that_vanished_is_put_back(two_way: TwoWay) -> None:
    numbers = with_vanished(two_way)
    assert two_way.decisions.put_all_back(two_way.clinic["manager"], "clinic") == 3
    two_way.agree()
    assert two_way.is_agreed(*numbers)
    assert two_way.calendar()["vanished_at"] is None


def test_all_that_vanished_is_cancelled_but_for_whoever_has_arrived(two_way: TwoWay) -> None:
    numbers = with_vanished(two_way)
    two_way.clock.now = NINE - 30 * MINUTE
    two_way.scheduler.check_in(two_way.clinic["reception"], numbers[0])
    assert two_way.decisions.cancel_all(two_way.clinic["manager"], "clinic") == 2
    two_way.agree()
    assert two_way.is_agreed(numbers[0])
    assert two_way.calendar()["vanished_at"] is None


def test_what_vanished_is_decided_one_by_one(two_way: TwoWay) -> None:
    first, second, third = with_vanished(two_way)
    links = {number: two_way.link(number)["link_id"] for number in (first, second, third)}
    two_way.decisions.keep(two_way.clinic["reception"], links[first])
    two_way.decisions.cancel_now(two_way.clinic["reception"], links[second])
    assert two_way.calendar()["vanished_at"] is not None
    two_way.decisions.keep(two_way.clinic["reception"], links[third])
    assert two_way.calendar()["vanished_at"] is None
    two_way.agree()
    assert two_way.is_agreed(first, third)


def test_a_move_is_withdrawn_before_anybody_hears_of_it(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    two_way.decisions.withdraw_move(two_way.clinic["doctor"], number)
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE
    assert two_way.is_agreed(number)
    (notice,) = two_way.rows(notices)
    assert notice["withdrawn_at"] is not None


def test_a_move_that_was_told_or_followed_by_another_change_is_not_withdrawn(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    two_way.clock.advance(minutes=10)
    with pytest.raises(AlreadySettled):
        two_way.decisions.withdraw_move(two_way.clinic["doctor"], number)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 2 * HOUR))
    two_way.read()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 3 * HOUR - 30 * MINUTE)
    with pytest.raises(AlreadySettled):
        two_way.decisions.withdraw_move(two_way.clinic["doctor"], number)


def test_staff_see_what_waits(two_way: TwoWay) -> None:
    gone, link = with_deleted(two_way)
    moved = two_way.book(NINE + 2 * HOUR)
    two_way.memory.move(two_way.event(moved).event_id, EVENING)
    two_way.read()
    seen = two_way.decisions.undecided(two_way.clinic["doctor"], 1)
    ((conflict,), (deleted,)) = seen.conflicts, seen.gone
    assert (conflict.appointment_id, conflict.kind, conflict.their_starts_at) == (moved, "closed", EVENING.start)
    assert (deleted.appointment_id, deleted.link_id, deleted.patient_name) == (gone, link, "Patient 1")
    assert seen.vanished == ()
    assert two_way.decisions.undecided(two_way.clinic["doctor"], 1) == two_way.decisions.undecided(
        two_way.clinic["reception"]
    )
    assert two_way.decisions.undecided(two_way.clinic["other_doctor"], 2).conflicts == ()


Button = Callable[[TwoWay, Principal], object]


def _of(table: str) -> Callable[[TwoWay], int]:
    tables = {"link": (calendar_links, "link_id"), "conflict": (calendar_conflicts, "conflict_id")}
    chosen, key = tables[table]
    return lambda clinic: int(clinic.rows(select(chosen).order_by(chosen.c[key]))[0][key])


link_of, conflict_of = _of("link"), _of("conflict")
DECISIONS: dict[str, tuple[Callable[[TwoWay], object], Button]] = {
    "keep": (with_deleted, lambda clinic, who: clinic.decisions.keep(who, link_of(clinic))),
    "cancel_now": (with_deleted, lambda clinic, who: clinic.decisions.cancel_now(who, link_of(clinic))),
    "keep_ours": (with_conflict, lambda clinic, who: clinic.decisions.keep_ours(who, conflict_of(clinic))),
    "take_theirs": (with_conflict, lambda clinic, who: clinic.decisions.take_theirs(who, conflict_of(clinic), "yes")),
    "put_all_back": (with_vanished, lambda clinic, who: clinic.decisions.put_all_back(who, "clinic")),
    "cancel_all": (with_vanished, lambda clinic, who: clinic.decisions.cancel_all(who, "clinic")),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_is_not_for_patients_nor_for_another_doctor_and_is_made_once(two_way: TwoWay, name: str) -> None:
    prepare, press = DECISIONS[name]
    prepare(two_way)
    for who in ("patient", "other_doctor"):
        with pytest.raises(NotAllowed):
            press(two_way, two_way.clinic[who])
    press(two_way, two_way.clinic["manager"])
    with pytest.raises(AlreadySettled):
        press(two_way, two_way.clinic["manager"])


@pytest.mark.parametrize("who", ["doctor", "reception"])
@pytest.mark.parametrize("name", ["put_all_back", "cancel_all"])
def test_what_concerns_a_whole_calendar_is_for_managers(two_way: TwoWay, name: str, who: str) -> None:
    with_vanished(two_way)
    with pytest.raises(NotAllowed):
        DECISIONS[name][1](two_way, two_way.clinic[who])


def test_what_was_never_there_is_not_found(two_way: TwoWay) -> None:
    with pytest.raises(NotFound):
        two_way.decisions.keep(two_way.clinic["manager"], 99)
    with pytest.raises(NotFound):
        two_way.decisions.keep_ours(two_way.clinic["manager"], 99)
