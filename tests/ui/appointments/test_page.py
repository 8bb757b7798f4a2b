from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.appointment import Status
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.ui.status import status_label
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

Book = Callable[..., int]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """December 2026; London is on UTC then. The 7th is a Monday, and the clock stands at 07:00 that day."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def book(app: App, clinic: MadeClinic) -> Book:
    """Book for somebody by name, the patient if not said; the appointment's number."""

    def book_it(starts_at: datetime, who: str = "patient", **more) -> int:
        user_id = clinic.patient if who == "patient" else clinic.other_patient
        values = {"user_id": user_id, "doctor_id": clinic.doctor, "visit_type_id": clinic.follow_up, **more}
        booking = Booking(key=f"{who} {starts_at}", starts_at=starts_at, **values)
        return app.scheduler.book_appointment(clinic[who], booking).appointment_id

    return book_it


def row_of(app: App, clinic: MadeClinic, number: int):
    return app.schedule.details(clinic["manager"], number)


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def labels(visit: AppTest) -> list[str]:
    return [button.label for button in visit.button]


# What stands there.


def test_without_appointments_the_page_leads_to_booking(clinic: MadeClinic, open_page: OpenPage):
    visit = open_page("my_appointments", clinic["patient"])
    assert "You have no upcoming appointments." in words(visit)
    assert "Nothing yet." in words(visit)
    press(visit, "book_another")
    assert not visit.exception
    assert "My appointments" not in [title.value for title in visit.title]


def test_a_card_says_when_with_whom_where_and_until_when_it_may_change(
    clinic: MadeClinic, book: Book, open_page: OpenPage
):
    book(at(9, 9, 15))
    text = words(open_page("my_appointments", clinic["patient"]))
    for expected in (
        "Wednesday 9 December, 09:15",
        "**Dr. Sarah Johnson**",
        "Follow-up, 20 minutes",
        "Riverside Clinic",
        "Scheduled",
        "Change or cancel without a late mark until Tuesday 8 December, 09:15.",
        "Not in the clinic's calendar yet.",
        "Times are in Greenwich Mean Time.",
    ):
        assert expected in text, expected
    assert "For Patient 1" not in text


def test_upcoming_ones_come_soonest_first_and_only_ones_own(clinic: MadeClinic, book: Book, open_page: OpenPage):
    later, sooner = book(at(10, 9)), book(at(9, 9))
    theirs = book(at(9, 10), "other_patient")
    visit = open_page("my_appointments", clinic["patient"])
    moves = [button.key for button in visit.button if button.key.startswith("move_")]
    assert moves == [f"move_{sooner}", f"move_{later}"]
    assert f"cancel_{theirs}" not in {button.key for button in visit.button}


def test_an_account_for_several_people_sees_for_whom_each_is(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    child = insert(tables.account_users).values(account_id=1, user_id=clinic.other_patient, relation="child")
    app.store.write(lambda connection: connection.execute(child))
    book(at(9, 9))
    book(at(9, 10), "other_patient")
    text = words(open_page("my_appointments", clinic["patient"]))
    assert "For Patient 1" in text
    assert "For Patient 2" in text


@pytest.mark.parametrize(("place", "is_link"), [("https://meet.example.com/r", True), ("javascript:alert(1)", False)])
def test_only_an_address_of_the_web_becomes_a_link(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage, place: str, is_link: bool
):
    change = update(tables.visit_types).values(remote=True, place=place)
    app.store.write(lambda connection: connection.execute(change))
    book(at(9, 9))
    visit = open_page("my_appointments", clinic["patient"])
    assert (place in [link.url for link in visit.get("link_button")]) == is_link


def test_ones_own_calendar_gets_a_link_and_a_file(clinic: MadeClinic, book: Book, open_page: OpenPage):
    book(at(9, 9))
    visit = open_page("my_appointments", clinic["patient"])
    (google,) = (link for link in visit.get("link_button") if "Google" in link.label)
    assert "dates=20261209T090000Z" in google.url
    assert [button.label for button in visit.get("download_button")] == ["Add to my own calendar (.ics)"]


def test_a_name_with_formatting_is_shown_as_it_was_typed(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    change = update(tables.doctors).values(name="Dr. [Click](https://evil.example)")
    app.store.write(lambda connection: connection.execute(change))
    book(at(9, 9))
    assert "](https://evil" not in words(open_page("my_appointments", clinic["patient"]))


def test_who_is_checked_in_is_not_offered_to_move_or_cancel(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    number = book(at(7, 9, 15))
    clock.now = at(7, 9)
    app.scheduler.check_in(clinic["reception"], number)
    visit = open_page("my_appointments", clinic["patient"])
    assert "Checked in" in words(visit)
    assert "To change this visit now, call 555-0100." in words(visit)
    assert f"move_{number}" not in {button.key for button in visit.button}


def test_a_phone_with_formatting_is_shown_as_it_was_typed(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    app.store.write(lambda connection: connection.execute(update(tables.clinic).values(phone="555*01*00")))
    book(at(7, 9, 15))
    clock.now = at(7, 9, 20)
    assert r"To change this visit now, call 555\*01\*00." in words(open_page("my_appointments", clinic["patient"]))


def test_staff_do_not_have_this_page(clinic: MadeClinic, open_page: OpenPage):
    visit = open_page("my_appointments", clinic["manager"])
    assert [title.value for title in visit.title] == ["This page is not for your account"]


def test_the_page_asks_the_database_little_whatever_is_stored(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    def queries() -> int:
        asked: list[str] = []

        def note(conn, cursor, statement, *rest) -> None:
            if statement.lstrip().upper().startswith("SELECT"):
                asked.append(statement)

        event.listen(app.store.engine, "before_cursor_execute", note)
        open_page("my_appointments", clinic["patient"])
        event.remove(app.store.engine, "before_cursor_execute", note)
        return len(asked)

    book(at(9, 9))
    with_one = queries()
    for day in (10, 11, 14):
        book(at(day, 9))
    assert with_one <= 12
    assert queries() == with_one


# Cancelling.


def test_cancelling_names_it_tells_what_it_means_and_says_that_it_is_done(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    assert "Cancel Wednesday 9 December, 09:15 with Dr. Sarah Johnson?" in words(visit)
    assert "No late mark." in words(visit)
    assert row_of(app, clinic, number).status is Status.SCHEDULED
    visit.text_area(key=f"cancel_why_{number}").set_value("I am well again")
    press(visit, f"cancel_now_{number}")
    assert [box.value for box in visit.success] == [
        "Cancelled: Wednesday 9 December, 09:15 with Dr. Sarah Johnson. No late mark."
    ]
    assert "Book an appointment" in labels(visit)
    assert row_of(app, clinic, number).status is Status.CANCELLED
    assert app.schedule.history(clinic["manager"], number)[-1].why == "I am well again"
    assert visit.run().success, "the message stays"


def test_a_late_cancellation_is_said_before_and_after(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(7, 14))
    visit = open_page("my_appointments", clinic["patient"])
    assert "A change now counts as late." in words(visit)
    press(visit, f"cancel_{number}")
    assert "This is less than 24 hours before, so it counts as a late cancellation." in words(visit)
    press(visit, f"cancel_now_{number}")
    assert "It counts as a late cancellation." in visit.success[0].value
    assert "Cancelled late" in words(visit)
    assert row_of(app, clinic, number).cancelled_late


def test_a_cut_off_that_is_no_whole_hour_is_told_in_minutes(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    app.store.write(lambda connection: connection.execute(update(tables.clinic).values(cutoff_minutes=90)))
    number = book(at(7, 14))
    clock.now = at(7, 13)
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    assert "This is less than 90 minutes before, so it counts as a late cancellation." in words(visit)


def test_keeping_it_cancels_nothing(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    press(visit, f"cancel_keep_{number}")
    assert "Cancel Wednesday" not in words(visit)
    assert row_of(app, clinic, number).status is Status.SCHEDULED


def test_what_was_moved_meanwhile_is_not_cancelled_under_its_old_time(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    app.scheduler.reschedule(clinic["reception"], number, at(10, 11))
    press(visit, f"cancel_now_{number}")
    assert "Someone changed this appointment meanwhile." in visit.error[0].value
    assert "Cancel Thursday 10 December, 11:00" in words(visit)
    assert row_of(app, clinic, number).status is Status.SCHEDULED
    press(visit, f"cancel_now_{number}")
    assert row_of(app, clinic, number).status is Status.CANCELLED


def test_an_appointment_that_has_begun_is_cancelled_by_phone(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    number = book(at(7, 14))
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    clock.now = at(7, 14, 5)
    press(visit, f"cancel_now_{number}")
    assert not visit.exception
    assert row_of(app, clinic, number).status is Status.SCHEDULED
    assert "call 555-0100" in words(visit)


# Moving.


def move(visit: AppTest, number: int, day: str, starts_at: datetime) -> AppTest:
    """As far as the question whether to move there."""
    press(visit, f"move_{number}")
    press(visit, f"reschedule_day_{day}")
    return press(visit, f"reschedule_time_{int(starts_at.timestamp())}")


def test_moving_asks_for_day_time_and_confirmation(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"move_{number}")
    assert "You are moving **Wednesday 9 December, 09:15** with Dr. Sarah Johnson" in words(visit)
    assert "Tuesday 8 December, 26 times" in labels(visit)
    press(visit, "reschedule_day_2026-12-09")
    assert "Times on Wednesday 9 December" in words(visit)
    assert "09:15" not in labels(visit), "where it is already"
    assert "09:30" in labels(visit), "its own time does not stand in its way"
    press(visit, f"reschedule_time_{int(at(9, 9, 30).timestamp())}")
    assert "Move to Wednesday 9 December, 09:30?" in words(visit)
    assert row_of(app, clinic, number).starts_at == at(9, 9, 15)
    press(visit, "reschedule_confirm")
    assert [box.value for box in visit.success] == [
        "Moved. Your appointment with Dr. Sarah Johnson is now Wednesday 9 December, 09:30."
    ]
    assert row_of(app, clinic, number).starts_at == at(9, 9, 30)


def test_back_after_a_move_leads_to_what_was_moved(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    question = dict(visit.query_params)
    press(visit, "reschedule_confirm")
    visit.query_params.clear()
    for name, value in question.items():
        visit.query_params[name] = value
    visit.run()
    assert [heading.value for heading in visit.title] == ["My appointments"]
    assert visit.success[0].value.startswith("Moved. Your appointment")
    assert "move" not in visit.query_params
    assert row_of(app, clinic, number).revision == 2


def test_an_earlier_step_after_a_move_moves_what_stands_above_it(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    app.scheduler.reschedule(clinic["patient"], number, at(10, 11))
    visit = open_page("my_appointments", clinic["patient"], move=number, rev=1, day="2026-12-10")
    assert "You are moving **Thursday 10 December, 11:00**" in words(visit)
    press(visit, f"reschedule_time_{int(at(10, 15).timestamp())}")
    press(visit, "reschedule_confirm")
    assert not visit.error
    assert row_of(app, clinic, number).starts_at == at(10, 15)


def test_each_step_leads_back_and_nothing_is_moved(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    for title in ("Times on Thursday 10 December", "Choose a day", "My appointments"):
        press(visit, "reschedule_back")
        assert [heading.value for heading in visit.title] == [title]
    move(visit, number, "2026-12-10", at(10, 11))
    press(visit, "reschedule_keep")
    assert "Upcoming" in words(visit)
    assert row_of(app, clinic, number).starts_at == at(9, 9, 15)


def test_later_dates_follow_and_lead_back_to_the_soonest(clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"move_{number}")
    assert "Friday 18 December, 26 times" in labels(visit)
    press(visit, "reschedule_later")
    assert "Monday 21 December, 26 times" in labels(visit)
    press(visit, "reschedule_soonest")
    assert "Tuesday 8 December, 26 times" in labels(visit)


def test_a_late_move_is_said_before_it_is_confirmed(clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(7, 14))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    assert visit.warning[0].value == "This is less than 24 hours before, so moving it counts as late."


def test_who_loses_the_race_keeps_the_old_time_and_gets_the_nearest(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    book(at(10, 11), "other_patient")
    press(visit, "reschedule_confirm")
    assert visit.warning[0].value == ("Someone just booked 11:00. Wednesday 9 December, 09:15 is still yours. Nearest:")
    assert row_of(app, clinic, number).starts_at == at(9, 9, 15)
    assert {"10:30", "11:30"} <= set(labels(visit))
    press(visit, f"reschedule_time_{int(at(10, 11, 30).timestamp())}")
    press(visit, "reschedule_confirm")
    assert row_of(app, clinic, number).starts_at == at(10, 11, 30)


def test_a_time_that_somebody_is_booking_is_not_called_booked(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    app.scheduler.hold(clinic["other_patient"], clinic.doctor, clinic.follow_up, at(10, 11))
    press(visit, "reschedule_confirm")
    assert visit.warning[0].value.startswith("Somebody is booking 11:00 just now. It may come free again. Wednesday")


def test_a_move_is_not_made_over_a_change_that_was_not_seen(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = move(open_page("my_appointments", clinic["patient"]), number, "2026-12-10", at(10, 11))
    app.scheduler.reschedule(clinic["reception"], number, at(11, 15))
    press(visit, "reschedule_confirm")
    assert "Someone changed this appointment meanwhile." in visit.error[0].value
    assert "You are moving **Friday 11 December, 15:00**" in words(visit)
    assert row_of(app, clinic, number).starts_at == at(11, 15)
    press(visit, "reschedule_confirm")
    assert row_of(app, clinic, number).starts_at == at(10, 11)


def test_what_is_arranged_by_phone_says_so(app: App, clinic: MadeClinic, book: Book, open_page: OpenPage):
    number = book(at(9, 9, 15))
    app.store.write(lambda connection: connection.execute(update(tables.visit_types).values(online=False)))
    visit = press(open_page("my_appointments", clinic["patient"]), f"move_{number}")
    assert visit.error[0].value == "This kind of visit is arranged by phone. Call 555-0100."


def test_times_of_another_season_carry_the_zone_they_are_in(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    clock.now = datetime(2027, 2, 22, 9, tzinfo=UTC)
    still = update(tables.sessions).values(created_at=clock.now, expires_at=clock.now + timedelta(days=1))
    app.store.write(lambda connection: connection.execute(still))
    number = book(datetime(2027, 3, 30, 9, tzinfo=UTC))
    visit = open_page("my_appointments", clinic["patient"])
    assert "Times are in British Summer Time." in words(visit)
    assert "Tuesday 30 March, 10:00" in words(visit)
    book(datetime(2027, 2, 24, 9, tzinfo=UTC))
    visit.run()
    assert "Times are in United Kingdom Time." in words(visit)
    assert "British Summer Time  \n" in words(visit)
    assert "Greenwich Mean Time  \n" in words(visit)
    move(visit, number, "2027-02-23", datetime(2027, 2, 23, 9, tzinfo=UTC))
    assert "Times are in Greenwich Mean Time." in words(visit)


# Addresses that somebody typed.


def test_somebody_elses_appointment_is_not_reached_by_its_number(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    theirs = book(at(9, 10), "other_patient")
    typed = {"move": theirs, "rev": 1, "day": "2026-12-10", "at": int(at(10, 11).timestamp())}
    for query in (typed, {"cancel": theirs}, {"cancelled": theirs}, {"moved": theirs}):
        visit = open_page("my_appointments", clinic["patient"], **query)
        text = words(visit)
        assert not visit.exception
        assert "You have no upcoming appointments." in text
        assert "9 December" not in text
        assert not {"reschedule_confirm", f"cancel_now_{theirs}"} & {button.key for button in visit.button}


@pytest.mark.parametrize(
    "query",
    [
        {"move": "x"},
        {"move": "99999999999999999999"},
        {"move": 1, "day": "9999-12-31", "at": "9999999999"},
        {"move": 1, "day": "2026-12-10", "at": "9999999999"},
        {"move": 1, "after": "9999-12-31"},
        {"move": 1, "day": "yesterday"},
        {"cancel": "1;drop"},
        {"cancelled": 1},
        {"moved": "-1"},
    ],
)
def test_an_address_that_makes_no_sense_breaks_nothing(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage, query: dict[str, str]
):
    number = book(at(9, 9, 15))
    assert number == 1
    visit = open_page("my_appointments", clinic["patient"], **query)
    assert not visit.exception
    assert not visit.error
    assert not visit.success or "moved" in query
    if any(button.key == "reschedule_confirm" for button in visit.button):
        press(visit, "reschedule_confirm")
        assert not visit.exception
    assert row_of(app, clinic, number).starts_at == at(9, 9, 15)


# Signed out elsewhere.


def test_who_was_signed_out_elsewhere_gets_the_sentence_and_changes_nothing(
    app: App, clinic: MadeClinic, book: Book, open_page: OpenPage
):
    number = book(at(9, 9, 15))
    visit = press(open_page("my_appointments", clinic["patient"]), f"cancel_{number}")
    app.accounts.sign_out_everywhere(clinic["patient"])
    press(visit, f"cancel_now_{number}")
    assert "You were signed out to protect your details. Sign in to go on." in words(visit)
    assert "9 December" not in words(visit)
    assert row_of(app, clinic, number).status is Status.SCHEDULED


def test_who_was_signed_out_elsewhere_reads_no_notes(app: App, clinic: MadeClinic, past: int, open_page: OpenPage):
    app.notes.add(clinic["doctor"], past, "Rest for a week.", released=True)
    visit = open_page("my_appointments", clinic["patient"])
    app.accounts.sign_out_everywhere(clinic["patient"])
    press(visit, f"notes_{past}")
    assert "You were signed out to protect your details. Sign in to go on." in words(visit)
    assert not visit.text


# What is past.


@pytest.fixture
def past(app: App, clinic: MadeClinic, book: Book, clock: HandClock) -> int:
    """A completed visit of the patient, a day ago."""
    number = book(at(7, 9, 15))
    clock.now = at(7, 9, 15)
    for step in (app.scheduler.check_in, app.scheduler.start, app.scheduler.complete):
        step(clinic["doctor"], number)
    clock.now = at(8, 9, 15)
    return number


def test_past_visits_say_what_became_of_them(
    app: App, clinic: MadeClinic, past: int, book: Book, clock: HandClock, open_page: OpenPage
):
    missed, forgotten = book(at(8, 13)), book(at(8, 14))
    clock.now = at(9, 9)
    app.scheduler.mark_no_show(clinic["doctor"], missed)
    text = words(open_page("my_appointments", clinic["patient"]))
    assert (
        f"**Monday 7 December 2026, 09:15**  \nDr. Sarah Johnson · Follow-up · {status_label(Status.COMPLETED)}" in text
    )
    assert "Did not come" in text
    assert "Not recorded yet" in text
    assert text.index("14:00") < text.index("13:00") < text.index("09:15"), "latest first"
    assert forgotten


def test_released_notes_are_read_on_demand_and_others_stay_hidden(
    app: App, clinic: MadeClinic, past: int, open_page: OpenPage
):
    app.notes.add(clinic["doctor"], past, "Draft: perhaps nothing")
    app.notes.add(clinic["doctor"], past, "Rest for a week.\nDrink a lot.", released=True)
    visit = open_page("my_appointments", clinic["patient"])
    assert "Rest for a week." not in words(visit)
    press(visit, f"notes_{past}")
    assert [text.value for text in visit.text] == ["Rest for a week.\nDrink a lot."]
    assert "Draft" not in words(visit)
    press(visit, f"notes_{past}")
    assert not visit.text


def test_notes_that_were_not_released_stay_hidden(app: App, clinic: MadeClinic, past: int, open_page: OpenPage):
    app.notes.add(clinic["doctor"], past, "For colleagues only")
    visit = press(open_page("my_appointments", clinic["patient"]), f"notes_{past}")
    assert "Your doctor has not released notes of this visit." in words(visit)
    assert "colleagues" not in words(visit)


def test_a_long_past_is_shown_a_few_at_a_time(
    app: App, clinic: MadeClinic, book: Book, clock: HandClock, open_page: OpenPage
):
    for step in range(13):
        app.scheduler.cancel(clinic["patient"], book(at(9, 9) + timedelta(minutes=15 * (step % 8), days=step // 8)))
    visit = open_page("my_appointments", clinic["patient"])
    assert words(visit).count(status_label(Status.CANCELLED)) == 10
    assert "3 earlier appointments" in labels(visit)
    press(visit, "past_more")
    assert words(visit).count(status_label(Status.CANCELLED)) == 13
