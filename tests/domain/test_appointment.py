from datetime import UTC, datetime, timedelta

import pytest

from core.domain.appointment import ALLOWED, Appointment, NotPossibleNow, Status, refuse_transition

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
