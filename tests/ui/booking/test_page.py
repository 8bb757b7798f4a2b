import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from sqlalchemy import delete, event, func, insert, select, update
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.principal import Principal
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.ui.booking.draft import BookingDraft
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

TUESDAY = date(2026, 12, 8)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """December 2026; London is on UTC then."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def address(starts_at: datetime | None = None, doctor: int = 1, **more: object) -> dict[str, object]:
    """The address of a draft with all questions answered, for 09:15 on Tuesday unless said otherwise."""
    draft = BookingDraft(1, doctor, day=TUESDAY, starts_at=starts_at or at(8, 9, 15))
    return {**draft.address(), **more}


def tap(visit: AppTest, key: str) -> AppTest:
    return visit.button(key).click().run()


def labels(visit: AppTest, start: str) -> list[str]:
    """The labels of the buttons whose key starts so."""
    return [button.label for button in visit.button if (button.key or "").startswith(start)]


def has(visit: AppTest, key: str) -> bool:
    return any(button.key == key for button in visit.button)


def heading(visit: AppTest) -> str:
    return visit.title[0].value


def sign_in(visit: AppTest, principal: Principal) -> AppTest:
    visit.session_state["careslot_session_id"] = principal.session_id
    return visit.run()


def asked(visit: AppTest) -> dict[str, str]:
    """The address that the visit has come to."""
    found = dict(visit.query_params)
    return {name: value[0] if isinstance(value, list) else value for name, value in found.items()}


@contextmanager
def steps_of_the_address() -> Iterator[list[str]]:
    """Each change of the address, which is a step of the browser's Back."""
    steps: list[str] = []
    send = QueryParams._send_query_param_msg

    def noted(self: QueryParams) -> None:
        steps.append(urlencode(self.to_dict()))
        send(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QueryParams, "_send_query_param_msg", noted)
        yield steps


def in_same_browser(open_page: OpenPage, first: AppTest, principal: Principal | None, **query: object) -> AppTest:
    """Another tab, or the page loaded anew after a lost connection."""
    tab = open_page("book", principal)
    tab.session_state["careslot_visit"] = first.session_state["careslot_visit"]
    for name, value in query.items():
        tab.query_params[name] = str(value)
    return tab.run()


def visitor(visit: AppTest) -> Principal:
    """Whose holds the visit's are."""
    cookie = visit.session_state["careslot_visit"]
    return Principal(visitor=hashlib.sha256(cookie.encode()).hexdigest()[:32])


def booked_rows(app: App) -> list[tuple[int, datetime, str]]:
    query = select(tables.appointments.c.user_id, tables.appointments.c.starts_at, tables.appointments.c.reason)
    return [tuple(row) for row in app.store.read(lambda connection: connection.execute(query).all())]


def take(app: App, clinic: MadeClinic, starts_at: datetime, key: str = "theirs", doctor: int = 1) -> int:
    """Somebody else books."""
    booking = Booking(key, clinic.other_patient, doctor, clinic.follow_up, starts_at)
    return app.scheduler.book_appointment(clinic["other_patient"], booking).appointment_id


def change(app: App, statement: object) -> None:
    app.store.write(lambda connection: connection.execute(statement))  # type: ignore[call-overload]


def close(app: App, starts_at: datetime, ends_at: datetime) -> None:
    """The first doctor is away."""
    values = {"doctor_id": 1, "starts_at": starts_at, "ends_at": ends_at, "reason": "", "source": "manual"}
    change(app, insert(tables.closures).values(**values))


@pytest.fixture
def queries(app: App) -> Callable[[AppTest], int]:
    """How many statements a run sends to the database."""

    def count(visit: AppTest) -> int:
        sent: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            if statement != "BEGIN":
                sent.append(statement)

        event.listen(app.store.engine, "before_cursor_execute", note)
        try:
            visit.run()
        finally:
            event.remove(app.store.engine, "before_cursor_execute", note)
        return len(sent)

    return count


# The questions, in order.


def test_the_six_steps_lead_a_stranger_to_an_appointment(app, clinic, open_page):
    visit = open_page("book")
    assert heading(visit) == "What do you need?"
    assert labels(visit, "book_visit") == ["Follow-up · 20 min", "Physical check-up · 40 min"]
    tap(visit, "book_visit_1")
    assert heading(visit) == "Who would you like to see?"
    assert labels(visit, "book_doctor") == [
        "First available: Mon 09:00",
        "Dr. Sarah Johnson: Mon 09:00",
        "Dr. Michael Chen: Mon 09:00",
    ]
    tap(visit, "book_doctor_2")
    assert heading(visit) == "Choose a day"
    assert labels(visit, "book_day")[:2] == ["Monday 7 December, 26 times", "Tuesday 8 December, 26 times"]
    tap(visit, "book_day_2026-12-08")
    assert heading(visit) == "Times on Tuesday 8 December"
    assert [part.value for part in visit.header] == ["Morning", "Afternoon"]
    tap(visit, f"book_time_{int(at(8, 9, 15).timestamp())}")
    assert heading(visit) == "Sign in or create an account"
    assert "Kept for you until **07:10**." in words(visit)
    sign_in(visit, clinic["patient"])
    assert heading(visit) == "Check and book"
    assert "For **Patient 1**" in words(visit)
    visit.text_area("book_reason").input("A sore knee").run()
    assert visit.button("book_confirm").label == "Book Tuesday 8 December, 09:15"
    tap(visit, "book_confirm")
    assert heading(visit) == "You're booked"
    assert booked_rows(app) == [(clinic.patient, at(8, 9, 15), "A sore knee")]


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ({}, "What do you need?"),
        ({"visit": 1}, "Who would you like to see?"),
        ({"visit": 1, "doctor": 2}, "Choose a day"),
        ({"visit": 1, "with": "anyone"}, "Choose a day"),
        ({"visit": 1, "doctor": 2, "day": "2026-12-08"}, "Times on Tuesday 8 December"),
        (address(), "Sign in or create an account"),
    ],
)
def test_every_question_has_its_own_address(clinic, open_page, query, question):
    assert heading(open_page("book", **query)) == question


def test_earlier_answers_stand_on_top_and_can_be_changed(clinic, open_page):
    visit = open_page("book", **address())
    for answer in ("Follow-up · 20 min", "Dr. Sarah Johnson", "Tuesday 8 December", "09:15"):
        assert answer in [markdown.value for markdown in visit.markdown]
    tap(visit, "book_change_doctor")
    assert heading(visit) == "Who would you like to see?"
    assert not has(visit, "book_change_doctor")


def test_back_leads_through_the_questions_to_the_first(clinic, open_page):
    visit = open_page("book", **address())
    seen = []
    while has(visit, "book_back"):
        tap(visit, "book_back")
        seen.append(heading(visit))
    assert seen == [
        "Times on Tuesday 8 December",
        "Choose a day",
        "Who would you like to see?",
        "What do you need?",
    ]


def test_the_emergency_number_stands_on_every_question(app, clinic, open_page):
    change(app, update(tables.clinic).values(emergency="999"))
    for query in ({}, {"visit": 1}, address()):
        assert "Emergency? Call [999](tel:999). Don't book here." in words(open_page("book", **query))


def test_the_zone_is_told_as_it_is_on_the_day_that_is_shown(app, clinic, open_page):
    change(app, update(tables.clinic).values(zone="America/New_York", horizon_days=365))
    for day, name in (("2026-12-08", "Standard"), ("2027-06-08", "Daylight")):
        visit = open_page("book", visit=1, doctor=1, day=day)
        assert f"Times are in Eastern {name} Time." in words(visit)


def test_later_dates_go_on_where_the_list_ends(clinic, open_page):
    visit = open_page("book", visit=1, doctor=1)
    first = labels(visit, "book_day")
    assert len(first) == 10
    tap(visit, "book_later")
    later = labels(visit, "book_day")
    assert later[0] == "Monday 21 December, 26 times"
    tap(visit, "book_soonest")
    assert labels(visit, "book_day") == first


def test_the_first_who_is_free_is_named_by_the_chosen_time(app, clinic, open_page):
    take(app, clinic, at(8, 9, 15), doctor=1)
    visit = open_page("book", visit=1, **{"with": "anyone"}, day="2026-12-08")
    tap(visit, f"book_time_{int(at(8, 9, 15).timestamp())}")
    assert "Dr. Michael Chen" in words(visit)


def test_patients_are_offered_only_what_is_booked_online(app, clinic, open_page):
    change(app, update(tables.visit_types).where(tables.visit_types.c.visit_type_id == 2).values(online=False))
    assert labels(open_page("book"), "book_visit") == ["Follow-up · 20 min"]
    assert heading(open_page("book", visit=2, doctor=1)) == "What do you need?"
    staff = open_page("book", clinic["reception"])
    assert labels(staff, "book_visit") == ["Follow-up · 20 min", "Physical check-up · 40 min"]


@pytest.mark.parametrize("who", [None, "patient", "doctor"])
@pytest.mark.parametrize(
    "query", [{}, {"visit": 1}, {"visit": 1, "doctor": 1}, {"visit": 1, "doctor": 1, "day": "2026-12-08"}]
)
def test_a_question_costs_few_queries_however_many_doctors_there_are(app, clinic, open_page, queries, query, who):
    for number in range(3, 8):
        change(app, insert(tables.doctors).values(doctor_id=number, name=f"Dr. {number}"))
        change(app, insert(tables.doctor_visit_types).values(doctor_id=number, visit_type_id=1))
    visit = open_page("book", None if who is None else clinic[who], **query)
    frame = 0 if who is None else 3  # the session and the name beside "Sign out"
    assert queries(visit) <= 12 + frame


def test_checking_costs_few_queries_too(app, clinic, open_page, queries):
    visit = open_page("book", clinic["patient"], **address())
    assert heading(visit) == "Check and book"
    assert queries(visit) <= 12


# What can't be booked (any more).


@pytest.mark.parametrize(
    ("query", "question", "sentence"),
    [
        ({"visit": 99, "doctor": 1}, "What do you need?", "This kind of visit can't be booked here any more."),
        ({"visit": 1, "doctor": 99}, "Who would you like to see?", "This doctor can't be booked any more."),
        ({"visit": 1, "doctor": 1, "day": "2026-12-05"}, "Choose a day", "This day can't be booked."),
        ({"visit": 1, "doctor": 1, "day": "9999-12-31"}, "Choose a day", "This day can't be booked."),
        ({"visit": 1, "doctor": 1, "day": "2026-12-12"}, "Choose a day", "Saturday 12 December has no free time"),
        (address(at(7, 6)), "Times on Monday 7 December", "This time has passed."),
        (address(at(7, 8, 30)), "Times on Monday 7 December", "Online booking closes 2 hours before. Call 555-0100."),
        (address(at(8, 9, 20)), "Times on Tuesday 8 December", "Appointments start every 15 minutes"),
        (address(at(8, 12, 15)), "Times on Tuesday 8 December", "The doctor doesn't see patients at this time."),
        (address(at(12, 10)), "Choose a day", "The doctor doesn't see patients at this time."),
    ],
)
def test_an_answer_that_makes_no_sense_is_asked_again_with_a_sentence(clinic, open_page, query, question, sentence):
    visit = open_page("book", **query)
    assert heading(visit) == question
    assert sentence in words(visit)
    assert BookingDraft.read(asked(visit)).starts_at is None


def test_a_doctor_who_left_is_not_booked(app, clinic, open_page):
    change(app, update(tables.doctors).where(tables.doctors.c.doctor_id == 2).values(active=False))
    visit = open_page("book", clinic["patient"], **address(doctor=2))
    assert heading(visit) == "Who would you like to see?"
    assert "This doctor can't be booked any more. Choose again." in words(visit)


@pytest.mark.parametrize("query", [{"visit": 1}, {"visit": 1, "doctor": 1}])
def test_where_nothing_is_free_the_phone_helps(app, clinic, open_page, query):
    change(app, delete(tables.opening_hours))
    visit = open_page("book", **query)
    assert "There is no free time within the next 60 days." in words(visit)
    assert "Call 555-0100" in words(visit)


def test_where_no_visit_is_offered_the_phone_helps(app, clinic, open_page):
    change(app, update(tables.visit_types).values(active=False))
    visit = open_page("book")
    assert "Nothing can be booked here at the moment." in words(visit)
    assert "Call 555-0100" in words(visit)


# One step of the browser's Back for each answer, and for the booking.


def test_a_chosen_time_and_its_key_are_one_step_of_the_address(clinic, open_page):
    visit = open_page("book", clinic["patient"], visit=1, doctor=1, day="2026-12-08")
    with steps_of_the_address() as steps:
        tap(visit, f"book_time_{int(at(8, 9, 15).timestamp())}")
    assert steps == [urlencode(asked(visit))]
    assert asked(visit)["key"]


def test_a_booking_is_one_step_of_the_address_and_back_from_it_says_what_is_booked(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    before = asked(visit)
    with steps_of_the_address() as steps:
        tap(visit, "book_confirm")
    assert steps == [urlencode(asked(visit))]
    visit.query_params.clear()
    for name, value in before.items():
        visit.query_params[name] = value
    visit.run()
    assert heading(visit) == "You're booked"
    assert len(booked_rows(app)) == 1


# Holds.


def test_a_tap_holds_the_time_for_this_visitor_alone(app, clinic, open_page):
    visit = open_page("book", visit=1, doctor=1, day="2026-12-08")
    nine_fifteen = f"book_time_{int(at(8, 9, 15).timestamp())}"
    tap(visit, nine_fifteen)
    assert not has(open_page("book", visit=1, doctor=1, day="2026-12-08"), nine_fifteen)
    tap(visit, "book_back")
    assert has(visit, nine_fifteen)


def test_more_time_is_given_once(clinic, open_page):
    visit = open_page("book", **address())
    tap(visit, "book_more_time")
    assert "Kept for you until **07:20**." in words(visit)
    assert not has(visit, "book_more_time")


def test_a_hold_that_ran_out_is_taken_again_silently(clock, clinic, open_page):
    visit = open_page("book", **address())
    clock.advance(minutes=11)
    visit.run()
    assert "Kept for you until **07:21**." in words(visit)
    assert not visit.warning
    assert not visit.error


def test_more_time_after_the_hold_ran_out_takes_it_again(clock, clinic, open_page):
    visit = open_page("book", **address())
    clock.advance(minutes=11)
    tap(visit, "book_more_time")
    assert "Kept for you until **07:21**." in words(visit)


def test_a_time_that_was_taken_after_the_hold_ran_out_is_told_with_the_nearest(app, clock, clinic, open_page):
    visit = open_page("book", **address())
    clock.advance(minutes=11)
    take(app, clinic, at(8, 9, 15))
    visit.run()
    assert "Someone just booked 09:15. Your details are kept." in words(visit)
    assert labels(visit, "book_nearest") == ["09:45", "10:00", "10:15"]


def test_somebody_who_comes_back_without_the_address_may_go_on(clinic, open_page):
    first = open_page("book", **address())
    assert "You were booking" not in words(open_page("book"))
    again = in_same_browser(open_page, first, None)
    assert "You were booking Tuesday 8 December, 09:15." in words(again)
    tap(again, "book_go_on")
    assert heading(again) == "Sign in or create an account"


def test_somebody_who_starts_again_lets_the_time_go(clinic, open_page):
    visit = open_page("book", **address())
    visit.query_params.clear()
    visit.run()
    tap(visit, "book_start_again")
    assert "You were booking" not in words(visit)
    assert has(open_page("book", visit=1, doctor=1, day="2026-12-08"), f"book_time_{int(at(8, 9, 15).timestamp())}")


# Races and other refusals.


def test_a_race_lost_at_the_tap_offers_the_nearest_which_go_on(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], visit=1, doctor=1, day="2026-12-08")
    take(app, clinic, at(8, 9, 15))
    tap(visit, f"book_time_{int(at(8, 9, 15).timestamp())}")
    assert "Someone just booked 09:15. Your details are kept." in words(visit)
    assert not has(visit, "book_confirm")
    tap(visit, f"book_nearest_{int(at(8, 9, 45).timestamp())}")
    assert heading(visit) == "Check and book"
    assert app.scheduler.current_hold(visitor(visit)).starts_at == at(8, 9, 45)


def test_a_time_that_somebody_else_is_booking_may_come_free(app, clock, clinic, open_page):
    query = address()
    app.scheduler.hold(clinic["other_patient"], 1, clinic.follow_up, at(8, 9, 15))
    visit = open_page("book", clinic["patient"], **query)
    assert "Somebody is booking 09:15 just now. It may come free again. Your details are kept." in words(visit)
    assert labels(visit, "book_nearest") == ["09:45", "10:00", "10:15"]
    tap(visit, "book_try_again")
    assert not has(visit, "book_confirm")
    app.scheduler.release(clinic["other_patient"])
    tap(visit, "book_try_again")
    assert heading(visit) == "Check and book"
    assert not visit.warning
    tap(visit, "book_confirm")
    assert heading(visit) == "You're booked"


def test_a_race_lost_at_the_last_moment_keeps_the_typed_reason(app, clock, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    visit.text_area("book_reason").input("A sore knee").run()
    clock.advance(minutes=11)
    take(app, clinic, at(8, 9, 15))
    tap(visit, "book_confirm")
    assert "Someone just booked 09:15. Your details are kept." in words(visit)
    tap(visit, f"book_nearest_{int(at(8, 10).timestamp())}")
    assert visit.text_area("book_reason").value == "A sore knee"
    tap(visit, "book_confirm")
    assert (clinic.patient, at(8, 10), "A sore knee") in booked_rows(app)


def test_a_typed_reason_survives_a_reload_for_this_sign_in_and_this_booking_alone(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    visit.text_area("book_reason").input("A sore knee").run()
    again = asked(visit)
    reloaded = in_same_browser(open_page, visit, clinic["patient"], **again)
    assert reloaded.text_area("book_reason").value == "A sore knee"
    another = in_same_browser(open_page, visit, clinic["patient"], **{**again, "key": "the-key-of-another"})
    assert another.text_area("book_reason").value == ""
    theirs = in_same_browser(open_page, visit, clinic["other_patient"], **again)
    assert theirs.text_area("book_reason").value == ""
    assert "knee" not in str(asked(reloaded))
    reloaded.text_area("book_reason").input("").run()
    emptied = in_same_browser(open_page, visit, clinic["patient"], **again)
    assert emptied.text_area("book_reason").value == ""


def test_what_was_booked_with_a_reason_leaves_none_for_the_next(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    visit.text_area("book_reason").input("A sore knee").run()
    before = asked(visit)
    tap(visit, "book_confirm")
    app.scheduler.cancel(clinic["patient"], int(asked(visit)["booked"]))
    again = in_same_browser(open_page, visit, clinic["patient"], **before)
    assert heading(again) == "Check and book"
    assert again.text_area("book_reason").value == ""


def test_a_near_time_on_another_day_says_which_day(app, clinic, open_page):
    close(app, at(8, 9), at(8, 16, 30))
    take(app, clinic, at(8, 16, 30))
    visit = open_page("book", clinic["patient"], **address(at(8, 16, 30)))
    assert labels(visit, "book_nearest") == ["Wed 09:00", "Wed 09:15", "Wed 09:30"]


def test_a_time_that_became_free_again_can_be_tapped_again(app, clinic, open_page):
    theirs = take(app, clinic, at(8, 9, 15))
    visit = open_page("book", clinic["patient"], **address())
    tap(visit, "book_back")
    app.scheduler.cancel(clinic["other_patient"], theirs)
    visit.run()
    tap(visit, f"book_time_{int(at(8, 9, 15).timestamp())}")
    assert heading(visit) == "Check and book"


def test_after_a_lost_race_one_may_look_for_other_times(app, clinic, open_page):
    take(app, clinic, at(8, 9, 15))
    visit = open_page("book", **address())
    tap(visit, "book_other_times")
    assert heading(visit) == "Choose a day"


def test_a_patient_who_is_busy_then_is_told_what_to_do(app, clinic, open_page):
    mine = Booking("mine", clinic.patient, clinic.other_doctor, clinic.follow_up, at(8, 9, 15))
    app.scheduler.book_appointment(clinic["patient"], mine)
    visit = open_page("book", clinic["patient"], **address())
    tap(visit, "book_confirm")
    assert "This patient already has an appointment at that time. Choose another time, or" in words(visit)
    assert has(visit, "book_other_times")
    assert has(visit, "book_my_appointments")
    assert len(booked_rows(app)) == 1


def test_a_patient_with_too_many_appointments_is_told_what_to_do(app, clinic, open_page):
    change(app, update(tables.clinic).values(max_upcoming=1))
    mine = Booking("mine", clinic.patient, clinic.doctor, clinic.follow_up, at(9, 9, 15))
    app.scheduler.book_appointment(clinic["patient"], mine)
    visit = open_page("book", clinic["patient"], **address())
    tap(visit, "book_confirm")
    assert "Online, at most 1 upcoming appointments can be booked at a time." in words(visit)
    assert has(visit, "book_my_appointments")
    assert not has(visit, "book_other_times")


def test_a_booking_that_comes_too_late_names_the_phone(app, clock, clinic, open_page):
    clock.now = at(8, 7, 10)
    visit = open_page("book", clinic["patient"], **address())
    clock.advance(minutes=6)
    tap(visit, "book_confirm")
    assert "Online booking closes 2 hours before. Call 555-0100." in words(visit)
    assert booked_rows(app) == []


# Signing in and out on the way.


def test_a_session_that_ends_meanwhile_is_explained_with_the_time_kept(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    visit.text_area("book_reason").input("A sore knee").run()
    app.accounts.sign_out_everywhere(clinic["patient"])
    tap(visit, "book_confirm")
    sentence = "You were signed out to protect your details. Sign in to finish; 09:15 is kept until 07:10."
    assert heading(visit) == "Sign in or create an account"
    assert sentence in words(visit)
    visit.run()
    assert sentence in words(visit)
    assert booked_rows(app) == []


def test_a_reason_is_not_shown_to_the_next_account_at_the_same_screen(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    visit.text_area("book_reason").input("A sore knee").run()
    app.accounts.sign_out_everywhere(clinic["patient"])
    visit.run()
    sign_in(visit, clinic["other_patient"])
    assert visit.text_area("book_reason").value == ""


def test_an_account_books_for_one_of_its_people(app, clinic, open_page):
    change(app, insert(tables.account_users).values(account_id=1, user_id=2, relation="child"))
    visit = open_page("book", clinic["patient"], **address())
    assert visit.radio("book_for").options == ["Patient 1", "Patient 2"]
    visit.radio("book_for").set_value(2).run()
    tap(visit, "book_confirm")
    assert booked_rows(app) == [(2, at(8, 9, 15), "")]


def test_the_chosen_person_survives_a_lost_connection(app, clinic, open_page):
    change(app, insert(tables.account_users).values(account_id=1, user_id=2, relation="child"))
    visit = open_page("book", clinic["patient"], **address(patient=2))
    assert visit.radio("book_for").value == 2
    stranger = in_same_browser(open_page, visit, clinic["patient"], **address(patient=77))
    assert stranger.radio("book_for").value == 1


# Booked once, and what stands after it.


def test_what_is_booked_is_booked_once_however_often_the_button_is_sent(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address(key="a-key-of-this-booking"))
    twin = in_same_browser(open_page, visit, clinic["patient"], **asked(visit))
    tap(visit, "book_confirm")
    tap(twin, "book_confirm")
    assert heading(twin) == "You're booked"
    assert asked(twin) == asked(visit)
    assert len(booked_rows(app)) == 1


def test_a_lost_answer_is_found_again_by_the_key_in_the_address(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    lost = asked(visit)
    assert not visit.info
    back = in_same_browser(open_page, visit, clinic["patient"], **lost)
    assert [info.value for info in back.info] == ["Not booked yet."]
    tap(visit, "book_confirm")
    back = in_same_browser(open_page, visit, clinic["patient"], **lost)
    assert heading(back) == "You're booked"
    assert len(booked_rows(app)) == 1


def test_a_copied_address_books_for_each_account_on_its_own(app, clinic, open_page):
    copied = address(at(8, 9, 45), key="a-key-of-this-booking")
    tap(open_page("book", clinic["patient"], **copied), "book_confirm")
    visit = open_page("book", clinic["other_patient"], **copied)
    assert "Someone just booked 09:45." in words(visit)
    tap(visit, f"book_nearest_{int(at(8, 10, 15).timestamp())}")
    tap(visit, "book_confirm")
    assert (clinic.other_patient, at(8, 10, 15), "") in booked_rows(app)


def test_what_was_cancelled_can_be_booked_again_from_the_same_address(app, clinic, open_page):
    query = address(key="a-key-of-this-booking")
    visit = open_page("book", clinic["patient"], **query)
    tap(visit, "book_confirm")
    app.scheduler.cancel(clinic["patient"], int(asked(visit)["booked"]))
    again = open_page("book", clinic["patient"], **query)
    assert heading(again) == "Check and book"
    tap(again, "book_confirm")
    assert heading(again) == "You're booked"
    assert len(booked_rows(app)) == 2


def test_the_booked_screen_says_all_that_is_needed_and_survives_a_reload(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    tap(visit, "book_confirm")
    number = asked(visit)["booked"]
    for screen in (visit, open_page("book", clinic["patient"], booked=number)):
        assert heading(screen) == "You're booked"
        for said in (
            "Tuesday 8 December, 09:15",
            "Greenwich Mean Time",
            "Dr. Sarah Johnson",
            f"Reference: **{number}**",
            "Change or cancel without a late mark until Monday 7 December, 09:15.",
            "555-0100",
            "Please save this page.",
        ):
            assert said in words(screen)
        for key in ("book_sync", "book_change", "book_another"):
            assert has(screen, key)


def test_another_begins_with_the_first_question_and_a_key_of_its_own(app, clinic, open_page):
    visit = open_page("book", clinic["patient"], **address())
    tap(visit, "book_confirm")
    tap(visit, "book_another")
    assert heading(visit) == "What do you need?"
    for key in ("book_visit_1", "book_doctor_1", "book_day_2026-12-08", f"book_time_{int(at(8, 10).timestamp())}"):
        tap(visit, key)
    tap(visit, "book_confirm")
    assert heading(visit) == "You're booked"
    assert len(booked_rows(app)) == 2


@pytest.mark.parametrize("number", ["own", "9999"])
def test_the_appointment_of_somebody_else_is_not_shown(app, clinic, open_page, number):
    theirs = take(app, clinic, at(8, 9, 15))
    visit = open_page("book", clinic["patient"], booked=theirs if number == "own" else number)
    assert heading(visit) == "This appointment can't be shown"
    assert "Dr. Sarah Johnson" not in words(visit)
    assert "Tuesday" not in words(visit)


def test_a_stranger_signs_in_to_see_what_was_booked(app, clinic, open_page):
    visit = open_page("book", booked=take(app, clinic, at(8, 9, 15)))
    assert heading(visit) == "Sign in to see your appointment"
    assert "Dr. Sarah Johnson" not in words(visit)


def test_a_cancelled_appointment_is_not_called_booked(app, clinic, open_page):
    theirs = take(app, clinic, at(8, 9, 15))
    app.scheduler.cancel(clinic["other_patient"], theirs)
    visit = open_page("book", clinic["other_patient"], booked=theirs)
    assert "Cancelled" in heading(visit)
    assert not has(visit, "book_sync")


def test_staff_reading_what_they_booked_is_logged_once_a_view(app, clinic, open_page):
    visit = open_page("book", clinic["reception"], booked=take(app, clinic, at(8, 9, 15)))
    visit.run()
    query = select(func.count()).where(tables.audit_log.c.action == "read_appointment")
    assert app.store.read(lambda connection: connection.execute(query).scalar_one()) == 1


# Staff.


def test_reception_books_for_a_patient_found_on_the_way(app, clinic, open_page):
    visit = open_page("book", clinic["reception"], **address())
    assert heading(visit) == "Which patient?"
    visit.text_input("book_patient_search").input("patient 2").run()
    tap(visit, "book_patient_take_2")
    assert heading(visit) == "Check and book"
    assert "Patient 2, date of birth not known" in words(visit)
    visit.text_area("book_reason").input("By phone").run()
    tap(visit, "book_confirm")
    assert heading(visit) == "It's booked"
    assert "For **Patient 2**" in words(visit)
    assert booked_rows(app) == [(2, at(8, 9, 15), "By phone")]


def test_reception_books_for_a_patient_made_on_the_spot(app, clinic, open_page):
    visit = open_page("book", clinic["reception"], **address())
    tap(visit, "book_patient_new")
    visit.text_input("book_patient_name").input("Ann New")
    tap(visit, "book_patient_add")
    tap(visit, "book_confirm")
    assert "For **Ann New**" in words(visit)
    assert len(booked_rows(app)) == 1


def test_the_patient_staff_chose_survives_a_lost_connection_and_is_read_once(app, clinic, open_page):
    visit = open_page("book", clinic["reception"], **address(patient=2))
    assert "Patient 2, date of birth not known" in words(visit)
    visit.run()
    query = select(func.count()).where(tables.audit_log.c.action == "read_patient")
    assert app.store.read(lambda connection: connection.execute(query).scalar_one()) == 1
    unknown = in_same_browser(open_page, visit, clinic["reception"], **address(patient=77))
    assert heading(unknown) == "Which patient?"


@pytest.mark.parametrize("key", ["book_back", "book_change_patient"])
def test_staff_may_take_another_patient(clinic, open_page, key):
    visit = open_page("book", clinic["reception"], **address(patient=2))
    tap(visit, key)
    assert heading(visit) == "Which patient?"


def test_a_doctor_is_not_asked_with_whom(app, clinic, open_page):
    visit = open_page("book", clinic["doctor"])
    tap(visit, "book_visit_1")
    assert heading(visit) == "Choose a day"
    tap(visit, "book_back")
    assert heading(visit) == "What do you need?"
    foreign = open_page("book", clinic["doctor"], **address(doctor=2))
    assert app.scheduler.current_hold(visitor(foreign)).doctor_id == clinic.doctor


def test_a_doctor_without_a_schedule_is_told_so(app, clinic, open_page):
    change(app, update(tables.doctors).values(account_id=None))
    assert "not linked to a doctor yet" in words(open_page("book", clinic["doctor"]))


def test_a_manager_may_override_a_rule_once_it_refused_and_says_why(app, clinic, open_page):
    visit = open_page("book", clinic["manager"], **address(patient=2))
    assert not has(visit, "book_override")
    close(app, at(8, 9), at(8, 12))
    tap(visit, "book_confirm")
    assert "The doctor or the clinic is closed at this time." in words(visit)
    tap(visit, "book_override")
    assert booked_rows(app) == []
    visit.text_input("book_override_reason").input("Agreed by phone").run()
    tap(visit, "book_override")
    assert heading(visit) == "It's booked"
    assert len(booked_rows(app)) == 1


def test_reception_is_not_offered_to_override(app, clinic, open_page):
    visit = open_page("book", clinic["reception"], **address(patient=2))
    close(app, at(8, 9), at(8, 12))
    tap(visit, "book_confirm")
    assert "The doctor or the clinic is closed at this time." in words(visit)
    assert not has(visit, "book_override")


def test_a_manager_is_not_offered_to_override_another_appointment(app, clock, clinic, open_page):
    visit = open_page("book", clinic["manager"], **address(patient=1))
    clock.advance(minutes=11)
    take(app, clinic, at(8, 9, 15))
    tap(visit, "book_confirm")
    assert "Someone just booked 09:15." in words(visit)
    assert not has(visit, "book_override")


def test_ids_and_instants_only_stand_in_the_address(clinic, open_page):
    visit = open_page("book", clinic["reception"], **address())
    visit.text_input("book_patient_search").input("patient 2").run()
    tap(visit, "book_patient_take_2")
    visit.text_area("book_reason").input("By phone").run()
    shown = asked(visit)
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", shown.pop("key"))
    assert shown == {"visit": "1", "doctor": "1", "day": "2026-12-08", "at": "1796721300", "patient": "2"}
