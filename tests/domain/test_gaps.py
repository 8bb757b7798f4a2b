import pytest

from core.domain.gaps import Gap, gap_from
from core.domain.slots import DoctorDay


def at(hour: int, minute: int = 0) -> int:
    return (hour * 60 + minute) * 60


OPEN = ((at(9), at(12)), (at(13), at(17)))
LATEST = at(24)
NONE: tuple[tuple[int, int], ...] = ()

# Open 9-12 and 13-17; a visit of 20 minutes with a buffer of 5.
FIND = [
    # when, closed, occupied, free until, free again, next start
    (at(9, 7), NONE, NONE, at(12), None, at(9, 7)),
    (at(9, 7), NONE, ((at(9, 32), at(10)),), at(9, 32), None, at(9, 7)),  # just fits, buffer and all
    (at(9, 7), NONE, ((at(9, 31), at(10)),), at(9, 31), None, at(10)),  # one minute short
    (at(9, 7), NONE, ((at(9), at(9, 25)),), None, at(9, 25), at(9, 25)),
    (at(9, 7), NONE, ((at(9), at(9, 25)), (at(9, 40), at(10, 5))), None, at(9, 25), at(10, 5)),
    (at(9, 25), NONE, ((at(9), at(9, 25)),), at(12), None, at(9, 25)),  # right after
    (at(9, 7), ((at(9, 20), at(11)),), NONE, at(9, 20), None, at(11)),  # closed in the middle
    (at(9, 7), ((at(9), at(17)),), NONE, None, None, None),  # closed all day
    (at(11, 40), NONE, NONE, at(12), None, at(11, 40)),  # the buffer may pass closing time
    (at(11, 41), NONE, NONE, at(12), None, at(13)),
    (at(12, 30), NONE, NONE, None, at(13), at(13)),  # the break
    (at(7), NONE, NONE, None, at(9), at(9)),
    (at(16, 45), NONE, NONE, at(17), None, None),
    (at(18), NONE, NONE, None, None, None),
]


@pytest.mark.parametrize(("moment", "closed", "occupied", "free_until", "free_again", "next_start"), FIND)
def test_where_a_walk_in_fits(moment, closed, occupied, free_until, free_again, next_start) -> None:
    found = gap_from(DoctorDay(1, OPEN, closed, occupied), moment, 20, 5, LATEST)
    assert found == Gap(moment, free_until, free_again, next_start, found.opens_at)
    assert found.fits_now is (next_start == moment)


OPENS = [
    (at(7), at(9)),
    (at(9), None),
    (at(11, 59), None),
    (at(12), at(13)),  # the break
    (at(17), None),
]


@pytest.mark.parametrize(("moment", "opens_at"), OPENS)
def test_time_that_is_not_open_is_told_apart_from_busy_time(moment, opens_at) -> None:
    busy_at_nine = ((at(9), at(9, 25)),)
    assert gap_from(DoctorDay(1, OPEN, NONE, busy_at_nine), moment, 20, 5, LATEST).opens_at == opens_at
