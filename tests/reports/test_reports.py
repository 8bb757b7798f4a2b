"""Every figure of a small clinic, worked out by hand, on both engines; and who may see which."""

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection, insert, update

from core.domain.errors import BadInput
from core.domain.principal import NotAllowed, SignedOut, SignInNeeded
from core.reports.report import Chart, HourCell, Key, Mark, Period, Question, Report, TimeUse
from core.reports.reports import Reports
from core.scheduler import tables
from core.scheduler.outside_hours import note_doctor
from core.scheduler.store import Store
from tests.reports.clinic_weeks import CHECK_UP, FOLLOW_UP, PERIOD, visit
from tests.scheduler.clinic_factory import MadeClinic

ALL = Question(PERIOD)
_OF_SECOND = tables.appointments.c.doctor_id == 2
PARTS = ("seen", "no_show", "no_outcome")


QUESTIONS = (ALL, Question(PERIOD, 1, FOLLOW_UP), Question(PERIOD, visit_type_id=CHECK_UP))
Weeks = tuple[Reports, MadeClinic]


@pytest.fixture(scope="module")
def report(still_weeks: Weeks) -> Report:
    reports, clinic = still_weeks
    return reports.report(clinic["manager"], ALL)


def test_both_engines_give_the_same_reports(reports: Reports, clinic: MadeClinic, still_weeks: Weeks) -> None:
    for question in QUESTIONS:
        expected = still_weeks[0].report(still_weeks[1]["manager"], question)
        assert reports.report(clinic["manager"], question) == expected


def test_next_weeks_free_time(report: Report) -> None:
    assert report.free.week == Period(date(2026, 12, 14), date(2026, 12, 20))
    cells = {(cell.doctor_id, cell.day.day): (cell.bookable, cell.free) for cell in report.free.cells}
    # Doctor 1's Monday: an hour busy in the calendar, half an hour booked before the break. Doctor 2 is off on Tuesday.
    assert cells == {(1, 14): (360, 330), **{(1, day): (420, 420) for day in range(15, 19)}} | {
        (2, day): (420, 420) for day in (14, 16, 17, 18)
    }


def test_third_next_available_now_and_by_week(report: Report, still_weeks: Weeks) -> None:
    reports, clinic = still_weeks
    follow_up, check_up = report.availability.visit_types
    assert (follow_up.days, follow_up.measured_on) == (None, date(2026, 12, 7))
    assert follow_up.weeks == ((date(2026, 11, 30), 4.0), (date(2026, 12, 7), None))
    assert (check_up.days, check_up.measured_on, check_up.weeks) == (
        8,
        date(2026, 11, 30),
        ((date(2026, 11, 30), 8.0),),
    )
    own = reports.report(clinic["doctor"], ALL).availability.visit_types
    assert [(entry.days, len(entry.weeks)) for entry in own] == [(None, 0), (11, 1)]


def test_what_became_of_bookable_time(report: Report) -> None:
    assert report.use.until == date(2026, 12, 6)
    first, second = (use for _, use in report.use.doctors)
    assert first == TimeUse(
        bookable=1860,  # five days of 420 minutes, less the clinic's closed afternoon
        seen=60,
        no_show=20,
        no_outcome=20,
        buffer=10,
        blocked=30,  # half of the busy hour lies in the break
        unused=1720,
        outside=0,
        ceiling=100 / 120,
    )
    assert second == TimeUse(1440, 50, 0, 0, 10, 0, 1380, outside=10, ceiling=60 / 70)
    assert report.use.all == TimeUse(3300, 110, 20, 20, 20, 30, 3100, outside=10, ceiling=160 / 190)
    assert report.use.before == TimeUse(4200, 20, 20, 0, 5, 0, 4155, outside=0, ceiling=40 / 50)


def test_time_that_went_to_other_visit_types_is_not_unused(still_weeks: Weeks) -> None:
    reports, clinic = still_weeks
    question = Question(PERIOD, visit_type_id=CHECK_UP)
    use = {named.number: use for named, use in reports.report(clinic["manager"], question).use.doctors}
    assert use[1] == TimeUse(1860, 40, 0, 0, 5, 30, 1720, outside=0, ceiling=40 / 45, other=20 + 5 + 20 + 20)
    assert use[2] == TimeUse(1440, 40, 0, 0, 5, 0, 1380, outside=0, ceiling=40 / 45, other=10 + 5)


def test_time_seen_outside_opening_hours_takes_none_of_the_bookable_time(
    reports: Reports, clinic: MadeClinic, store: Store
) -> None:
    evening = visit(2, CHECK_UP, "2 Dec 18:00", "completed", 3)

    def work(connection: Connection) -> None:
        connection.execute(insert(tables.appointments).values(evening))
        note_doctor(connection, 2)

    before = reports.report(clinic["manager"], ALL).use.all
    store.write(work)
    after = reports.report(clinic["manager"], ALL).use.all
    assert (after.seen, after.outside, after.unused) == (before.seen, before.outside + 40, before.unused - 5)


def test_open_and_booked_minutes_of_every_hour(report: Report) -> None:
    cells = {(cell.weekday, cell.hour): cell for cell in report.hours}
    assert cells[0, 9] == HourCell(0, 9, open=180, booked=50, booked_before=20, open_before=120)
    assert cells[0, 10] == HourCell(0, 10, open=180, booked=30, booked_before=20, open_before=120)
    assert cells[1, 13] == HourCell(1, 13, open=0, booked=0, booked_before=0, open_before=120)
    assert cells[3, 17] == HourCell(3, 17, open=0, booked=10, booked_before=0, open_before=0)
    assert (0, 12) not in cells
    assert [sum(column) for column in zip(*(astuple(cell)[2:] for cell in report.hours), strict=True)] == [
        *(4140, 180),
        *(40, 4200),
    ]


def test_who_comes_by_how_long_ahead_they_booked(report: Report) -> None:
    groups = report.attendance.groups
    assert [(group.least, group.most, group.completed, group.no_show, group.rate) for group in groups] == [
        (0, 0, 1, 0, 0.0),
        (1, 1, 0, 0, None),
        (2, 7, 2, 0, 0.0),
        (8, 30, 0, 1, 1.0),
        (31, None, 1, 0, 0.0),
    ]
    assert [group.before for group in groups] == [0.5, None, None, None, None]
    assert groups[1].low is None
    assert groups[3].low == pytest.approx(0.2065, abs=0.0001)
    assert report.attendance.unrecorded == 1


def test_how_long_patients_wait_by_hour(report: Report) -> None:
    waiting = report.waiting
    assert [astuple(hour) for hour in waiting.hours] == [(9, 3, 10, 15)]
    assert astuple(waiting.all)[1:] == (3, 10, 15)
    assert astuple(waiting.before)[1:] == (1, 20, 20)
    assert waiting.unstamped == 1


def test_all_figures(report: Report) -> None:
    assert report.visits == 9
    found = {figure.key: (figure.value, figure.before, figure.denominator) for figure in report.figures}
    assert found == {
        Key.VISITS: (7, 2, 9),
        Key.BOOKABLE_MINUTES: (4140, 4200, None),
        Key.UTILISATION_BOOKED: (180 / 4140, 40 / 4200, 4140),
        Key.UTILISATION_REALISED: (120 / 3300, 20 / 4200, 3300),
        Key.OUTSIDE_MINUTES: (10, 0, None),
        Key.NO_SHOW_RATE: (1 / 5, 1 / 2, 5),
        Key.UNRECORDED: (1, 0, 6),
        Key.CANCELLATION_RATE: (2 / 9, 0.0, 9),
        Key.LATE_CANCELLATION_RATE: (1 / 9, 0.0, 9),
        Key.LEAD_TIME_MEDIAN: (3, 0, 7),
        Key.LEAD_TIME_LOWER_QUARTILE: (1, 0, 7),
        Key.LEAD_TIME_UPPER_QUARTILE: (10, 0, 7),
        Key.THIRD_NEXT_AVAILABLE: (6.0, 3.0, 4),
        Key.WAITING_MEDIAN: (10, 20, 3),
        Key.WAITING_P90: (15, 20, 3),
        Key.CYCLE_TIME_MEDIAN: (45, 60, 3),
    }


def test_the_list_behind_every_mark_counts_what_the_mark_counts(
    reports: Reports, clinic: MadeClinic, store: Store
) -> None:
    overnight = visit(1, CHECK_UP, "29 Nov 23:50", "completed", 2, stamps=(0, 5, 30))  # half an hour of it on Monday
    store.write(lambda connection: connection.execute(insert(tables.appointments).values(overnight)))
    for question in QUESTIONS:
        report = reports.report(clinic["manager"], question)

        def behind(mark: Mark, question: Question = question) -> list[tuple[datetime, datetime]]:
            listing = reports.behind(clinic["manager"], question, mark)
            assert len(listing.visits) == listing.count
            return [(entry.starts_at, entry.ends_at) for entry in listing.visits]

        for (named, use), part in product(report.use.doctors, PARTS):
            found = behind(Mark(Chart.USE, doctor_id=named.number, part=part))
            outside = use.outside if part == "seen" else 0
            assert sum(_minutes(*span) for span in found) == getattr(use, part) + outside, part
        for cell in report.hours:
            found = behind(Mark(Chart.HOURS, weekday=cell.weekday, hour=cell.hour))
            assert sum(_minutes_in(cell, *span) for span in found) == cell.booked, cell
        for group in report.attendance.groups:
            assert len(behind(Mark(Chart.ATTENDANCE, least=group.least))) == group.completed + group.no_show
        for hour_wait in report.waiting.hours:
            assert len(behind(Mark(Chart.WAITING, hour=hour_wait.hour))) == hour_wait.visits
        for free in report.free.cells:
            taken = behind(Mark(Chart.FREE, day=free.day, doctor_id=free.doctor_id))
            assert bool(taken) == ((free.doctor_id, free.day.day) == (1, 14))
        night = [cell.booked for cell in report.hours if (cell.weekday, cell.hour) == (0, 0)]
        assert night == ([] if question.visit_type_id == FOLLOW_UP else [30])


def _minutes_in(cell: HourCell, start: datetime, end: datetime) -> int:
    """Of a visit, in the hour of the cell."""
    hours = (start.replace(minute=0) + timedelta(hours=since) for since in range(3))
    hour = next(moment for moment in hours if (moment.weekday(), moment.hour) == (cell.weekday, cell.hour))
    return _minutes(max(start, hour), min(end, hour + timedelta(hours=1)))


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 60


def test_a_list_tells_of_each_visit_what_the_chart_counts_and_is_cut(still_weeks: Weeks) -> None:
    reports, clinic = still_weeks
    mark = Mark(Chart.WAITING, hour=9)
    listing = reports.behind(clinic["manager"], ALL, mark, limit=2)
    assert listing.count == 3
    assert [(entry.doctor_name, entry.lead_days, entry.waited_minutes) for entry in listing.visits] == [
        ("Dr. Sarah Johnson", 0, 10),
        ("Dr. Sarah Johnson", 3, 15),
    ]
    nothing = (Mark(Chart.USE, doctor_id=1, part="unused"), Mark(Chart.ATTENDANCE, least=3), Mark(Chart.FREE))
    assert {reports.behind(clinic["manager"], ALL, mark).count for mark in nothing} == {0}


def test_a_doctor_gets_the_own_figures_whatever_doctor_is_asked_for(still_weeks: Weeks) -> None:
    reports, clinic = still_weeks
    asked = Question(PERIOD, doctor_id=2)
    own = reports.report(clinic["doctor"], asked)
    assert own.question.doctor_id == 1
    assert [named.number for named, _ in own.use.doctors] == [1]
    assert {cell.doctor_id for cell in own.free.cells} == {1}
    assert own.visits == 5
    assert own.figures == reports.report(clinic["manager"], Question(PERIOD, doctor_id=1)).figures
    for mark in (
        Mark(Chart.USE, doctor_id=2, part="seen"),
        Mark(Chart.HOURS, weekday=4, hour=9),
        Mark(Chart.FREE, day=date(2026, 12, 14), doctor_id=2),
    ):
        assert reports.behind(clinic["doctor"], asked, mark).count == 0
    assert reports.behind(clinic["doctor"], asked, Mark(Chart.WAITING, hour=9)).count == 2


def test_nobody_else_sees_figures_and_a_session_that_ended_sees_none(
    reports: Reports, clinic: MadeClinic, store: Store
) -> None:
    def refused(name: str, error: type[Exception]) -> None:
        principal = clinic.visitor if name == "visitor" else clinic[name]
        with pytest.raises(error):
            reports.report(principal, ALL)
        with pytest.raises(error):
            reports.behind(principal, ALL, Mark(Chart.WAITING, hour=9))

    for name in ("patient", "reception"):
        refused(name, NotAllowed)
    refused("visitor", SignInNeeded)
    store.write(lambda c: c.execute(update(tables.doctors).where(tables.doctors.c.doctor_id == 2).values(active=False)))
    refused("other_doctor", NotAllowed)  # an account without a doctor
    store.write(lambda c: c.execute(update(tables.sessions).values(revoked_at=datetime(2026, 12, 7, tzinfo=UTC))))
    refused("manager", SignedOut)


def test_a_doctor_who_left_counts_until_the_last_visit(reports: Reports, clinic: MadeClinic, store: Store) -> None:
    store.write(lambda c: c.execute(update(tables.doctors).where(tables.doctors.c.doctor_id == 2).values(active=False)))
    report = reports.report(clinic["manager"], ALL)
    assert [(named.number, use.bookable) for named, use in report.use.doctors] == [(1, 1860), (2, 1440)]
    assert {cell.doctor_id for cell in report.free.cells} == {1}
    assert report.figures[1].value == 4140 - 420  # not on Monday any more


def test_a_doctor_who_left_without_a_visit_adds_no_time(reports: Reports, clinic: MadeClinic, store: Store) -> None:
    def work(connection: Connection) -> None:
        connection.execute(update(tables.doctors).where(tables.doctors.c.doctor_id == 2).values(active=False))
        connection.execute(update(tables.appointments).where(_OF_SECOND).values(status="cancelled"))

    store.write(work)
    report = reports.report(clinic["manager"], ALL)
    assert [(named.number, use.bookable) for named, use in report.use.doctors] == [(1, 1860)]
    assert report.use.all.bookable == 1860


def test_a_period_without_anything_has_no_rates(still_weeks: Weeks) -> None:
    reports, clinic = still_weeks
    report = reports.report(clinic["manager"], Question(Period(date(2027, 3, 6), date(2027, 3, 7))))  # a weekend ahead
    assert (report.visits, report.use.until, report.use.doctors) == (0, None, ())
    assert {figure.value for figure in report.figures if figure.unit in {"share", "days"}} == {None}
    with pytest.raises(BadInput):
        reports.report(clinic["manager"], Question(Period(PERIOD.last, PERIOD.first)))
