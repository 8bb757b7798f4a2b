"""Comparing both sides completely: finding what reading by cursor would not, and mending it."""

import pytest
from sqlalchemy import delete, insert, select, update

from core.calendars.calendar import CalendarUnreachable
from core.calendars.check import Report
from core.calendars.differences import Kind, Part
from core.domain.principal import SYSTEM, NotAllowed
from core.scheduler.link_requests import event_id
from core.scheduler.tables import calendar_links, calendar_mends, calendars, external_busy
from tests.calendars.memory import MemoryCalendar
from tests.calendars.two_way import DAY, HOUR, NINE, TwoWay, at, two_way
from tests.scheduler.clinic_factory import INSTALLATION

__all__ = ["two_way"]


def compared(clinic: TwoWay) -> Report:
    (report,) = clinic.check.run(SYSTEM)
    return report


def behind_its_back(clinic: TwoWay) -> None:
    """Let what was changed in the calendar so far never be told by a cursor, nor be listed today."""
    clinic.store.write(
        lambda connection: connection.execute(
            update(calendars).values(cursor=str(clinic.memory._step), listed_at=clinic.clock())
        )
    )


def kinds(report: Report) -> list[Kind]:
    return [found.kind for found in report.differences]


def mend(clinic: TwoWay, report: Report) -> None:
    clinic.check.mend(clinic.clinic["manager"], report)
    clinic.push()
    clinic.clock.advance(minutes=1)
    again = compared(clinic)
    assert again.in_step, again


def test_sides_that_agree_are_in_step(two_way: TwoWay) -> None:
    two_way.book()
    two_way.memory.add_foreign(at(NINE + 5 * HOUR, 60))
    two_way.clock.advance(minutes=1)
    report = compared(two_way)
    assert (report.compared, report.on_their_way, report.undecided, report.differences) == (1, 0, 0, ())
    row = two_way.calendar()
    assert (row["checked_at"], row["drift"]) == (two_way.clock(), 0)


def test_what_was_changed_there_unnoticed_is_found_and_put_back(two_way: TwoWay) -> None:
    gone, moved, kept = (two_way.book(NINE + n * HOUR, user=1 + n % 2) for n in range(3))
    two_way.read()
    two_way.memory.remove(two_way.event(gone).event_id)
    two_way.memory.move(two_way.event(moved).event_id, at(NINE + 4 * HOUR))
    behind_its_back(two_way)
    report = compared(two_way)
    assert [(one.kind, one.appointment_id, one.parts) for one in report.differences] == [
        (Kind.MISSING, gone, ()),
        (Kind.DIFFERING, moved, (Part.TIME,)),
    ]
    assert report.compared == 3
    assert two_way.calendar()["drift"] == 2
    mend(two_way, report)
    assert two_way.is_agreed(gone, moved, kept)
    mends = two_way.rows(select(calendar_mends).order_by(calendar_mends.c.mend_id))
    assert [(row["appointment_id"], row["what"], row["why"], row["account_id"]) for row in mends] == [
        (number, "put_back", "compared", two_way.clinic["manager"].account_id) for number in (gone, moved)
    ]


def test_an_event_that_should_be_gone_is_removed(two_way: TwoWay) -> None:
    number, other = two_way.book(), two_way.book(NINE + HOUR, user=2)
    event = two_way.event(number)
    two_way.scheduler.cancel(two_way.clinic["reception"], number)
    two_way.push()
    two_way.read()
    two_way.memory._store(event)
    behind_its_back(two_way)
    report = compared(two_way)
    assert [(one.kind, one.appointment_id) for one in report.differences] == [(Kind.UNWANTED, number)]
    mend(two_way, report)
    assert two_way.is_agreed(other)


def test_an_event_of_an_appointment_that_nobody_knows_is_removed(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    lost = event_id(INSTALLATION, "clinic", number + 7, 1)
    two_way.memory._store(
        two_way.event(number).__class__(
            lost, "", cancelled=False, title="x", starts_at=NINE + DAY, ends_at=NINE + DAY + HOUR, uid=lost
        )
    )
    two_way.clock.advance(minutes=1)
    report = compared(two_way)
    assert [(one.kind, one.event_id, one.starts_at) for one in report.differences] == [(Kind.UNKNOWN, lost, NINE + DAY)]
    assert two_way.check.mend(two_way.clinic["manager"], report).removed == 1
    two_way.read()
    assert compared(two_way).in_step
    assert two_way.is_agreed(number)


def test_busy_time_that_is_known_wrongly_is_read_anew(two_way: TwoWay) -> None:
    lunch = two_way.memory.add_foreign(at(NINE + 5 * HOUR, 60))
    two_way.read()
    two_way.store.write(
        lambda connection: (
            connection.execute(delete(external_busy)),
            connection.execute(
                insert(external_busy).values(
                    calendar_id="clinic", event_id="ghost", starts_at=NINE, ends_at=NINE + HOUR
                )
            ),
        )
    )
    behind_its_back(two_way)
    report = compared(two_way)
    assert sorted(one.event_id for one in report.differences) == sorted(["ghost", lunch])
    assert set(kinds(report)) == {Kind.BUSY}
    mend(two_way, report)
    assert [row["event_id"] for row in two_way.rows(external_busy)] == [lunch]


def test_what_is_on_its_way_or_waits_for_a_person_is_no_drift(two_way: TwoWay) -> None:
    pending, conflict = two_way.book(), two_way.book(NINE + HOUR, user=2)
    two_way.memory.move(two_way.event(conflict).event_id, at(NINE + 10 * HOUR))
    two_way.read()
    two_way.scheduler.reschedule(two_way.clinic["reception"], pending, NINE + 2 * HOUR)
    report = compared(two_way)
    assert (report.compared, report.on_their_way, report.undecided, report.differences) == (0, 1, 1, ())


def test_what_was_sent_while_it_was_listed_is_not_compared(two_way: TwoWay) -> None:
    number = two_way.book()
    two_way.read()
    two_way.memory.remove(two_way.event(number).event_id)
    behind_its_back(two_way)
    two_way.store.write(lambda connection: connection.execute(update(calendar_links).values(synced_at=two_way.clock())))
    report = compared(two_way)
    assert (report.compared, report.on_their_way, report.differences) == (0, 1, ())


def test_a_calendar_that_does_not_answer_is_never_found_to_differ(two_way: TwoWay) -> None:
    two_way.book()

    def broken() -> None:
        raise CalendarUnreachable

    two_way.memory.before += [broken] * 3
    report = compared(two_way)
    assert report.problem == "The calendar has not answered. We keep trying; the appointment is safe."
    assert not report.in_step
    assert two_way.calendar()["checked_at"] is None


def test_every_calendar_is_compared(two_way: TwoWay) -> None:
    two_way.add_calendar("own", 2)
    assert isinstance(two_way.memories["own"], MemoryCalendar)
    assert [report.calendar.name for report in two_way.check.run(SYSTEM)] == ["Clinic", "own"]


@pytest.mark.parametrize("who", ["patient", "doctor", "reception"])
def test_only_managers_compare_and_mend(two_way: TwoWay, who: str) -> None:
    report = compared(two_way)
    with pytest.raises(NotAllowed):
        list(two_way.check.run(two_way.clinic[who]))
    with pytest.raises(NotAllowed):
        two_way.check.mend(two_way.clinic[who], report)
