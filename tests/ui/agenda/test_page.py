from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from core.bootstrap import App
from core.domain.appointment import Status
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.ui.agenda import medical_notes_panel, sync_all
from core.ui.agenda.drafts import NoteDrafts
from core.ui.agenda.sync_all import Outcome, Outcomes
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.agenda_visit import (
    click,
    click_time,
    closed,
    drag,
    drawn,
    has_grid,
    hear,
    keys,
    options,
    press,
)
from tests.ui.conftest import OpenPage, words

TEN = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Book = Callable[..., int]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing typed or synced in another test: sessions have the same numbers in each."""
    monkeypatch.setattr(medical_notes_panel, "drafts", NoteDrafts())
    monkeypatch.setattr(sync_all, "outcomes", Outcomes())


@pytest.fixture
def book(app: App, clinic: MadeClinic) -> Book:
    def book_it(starts_at: datetime = TEN, *, doctor: int = 1, user: int = 1) -> int:
        key = f"{starts_at}-{doctor}-{user}"
        booking = Booking(key, user, doctor, clinic.follow_up, starts_at)
        return app.scheduler.book_appointment(clinic["reception"], booking).appointment_id

    return book_it


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SQL that reaches the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def start_of(app: App, number: int) -> datetime:
    return app.store.read(
        lambda connection: connection.execute(
            select(tables.appointments.c.starts_at).where(tables.appointments.c.appointment_id == number)
        ).scalar_one()
    )


def audited(app: App, action: str) -> int:
    entries = app.store.read(lambda connection: connection.execute(select(tables.audit_log.c.action)).scalars().all())
    return list(entries).count(action)


# What is shown


def test_a_doctor_sees_the_own_week(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    own, other = book(), book(doctor=2, user=2)
    visit = open_page("agenda", clinic["doctor"])
    assert str(own) in drawn(visit)
    assert str(other) not in drawn(visit)
    assert "7 \N{EN DASH} 13 December 2026" in words(visit)
    assert "Times are in Greenwich Mean Time." in words(visit)
    assert options(visit)["now"] == "2026-12-07T07:00:00"


def test_reception_sees_all_doctors_by_day_and_one_by_choice(
    open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    own, other = book(), book(doctor=2, user=2)
    visit = open_page("agenda", clinic["reception"], day="2026-12-08")
    assert drawn(visit)[str(own)]["title"].startswith("SJ ")
    assert drawn(visit)[str(other)]["title"].startswith("MC ")
    assert options(visit)["visibleRange"] == {"start": "2026-12-08", "end": "2026-12-09"}
    visit.selectbox(key="agenda_doctor").select(2).run()
    assert set(drawn(visit)) == {str(other)}
    assert drawn(visit)[str(other)]["title"] == "Patient 2 · Follow-up"


def test_patients_do_not_see_it(open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("agenda", clinic["patient"])
    assert "This page is not for your account" in words(visit)
    assert not has_grid(visit)


def test_only_the_days_shown_are_read(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    this_week, next_week = book(), book(TEN + 7 * DAY)
    visit = open_page("agenda", clinic["doctor"])
    assert set(drawn(visit)) == {str(this_week)}
    press(visit, "agenda_later")
    assert set(drawn(visit)) == {str(next_week)}
    assert visit.query_params["day"] == "2026-12-14"
    press(visit, "agenda_today")
    assert set(drawn(visit)) == {str(this_week)}
    visit.segmented_control(key="agenda_view").set_value("list").run()
    assert options(visit)["initialView"] == "list"
    visit.date_input(key="agenda_day").set_value(datetime(2026, 12, 15, tzinfo=UTC).date()).run()
    assert set(drawn(visit)) == {str(next_week)}


def test_a_day_of_the_month_leads_to_that_day(open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("agenda", clinic["doctor"], view="month")
    hear(visit, "dateClick", {"allDay": True, "date": "2026-12-10T00:00:00.000Z"})
    assert options(visit)["visibleRange"] == {"start": "2026-12-10", "end": "2026-12-11"}


def test_opening_hours_and_closures_are_drawn(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    app.setup.add_closure(clinic["manager"], None, TEN, TEN + HOUR, "Fire drill")
    visit = open_page("agenda", clinic["doctor"])
    assert closed(visit) == ["Fire drill"]
    assert len(options(visit)["businessHours"]) == 10
    assert options(visit)["hiddenDays"] == [6, 0]


def test_an_empty_week_says_how_to_go_on(open_page: OpenPage, clinic: MadeClinic) -> None:
    click_it = "No appointments in these days. Click an empty time to book one."
    assert click_it in words(open_page("agenda", clinic["doctor"]))
    listed = words(open_page("agenda", clinic["doctor"], view="list"))
    assert "No appointments in these days." in listed
    assert "Click an empty time" not in listed


def test_a_closed_day_offers_no_empty_time(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    nothing = "No appointments, and nothing is open on this day."
    assert nothing in words(open_page("agenda", clinic["doctor"], view="day", day="2026-12-06"))  # a Sunday
    day = {"view": "day", "day": "2026-12-09"}
    midnight = datetime(2026, 12, 9, tzinfo=UTC)
    app.setup.add_closure(clinic["manager"], 1, midnight, midnight + DAY)
    assert nothing in words(open_page("agenda", clinic["doctor"], **day))
    assert nothing not in words(open_page("agenda", clinic["reception"], **day))  # the other doctor is there
    app.setup.add_closure(clinic["manager"], None, midnight, midnight + DAY)
    assert nothing in words(open_page("agenda", clinic["reception"], **day))


def test_a_phone_leads_back_to_today_from_another_day(
    open_page: OpenPage, clinic: MadeClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ui.agenda.toolbar.on_phone", lambda: True)
    visit = open_page("agenda", clinic["doctor"])
    assert "agenda_today" not in keys(visit)
    press(visit, "agenda_later")
    assert visit.query_params["day"] == "2026-12-08"
    press(visit, "agenda_today")
    assert visit.query_params["day"] == "2026-12-07"
    assert "agenda_today" not in keys(visit)


@pytest.mark.parametrize("name", ["doctor", "reception"])
def test_a_run_makes_few_queries_however_much_is_booked(
    open_page: OpenPage, clinic: MadeClinic, book: Book, statements: list[str], name: str
) -> None:
    visit = open_page("agenda", clinic[name], appointment=book(), doctor=1)
    statements.clear()
    visit.run()
    few = len(statements)
    assert few <= 12
    for hour in (1, 3, 4, 5):
        book(TEN + hour * HOUR, user=2)
    statements.clear()
    visit.run()
    assert len(statements) == few


# Dragging


def test_a_drag_is_asked_about_first_and_done_on_yes(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T11:00:00", "2026-12-08T11:20:00")
    assert "Move Patient 1 from 10:00 to 11:00?" in words(visit)
    assert start_of(app, number) == TEN
    assert "waiting-for-answer" in drawn(visit)[str(number)]["classNames"]
    press(visit, "agenda_yes")
    assert start_of(app, number) == TEN + HOUR
    assert "Moved Patient 1 to Tuesday 8 December, 11:00." in words(visit)
    assert drawn(visit)[str(number)]["start"] == "2026-12-08T11:00:00"


def test_put_back_changes_nothing_and_draws_it_where_it_was(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    before = drawn(visit)[str(number)]
    drag(visit, number, "2026-12-09T11:00:00", "2026-12-09T11:20:00")
    assert "from Tuesday 8 December, 10:00 to Wednesday 9 December, 11:00?" in words(visit)
    press(visit, "agenda_no")
    after = drawn(visit)[str(number)]
    assert start_of(app, number) == TEN
    assert after["start"] == before["start"]
    assert after["extendedProps"] != before["extendedProps"]  # or the browser would leave it where it was dropped
    assert "agenda_yes" not in keys(visit)


def test_a_move_is_undone_as_long_as_nobody_changed_it_since(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T11:00:00", "2026-12-08T11:20:00")
    press(visit, "agenda_yes")
    visit.run()
    assert "agenda_undo" in keys(visit)  # it stays
    press(visit, "agenda_undo")
    assert start_of(app, number) == TEN
    assert "Undone. Patient 1 is at Tuesday 8 December, 10:00 again." in words(visit)
    drag(visit, number, "2026-12-08T11:30:00", "2026-12-08T11:50:00")
    press(visit, "agenda_yes")
    app.scheduler.reschedule(clinic["reception"], number, TEN + 2 * DAY)
    press(visit, "agenda_undo")
    assert start_of(app, number) == TEN + 2 * DAY
    assert "Someone changed this appointment meanwhile." in words(visit)


def test_resizing_changes_the_length(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T10:00:00", "2026-12-08T10:40:00")
    assert "Change Patient 1's visit to 40 minutes?" in words(visit)
    press(visit, "agenda_yes")
    assert "Patient 1's visit now lasts 40 minutes." in words(visit)
    assert app.schedule.details(clinic["doctor"], number).minutes == 40


def test_a_taken_time_is_refused_with_the_nearest_and_one_tap_takes_it(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number, _other = book(), book(TEN + HOUR, user=2)
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T11:10:00", "2026-12-08T11:30:00")
    press(visit, "agenda_yes")
    assert "11:10 is taken. Patient 1 stays at Tuesday 8 December, 10:00." in words(visit)
    assert drawn(visit)[str(number)]["start"] == "2026-12-08T10:00:00"
    assert {"agenda_near_0", "agenda_near_1", "agenda_near_2"} <= keys(visit)
    label = visit.button(key="agenda_near_2").label
    press(visit, "agenda_near_2")
    assert label == f"Tue {start_of(app, number):%H:%M}"
    assert start_of(app, number) > TEN + HOUR


def test_a_longer_visit_is_offered_times_at_which_it_fits(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book(TEN + HOUR)
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T11:00:00", "2026-12-08T12:30:00")
    press(visit, "agenda_yes")
    assert [visit.button(key=f"agenda_near_{step}").label for step in range(3)] == [
        "Tue 10:00",
        "Tue 10:15",
        "Tue 10:30",
    ]
    press(visit, "agenda_near_2")
    assert app.schedule.details(clinic["doctor"], number).minutes == 90


def test_a_stale_grid_is_told_and_moves_nothing(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    app.scheduler.reschedule(clinic["reception"], number, TEN + 2 * HOUR + HOUR)
    drag(visit, number, "2026-12-08T11:00:00", "2026-12-08T11:20:00", revision=1)
    press(visit, "agenda_yes")
    assert "Someone changed this appointment meanwhile." in words(visit)
    assert start_of(app, number) == TEN + 3 * HOUR
    assert drawn(visit)[str(number)]["start"] == "2026-12-08T13:00:00"


@pytest.mark.parametrize("name", ["doctor", "reception"])
def test_closed_time_is_refused_and_only_a_manager_may_insist(
    open_page: OpenPage, clinic: MadeClinic, book: Book, name: str
) -> None:
    number = book()
    visit = open_page("agenda", clinic[name], day="2026-12-08")
    drag(visit, number, "2026-12-08T12:15:00", "2026-12-08T12:35:00")
    press(visit, "agenda_yes")
    assert "The doctor doesn't see patients at this time." in words(visit)
    assert "agenda_near_0" in keys(visit)
    assert "agenda_override_go" not in keys(visit)


def test_a_manager_insists_with_a_reason(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["manager"], day="2026-12-08")
    drag(visit, number, "2026-12-08T12:15:00", "2026-12-08T12:35:00")
    press(visit, "agenda_yes")
    press(visit, "agenda_override_go")
    assert "Enter a reason." in words(visit)
    assert start_of(app, number) == TEN
    visit.text_input(key="agenda_override_why").set_value("The doctor agreed")
    press(visit, "agenda_override_go")
    assert start_of(app, number) == datetime(2026, 12, 8, 12, 15, tzinfo=UTC)
    assert "The doctor agreed" in app.schedule.history(clinic["manager"], number)[-1].why


def test_a_doctor_moves_nobody_elses_appointment(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    book()
    other = book(doctor=2, user=2)
    visit = open_page("agenda", clinic["doctor"])
    old = {"id": str(other), "start": "2026-12-08T10:00:00", "end": "2026-12-08T10:20:00"}
    new = {**old, "start": "2026-12-08T11:00:00", "end": "2026-12-08T11:20:00", "extendedProps": {"revision": 1}}
    hear(visit, "eventChange", {"oldEvent": old, "event": new})
    assert "agenda_yes" not in keys(visit)


# Details


def test_clicking_opens_the_details_and_logs_the_reading_once(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["reception"], day="2026-12-08")
    click(visit, number)
    assert visit.query_params["appointment"] == str(number)
    shown = words(visit)
    assert "**Tuesday 8 December, 10:00\N{EN DASH}10:20** (20 minutes)" in shown
    assert "p1@example.com" in shown
    assert "by reception" in shown
    assert "Not in the calendar." in shown
    visit.run()
    visit.run()
    assert audited(app, "read_appointment") == 1
    press(visit, "agenda_close")
    assert "appointment" not in visit.query_params


def test_a_link_opens_the_appointment_on_its_day(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book(TEN + 14 * DAY)
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    assert str(number) in drawn(visit)
    assert "opened" in drawn(visit)[str(number)]["classNames"]
    assert "Patient 1" in words(visit)


@pytest.mark.parametrize("asked", ["999", "not a number", "2"])
def test_a_link_to_what_one_may_not_see_leaves_the_agenda_standing(
    open_page: OpenPage, clinic: MadeClinic, book: Book, asked: str
) -> None:
    book()
    assert book(doctor=2, user=2) == 2
    visit = open_page("agenda", clinic["doctor"], appointment=asked)
    assert has_grid(visit)
    assert "agenda_close" not in keys(visit)
    assert "Patient 2" not in words(visit)


def test_details_stay_fresh_while_other_days_are_shown(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    press(visit, "agenda_later")
    assert str(number) not in drawn(visit)
    app.scheduler.cancel(clinic["reception"], number, "Ill")
    visit.run()
    assert "Cancelled" in words(visit)
    assert "Ill" in words(visit)


def test_moving_without_dragging(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["reception"], appointment=number)
    key = f"agenda_move_{number}_{int(TEN.timestamp())}_1"
    visit.date_input(key=f"{key}_day").set_value(datetime(2026, 12, 9, tzinfo=UTC).date())
    visit.time_input(key=f"{key}_time").set_value(datetime(2026, 12, 9, 14, 5, tzinfo=UTC).time())
    visit.selectbox(key=f"{key}_doctor").select(2)
    press(visit, f"agenda_move_go_{number}")
    row = app.schedule.details(clinic["reception"], number)
    assert (row.starts_at, row.doctor_id) == (datetime(2026, 12, 9, 14, 5, tzinfo=UTC), 2)
    assert "Moved Patient 1 to Wednesday 9 December, 14:05 with Dr. Michael Chen." in words(visit)
    press(visit, "agenda_undo")
    assert start_of(app, number) == TEN


def test_a_refused_form_keeps_what_was_chosen(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number, _other = book(), book(TEN + HOUR, user=2)
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    key = f"agenda_move_{number}_{int(TEN.timestamp())}_1"
    visit.time_input(key=f"{key}_time").set_value((TEN + HOUR).time())
    press(visit, f"agenda_move_go_{number}")
    assert "11:00 is taken." in words(visit)
    assert visit.time_input(key=f"{key}_time").value == (TEN + HOUR).time()
    assert start_of(app, number) == TEN


def test_a_doctor_is_not_offered_another_doctor(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    assert [box.key for box in visit.main.selectbox] == []


def test_changing_the_length_without_dragging(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    visit.number_input(key=f"agenda_length_{number}_20_minutes").set_value(35)
    press(visit, f"agenda_length_go_{number}")
    assert app.schedule.details(clinic["doctor"], number).minutes == 35
    assert "Patient 1's visit now lasts 35 minutes." in words(visit)


def test_staff_cancel_with_a_reason_and_undo_it(app: App, open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    assert "Cancel Patient 1, Tuesday 8 December, 10:00?" in words(visit)
    visit.text_input(key=f"agenda_cancel_why_{number}").set_value("closed that day")
    press(visit, "agenda_cancel_go")
    assert app.schedule.details(clinic["doctor"], number).status is Status.CANCELLED
    assert app.schedule.history(clinic["manager"], number)[-1].why == "closed that day"
    assert "Cancelled Patient 1, Tuesday 8 December, 10:00." in words(visit)
    assert "agenda_cancel_go" not in keys(visit)
    press(visit, "agenda_undo")
    assert app.schedule.details(clinic["doctor"], number).status is Status.SCHEDULED


def test_long_before_nobody_is_asked_whether_the_patient_asked_for_it(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    early, late = book(), book(datetime(2026, 12, 7, 10, tzinfo=UTC), user=2)
    visit = open_page("agenda", clinic["doctor"], appointment=early)
    assert not [box for box in visit.checkbox if "asked_for" in box.key]
    visit = open_page("agenda", clinic["doctor"], appointment=late)
    visit.checkbox(key=f"agenda_cancel_asked_for_{late}").check()
    press(visit, "agenda_cancel_go")
    assert app.schedule.details(clinic["doctor"], late).cancelled_late


def test_what_was_changed_meanwhile_is_not_cancelled(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    app.scheduler.reschedule(clinic["reception"], number, TEN + DAY)
    press(visit, "agenda_cancel_go")
    assert app.schedule.details(clinic["doctor"], number).status is Status.SCHEDULED
    assert "Someone changed this appointment meanwhile." in words(visit)


# Booking at an empty time


def test_an_empty_time_is_booked_for_a_patient(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("agenda", clinic["reception"], day="2026-12-08", doctor=1)
    click_time(visit, "2026-12-08T10:05:00")
    assert "Book Tuesday 8 December, 10:05" in words(visit)
    visit.text_input(key="agenda_patient_search").set_value("Patient 2").run()
    press(visit, "agenda_patient_take_2")
    press(visit, "agenda_take_book")
    assert "Booked Patient 2, Tuesday 8 December, 10:05." in words(visit)
    (row,) = app.schedule.day(clinic["reception"], 1, TEN.date())
    assert (row.user_id, row.starts_at) == (2, TEN + timedelta(minutes=5))
    assert visit.query_params["appointment"] == str(row.appointment_id)
    assert "agenda_take_book" not in keys(visit)


def test_the_rule_that_refuses_an_empty_time_is_named(open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("agenda", clinic["reception"], day="2026-12-08", doctor=1)
    click_time(visit, "2026-12-08T12:30:00")
    assert "The doctor doesn't see patients at this time." in words(visit)
    assert "agenda_patient_new" not in keys(visit)
    press(visit, "agenda_take_close")
    assert "agenda_take_close" not in keys(visit)


# Medical notes


def test_a_doctor_adds_versions_and_sees_author_and_time(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    key = f"agenda_note_3_{number}"
    visit.text_area(key=key).set_value("Sore throat").run()
    assert "Not saved yet." in words(visit)
    press(visit, f"{key}_save")
    assert "Saved as version 1." in words(visit)
    visit.text_area(key=key).set_value("Sore throat, better")
    visit.checkbox(key=f"{key}_release").check()
    press(visit, f"{key}_save")
    shown = words(visit)
    assert "Version 1, doctor, Monday 7 December, 07:00" in shown
    assert "Version 2, doctor, Monday 7 December, 07:00 · Released to the patient" in shown
    assert shown.index("Version 2") < shown.index("Version 1")
    assert [(note.body, note.released) for note in app.notes.versions(clinic["doctor"], number)] == [
        ("Sore throat", False),
        ("Sore throat, better", True),
    ]


def test_notes_are_read_once_however_often_the_page_runs(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    app.notes.add(clinic["doctor"], number, "Sore throat")
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    visit.run()
    assert audited(app, "read_notes") == 1
    assert visit.text_area(key=f"agenda_note_3_{number}").value == "Sore throat"  # to go on from


def test_a_note_is_not_lost_to_a_version_from_another_window(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    key = f"agenda_note_3_{number}"
    app.notes.add(clinic["doctor"], number, "From the other window")
    visit.text_area(key=key).set_value("From this window")
    press(visit, f"{key}_save")
    assert "Someone added a version meanwhile." in words(visit)
    assert "From the other window" in words(visit)
    assert visit.text_area(key=key).value == "From this window"
    press(visit, f"{key}_save")
    assert "Saved as version 2." in words(visit)


def test_an_empty_note_is_refused_under_its_field(open_page: OpenPage, clinic: MadeClinic, book: Book) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"], appointment=number)
    press(visit, f"agenda_note_3_{number}_save")
    assert "Write a note first." in words(visit)


def test_what_was_typed_outlives_other_appointments_and_pages(
    open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number, other = book(), book(TEN + HOUR, user=2)
    visit = open_page("agenda", clinic["doctor"])
    click(visit, number)
    key = f"agenda_note_3_{number}"
    visit.text_area(key=key).set_value("Half a sentence").run()
    click(visit, other)
    assert key not in [area.key for area in visit.main.text_area]
    visit.switch_page("pages/today.py").run()
    visit.switch_page("pages/agenda.py").run()
    click(visit, number)
    assert visit.text_area(key=key).value == "Half a sentence"


def test_what_was_typed_outlives_reloading_the_page_until_it_is_saved(
    open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    key = f"agenda_note_3_{number}"
    open_page("agenda", clinic["doctor"], appointment=number).text_area(key=key).set_value("Half a sentence").run()
    reloaded = open_page("agenda", clinic["doctor"], appointment=number)
    assert reloaded.text_area(key=key).value == "Half a sentence"
    press(reloaded, f"{key}_save")
    reloaded.text_area(key=key).set_value("").run()
    press(reloaded, f"{key}_save")
    assert "Write a note first." in words(reloaded)
    assert "Half a sentence" in words(reloaded)


@pytest.mark.parametrize("name", ["reception", "manager"])
def test_nobody_but_doctors_sees_a_trace_of_notes(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book, name: str
) -> None:
    number = book()
    app.notes.add(clinic["doctor"], number, "Sore throat")
    visit = open_page("agenda", clinic[name], appointment=number)
    assert "Patient 1" in words(visit)
    assert "note" not in words(visit).lower()
    assert "Sore throat" not in words(visit)
    assert [area.key for area in visit.main.text_area] == []


def test_the_last_days_visits_are_at_hand_with_what_lacks_a_note(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book, clock: HandClock
) -> None:
    first, second, missed = book(), book(TEN + HOUR, user=2), book(TEN + 4 * HOUR)
    clock.now = TEN + DAY
    for number in (first, second):
        app.scheduler.record_outcome(clinic["doctor"], number, Status.COMPLETED)
    app.scheduler.record_outcome(clinic["doctor"], missed, Status.NO_SHOW)
    app.notes.add(clinic["doctor"], first, "Sore throat")
    visit = open_page("agenda", clinic["doctor"])
    assert not any(key.startswith("agenda_recent") for key in keys(visit))
    visit.session_state["agenda_recent"] = True
    visit.run()
    assert f"agenda_recent_{missed}" not in keys(visit)
    assert visit.button(key=f"agenda_recent_{first}").label.endswith("note written")
    assert visit.button(key=f"agenda_recent_{second}").label.endswith("no note yet")
    press(visit, f"agenda_recent_{second}")
    assert visit.query_params["appointment"] == str(second)


# Syncing all


def test_each_failure_of_syncing_all_is_named_and_stays(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    book()
    book(TEN + HOUR, user=2)
    app.store.write(lambda connection: connection.execute(update(tables.doctors).values(calendar_id=None)) and None)
    visit = open_page("agenda", clinic["doctor"])
    assert visit.button(key="agenda_sync_all").label == "Sync all upcoming (2)"
    press(visit, "agenda_sync_all")
    visit.run()
    shown = words(visit)
    assert "0/2 synced" in shown
    why = "This doctor has no calendar yet."
    assert f"**Patient 1**, Tuesday 8 December, 10:00: {why}" in shown
    assert f"**Patient 2**, Tuesday 8 December, 11:00: {why}" in shown
    assert visit.button(key="agenda_sync_all").label == "Sync all upcoming (2)"
    press(visit, "agenda_sync_close")
    assert "0/2 synced" not in words(visit)


def test_all_upcoming_reach_the_clinics_own_calendar(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    book()
    book(TEN + HOUR, user=2)
    visit = open_page("agenda", clinic["doctor"])
    press(visit, "agenda_sync_all")
    assert "2/2 synced" in words(visit)
    assert "All 2 upcoming appointments are in the calendar." in words(visit)
    assert "agenda_sync_all" not in keys(visit)
    assert app.links.upcoming_of_doctor(clinic["doctor"], 1).out_of_step == 0


@pytest.mark.parametrize("worker_went_on", [False, True])
def test_syncing_that_was_left_goes_on_where_something_is_left(
    app: App, open_page: OpenPage, clinic: MadeClinic, book: Book, worker_went_on: bool
) -> None:
    numbers = [book(), book(TEN + HOUR, user=2)]
    for who in ("doctor", "reception"):
        sync_all.outcomes.keep(clinic[who].session_id, Outcome(1, tried=1, total=2))
    for number in numbers if worker_went_on else numbers[:1]:
        app.sync.sync_appointment(clinic["doctor"], number)
    left = "1/2 synced. Left before the end; press the button to go on."
    visit = open_page("agenda", clinic["doctor"])  # as after a reload
    assert (left in words(visit)) is not worker_went_on
    assert (left in words(open_page("agenda", clinic["reception"], doctor=1))) is not worker_went_on
    assert left not in words(open_page("agenda", clinic["manager"], doctor=1))
    assert left not in words(open_page("agenda", clinic["reception"], doctor=2))
    of_all = words(open_page("agenda", clinic["reception"]))
    assert "Dr. Sarah Johnson: 1/2 synced. Left before the end; choose the doctor to go on." in of_all
    if not worker_went_on:
        press(visit, "agenda_sync_close")
        assert left not in words(open_page("agenda", clinic["doctor"]))


def test_with_all_doctors_in_view_one_is_to_be_chosen_for_syncing(
    open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    book()
    visit = open_page("agenda", clinic["reception"])
    assert "Choose a doctor to sync all of their upcoming appointments." in words(visit)
    assert "agenda_sync_all" not in keys(visit)


# Sessions


def test_another_account_in_the_same_visit_reads_nothing_of_what_was_asked(
    open_page: OpenPage, clinic: MadeClinic, book: Book
) -> None:
    number = book()
    visit = open_page("agenda", clinic["doctor"])
    drag(visit, number, "2026-12-08T11:00:00", "2026-12-08T11:20:00")
    visit.session_state["careslot_session_id"] = clinic["other_doctor"].session_id
    visit.run()
    assert "Move Patient 1" not in words(visit)
    assert "agenda_yes" not in keys(visit)
    assert drawn(visit) == {}
