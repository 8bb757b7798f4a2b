"""What happens in a calendar, row by row of the table, until both sides agree again."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from core.domain.appointment import Status
from core.scheduler.links import touch_doctor_links
from core.scheduler.tables import calendar_conflicts, calendar_mends, doctors, notices
from tests.calendars.two_way import DAY, HOUR, MINUTE, NINE, TwoWay, at, two_way

__all__ = ["two_way"]


def conflict_of(clinic: TwoWay) -> tuple[str, str | None]:
    (row,) = clinic.rows(calendar_conflicts)
    return row["kind"], row["solution"]


def mends(clinic: TwoWay) -> list[tuple[str, str]]:
    return [(row["what"], row["why"]) for row in clinic.rows(calendar_mends)]


def test_what_was_just_sent_is_not_read_as_a_change(two_way: TwoWay) -> None:
    number = two_way.book()
    requests = len(two_way.memory.requests)
    two_way.read()
    two_way.read()
    assert two_way.memory.requests[requests:] == ["changes", "changes"]
    assert two_way.appointment(number).revision == 1
    assert two_way.is_agreed(number)


def test_an_event_that_was_moved_reschedules_its_appointment(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    moved = two_way.appointment(number)
    assert (moved.starts_at, moved.ends_at) == (NINE + HOUR, NINE + HOUR + 20 * MINUTE)
    assert moved.occupied_until - moved.ends_at == 5 * MINUTE
    assert two_way.last_change(number) == ("reschedule", "calendar")
    requests = len(two_way.memory.requests)
    two_way.push()
    assert two_way.memory.requests[requests:] == []  # it stands there as it should
    assert two_way.is_agreed(number)


def test_the_patient_hears_of_a_move_ten_minutes_later(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    (notice,) = two_way.rows(notices)
    assert (notice["kind"], notice["before_starts_at"]) == ("moved", NINE)
    assert notice["tell_at"] == two_way.clock() + 10 * MINUTE


def test_a_move_that_is_put_back_in_the_calendar_is_not_told(two_way: TwoWay) -> None:
    number = two_way.book()
    for hours in (1, 2, 0):
        two_way.memory.move(two_way.event(number).event_id, at(NINE + hours * HOUR))
        two_way.read()
    (notice,) = two_way.rows(notices)
    assert notice["withdrawn_at"] == two_way.clock()
    assert two_way.appointment(number).starts_at == NINE


def test_a_second_move_is_told_as_one(two_way: TwoWay) -> None:
    number = two_way.book()
    for hours in (1, 2):
        two_way.memory.move(two_way.event(number).event_id, at(NINE + hours * HOUR))
        two_way.read()
    (notice,) = two_way.rows(notices)
    assert (notice["before_starts_at"], notice["tell_at"]) == (NINE, two_way.clock() + 10 * MINUTE)


def test_an_event_may_be_moved_to_a_time_off_the_grid(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 7 * MINUTE))
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE + 7 * MINUTE
    assert two_way.is_agreed(number)


@pytest.mark.parametrize(
    ("span", "kind"),
    [
        (at(NINE + 4 * HOUR - 30 * MINUTE), "closed"),
        (at(NINE - 3 * DAY), "past"),
        (at(NINE + 10 * HOUR), "closed"),
        (at(NINE, 10 * 60), "closed"),
    ],
)
def test_an_event_that_was_moved_where_it_may_not_be_is_a_conflict(two_way: TwoWay, span: object, kind: str) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, span)  # type: ignore[arg-type]
    two_way.read()
    assert two_way.appointment(number).starts_at == NINE
    assert two_way.link(number)["held"] == "conflict"
    assert conflict_of(two_way) == (kind, None)
    requests = len(two_way.memory.requests)
    two_way.agree()
    assert set(two_way.memory.requests[requests:]) == {"changes"}  # nothing is sent meanwhile
    assert conflict_of(two_way) == (kind, None)


def test_a_time_that_is_taken_is_a_conflict_of_its_own_kind(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR - 10 * MINUTE))
    two_way.read()
    assert conflict_of(two_way) == ("taken", None)
    assert two_way.appointment(number).starts_at == NINE


def test_a_time_at_which_the_patient_is_elsewhere_is_taken(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + HOUR, doctor=2)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    assert conflict_of(two_way) == ("taken", None)


def test_a_conflict_is_over_when_the_event_is_put_back(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 10 * HOUR))
    two_way.read()
    two_way.memory.move(two_way.event(number).event_id, at(NINE))
    two_way.read()
    assert conflict_of(two_way) == ("closed", "ours")
    assert two_way.is_agreed(number)


def test_a_conflict_is_over_when_the_event_is_moved_to_a_free_time(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 10 * HOUR))
    two_way.read()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    assert conflict_of(two_way) == ("closed", "superseded")
    assert two_way.appointment(number).starts_at == NINE + HOUR
    assert two_way.is_agreed(number)


def test_a_change_here_ends_a_conflict(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + 10 * HOUR))
    two_way.read()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
    two_way.agree()
    assert conflict_of(two_way) == ("closed", "superseded")
    assert two_way.is_agreed(number)


def test_two_events_that_follow_each_other_may_be_moved_along_at_once(two_way: TwoWay) -> None:
    first, second = two_way.book(), two_way.book(NINE + 30 * MINUTE, user=2)
    two_way.memory.move(two_way.event(first).event_id, at(NINE + 30 * MINUTE))
    two_way.memory.move(two_way.event(second).event_id, at(NINE + HOUR))
    two_way.agree()
    assert two_way.appointment(first).starts_at == NINE + 30 * MINUTE
    assert two_way.is_agreed(first, second)
    assert two_way.rows(calendar_conflicts) == []


def test_an_event_that_was_resized_moves_the_end(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.move(two_way.event(number).event_id, at(NINE, 50))
    two_way.agree()
    assert two_way.appointment(number).minutes == 50
    assert two_way.is_agreed(number)
    assert two_way.rows(notices) == []


def test_an_event_that_was_resized_over_another_is_a_conflict(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + 30 * MINUTE, user=2)
    two_way.memory.move(two_way.event(number).event_id, at(NINE, 50))
    two_way.read()
    assert conflict_of(two_way) == ("taken", None)
    assert two_way.appointment(number).minutes == 20


def test_a_deleted_event_cancels_its_appointment_ten_minutes_later(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    link = two_way.link(number)
    assert (link["held"], link["gone_at"], link["cancel_at"]) == (
        "gone",
        two_way.clock(),
        two_way.clock() + 10 * MINUTE,
    )
    two_way.clock.advance(minutes=9)
    assert two_way.pull.settle_due() == 0
    assert two_way.appointment(number).status is Status.SCHEDULED
    two_way.clock.advance(minutes=1)
    assert two_way.pull.settle_due() == 1
    assert two_way.appointment(number).status is Status.CANCELLED
    assert two_way.last_change(number) == ("cancel", "calendar")
    (notice,) = two_way.rows(notices)
    assert (notice["kind"], notice["tell_at"]) == ("cancelled", two_way.clock())
    two_way.agree()
    assert two_way.is_agreed(other)


def test_a_cancellation_by_the_calendar_can_be_undone(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    two_way.settle()
    two_way.scheduler.undo(two_way.clinic["reception"], number)
    two_way.agree()
    assert two_way.is_agreed(number, other)
    (notice,) = two_way.rows(notices)
    assert notice["withdrawn_at"] is not None


def test_a_deleted_event_that_comes_back_within_its_grace_cancels_nothing(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    event = two_way.event(number)
    two_way.memory.remove(event.event_id)
    two_way.read()
    two_way.memory._store(event)
    two_way.read()
    assert two_way.settle() == 0
    assert two_way.is_agreed(number, other)
    assert mends(two_way) == [("let_be", "came_back")]


def test_the_calendar_is_asked_once_more_before_anything_is_cancelled(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    event = two_way.event(number)
    two_way.memory.remove(event.event_id)
    two_way.read()
    two_way.memory._store(event)
    assert two_way.settle() == 1
    assert two_way.is_agreed(number, other)


def test_a_calendar_that_does_not_answer_cancels_nothing(two_way: TwoWay) -> None:
    number, _ = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    two_way.memory.vanish()
    assert two_way.settle() == 0
    assert two_way.appointment(number).status is Status.SCHEDULED
    two_way.memory.reappear()
    assert two_way.pull.settle_due() == 0
    two_way.clock.advance(minutes=1)
    assert two_way.pull.settle_due() == 1


def test_an_event_that_was_deleted_after_check_in_is_put_back(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.clock.now = NINE - 30 * MINUTE
    two_way.scheduler.check_in(two_way.clinic["reception"], number)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.agree()
    assert two_way.appointment(number).status is Status.CHECKED_IN
    assert two_way.is_agreed(number, other)


def test_a_check_in_within_the_grace_puts_the_event_back(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.clock.now = NINE - 30 * MINUTE
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    two_way.scheduler.check_in(two_way.clinic["reception"], number)
    two_way.settle()
    two_way.agree()
    assert two_way.appointment(number).status is Status.CHECKED_IN
    assert two_way.is_agreed(number, other)


def test_what_begins_within_the_grace_is_not_cancelled(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.clock.now = NINE - 6 * MINUTE
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.read()
    two_way.settle()
    two_way.agree()
    assert two_way.appointment(number).status is Status.SCHEDULED
    assert two_way.is_agreed(number, other)


def test_deleting_the_past_changes_nothing(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.clock.now = NINE + DAY
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.agree()
    assert two_way.settle() == 0
    assert two_way.appointment(number).status is Status.SCHEDULED
    assert two_way.memory.living == []


def test_an_event_that_was_moved_to_another_calendar_of_ours_is_brought_back(two_way: TwoWay) -> None:
    own = two_way.add_calendar("own", doctor=2)
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.agree()
    two_way.memory.hand_over(two_way.event(number).event_id, own)
    two_way.agree()
    assert own.living == []
    assert two_way.is_agreed(number, other)
    assert two_way.settle() == 0
    assert two_way.appointment(number).status is Status.SCHEDULED


def test_the_copy_of_an_event_is_somebody_elses(two_way: TwoWay) -> None:
    number = two_way.book()
    copied = two_way.memory.add_foreign(at(NINE + HOUR))
    two_way.memory._change(copied, title=two_way.event(number).title, description=two_way.event(number).description)
    two_way.agree()
    assert two_way.is_agreed(number)
    assert copied in two_way.memory.events


@pytest.mark.parametrize("how", ["make_all_day", "make_recurring"])
def test_an_event_that_was_made_all_day_or_a_series_is_put_back(two_way: TwoWay, how: str) -> None:
    number = two_way.book()
    getattr(two_way.memory, how)(two_way.event(number).event_id)
    two_way.agree()
    assert two_way.appointment(number).revision == 1
    event = two_way.event(number)
    assert (event.starts_at, event.all_day, event.recurring) == (NINE, False, False)
    assert two_way.is_agreed(number)
    assert mends(two_way) == [("put_back", "all_day" if how == "make_all_day" else "series")]


def test_an_edited_title_is_put_back_with_one_request(two_way: TwoWay) -> None:
    number = two_way.book()
    title = two_way.event(number).title
    two_way.memory.edit(two_way.event(number).event_id, "Lunch")
    two_way.read()
    requests = len(two_way.memory.requests)
    two_way.push()
    assert two_way.memory.requests[requests:] == ["update"]
    assert two_way.event(number).title == title
    assert two_way.appointment(number).revision == 1
    assert mends(two_way) == [("put_back", "text_edited")]


def test_ours_wins_where_both_changed_and_the_other_is_kept_for_people(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE + 2 * HOUR
    assert two_way.is_agreed(number)
    (conflict,) = two_way.rows(calendar_conflicts)
    assert (conflict["kind"], conflict["their_starts_at"], conflict["solved_at"]) == ("both_changed", NINE + HOUR, None)


def test_ours_wins_where_it_was_deleted_there_and_changed_here(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + 2 * HOUR)
    two_way.memory.remove(two_way.event(number).event_id)
    two_way.agree()
    assert two_way.is_agreed(number)
    assert two_way.settle() == 0


def test_a_move_here_and_back_again_overwrites_what_was_done_there(two_way: TwoWay) -> None:
    number = two_way.book()
    for hours in (2, 0):
        two_way.scheduler.reschedule(two_way.clinic["reception"], number, NINE + hours * HOUR)
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE
    assert two_way.is_agreed(number)


def test_an_event_that_comes_back_after_its_appointment_was_cancelled_is_taken_away(two_way: TwoWay) -> None:
    number = two_way.book()
    event = two_way.event(number)
    two_way.scheduler.cancel(two_way.clinic["reception"], number)
    two_way.agree()
    two_way.memory._store(event)
    two_way.agree()
    assert two_way.memory.living == []
    assert mends(two_way) == [("removed", "unwanted")]


def test_an_event_that_was_replaced_does_not_come_back_beside_the_new_one(two_way: TwoWay) -> None:
    number = two_way.book()
    event = two_way.event(number)
    two_way.memory.remove(event.event_id)
    two_way.read()
    two_way.links.request(two_way.clinic["reception"], number)
    two_way.agree()
    assert two_way.link(number)["generation"] == 2
    two_way.memory._store(event)
    two_way.agree()
    assert two_way.is_agreed(number)


def test_a_change_in_a_calendar_that_its_doctor_left_for_a_moment_is_put_back(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    two_way.memory.edit(two_way.event(number).event_id, "Lunch")
    two_way.add_calendar("own", doctor=1)
    two_way.store.write(lambda connection: touch_doctor_links(connection, 1, two_way.clock()))
    two_way.read()
    two_way.store.write(lambda connection: connection.execute(update(doctors).values(calendar_id="clinic")) and None)
    two_way.store.write(lambda connection: touch_doctor_links(connection, 1, two_way.clock()))
    two_way.agree()
    (event,) = two_way.memory.living
    assert event.title.startswith("Appointment")
    assert two_way.memories["own"].living == []
    assert two_way.appointment(number).status is Status.SCHEDULED


def test_a_past_event_that_is_moved_ahead_follows_its_doctor_into_another_calendar(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.agree()
    two_way.travel(NINE + 2 * HOUR)
    own = two_way.add_calendar("own", doctor=1)
    two_way.store.write(lambda connection: touch_doctor_links(connection, 1, two_way.clock()))
    two_way.agree()
    assert own.living == []
    two_way.memory.move(two_way.event(number).event_id, at(NINE + DAY))
    two_way.agree()
    (moved,) = own.living
    (left,) = two_way.memory.living
    assert (moved.starts_at, left.event_id) == (NINE + DAY, two_way.link(other)["event_id"])
    assert two_way.appointment(number).starts_at == NINE + DAY


def test_an_event_that_stands_in_another_calendar_is_not_cancelled_before_that_is_read(two_way: TwoWay) -> None:
    two_way.add_calendar("own", doctor=2)
    number = two_way.book()
    other = two_way.book(NINE + HOUR)
    two_way.agree()
    two_way.clock.advance(minutes=1)
    two_way.memory.hand_over(two_way.event(number).event_id, two_way.memories["own"])
    two_way.pull.pull_now("clinic")
    assert two_way.link(number)["held"] == "gone"
    assert two_way.settle() == 0
    two_way.agree()
    assert two_way.appointment(number).status is Status.SCHEDULED
    assert two_way.is_agreed(number, other)


def test_an_event_that_was_carried_away_and_made_anew_at_home_stands_there_once(two_way: TwoWay) -> None:
    own = two_way.add_calendar("own", doctor=2)
    number, _ = two_way.book(), two_way.book(NINE + HOUR)
    two_way.agree()
    event = two_way.event(number)
    two_way.memory.remove(event.event_id)
    own._store(replace(event, event_id="another-name"))
    two_way.links.request(two_way.clinic["reception"], number)
    two_way.push()
    assert two_way.event(number).event_id != event.event_id
    two_way.agree()
    assert own.living == []
    assert two_way.link(number)["held"] is None
