from datetime import UTC, datetime, timedelta

import pytest

from core.domain.appointment import (
    ALLOWED,
    Appointment,
    NotOverYet,
    NotPossibleNow,
    Status,
    next_step,
    refuse_outcome,
    refuse_transition,
)

S = Status
MAY_FOLLOW = {
    (S.SCHEDULED, S.CHECKED_IN),
    (S.SCHEDULED, S.CANCELLED),
    (S.SCHEDULED, S.NO_SHOW),
    (S.CHECKED_IN, S.IN_PROGRESS),
    (S.CHECKED_IN, S.CANCELLED),
    (S.CHECKED_IN, S.NO_SHOW),
    (S.IN_PROGRESS, S.COMPLETED),
}


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("wanted", Status)
def test_a_status_follows_only_where_the_table_says_so(current: Status, wanted: Status) -> None:
    assert (wanted in ALLOWED[current]) is ((current, wanted) in MAY_FOLLOW)
    if (current, wanted) in MAY_FOLLOW:
        refuse_transition(current, wanted)
    else:
        with pytest.raises(NotPossibleNow):
            refuse_transition(current, wanted)


def test_a_refusal_names_both_states_in_words() -> None:
    with pytest.raises(NotPossibleNow, match="This appointment is cancelled, so it can't be checked in"):
        refuse_transition(S.CANCELLED, S.CHECKED_IN)


END = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MAY_BE_RECORDED = {
    (open_one, outcome)
    for open_one in (S.SCHEDULED, S.CHECKED_IN, S.IN_PROGRESS)
    for outcome in (S.COMPLETED, S.NO_SHOW)
}


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("wanted", Status)
def test_an_outcome_is_recorded_afterwards_only_of_a_visit_without_one(current: Status, wanted: Status) -> None:
    if (current, wanted) in MAY_BE_RECORDED:
        refuse_outcome(current, wanted, END, END)
    else:
        with pytest.raises(NotPossibleNow):
            refuse_outcome(current, wanted, END, END)


@pytest.mark.parametrize(("seconds", "over"), [(-60, False), (-1, False), (0, True), (86400, True)])
def test_a_visit_is_over_from_its_end_on(seconds: int, over: bool) -> None:
    now = END + timedelta(seconds=seconds)
    if over:
        refuse_outcome(S.SCHEDULED, S.COMPLETED, END, now)
    else:
        with pytest.raises(NotOverYet):
            refuse_outcome(S.SCHEDULED, S.COMPLETED, END, now)


@pytest.mark.parametrize("status", Status)
def test_the_next_step_is_one_that_may_follow_and_ends_with_the_outcome(status: Status) -> None:
    step = next_step(status)
    assert (step is None) is status.is_outcome
    if step is not None:
        refuse_transition(status, step)


@pytest.mark.parametrize(
    ("status", "occupies", "outcome"),
    [
        (S.SCHEDULED, True, False),
        (S.CHECKED_IN, True, False),
        (S.IN_PROGRESS, True, False),
        (S.COMPLETED, True, True),
        (S.CANCELLED, False, True),
        (S.NO_SHOW, False, True),
    ],
)
def test_time_is_kept_until_cancelled_or_missed(status: Status, occupies: bool, outcome: bool) -> None:
    assert status.occupies is occupies
    assert status.is_outcome is outcome


def test_the_length_leaves_out_the_buffer() -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    end = start + timedelta(minutes=30)
    visit = Appointment(1, 2, 3, 4, start, end, end + timedelta(minutes=5), S.SCHEDULED, "", 1, start)
    assert visit.minutes == 30
