from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, insert, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.appointment import Status
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.rows import Row
from tests.scheduler.clinic_factory import MadeClinic

Book = Callable[..., int]


def at(hour: int, minute: int = 0, day: int = 7) -> datetime:
    """December 2026; London is on UTC then. The 7th is a Monday, and the clock stands at 07:00 that day."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def book(app: App, clinic: MadeClinic) -> Book:
    """Book by reception; the appointment's number."""

    def book_it(starts_at: datetime, *, user: int = 1, doctor: int = 1, reason: str = "") -> int:
        key = f"{starts_at} {user} {doctor}"
        booking = Booking(key, user, doctor, clinic.follow_up, starts_at, reason)
        return app.scheduler.book_appointment(clinic["reception"], booking).appointment_id

    return book_it


def row_of(app: App, clinic: MadeClinic, number: int) -> Row:
    return app.schedule.details(clinic["manager"], number)


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def keys(visit: AppTest) -> set[str]:
    return {str(button.key) for button in visit.button}


def listed(visit: AppTest) -> list[dict[str, str]]:
    return visit.dataframe[0].value.to_dict("records") if visit.dataframe else []


def words(visit: AppTest) -> str:
    """All text on the page but the list's."""
    texts = [
        str(getattr(element, "value", "") or getattr(element, "label", "") or getattr(element, "body", ""))
        for block in (visit.main, visit.sidebar)
        for element in block
        if element.type != "dataframe"
    ]
    return "\n".join(texts)


def rename(app: App, user_id: int, name: str) -> None:
    app.store.write(
        lambda c: c.execute(update(tables.users).where(tables.users.c.user_id == user_id).values(name=name))
    )


# The list.


def test_the_list_shows_time_patient_contact_reason_and_status(app, clinic, clock, book, open_page):
    app.patients.change(clinic["manager"], 1, "Jane Smith", "jane@example.com", "555-1002", None)
    number = book(at(10), reason="Headaches")
    book(at(9, 30), user=2)
    clock.now = at(9, 48)
    app.scheduler.check_in(clinic["reception"], number)
    clock.now = at(10)
    visit = open_page("today", clinic["doctor"])
    assert visit.title[0].value == "Monday 7 December"
    assert "Times are in Greenwich Mean Time." in words(visit)
    assert listed(visit) == [
        {
            "time": "09:30",
            "patient": "Patient 2",
            "status": "○ Scheduled",
            "contact": "p2@example.com",
            "reason": "",
        },
        {
            "time": "10:00",
            "patient": "Jane Smith",
            "status": "◐ Checked in, waiting 12 min",
            "contact": "555-1002\njane@example.com",
            "reason": "Headaches",
        },
    ]
    assert "2 appointments, 1 waiting" in words(visit)


def test_reception_sees_all_doctors_by_time_with_their_initials(clinic, book, open_page):
    book(at(10))
    book(at(9), user=2, doctor=2)
    rows = listed(open_page("today", clinic["reception"]))
    assert [(row["time"], list(row["doctor"])) for row in rows] == [("09:00", ["MC"]), ("10:00", ["SJ"])]


def test_doctors_who_share_initials_are_told_apart_by_name(app, clinic, book, open_page):
    app.store.write(
        lambda c: c.execute(
            update(tables.doctors).where(tables.doctors.c.doctor_id == 2).values(name="Dr. Simon Jones")
        )
    )
    book(at(10))
    book(at(9), user=2, doctor=2)
    rows = listed(open_page("today", clinic["reception"]))
    assert [list(row["doctor"]) for row in rows] == [["Dr. Simon Jones"], ["Dr. Sarah Johnson"]]


def test_the_doctor_in_the_address_filters_the_list(clinic, book, open_page):
    book(at(10))
    book(at(9), user=2, doctor=2)
    visit = open_page("today", clinic["manager"], doctor=1)
    assert [row["time"] for row in listed(visit)] == ["10:00"]
    assert "doctor" not in listed(visit)[0]
    visit.selectbox(key="today_doctor").select(2).run()
    assert [row["time"] for row in listed(visit)] == ["09:00"]
    assert visit.query_params["doctor"] == "2"


def test_a_doctor_sees_the_own_day_whatever_the_address_says(clinic, book, open_page):
    other = book(at(9), user=2, doctor=2)
    book(at(10))
    visit = open_page("today", clinic["doctor"], doctor=2, appointment=other)
    assert [row["time"] for row in listed(visit)] == ["10:00"]
    assert "Patient 2" not in words(visit)


@pytest.mark.parametrize("name", ["patient", None])
def test_others_do_not_get_in(clinic, book, open_page, name):
    book(at(10))
    visit = open_page("today", clinic[name] if name else None)
    assert not visit.dataframe
    assert "Patient 1" not in words(visit).replace("Signed in as patient", "")


def test_medical_notes_stand_nowhere_on_the_page(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    app.scheduler.check_in(clinic["doctor"], number)
    app.scheduler.start(clinic["doctor"], number)
    app.notes.add(clinic["doctor"], number, "Secret finding")
    for name in ("doctor", "reception", "manager"):
        visit = open_page("today", clinic[name], appointment=number)
        assert "Patient 1" in words(visit)
        assert "Secret finding" not in words(visit) + str(listed(visit))


def test_cancelled_ones_are_shown_when_asked_for(app, clinic, book, open_page):
    app.scheduler.cancel(clinic["reception"], book(at(10)))
    book(at(11), user=2)
    visit = open_page("today", clinic["doctor"])
    assert [row["time"] for row in listed(visit)] == ["11:00"]
    visit.toggle(key="today_cancelled").set_value(True).run()
    assert [(row["time"], row["status"]) for row in listed(visit)] == [
        ("10:00", "✕ Cancelled"),
        ("11:00", "○ Scheduled"),
    ]


def test_a_day_of_cancelled_ones_alone_says_so(app, clinic, book, open_page):
    app.scheduler.cancel(clinic["reception"], book(at(10)))
    visit = open_page("today", clinic["doctor"])
    assert "All appointments of this day are cancelled." in words(visit)
    assert not visit.dataframe


def test_names_and_reasons_are_shown_as_typed(app, clinic, book, open_page):
    rename(app, 1, "Jane *bold* [x](http://evil)")
    book(at(10), reason=":red[loud]")
    visit = open_page("today", clinic["doctor"])
    assert r"\*bold\*" in words(visit)
    assert r"\:red\[loud\]" in words(visit) or r":red\[loud\]" in words(visit)
    assert listed(visit)[0]["patient"] == "Jane *bold* [x](http://evil)"


# Other days.


def test_the_days_are_walked_through_by_buttons_and_kept_in_the_address(clinic, book, open_page):
    book(at(10, day=8), user=2)
    visit = open_page("today", clinic["doctor"])
    press(visit, "today_next")
    assert visit.title[0].value == "Tuesday 8 December"
    assert visit.query_params["day"] == "2026-12-08"
    assert [row["patient"] for row in listed(visit)] == ["Patient 2"]
    press(visit, "today_previous")
    assert visit.title[0].value == "Monday 7 December"
    assert "day" not in visit.query_params
    press(visit, "today_previous")
    assert visit.title[0].value == "Sunday 6 December"
    press(visit, "today_today")
    assert visit.title[0].value == "Monday 7 December"


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_cannot_be_shown_is_today(clinic, open_page, day):
    visit = open_page("today", clinic["doctor"], day=day)
    assert visit.title[0].value == "Monday 7 December"
    assert not visit.exception


def test_only_today_offers_check_in_and_walk_in(clinic, book, open_page):
    tomorrow = book(at(10, day=8))
    visit = open_page("today", clinic["doctor"], day="2026-12-08", appointment=tomorrow)
    assert "Patient 1" in words(visit)
    assert not keys(visit) & {"today_step", "today_no_show", "today_walk_in", "today_outcome_completed"}
    today = book(at(11))
    assert {"today_step", "today_walk_in"} <= keys(open_page("today", clinic["doctor"], appointment=today))


def test_a_past_day_offers_outcomes(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(8, day=8)
    visit = open_page("today", clinic["doctor"], day="2026-12-07", appointment=number)
    assert "today_step" not in keys(visit)
    press(visit, "today_outcome_completed")
    assert row_of(app, clinic, number).status is Status.COMPLETED
    assert row_of(app, clinic, number).completed_at is None
    assert "The visit of Patient 1 is completed." in words(visit)


def test_today_turns_over_at_the_clinics_midnight(clinic, clock, open_page):
    visit = open_page("today", clinic["doctor"])
    clock.now = at(0, day=8)
    visit.run()
    assert visit.title[0].value == "Tuesday 8 December"


def test_an_empty_day_leads_to_the_next_with_appointments(clinic, book, open_page):
    book(at(10, day=9))
    visit = open_page("today", clinic["doctor"])
    assert "No appointments on this day." in words(visit)
    assert visit.button(key="today_next_with").label == "Go to Wednesday 9 December"
    press(visit, "today_next_with")
    assert visit.title[0].value == "Wednesday 9 December"
    assert len(listed(visit)) == 1


def test_an_empty_clinic_leads_to_the_agenda(clinic, open_page):
    visit = open_page("today", clinic["doctor"])
    assert "today_next_with" not in keys(visit)
    press(visit, "today_empty_agenda")
    assert not visit.exception
    assert visit.title[0].value != "Monday 7 December"


def test_closures_are_told(app, clinic, open_page):
    app.setup.add_closure(clinic["manager"], None, at(0), at(0, day=8), "Founders' day")
    app.setup.add_closure(clinic["manager"], 1, at(13), at(17), "Training")
    app.setup.add_closure(clinic["manager"], 2, at(9), at(12))
    doctor = words(open_page("today", clinic["doctor"]))
    assert "The clinic is closed all day: Founders' day." in doctor
    assert "Dr. Sarah Johnson is away from 13:00 to 17:00: Training." in doctor
    assert "Chen" not in doctor
    assert "Dr. Michael Chen is away from 09:00 to 12:00." in words(open_page("today", clinic["reception"]))


# Who is next, and the steps.


def test_the_next_patient_is_taken_through_every_step(app, clinic, clock, book, open_page):
    first = book(at(10))
    book(at(10, 30), user=2)
    clock.now = at(9, 50)
    visit = open_page("today", clinic["doctor"])
    assert "Next patient" in words(visit)
    for label, status, said in (
        ("Check in", Status.CHECKED_IN, "Patient 1 is checked in."),
        ("Start", Status.IN_PROGRESS, "The visit of Patient 1 has begun."),
        ("Complete", Status.COMPLETED, "The visit of Patient 1 is completed."),
    ):
        clock.advance(minutes=5)
        assert visit.button(key="today_step").label == label
        press(visit, "today_step")
        assert row_of(app, clinic, first).status is status
        assert said in words(visit)
    stamps = row_of(app, clinic, first)
    assert (stamps.checked_in_at, stamps.started_at, stamps.completed_at) == (at(9, 55), at(10), at(10, 5))
    assert visit.header[0].value == "Patient 2"


def test_every_step_is_undone_from_the_message_that_stays(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(9, 50)
    visit = open_page("today", clinic["doctor"])
    for back in (Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS):
        press(visit, "today_step")
        visit.run()
        press(visit, "today_said_undo")
        assert row_of(app, clinic, number).status is back
        assert "Undone. " in words(visit)
        assert "today_said_undo" not in keys(visit)
        press(visit, "today_step")
    press(visit, "today_said_close")
    assert "today_said_close" not in keys(visit)


def test_undo_beside_the_visit_names_what_it_takes_back(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    visit = open_page("today", clinic["reception"], appointment=number)
    assert "today_undo" not in keys(visit)
    press(visit, "today_step")
    assert visit.button(key="today_undo").label == "Undo: checked in"
    press(visit, "today_no_show")
    assert visit.button(key="today_undo").label == "Undo: did not come"
    press(visit, "today_undo")
    assert row_of(app, clinic, number).status is Status.CHECKED_IN


def test_a_coming_appointment_is_cancelled_after_a_question_and_undone(app, clinic, clock, book, open_page):
    number = book(at(10), user=2)
    book(at(9))
    visit = press(open_page("today", clinic["reception"], appointment=number), "today_cancel")
    assert "Cancel Patient 2, Monday 7 December, 10:00?" in words(visit)
    assert row_of(app, clinic, number).status is Status.SCHEDULED
    press(visit, "today_cancel_keep")
    assert "Cancel Patient 2" not in words(visit)
    press(visit, "today_cancel")
    visit.text_input(key=f"today_cancel_why_{number}").set_value("doctor ill")
    press(visit, "today_cancel_go")
    assert row_of(app, clinic, number).status is Status.CANCELLED
    assert app.schedule.history(clinic["manager"], number)[-1].why == "doctor ill"
    assert "The appointment of Patient 2 is cancelled." in words(visit)
    assert f"today_sync_{number}" not in keys(visit)
    press(visit, "today_said_undo")
    assert row_of(app, clinic, number).status is Status.SCHEDULED


@pytest.mark.parametrize("asked_for", [False, True])
def test_only_what_the_patient_asked_for_counts_as_a_late_cancellation(app, clinic, book, open_page, asked_for):
    number = book(at(10))
    visit = press(open_page("today", clinic["reception"], appointment=number), "today_cancel")
    if asked_for:
        visit.checkbox(key=f"today_cancel_asked_for_{number}").check()
    press(visit, "today_cancel_go")
    cancelled = row_of(app, clinic, number)
    assert (cancelled.status, cancelled.cancelled_late) == (Status.CANCELLED, asked_for)


def test_whoever_is_asked_about_stays_beside_the_list_though_another_comes_next(app, clinic, book, open_page):
    number = book(at(10))
    visit = press(open_page("today", clinic["doctor"]), "today_cancel")
    app.scheduler.check_in(clinic["reception"], book(at(11), user=2))
    visit.run()
    assert "Cancel Patient 1, Monday 7 December, 10:00?" in words(visit)
    press(visit, "today_cancel_go")
    assert row_of(app, clinic, number).status is Status.CANCELLED


def test_what_began_meanwhile_is_not_cancelled(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    visit = press(open_page("today", clinic["reception"], appointment=number), "today_cancel")
    app.scheduler.check_in(clinic["doctor"], number)
    press(visit, "today_cancel_go")
    assert row_of(app, clinic, number).status is Status.CHECKED_IN
    assert "Someone changed this appointment meanwhile." in words(visit)


def test_undo_never_takes_back_what_somebody_else_did_since(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    visit = open_page("today", clinic["reception"], appointment=number)
    press(visit, "today_step")
    app.scheduler.start(clinic["doctor"], number)
    press(visit, "today_said_undo")
    assert row_of(app, clinic, number).status is Status.IN_PROGRESS
    assert "Someone changed this appointment meanwhile." in words(visit)


def test_a_stale_undo_is_not_offered(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    visit = open_page("today", clinic["reception"], appointment=number)
    press(visit, "today_step")
    app.scheduler.start(clinic["doctor"], number)
    visit.run()
    assert "Patient 1 is checked in." in words(visit)
    assert "today_said_undo" not in keys(visit)


def test_a_step_that_somebody_else_took_is_refused_in_words(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    visit = open_page("today", clinic["reception"])
    app.scheduler.check_in(clinic["doctor"], number)
    press(visit, "today_step")
    assert "This appointment is checked in, so it can't be checked in" in words(visit)


def test_did_not_come_waits_for_the_time_of_the_visit(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(9, 59)
    visit = open_page("today", clinic["doctor"])
    assert "today_no_show" not in keys(visit)
    clock.now = at(10)
    visit.run()
    press(visit, "today_no_show")
    assert row_of(app, clinic, number).status is Status.NO_SHOW
    assert "Patient 1 did not come." in words(visit)
    assert "Nobody else is expected." in words(visit)


def test_who_waits_longest_is_next_for_the_doctor_and_who_is_expected_for_the_desk(app, clinic, clock, book, open_page):
    waits = book(at(10, 30), user=2)
    book(at(10))
    clock.now = at(9, 45)
    app.scheduler.check_in(clinic["reception"], waits)
    clock.now = at(9, 57)
    visit = open_page("today", clinic["doctor"])
    assert visit.header[0].value == "Patient 2"
    assert "**◐ Checked in**, waiting 12 min" in words(visit)
    assert open_page("today", clinic["reception"]).header[0].value == "Patient 1"


def test_a_visit_in_progress_is_not_called_next(app, clinic, clock, book, open_page):
    number, other = book(at(10)), book(at(10), user=2, doctor=2)
    clock.now = at(10)
    assert "Next patient" in words(open_page("today", clinic["doctor"]))
    for one in (number, other):
        app.scheduler.check_in(clinic["reception"], one)
        app.scheduler.start(clinic["reception"], one)
    seen = words(open_page("today", clinic["doctor"]))
    assert "With you now" in seen
    assert "Next patient" not in seen
    visit = open_page("today", clinic["reception"])
    assert "In progress" in [caption.value for caption in visit.caption]
    assert "With you now" not in words(visit)


def test_a_chosen_visit_stays_chosen_while_the_list_grows(app, clinic, book, open_page):
    chosen = book(at(11), user=2)
    visit = open_page("today", clinic["doctor"], appointment=chosen)
    book(at(9))
    visit.run()
    assert visit.header[0].value == "Patient 2"
    assert "Chosen in the list" in words(visit)
    table = visit.dataframe[0]
    assert visit.session_state[str(table.key)]["selection"]["rows"] == [1]
    press(visit, "today_back_to_next")
    assert visit.header[0].value == "Patient 1"
    assert "appointment" not in visit.query_params


def test_the_visit_opens_in_the_agenda(clinic, book, open_page):
    number = book(at(10))
    visit = open_page("today", clinic["doctor"])
    press(visit, "today_agenda")
    assert visit.query_params["appointment"] == str(number)
    assert "today_step" not in keys(visit)


def test_the_visit_is_synced_from_beside_the_list(app, clinic, book, open_page):
    number = book(at(10))
    visit = open_page("today", clinic["doctor"])
    assert "Not in the calendar." in words(visit)
    assert f"today_sync_{number}" in keys(visit)


@pytest.mark.parametrize(
    ("page", "who"), [("today", "reception"), ("agenda", "doctor"), ("my_appointments", "patient")]
)
def test_the_badge_says_that_syncing_is_paused(app, clinic, book, open_page, page, who):
    number = book(at(10))
    app.links.request(clinic["reception"], number)
    app.calendars.pause(clinic["manager"], "The server moves.")
    seen = words(open_page(page, clinic[who], **({} if page == "my_appointments" else {"appointment": number})))
    assert "Adding to" not in seen
    assert ("Syncing is paused: The server moves." in seen) is (who != "patient")
    assert ("The clinic has paused its calendar and adds it later." in seen) is (who == "patient")
    app.calendars.resume(clinic["manager"])
    assert "paused" not in words(open_page(page, clinic[who]))


def test_what_was_done_is_told_to_nobody_else_in_this_browser(clinic, clock, book, open_page):
    book(at(10))
    clock.now = at(10)
    visit = open_page("today", clinic["doctor"])
    press(visit, "today_step")
    visit.session_state["careslot_session_id"] = clinic["other_doctor"].session_id
    visit.run()
    assert "Patient 1" not in words(visit)


# Past visits without an outcome.


def test_visits_without_an_outcome_are_counted_and_resolved(app, clinic, clock, book, open_page):
    numbers = [book(at(10)), book(at(11)), book(at(14)), book(at(15), user=2, doctor=2)]
    clock.now = at(8, day=8)
    visit = open_page("today", clinic["doctor"])
    assert visit.button(key="today_outcomes").label == "3 visits need an outcome"
    press(visit, "today_outcomes")
    assert visit.title[0].value == "What happened?"
    assert "Monday 7 December, 10:00" in words(visit)
    assert "Patient 2" not in words(visit)
    wanted = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED)
    for number, outcome in zip(numbers, wanted, strict=False):
        press(visit, f"outcome_{number}_{outcome.value}")
    assert tuple(row_of(app, clinic, number).status for number in numbers[:3]) == wanted
    assert row_of(app, clinic, numbers[0]).checked_in_at is None
    assert "Every past visit has an outcome." in words(visit)
    press(visit, "today_said_undo")
    assert row_of(app, clinic, numbers[2]).status is Status.SCHEDULED
    press(visit, "today_close_form")
    assert visit.button(key="today_outcomes").label == "1 visit needs an outcome"


def test_of_many_visits_without_an_outcome_the_oldest_are_shown(clinic, clock, book, open_page, monkeypatch):
    monkeypatch.setattr("core.ui.today.outcomes.MOST_SHOWN", 2)
    numbers = [book(at(hour)) for hour in (10, 11, 14)]
    clock.now = at(8, day=8)
    visit = open_page("today", clinic["doctor"], form="outcomes")
    assert "3 visits need an outcome" in words(visit)
    assert "The oldest 2 are shown first." in words(visit)
    assert f"outcome_{numbers[2]}_completed" not in keys(visit)
    press(visit, f"outcome_{numbers[0]}_completed")
    assert f"outcome_{numbers[2]}_completed" in keys(visit)


def test_nothing_to_resolve_is_not_mentioned(clinic, book, open_page):
    book(at(10))
    assert "today_outcomes" not in keys(open_page("today", clinic["doctor"]))


def test_reception_resolves_for_all_doctors_and_for_the_one_in_the_filter(clinic, clock, book, open_page):
    book(at(10))
    book(at(15), user=2, doctor=2)
    clock.now = at(8, day=8)
    everyone = words(open_page("today", clinic["reception"], form="outcomes"))
    assert "Dr. Sarah Johnson" in everyone
    assert "Dr. Michael Chen" in everyone
    one = words(open_page("today", clinic["reception"], form="outcomes", doctor=2))
    assert "1 visit needs an outcome" in one
    assert "Patient 1" not in one


def test_a_visit_in_progress_was_not_cancelled(app, clinic, clock, book, open_page):
    number = book(at(10))
    clock.now = at(10)
    app.scheduler.check_in(clinic["doctor"], number)
    app.scheduler.start(clinic["doctor"], number)
    clock.now = at(8, day=8)
    found = keys(open_page("today", clinic["doctor"], form="outcomes"))
    assert {f"outcome_{number}_completed", f"outcome_{number}_no_show"} <= found
    assert f"outcome_{number}_cancelled" not in found


# Walk-ins.


def pick(visit: AppTest, number: int) -> AppTest:
    visit.text_input(key="walk_in_patient_search").input(f"Patient {number}").run()
    return press(visit, f"walk_in_patient_take_{number}")


def test_a_walk_in_is_checked_in_at_once_into_the_gap(app, clinic, clock, book, open_page):
    book(at(9))
    book(at(10, 15))
    clock.now = at(9, 40) + timedelta(seconds=20)
    visit = open_page("today", clinic["doctor"])
    press(visit, "today_walk_in")
    assert "Dr. Sarah Johnson: Free now until 10:15." in words(visit)
    assert visit.button(key="walk_in_book").disabled
    pick(visit, 1)
    visit.text_input(key="walk_in_reason").input("Sore throat").run()
    assert visit.button(key="walk_in_book").label == "Check in now, 09:40"
    press(visit, "walk_in_book")
    assert visit.title[0].value == "Monday 7 December"
    assert "Patient 1 is checked in." in words(visit)
    row = next(row for row in app.schedule.day(clinic["doctor"], 1, date(2026, 12, 7)) if row.starts_at == at(9, 40))
    assert (row.status, row.reason, row.checked_in_at) == (Status.CHECKED_IN, "Sore throat", clock.now)
    assert visit.query_params["appointment"] == str(row.appointment_id)
    press(visit, "today_walk_in")
    assert not visit.text_input(key="walk_in_reason").value
    assert "walk_in_patient_another" not in keys(visit)


def test_without_a_gap_the_next_one_is_offered(app, clinic, clock, book, open_page):
    book(at(9, 30))
    clock.now = at(9, 35)
    visit = open_page("today", clinic["doctor"], form="walk_in")
    assert "Dr. Sarah Johnson: Busy until 09:55. The visit fits at 09:55." in words(visit)
    clock.now = at(9, 20)
    visit.run()
    assert "Free until 09:30 only, too short for 20 minutes. The visit fits at 09:55." in words(visit)
    book(at(9, 30), user=2, doctor=2)
    app.patients.create(clinic["doctor"], "Third Person")
    visit.text_input(key="walk_in_patient_search").input("x").run()
    press(visit, "walk_in_patient_new")
    visit.text_input(key="walk_in_patient_name").input("New Person")
    press(visit, "walk_in_patient_add")
    assert visit.button(key="walk_in_book").label == "Book 09:55"
    press(visit, "walk_in_book")
    assert "New Person has an appointment at 09:55." in words(visit)
    row = next(row for row in app.schedule.day(clinic["doctor"], 1, date(2026, 12, 7)) if row.starts_at == at(9, 55))
    assert (row.status, row.patient_name) == (Status.SCHEDULED, "New Person")
    assert visit.button(key="today_step").label == "Check in"


def test_before_opening_nobody_is_called_busy(clinic, clock, book, open_page):
    clock.now = at(8, 40)
    visit = open_page("today", clinic["reception"], form="walk_in")
    assert visit.radio(key="walk_in_doctor").proto.captions[0] == "Opens at 09:00. The visit fits at 09:00."
    book(at(9))
    visit = open_page("today", clinic["doctor"], form="walk_in")
    assert "Dr. Sarah Johnson: Opens at 09:00, free from 09:25. The visit fits at 09:25." in words(visit)


def test_a_day_that_is_over_leads_to_booking_another(clinic, clock, open_page):
    clock.now = at(18)
    visit = open_page("today", clinic["doctor"], form="walk_in")
    assert "Dr. Sarah Johnson: No free time left today." in words(visit)
    assert "walk_in_book" not in keys(visit)


def test_reception_sees_who_could_take_the_walk_in_soonest(app, clinic, clock, book, open_page):
    book(at(9, 30))
    clock.now = at(9, 35)
    visit = open_page("today", clinic["reception"], form="walk_in")
    radio = visit.radio(key="walk_in_doctor")
    assert radio.options == ["Dr. Michael Chen", "Dr. Sarah Johnson"]
    assert list(radio.proto.captions) == ["Free now until 12:00.", "Busy until 09:55. The visit fits at 09:55."]
    pick(visit, 2)
    press(visit, "walk_in_book")
    (row,) = app.schedule.day(clinic["reception"], 2, date(2026, 12, 7))
    assert (row.status, row.patient_name) == (Status.CHECKED_IN, "Patient 2")


def test_a_gap_that_is_lost_meanwhile_keeps_what_was_typed(app, clinic, clock, book, open_page):
    clock.now = at(9, 35)
    visit = open_page("today", clinic["reception"], form="walk_in", doctor=2)
    pick(visit, 2)
    visit.text_input(key="walk_in_reason").input("Sore throat").run()
    book(at(9, 35), doctor=2)
    press(visit, "walk_in_book")
    assert "Someone just booked 09:35" in words(visit)
    assert visit.text_input(key="walk_in_reason").value == "Sore throat"
    assert "walk_in_patient_another" in keys(visit)
    assert visit.button(key="walk_in_book").label == "Book 10:00"


def test_a_patient_who_is_booked_elsewhere_is_refused_in_words(clinic, clock, book, open_page):
    book(at(9, 35), user=2)
    clock.now = at(9, 35)
    visit = open_page("today", clinic["reception"], form="walk_in", doctor=2)
    pick(visit, 2)
    press(visit, "walk_in_book")
    assert "This patient already has an appointment at that time." in words(visit)


# Refreshing itself.


def test_the_list_refreshes_itself_but_never_beside_an_open_form(clinic, book, open_page):
    book(at(10))
    assert "Refreshes by itself. Last looked at 07:00." in words(open_page("today", clinic["doctor"]))
    for form in ("walk_in", "outcomes"):
        text = words(open_page("today", clinic["doctor"], form=form))
        assert "Refreshes by itself" not in text
        assert ("nothing that you type is lost" in text) is (form == "walk_in")


# What it costs, and who is left out.


@pytest.mark.parametrize("name", ["doctor", "reception"])
def test_a_run_takes_few_queries_however_many_appointments_there_are(app, clinic, clock, book, open_page, name):
    counts = []
    for hour in (9, 10, 11):
        book(at(hour))
        visit = open_page("today", clinic[name])
        seen: list[str] = []
        listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731
        event.listen(app.store.engine, "before_cursor_execute", listener)
        visit.run()
        event.remove(app.store.engine, "before_cursor_execute", listener)
        counts.append(len([statement for statement in seen if statement.startswith("SELECT")]))
    assert len(set(counts)) == 1
    assert counts[0] <= 12


def test_an_account_without_a_doctor_is_told_what_to_do(app, clinic, open_page):
    app.store.write(lambda c: c.execute(update(tables.doctors).values(account_id=None)))
    visit = open_page("today", clinic["doctor"])
    assert "Your account is not linked to a doctor yet." in words(visit)
    assert not visit.dataframe


def test_a_holiday_for_the_whole_clinic_is_told_once(app, clinic, open_page):
    app.store.write(
        lambda c: c.execute(
            insert(tables.closures).values(doctor_id=None, starts_at=at(0), ends_at=at(0, day=9), reason="Move")
        )
    )
    assert words(open_page("today", clinic["reception"])).count("The clinic is closed all day: Move.") == 1
