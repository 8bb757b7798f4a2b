import pytest

from core.domain.appointment import OCCUPYING, NotPossibleNow, Status, refuse_transition

S = Status
FOLLOWS = {
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
def test_a_status_follows_only_where_the_table_says(current: Status, wanted: Status) -> None:
    if (current, wanted) in FOLLOWS:
        refuse_transition(current, wanted)
    else:
        with pytest.raises(NotPossibleNow):
            refuse_transition(current, wanted)


def test_cancelled_and_missed_appointments_free_their_time() -> None:
    assert {status for status in Status if not status.occupies} == {S.CANCELLED, S.NO_SHOW}
    assert set(OCCUPYING) == {S.SCHEDULED, S.CHECKED_IN, S.IN_PROGRESS, S.COMPLETED}
