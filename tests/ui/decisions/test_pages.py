"""What staff decide and patients read, on pages opened through Home, against a calendar in which somebody works."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.calendars.pull import CalendarPull
from core.calendars.sync import CalendarSync
from core.domain.appointment import Status
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.pulls import CalendarPulls
from core.ui import application
from tests.calendars.memory import MemoryCalendar
from tests.calendars.two_way import HOUR, NINE, Memories, at
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words
from tests.ui.test_queries import MOST, counting

TODAY = {"day": "2026-12-08"}


class Mirrored:
    """The clinic with its calendar in memory, into which appointments are pushed."""

    def __init__(self, app: App, clinic: MadeClinic, clock: HandClock) -> None:
        memories = Memories(clinic=MemoryCalendar(tombstones=True))
        self.memory = memories["clinic"]
        pulls = CalendarPulls(app.store, clock, app.scheduler)
        self.app = replace(
            app, sync=CalendarSync(app.links, memories, clock), pull=CalendarPull(pulls, memories, clock)
        )
        application.use(self.app)
        self.clinic, self.clock = clinic, clock

    def book(self, starts_at: datetime = NINE, *, user: int = 1, doctor: int = 1) -> int:
        booking = Booking(f"{starts_at} {user} {doctor}", user, doctor, 1, starts_at)
        number = self.app.scheduler.book_appointment(self.clinic["reception"], booking).appointment_id
        self.app.sync.sync_appointment(self.clinic["reception"], number)
        return number

    def event(self, number: int) -> str:
        links = tables.calendar_links
        query = links.select().where(links.c.appointment_id == number)
        return str(self.app.store.read(lambda connection: connection.execute(query).one()).event_id)

    def move(self, number: int, starts_at: datetime, minutes: int = 20) -> None:
        self.memory.move(self.event(number), at(starts_at, minutes))
        self.read()

    def remove(self, *numbers: int) -> None:
        for number in numbers:
            self.memory.remove(self.event(number))
        self.read()

    def read(self) -> None:
        self.clock.advance(minutes=1)
        self.app.pull.run_due(limit=10)

    def row(self, number: int) -> Any:
        return self.app.schedule.details(self.clinic["manager"], number)


@pytest.fixture
def mirrored(app: App, clinic: MadeClinic, clock: HandClock) -> Mirrored:
    made = Mirrored(app, clinic, clock)
    made.read()
    return made


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def keys(visit: AppTest) -> set[str]:
    return {str(button.key) for button in visit.button}


def said(visit: AppTest) -> str:
    return words(visit).replace("\\", "")


def test_a_quiet_day_says_nothing_of_calendars(mirrored: Mirrored, open_page: OpenPage) -> None:
    mirrored.book()
    for page in ("today", "agenda"):
        shown = said(open_page(page, mirrored.clinic["doctor"], **TODAY))
        assert "Needs a decision" not in shown
        assert "has not been read" not in shown


@pytest.mark.parametrize("page", ["today", "agenda"])
def test_a_deleted_event_is_kept_or_cancelled_at_once(mirrored: Mirrored, open_page: OpenPage, page: str) -> None:
    kept, cancelled, _ = (mirrored.book(NINE + n * HOUR, user=1 + n % 2) for n in range(3))
    mirrored.remove(kept)
    visit = open_page(page, mirrored.clinic["doctor"], **TODAY)
    assert "Patient 1's event was deleted in Clinic. Cancelling at 07:12." in said(visit)
    press(visit, "decisions_gone_1_keep")
    assert "Kept: Patient 1, Tuesday 8 December, 09:00. The event goes back into the calendar." in said(visit)
    assert "Needs a decision" not in said(visit)
    mirrored.app.sync.run_due()
    mirrored.remove(cancelled)
    visit = open_page(page, mirrored.clinic["doctor"], **TODAY)
    press(visit, "decisions_gone_2_cancel")
    assert mirrored.row(cancelled).status is Status.CANCELLED
    assert mirrored.row(kept).status is Status.SCHEDULED
    notice = said(open_page("my_appointments", mirrored.clinic["other_patient"]))
    assert "Your appointment with Dr. Sarah Johnson on Tuesday 8 December, 10:00 was cancelled by the clinic." in notice


def test_a_calendar_with_the_doctors_name_is_not_taken_for_the_doctor(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    name = update(tables.calendars).values(name="Dr. Sarah Johnson")
    mirrored.app.store.write(lambda connection: connection.execute(name) and None)
    mirrored.remove(number)
    visit = open_page("today", mirrored.clinic["doctor"], **TODAY)
    assert "Patient 1's event was deleted in Dr. Sarah Johnson's calendar. Cancelling at" in said(visit)


@pytest.mark.parametrize("page", ["today", "agenda"])
def test_cancelling_at_once_is_undone_before_anybody_hears_of_it(
    mirrored: Mirrored, open_page: OpenPage, page: str
) -> None:
    number = mirrored.book()
    mirrored.remove(number)
    visit = press(open_page(page, mirrored.clinic["doctor"], **TODAY), "decisions_gone_1_cancel")
    assert "Cancelled: Patient 1, Tuesday 8 December, 09:00." in said(visit)
    press(visit, "decisions_said_undo")
    assert "Undone. Patient 1 is at Tuesday 8 December, 09:00 again." in said(visit)
    assert "decisions_said_undo" not in keys(visit)
    assert mirrored.row(number).status is Status.SCHEDULED
    assert "was cancelled" not in said(open_page("my_appointments", mirrored.clinic["patient"]))
    mirrored.app.sync.run_due()
    assert mirrored.memory.events[mirrored.event(number)].starts_at == NINE


def test_a_conflict_over_a_taken_time_names_who_has_it(mirrored: Mirrored, open_page: OpenPage) -> None:
    number, _ = mirrored.book(), mirrored.book(NINE + HOUR, user=2)
    mirrored.move(number, NINE + HOUR)
    visit = open_page("today", mirrored.clinic["manager"], **TODAY)
    assert "Calendar: Tue 10:00. CareSlot: Tue 09:00. Patient 2 already has 10:00." in said(visit)
    assert not any("take" in key for key in keys(visit))
    press(visit, "decisions_conflict_1_keep")
    assert "Kept: Patient 1 stays at Tuesday 8 December, 09:00." in said(visit)
    mirrored.app.sync.run_due()
    assert mirrored.memory.events[mirrored.event(number)].starts_at == NINE


def test_a_manager_takes_the_calendars_time_with_a_reason(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    mirrored.move(number, NINE + 10 * HOUR)
    desk = open_page("agenda", mirrored.clinic["reception"], **TODAY)
    assert "19:00 is outside of the open time." in said(desk)
    assert "decisions_conflict_1_take" not in keys(desk)
    visit = open_page("agenda", mirrored.clinic["manager"], appointment=number)
    press(visit, "decisions_conflict_1_take")
    assert mirrored.row(number).starts_at == NINE  # without a reason nothing is done
    visit.text_input(key="agenda_details_conflict_1_take_why").set_value("evening surgery")
    press(visit, "agenda_details_conflict_1_take")
    assert "Moved Patient 1 to Tuesday 8 December, 19:00." in said(visit)
    assert mirrored.row(number).starts_at == NINE + 10 * HOUR


def test_another_time_is_chosen_in_the_agenda(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    mirrored.move(number, NINE + 10 * HOUR)
    visit = press(open_page("today", mirrored.clinic["doctor"], **TODAY), "decisions_conflict_1_other")
    assert visit.query_params["appointment"] == str(number)
    assert "Agenda" in [title.value for title in visit.title]
    assert "Choose another time; nothing changes until then. Patient 1 stays at Tuesday 8 December, 09:00." in said(
        visit
    )
    assert next(part for part in visit.expander if part.label == "Move…").proto.expanded
    press(visit, "agenda_near_2")
    assert mirrored.row(number).starts_at == datetime(2026, 12, 8, 16, 30, tzinfo=UTC)
    assert "Needs a decision" not in said(visit)


def test_the_times_on_offer_are_asked_for_once_and_in_few_questions(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    with counting(mirrored.app) as asked:
        visit = open_page("agenda", mirrored.clinic["reception"], appointment=number, move=int(NINE.timestamp()))
    runs = [number for number, statement in enumerate(asked) if statement.startswith("SELECT sessions.session_id")]
    assert [end - begin for begin, end in pairwise([*runs, len(asked)])] == [MOST, MOST - 1]
    assert "move" not in visit.query_params
    assert "09:00" not in {button.label[-5:] for button in visit.button if "agenda_near" in str(button.key)}
    for nonsense in ("x", "9" * 20, "-1"):
        visit = open_page("agenda", mirrored.clinic["reception"], appointment=number, move=nonsense)
        assert "nothing changes until then" not in said(visit)
        assert not visit.exception


def test_a_move_is_taken_back_before_the_patient_hears_of_it(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    mirrored.move(number, NINE + 2 * HOUR)
    visit = open_page("today", mirrored.clinic["doctor"], **TODAY)
    assert "Moved in the calendar from Tuesday 8 December, 09:00 to 11:00. Patient 1 hears of it at 07:12." in said(
        visit
    )
    assert "Changed in the calendar" in said(visit)
    assert "was moved" not in said(open_page("my_appointments", mirrored.clinic["patient"]))
    press(visit, "decisions_move_1_back")
    assert "Put back: Patient 1 is at Tuesday 8 December, 09:00 again, and hears nothing." in said(visit)
    mirrored.clock.advance(minutes=11)
    assert "was moved" not in said(open_page("my_appointments", mirrored.clinic["patient"]))
    assert mirrored.row(number).starts_at == NINE


def test_the_patient_is_told_of_a_move_after_ten_minutes_and_until_it_is_dismissed(
    mirrored: Mirrored, open_page: OpenPage
) -> None:
    number = mirrored.book()
    mirrored.move(number, NINE + 2 * HOUR)
    mirrored.clock.advance(minutes=10)
    told = "Your appointment with Dr. Sarah Johnson was moved to Tuesday 8 December, 11:00. It was on Tuesday 8"
    visit = open_page("my_appointments", mirrored.clinic["patient"])
    assert told in said(visit)
    assert told not in said(open_page("my_appointments", mirrored.clinic["other_patient"]))
    press(visit, "notice_1_dismiss")
    assert told not in said(visit)
    assert told not in said(open_page("my_appointments", mirrored.clinic["patient"]))
    assert "decisions_move_1_back" not in keys(open_page("today", mirrored.clinic["doctor"], **TODAY))


def vanished(mirrored: Mirrored) -> list[int]:
    numbers = [mirrored.book(NINE + n * HOUR, user=1 + n % 2) for n in range(3)]
    mirrored.remove(*numbers)
    return numbers


def test_events_that_disappeared_together_are_put_back_by_a_manager(mirrored: Mirrored, open_page: OpenPage) -> None:
    numbers = vanished(mirrored)
    visit = open_page("today", mirrored.clinic["manager"], **TODAY)
    assert "3 events disappeared. Nothing was cancelled." in said(visit)
    press(visit, "decisions_vanished_clinic_review")
    assert "Tuesday 8 December, 10:00 · Patient 2 · Dr. Sarah Johnson" in said(visit)
    press(visit, "decisions_vanished_clinic_all_back")
    assert "3 events go back into the calendar." in said(visit)
    mirrored.app.sync.run_due()
    assert len(mirrored.memory.living) == len(numbers)


def test_all_of_them_are_cancelled_only_after_a_second_question(mirrored: Mirrored, open_page: OpenPage) -> None:
    numbers = vanished(mirrored)
    visit = press(open_page("agenda", mirrored.clinic["manager"], **TODAY), "decisions_vanished_clinic_review")
    press(visit, "decisions_vanished_clinic_cancel_all")
    assert "Cancel 3 appointments? The patients are told." in said(visit)
    press(visit, "decisions_vanished_clinic_cancel_all_no")
    press(visit, "decisions_vanished_clinic_cancel_all")
    assert {mirrored.row(number).status for number in numbers} == {Status.SCHEDULED}
    press(visit, "decisions_vanished_clinic_cancel_all_yes")
    assert "3 appointments were cancelled." in said(visit)
    assert {mirrored.row(number).status for number in numbers} == {Status.CANCELLED}


def test_a_doctor_settles_them_one_by_one(mirrored: Mirrored, open_page: OpenPage) -> None:
    numbers = vanished(mirrored)
    visit = press(open_page("today", mirrored.clinic["doctor"], **TODAY), "decisions_vanished_clinic_review")
    assert not any("_all" in key for key in keys(visit))
    press(visit, "decisions_vanished_clinic_1_cancel")
    assert [mirrored.row(number).status for number in numbers] == [
        Status.CANCELLED,
        Status.SCHEDULED,
        Status.SCHEDULED,
    ]
    assert "2 events disappeared." in said(visit)


def test_what_somebody_else_decided_meanwhile_is_said(mirrored: Mirrored, open_page: OpenPage) -> None:
    number, _ = mirrored.book(), mirrored.book(NINE + HOUR, user=2)
    mirrored.remove(number)
    visit = open_page("today", mirrored.clinic["doctor"], **TODAY)
    mirrored.app.decisions.keep(mirrored.clinic["reception"], 1)
    press(visit, "decisions_gone_1_cancel")
    assert mirrored.row(number).status is Status.SCHEDULED
    assert len(visit.warning) == 1


def test_another_doctor_sees_none_of_it(mirrored: Mirrored, open_page: OpenPage) -> None:
    number, _ = mirrored.book(), mirrored.book(NINE + HOUR, user=2)
    mirrored.remove(number)
    assert "Needs a decision" not in said(open_page("today", mirrored.clinic["other_doctor"], **TODAY))


def test_the_list_of_the_day_and_the_badge_tell_of_it_too(mirrored: Mirrored, open_page: OpenPage) -> None:
    number, _ = mirrored.book(), mirrored.book(NINE + HOUR, user=2)
    mirrored.move(number, NINE + 10 * HOUR)
    visit = open_page("today", mirrored.clinic["doctor"], **TODAY, appointment=number)
    assert [row["status"] for row in visit.dataframe[0].value.to_dict("records")] == [
        "○ Scheduled ⚠ needs a decision",
        "○ Scheduled",
    ]
    assert "The calendar says something else. Somebody has to decide." in said(visit)
    assert "today_details_conflict_1_keep" in keys(visit)


@pytest.mark.parametrize("page", ["today", "agenda"])
def test_a_calendar_that_was_not_read_for_a_quarter_of_an_hour_is_named(
    mirrored: Mirrored, open_page: OpenPage, page: str
) -> None:
    mirrored.clock.advance(minutes=14)
    assert "has not been read" not in said(open_page(page, mirrored.clinic["doctor"]))
    mirrored.clock.advance(minutes=1)
    shown = said(open_page(page, mirrored.clinic["doctor"]))
    assert "Dr. Sarah Johnson's calendar has not been read since 07:01. Offered times may clash." in shown
    assert "Dr. Michael Chen" not in shown
    assert "Dr. Michael Chen's calendar" in said(open_page(page, mirrored.clinic["reception"]))


def test_patients_are_warned_where_it_concerns_them(mirrored: Mirrored, open_page: OpenPage) -> None:
    mirrored.clock.advance(minutes=20)
    shown = said(open_page("book", None, visit=1, doctor=2))
    assert "Dr. Michael Chen's calendar has not been read since 07:01. A time that is offered may turn out" in shown
    mirrored.app.store.write(lambda c: c.execute(update(tables.calendars).values(foreign_blocks="nobody")))
    assert "has not been read" not in said(open_page("book", None, visit=1, doctor=2))


def test_a_calendar_that_nobody_reads_is_not_late(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    assert "has not been read" not in said(open_page("today", clinic["doctor"]))


def test_pages_ask_little_more_where_something_waits(mirrored: Mirrored, open_page: OpenPage) -> None:
    numbers = [mirrored.book(NINE + n * HOUR / 2, user=1 + n % 2) for n in range(4)]
    asked: Callable[[str], int] = lambda page: _asked(mirrored, open_page, page)  # noqa: E731
    pages = ("today", "agenda", "my_appointments")
    assert sum(map(asked, pages)) > 0  # what is asked once a process
    quiet = {page: asked(page) for page in pages}
    mirrored.memory.move(mirrored.event(numbers[0]), at(NINE + 10 * HOUR))
    mirrored.app.pull.pull_now("clinic")
    for page, before in quiet.items():
        assert before <= asked(page) <= min(before + 1, MOST)


def _asked(mirrored: Mirrored, open_page: OpenPage, page: str) -> int:
    with counting(mirrored.app) as statements:
        who = "patient" if page == "my_appointments" else "doctor"
        open_page(page, mirrored.clinic[who], **({} if page == "my_appointments" else TODAY))
    return len(statements)


def test_both_changed_is_told_and_can_be_taken_over(mirrored: Mirrored, open_page: OpenPage) -> None:
    number = mirrored.book()
    mirrored.memory.move(mirrored.event(number), at(NINE + HOUR))
    ours = NINE + timedelta(days=1)
    mirrored.app.scheduler.reschedule(mirrored.clinic["reception"], number, ours)
    mirrored.read()
    visit = open_page("today", mirrored.clinic["doctor"], **TODAY)
    assert "Calendar: Tue 10:00. CareSlot: Wed 09:00. Both were changed; CareSlot's time was sent" in said(visit)
    press(visit, "decisions_conflict_1_take")
    assert mirrored.row(number).starts_at == NINE + HOUR
