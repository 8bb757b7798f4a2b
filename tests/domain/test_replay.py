"""A replay keeps the rules of booking, whatever is asked for, and reads from the past what people wished for."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.diary import Length
from core.domain.opening import OpeningHours, open_spans
from core.domain.replay import Booking, Course, Setting, Wish, booked_before, replay, understand
from core.domain.slots import DoctorDay, within

ZONE = ZoneInfo("Europe/London")
MONDAY = date(2026, 3, 23)  # the clocks go forward in the night of the sixth day
DAYS = [MONDAY + timedelta(days=number) for number in range(14)]
HOURS = [OpeningHours(weekday, time(9), time(12)) for weekday in range(5)]
FOLLOW_UP, CHECK_UP = Length(20, 5), Length(40, 5)
LENGTHS = {1: FOLLOW_UP, 2: CHECK_UP}


def setting(*doctors: int, hours: list[OpeningHours] = HOURS) -> Setting:
    spans = open_spans(hours, ZONE, MONDAY, DAYS[-1] + timedelta(days=28))
    times = {doctor: DoctorDay(doctor, spans, (), ()) for doctor in doctors}
    return Setting(ZONE, DAYS, times, {1: doctors, 2: doctors[:1]}, LENGTHS, 7200, 14 * 86400, 900)


def at(day: int, hour: int, minute: int = 0) -> int:
    moment = datetime.combine(MONDAY + timedelta(days=day), time(hour, minute), ZONE)
    return int(moment.astimezone(UTC).timestamp())


def wishes(*drawn: tuple[int, int, int | None, int, int | None]) -> list[Wish]:
    """From hours since the first midnight: when it is asked, how much later it begins, and is cancelled."""
    begins = at(0, 0)
    return sorted(
        (
            Wish(
                begins + asked * 3600,
                begins + (asked + later) * 3600,
                doctor if kind == 1 else doctor and 1,
                kind,
                LENGTHS[kind],
                None if cancelled is None else begins + (asked + cancelled) * 3600,
            )
            for asked, later, doctor, kind, cancelled in drawn
        ),
        key=lambda wish: wish.asked_at,
    )


asked = st.tuples(
    st.integers(0, 13 * 24),
    st.integers(2, 200),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([1, 2]),
    st.none() | st.integers(1, 200),
)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(asked, max_size=60), lot=st.floats(0, 0.999))
def test_nobody_is_booked_twice_or_outside_hours_and_everyone_is_accounted_for(drawn: list, lot: float) -> None:
    told = setting(1, 2)
    requests = wishes(*drawn)
    course = replay(told, (), requests, [lot] * len(requests))
    assert course == replay(told, (), requests, [lot] * len(requests))
    assert len(course.given) + course.unmet == len(requests)
    for doctor, time_of in told.times.items():
        kept = sorted(one for one in spans_of(course, doctor) if one[2])
        assert all(first[1] <= second[0] for first, second in pairwise(kept))
        assert all(
            within(time_of.opening, one.starts_at, one.starts_at + one.length.minutes * 60)
            for one in course.given
            if one.doctor_id == doctor
        )
    earliest = min((wish.earliest for wish in requests), default=0)
    assert all(one.starts_at >= earliest for one in course.given)
    assert all(len(waits) == len(DAYS) for waits in course.waits.values())


def spans_of(course: Course, doctor: int) -> list[tuple[int, int, bool]]:
    return [
        (one.starts_at, one.starts_at + one.length.seconds, one.kept) for one in course.given if one.doctor_id == doctor
    ]


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2])), max_size=40, unique=True))
def test_before_anybody_asks_more_hours_never_make_the_wait_longer(drawn: list[tuple[int, int]]) -> None:
    before = [
        Booking(0, number, doctor, 1, at(slot // 6, 9) + slot % 6 * 1800, FOLLOW_UP)
        for number, (slot, doctor) in enumerate(drawn)
    ]
    more = [*HOURS, *(OpeningHours(weekday, time(14), time(16)) for weekday in (3, 5))]
    was, would_be = (replay(setting(1, 2, hours=hours), before, (), ()) for hours in (HOURS, more))
    for visit_type_id in LENGTHS:
        pairs = zip(was.waits[visit_type_id], would_be.waits[visit_type_id], strict=True)
        assert all(after <= before for before, after in pairs)


def test_somebody_who_took_one_of_the_first_three_times_wished_for_the_first() -> None:
    now = at(0, 8)
    taken = [
        at(0, 10),  # the first that can be booked two hours ahead
        at(0, 11),  # 10:30 was free as well
        at(1, 9, 15),  # 10:30, 11:30 and tomorrow 9:00 were free: they wished for this one
    ]
    bookings = [Booking(now, number, 1, 1, starts, FOLLOW_UP) for number, starts in enumerate(taken)]
    found, real = understand(setting(1), bookings)
    assert [wish.earliest for wish in found] == [now + 7200, now + 7200, at(1, 9, 15)]
    assert [one.starts_at for one in real.given] == taken


def test_who_comes_again_to_one_doctor_wishes_for_that_doctor_and_others_for_whichever() -> None:
    visits = [(1, 1), (1, 1), (2, 1), (2, 2), (3, 2)]  # person, doctor
    bookings = [
        Booking(at(0, 1) + number, person, doctor, 1, at(number, 9), FOLLOW_UP)
        for number, (person, doctor) in enumerate(visits)
    ]
    found, _ = understand(setting(1, 2), bookings)
    assert [wish.doctor_id for wish in found] == [1, 1, None, None, None]


def test_what_was_booked_before_fills_the_diary_until_it_is_cancelled() -> None:
    hours = [OpeningHours(0, time(9), time(9, 20))]  # one follow-up a week
    told = setting(1, hours=hours)
    long_ago = at(0, 0) - 86400
    early = Booking(long_ago, 1, 1, 1, at(0, 9), FOLLOW_UP, cancelled_at=at(0, 6))
    gone = Booking(long_ago, 2, 1, 1, at(7, 9), FOLLOW_UP, cancelled_at=long_ago + 1)
    before = booked_before(told, [early, gone, Booking(at(0, 1), 3, 1, 1, at(7, 9), FOLLOW_UP)])
    assert before == [early]
    asks = [Wish(at(0, hour), at(0, hour), 1, 1, FOLLOW_UP) for hour in (5, 7, 8)]
    course = replay(told, before, asks, (0, 0, 0))
    assert [(one.starts_at, one.kept) for one in course.given] == [
        (at(0, 9), False),
        (at(7, 9), True),  # asked for before the cancellation
        (at(0, 9), True),
    ]
    assert course.unmet == 1  # within the horizon there is no third Monday
    assert course.waits[1][0] == 14  # fewer than three free times: the horizon


def test_a_cancellation_after_the_visit_gives_nothing_back() -> None:
    told = setting(1)
    course = replay(told, (), [Wish(at(0, 1), at(0, 9), 1, 1, FOLLOW_UP, cancelled_at=at(3, 9))], [0])
    assert [one.kept for one in course.given] == [True]


def test_lots_choose_between_doctors_who_are_free_at_the_same_time() -> None:
    told = setting(1, 2)
    asks = [Wish(at(0, 1), at(0, 9), None, 1, FOLLOW_UP)]
    assert [replay(told, (), asks, [lot]).given[0].doctor_id for lot in (0, 0.49, 0.5, 0.99)] == [1, 1, 2, 2]
