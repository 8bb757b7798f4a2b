"""Somebody else's events in a doctor's calendar: when they take time, and whose."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, update

from core.domain.policy import CalendarBusyThen
from core.domain.timespan import Timespan
from core.scheduler.booking import SlotQuery
from core.scheduler.tables import calendar_links, calendars, external_busy
from tests.calendars.two_way import DAY, HOUR, MINUTE, NINE, TwoWay, at, two_way

__all__ = ["two_way"]

LONDON = ZoneInfo("Europe/London")


def blocked(clinic: TwoWay, starts_at: datetime, doctor: int = 1) -> bool:
    """Whether the doctor's calendar keeps the time from being booked; slots and reasons have to agree."""
    refused = clinic.scheduler.why_not(clinic.clinic["reception"], doctor, 1, starts_at)
    day = starts_at.astimezone(LONDON).date()
    slots = clinic.scheduler.find_slots(clinic.clinic["patient"], SlotQuery(1, doctor, day, day))
    assert (starts_at in {slot.starts_at for slot in slots}) is (refused is None)
    return isinstance(refused, CalendarBusyThen)


def known(clinic: TwoWay) -> list[tuple[datetime, datetime]]:
    return sorted((row["starts_at"], row["ends_at"]) for row in clinic.rows(external_busy))


def test_a_busy_event_blocks_slots_until_it_is_gone(two_way: TwoWay) -> None:
    foreign = two_way.memory.add_foreign(at(NINE, 30))
    assert not blocked(two_way, NINE)
    two_way.read()
    assert blocked(two_way, NINE)
    assert blocked(two_way, NINE + 15 * MINUTE)
    assert not blocked(two_way, NINE + 30 * MINUTE)
    two_way.memory.remove(foreign)
    two_way.read()
    assert not blocked(two_way, NINE)


def test_it_follows_when_it_is_moved(two_way: TwoWay) -> None:
    foreign = two_way.memory.add_foreign(at(NINE, 30))
    two_way.read()
    two_way.memory.move(foreign, at(NINE + 2 * HOUR, 30))
    two_way.read()
    assert (blocked(two_way, NINE), blocked(two_way, NINE + 2 * HOUR)) == (False, True)


def test_a_free_event_blocks_nothing(two_way: TwoWay) -> None:
    two_way.memory.add_foreign(at(NINE, 30), busy=False)
    two_way.read()
    assert not blocked(two_way, NINE)


def test_each_occurrence_of_a_series_blocks_its_time(two_way: TwoWay) -> None:
    foreign = two_way.memory.add_foreign(*(at(NINE + day * DAY, 30) for day in range(3)))
    two_way.read()
    assert [blocked(two_way, NINE + day * DAY) for day in range(4)] == [True, True, True, False]
    two_way.memory.remove(foreign)
    two_way.read()
    assert known(two_way) == []


def test_a_series_keeps_its_wall_time_over_a_change_of_daylight_saving(two_way: TwoWay) -> None:
    two_way.travel(datetime(2027, 3, 24, 12, 0, tzinfo=UTC))
    two_way.memory.add_foreign_weekly(datetime(2027, 3, 25, 9, 0, tzinfo=LONDON), timedelta(minutes=30), 2)
    two_way.read()
    assert known(two_way) == [
        (datetime(2027, 3, 25, 9, 0, tzinfo=UTC), datetime(2027, 3, 25, 9, 30, tzinfo=UTC)),
        (datetime(2027, 4, 1, 8, 0, tzinfo=UTC), datetime(2027, 4, 1, 8, 30, tzinfo=UTC)),
    ]
    assert blocked(two_way, datetime(2027, 4, 1, 9, 0, tzinfo=LONDON))
    assert not blocked(two_way, datetime(2027, 4, 1, 9, 30, tzinfo=LONDON))


def test_an_all_day_event_takes_the_clinics_day_also_when_that_is_shorter(two_way: TwoWay) -> None:
    two_way.travel(datetime(2027, 3, 24, 12, 0, tzinfo=UTC))
    two_way.memory.add_foreign_days(date(2027, 3, 28), days=2)  # the clocks go forward on the first
    two_way.read()
    assert known(two_way) == [(datetime(2027, 3, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 29, 23, 0, tzinfo=UTC))]
    assert blocked(two_way, datetime(2027, 3, 29, 9, 0, tzinfo=LONDON))
    assert not blocked(two_way, datetime(2027, 3, 30, 9, 0, tzinfo=LONDON))


def test_an_appointment_moves_over_a_change_of_daylight_saving(two_way: TwoWay) -> None:
    two_way.travel(datetime(2027, 3, 24, 12, 0, tzinfo=UTC))
    number = two_way.book(datetime(2027, 3, 26, 9, 0, tzinfo=LONDON))
    after = datetime(2027, 3, 29, 9, 0, tzinfo=LONDON)
    two_way.memory.move(two_way.event(number).event_id, Timespan(after, after + timedelta(minutes=20)))
    two_way.agree()
    assert two_way.appointment(number).starts_at == datetime(2027, 3, 29, 8, 0, tzinfo=UTC)
    assert two_way.is_agreed(number)


def test_an_event_in_a_shared_calendar_takes_the_time_of_all_or_of_nobody(two_way: TwoWay) -> None:
    two_way.memory.add_foreign(at(NINE, 30))
    two_way.read()
    assert [blocked(two_way, NINE, doctor) for doctor in (1, 2)] == [True, True]

    def nobody(connection: Connection) -> None:
        connection.execute(update(calendars).values(foreign_blocks="nobody"))

    two_way.store.write(nobody)
    assert [blocked(two_way, NINE, doctor) for doctor in (1, 2)] == [False, False]


def test_an_event_in_a_doctors_own_calendar_takes_nobody_elses_time(two_way: TwoWay) -> None:
    two_way.add_calendar("own", doctor=2).add_foreign(at(NINE, 30))
    two_way.read()
    assert [blocked(two_way, NINE, doctor) for doctor in (1, 2)] == [False, True]


def test_an_appointment_is_not_moved_onto_somebody_elses_event_without_being_asked(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.memory.add_foreign(at(NINE + HOUR, 30))
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.read()
    assert (two_way.link(number)["held"], two_way.appointment(number).starts_at) == ("conflict", NINE)


def test_an_appointment_takes_the_place_of_an_event_that_went_with_the_same_look(two_way: TwoWay) -> None:
    number, foreign = two_way.book(), two_way.memory.add_foreign(at(NINE + HOUR, 30))
    two_way.read()
    two_way.memory.move(two_way.event(number).event_id, at(NINE + HOUR))
    two_way.memory.remove(foreign)
    two_way.agree()
    assert two_way.appointment(number).starts_at == NINE + HOUR


def test_events_of_ours_never_block_anything(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.agree()
    two_way.memory.make_recurring(two_way.event(number).event_id)
    two_way.agree()
    two_way.scheduler.cancel(two_way.clinic["reception"], number)
    two_way.agree()
    assert known(two_way) == []
    assert not blocked(two_way, NINE)


def test_what_lies_in_the_past_stays_known_when_all_is_read_again(two_way: TwoWay) -> None:
    foreign = two_way.memory.add_foreign(at(NINE, 30))
    two_way.memory.add_foreign(at(NINE + 5 * DAY, 30))
    two_way.read()
    two_way.clock.advance(days=4)
    two_way.memory.remove(foreign)
    two_way.memory.forget_cursors()
    two_way.read()
    assert known(two_way) == [(NINE, NINE + 30 * MINUTE), (NINE + 5 * DAY, NINE + 5 * DAY + 30 * MINUTE)]


def test_nothing_is_kept_of_what_an_event_is_about(two_way: TwoWay) -> None:
    two_way.memory.edit(two_way.memory.add_foreign(at(NINE, 30)), "Divorce lawyer")
    two_way.read()
    assert not any(
        "Divorce" in str(row) for table in (external_busy, calendar_links, calendars) for row in two_way.rows(table)
    )


@pytest.mark.parametrize("count", [1000])
def test_a_thousand_events_are_read_with_one_request(two_way: TwoWay, count: int) -> None:
    for number in range(count):
        two_way.memory.add_foreign(at(NINE + number * HOUR, 30))
    two_way.read()
    assert two_way.memory.requests == ["changes"]
    assert len(known(two_way)) == count
