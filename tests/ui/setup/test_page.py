from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.opening import OpeningHours
from core.domain.principal import Principal, Role
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.first_manager import invite
from core.scheduler.search import SlotQuery
from core.ui.setup.parts import Part
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

GOOD = "seven quiet herons wade"
TO = "\N{EN DASH}"
WORKDAY = f"09:00{TO}12:00, 13:00{TO}17:00"
MOST_QUERIES = 12


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def type_in(visit: AppTest, **texts: str) -> AppTest:
    for key, text in texts.items():
        visit.text_input(key=key).set_value(text)
    return visit


def problems(visit: AppTest) -> list[str]:
    return [error.value for error in visit.error]


def said(visit: AppTest) -> list[str]:
    return [message.value for message in visit.success]


@pytest.fixture
def book(app: App, clinic: MadeClinic) -> int:
    """An appointment of Patient 1 with Dr. Johnson on Tuesday 8 December, 10:00."""
    at = datetime(2026, 12, 8, 10, tzinfo=UTC)
    return app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, at)).appointment_id


# --- from nothing to the first slot -----------------------------------------------------------------------------------


def test_an_empty_clinic_is_opened_by_the_pages_alone(app: App, clock: HandClock, open_page: OpenPage) -> None:
    visit = type_in(
        open_page("welcome", token=invite(app.store, clock)),
        first_manager_name="Morgan Lee",
        first_manager_email="morgan@example.com",
        first_manager_password=GOOD,
    )
    assert "Open your clinic" in words(press(visit, "first_manager_submit"))
    # AppTest runs the page that it was pointed to, so the way on begins at Setup.
    manager = app.accounts.principal_of(app.accounts.sign_in("morgan@example.com", GOOD), "")
    visit = open_page("setup", manager)
    visit.selectbox(key="open_clinic_zone").select("Europe/London").run()
    type_in(visit, open_clinic_name="Harbour Clinic", open_clinic_phone="020 7946 0123")
    visit = press(visit, "open_clinic_submit")
    assert app.setup.clinic().zone == ZoneInfo("Europe/London")
    assert "1 of 6 done. Next: Enter the clinic's phone number" in words(visit)

    type_in(visit, setup_clinic_emergency="999")
    visit = press(visit, "setup_clinic_submit")
    visit = press(visit, "setup_need_visit_type")
    visit = press(visit, "types_usual")
    assert [kind.minutes for kind in app.setup.visit_types()] == [30, 20, 40, 15]
    visit = press(visit, "setup_need_doctor")
    visit = press(visit, "doctor_new")
    type_in(visit, doctor_new_name="Dr. Sarah Johnson", doctor_new_specialty="Neurology")
    visit = press(visit, "doctor_new_submit")
    assert "5 of 6 done. Next: Set the weekly hours of every doctor" in words(visit)
    visit = press(visit, "setup_need_hours")
    visit = press(visit, "hours_usual_0")
    visit = press(visit, "hours_save")
    assert not visit.exception
    assert "The clinic is ready: patients can book." in words(visit)

    slots = app.scheduler.find_slots(Principal(visitor="anyone"), SlotQuery(1, limit=2))
    assert [slot.starts_at.hour for slot in slots] == [9, 9]


def test_opening_needs_a_name_and_a_zone(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    app.store.write(lambda connection: connection.execute(tables.clinic.delete()))
    visit = type_in(open_page("setup", clinic["manager"]), open_clinic_address="1 Quay Street")
    visit = press(visit, "open_clinic_submit")
    assert sorted(problems(visit)) == ["Choose a time zone such as Europe/London.", "Enter a name."]
    assert visit.text_input(key="open_clinic_address").value == "1 Quay Street"


def test_the_browsers_zone_is_proposed(
    app: App, clinic: MadeClinic, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.store.write(lambda connection: connection.execute(tables.clinic.delete()))
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.timezone", "Asia/Kolkata")
    visit = open_page("setup", clinic["manager"])
    assert visit.selectbox(key="open_clinic_zone").value == "Asia/Kolkata"
    assert "The clocks there show 12:30." in words(visit)


def test_two_managers_who_open_the_clinic_at_once_get_a_sentence(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    app.store.write(lambda connection: connection.execute(tables.clinic.delete()))
    visit = open_page("setup", clinic["manager"])
    app.setup.create_clinic(clinic["manager"], "Harbour", "Europe/London")
    visit = visit.run()
    assert "Before patients can book" in words(visit)


# --- who may be here --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["patient", "doctor", "reception"])
def test_others_than_managers_are_sent_away(clinic: MadeClinic, open_page: OpenPage, name: str) -> None:
    visit = open_page("setup", clinic[name])
    assert "This page is not for your account" in words(visit)
    assert len(visit.tabs) == 0


def test_a_visitor_is_asked_to_sign_in(clinic: MadeClinic, open_page: OpenPage) -> None:
    assert "Sign in to go on" in words(open_page("setup"))


def test_a_manager_who_was_demoted_meanwhile_changes_nothing(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_name="Mine")
    app.store.write(
        lambda c: c.execute(update(tables.accounts).where(tables.accounts.c.account_id == 6).values(role="reception"))
    )
    visit = press(visit, "setup_clinic_submit")
    assert "This page is not for your account" in words(visit)
    assert app.setup.clinic().name == "Riverside Clinic"


# --- the page as a whole ----------------------------------------------------------------------------------------------


@contextmanager
def counting(app: App) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append(statement)

    event.listen(app.store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(app.store.engine, "before_cursor_execute", note)


PLACES = [
    *({"part": part.value} for part in Part),
    {"part": "doctors", "doctor": "1"},
    {"part": "doctors", "doctor": "new"},
    {"part": "staff", "account": "4"},
    {"part": "staff", "account": "new"},
    {"part": "visits", "type": "1"},
    {"part": "visits", "type": "new"},
    {"part": "hours", "doctor": "2"},
]


@pytest.mark.parametrize("address", PLACES, ids=lambda address: "-".join(address.values()))
def test_every_part_opens_by_its_address_with_few_queries(
    app: App, clinic: MadeClinic, open_page: OpenPage, address: dict[str, str]
) -> None:
    visit = open_page("setup", clinic["manager"], **address)
    assert not visit.exception
    assert problems(visit) == []
    with counting(app) as asked:
        visit.run()
    assert len(asked) <= MOST_QUERIES, "\n".join(asked)


@pytest.mark.parametrize("typed", ["9" * 30, "-1", "abc", "99", ""])
def test_an_address_that_names_nothing_shows_the_list(clinic: MadeClinic, open_page: OpenPage, typed: str) -> None:
    for part, name in (("doctors", "doctor"), ("staff", "account"), ("visits", "type"), ("hours", "doctor")):
        visit = open_page("setup", clinic["manager"], part=part, **{name: typed})
        assert not visit.exception
        assert problems(visit) == []
    assert open_page("setup", clinic["manager"], part="nonsense").text_input(key="setup_clinic_name").value


# --- clinic -----------------------------------------------------------------------------------------------------------


def test_details_and_rules_are_saved(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_name="Harbour", setup_clinic_emergency="999")
    assert visit.number_input(key="setup_clinic_notice_minutes").value == 2
    visit.number_input(key="setup_clinic_notice_minutes").set_value(1.5)
    visit.number_input(key="setup_clinic_cutoff_minutes").set_value(48.0)
    visit.number_input(key="setup_clinic_grid_minutes").set_value(10)
    visit = press(visit, "setup_clinic_submit")
    saved = app.setup.clinic()
    assert said(visit) == ["The clinic's details and rules were saved."]
    assert (saved.name, saved.phone, saved.emergency) == ("Harbour", "555-0100", "999")
    assert (saved.policy.notice_minutes, saved.policy.cutoff_minutes, saved.policy.grid_minutes) == (90, 2880, 10)
    assert "Europe/London" in words(visit)


def test_a_clinic_without_a_name_is_refused_under_the_field(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_name=" ", setup_clinic_address="Quay")
    visit = press(visit, "setup_clinic_submit")
    assert problems(visit) == ["Enter a name."]
    assert visit.text_input(key="setup_clinic_address").value == "Quay"
    assert app.setup.clinic().name == "Riverside Clinic"


def test_numbers_that_nobody_can_call_and_rules_out_of_bounds_are_refused_under_their_fields(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_phone="abc", setup_clinic_emergency="<b>x*y*")
    visit.number_input(key="setup_clinic_notice_minutes").set_value(5000.0)
    visit.number_input(key="setup_clinic_horizon_days").set_value(0)
    before = app.setup.clinic()
    visit = press(visit, "setup_clinic_submit")
    assert problems(visit) == [
        "Enter a phone number such as 555-0123 or +44 20 7946 0123.",
        "Enter a number to call, such as 112 or 911.",
        "Choose from 0 to 336 hours.",
        "Choose from 1 to 730 days.",
    ]
    assert visit.text_input(key="setup_clinic_phone").value == "abc"
    assert visit.text_input(key="setup_clinic_emergency").value == "<b>x*y*"
    assert visit.number_input(key="setup_clinic_notice_minutes").value == 5000
    assert app.setup.clinic() == before


def look_at(visit: AppTest, part: str) -> AppTest:
    visit.query_params["part"] = part
    return visit.run()


def test_unsaved_details_outlive_a_look_elsewhere_until_they_are_undone(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_name="Harbour")
    visit.number_input(key="setup_clinic_horizon_days").set_value(30)
    visit = look_at(visit.run(), "doctors")
    visit = look_at(visit.switch_page("pages/calendars.py").run().switch_page("pages/setup.py"), "clinic")
    assert visit.text_input(key="setup_clinic_name").value == "Harbour"
    assert visit.number_input(key="setup_clinic_horizon_days").value == 30
    assert "These details are not saved yet." in words(visit)
    assert app.setup.clinic().name == "Riverside Clinic"
    visit = press(visit, "setup_clinic_undo")
    assert visit.text_input(key="setup_clinic_1_name").value == "Riverside Clinic"
    assert visit.number_input(key="setup_clinic_1_horizon_days").value == 60
    assert "These details are not saved yet." not in words(visit)


def test_details_that_others_saved_meanwhile_are_shown_where_nothing_was_typed(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = type_in(open_page("setup", clinic["manager"]), setup_clinic_address="Quay").run()
    rename = update(tables.clinic).values(name="Harbour", address="Pier")
    app.store.write(lambda connection: connection.execute(rename))
    visit = look_at(look_at(visit, "doctors"), "clinic")
    assert visit.text_input(key="setup_clinic_name").value == "Harbour"
    assert visit.text_input(key="setup_clinic_address").value == "Quay"


def test_a_half_filled_member_of_staff_is_kept_without_the_password_and_for_nobody_else(
    clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("setup", clinic["manager"], part="staff", account="new")
    type_in(visit, staff_new_name="Sam", staff_new_email="sam@example.com", staff_new_password=GOOD)
    visit.radio(key="staff_new_role").set_value(Role.MANAGER)
    visit = look_at(look_at(visit.run(), "doctors"), "staff")
    assert [visit.text_input(key=f"staff_new_{name}").value for name in ("name", "email", "password")] == [
        "Sam",
        "sam@example.com",
        "",
    ]
    assert visit.radio(key="staff_new_role").value is Role.MANAGER
    visit = look_at(visit, "doctors")
    visit.session_state["careslot_session_id"] = clinic["reception"].session_id
    visit.run()
    visit.session_state["careslot_session_id"] = clinic["manager"].session_id
    assert look_at(visit, "staff").text_input(key="staff_new_name").value == ""


# --- doctors ----------------------------------------------------------------------------------------------------------


def test_a_new_doctor_is_proposed_the_first_colour_that_no_active_doctor_has(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    def proposed() -> str:
        visit = open_page("setup", clinic["manager"], part="doctors", doctor="new")
        return str(visit.selectbox(key="doctor_new_colour").value)

    for number, (colour, active, expected) in enumerate(
        [("10", True, "5"), ("5", True, "3"), ("3", False, "3"), ("7", True, "3"), ("3", True, "1")]
    ):
        app.setup.save_doctor(clinic["manager"], None, name=f"Dr. No. {number}", colour_id=colour, active=active)
        assert proposed() == expected


def test_a_doctor_is_added_and_changed(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = press(open_page("setup", clinic["manager"], part="doctors"), "doctor_new")
    visit = press(visit, "doctor_new_submit")
    assert problems(visit) == ["Enter a name."]
    type_in(visit, doctor_new_name="Dr. Ada *Park*", doctor_new_room="Room 3")
    visit.multiselect(key="doctor_new_visit_types").set_value([2])
    visit.selectbox(key="doctor_new_colour").select("3")
    visit = press(visit, "doctor_new_submit")
    added = app.setup.doctors()[-1]
    assert (added.name, added.room, added.colour_id, added.calendar_id) == ("Dr. Ada *Park*", "Room 3", "3", "clinic")
    assert app.setup.offers()[added.doctor_id] == [2]
    assert said(visit) == ["Dr. Ada \\*Park\\* was added. Next: the weekly hours."]
    assert visit.query_params["doctor"] == str(added.doctor_id)

    key = f"doctor_{added.doctor_id}"
    type_in(visit, **{f"{key}_specialty": "Neurology"})
    visit.selectbox(key=f"{key}_calendar").select("")
    visit = press(visit, f"{key}_submit")
    changed = app.setup.doctors()[-1]
    assert (changed.name, changed.specialty, changed.calendar_id) == ("Dr. Ada *Park*", "Neurology", None)


def test_changing_a_doctor_keeps_the_account_and_visit_types_that_are_not_active(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    app.setup.save_visit_type(clinic["manager"], 2, name="Physical check-up", minutes=40, active=False)
    visit = open_page("setup", clinic["manager"], part="doctors", doctor=1)
    visit = press(type_in(visit, doctor_1_room="Room 9"), "doctor_1_submit")
    doctor = app.setup.doctors()[0]
    assert (doctor.room, doctor.account_id) == ("Room 9", 3)
    assert app.setup.offers()[1] == [1, 2]


def test_a_doctor_who_stops_keeps_appointments_and_they_are_listed(
    app: App, clinic: MadeClinic, open_page: OpenPage, book: int
) -> None:
    visit = open_page("setup", clinic["manager"], part="doctors", doctor=1)
    visit.toggle(key="doctor_1_active").set_value(False)
    visit = press(visit, "doctor_1_submit")
    assert "1 appointment is still booked:" in words(visit)
    assert "Tuesday 8 December, 10:00 · Patient 1" in words(visit)
    assert app.schedule.details(clinic["manager"], book).status == "scheduled"
    assert "Not active" in words(press(visit, "doctors_back"))


def test_a_doctors_account_is_made_on_the_spot(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    number = app.setup.save_doctor(clinic["manager"], None, name="Dr. Ada Park")
    visit = open_page("setup", clinic["manager"], part="doctors", doctor=number)
    type_in(visit, **{f"make_{number}_email": "manager@example.com", f"make_{number}_password": GOOD})
    visit = press(visit, f"make_{number}_submit")
    assert problems(visit) == ["This address can't be used for a new account."]
    type_in(visit, **{f"make_{number}_email": "ada@example.com", f"make_{number}_password": "ada park 2026"})
    visit = press(visit, f"make_{number}_submit")
    assert len(problems(visit)) == 1
    visit = press(type_in(visit, **{f"make_{number}_password": GOOD}), f"make_{number}_submit")
    assert "signs in as ada@example.com" in words(visit).replace("\\", "")
    principal = app.accounts.principal_of(app.accounts.sign_in("ada@example.com", GOOD), "")
    assert principal is not None
    assert (principal.role, principal.doctor_id) == (Role.DOCTOR, number)


def test_an_account_is_unlinked_and_linked_again(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="doctors", doctor=1)
    visit = press(visit, "unlink_1")
    assert app.setup.doctors()[0].account_id is None
    assert visit.selectbox(key="link_1_account").options == ["doctor (doctor@example.com)"]
    visit = press(visit, "link_1_submit")
    assert app.setup.doctors()[0].account_id == 3


# --- staff ------------------------------------------------------------------------------------------------------------


def test_a_member_of_staff_is_added(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = press(open_page("setup", clinic["manager"], part="staff"), "staff_add")
    visit = press(visit, "staff_new_submit")
    assert problems(visit) == [
        "Enter a name.",
        "Enter an email address such as name\u2060@example.com.",
        "Use 12 characters or more.",
    ]
    visit.radio(key="staff_new_role").set_value(Role.MANAGER)
    type_in(visit, staff_new_name="Alex Kim", staff_new_email="alex@example.com", staff_new_password=GOOD)
    visit = press(visit, "staff_new_submit")
    assert "Alex Kim" in words(visit)
    added = next(account for account in app.accounts.staff(clinic["manager"]) if account.name == "Alex Kim")
    assert (added.role, added.active) == (Role.MANAGER, True)
    assert GOOD not in repr(visit.session_state)


def test_an_account_is_closed_and_reopened(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = press(open_page("setup", clinic["manager"], part="staff"), "staff_change_5")
    visit = press(visit, "staff_close_5")
    assert said(visit) == ["The account of reception was closed."]
    assert app.accounts.principal_of_session(5, "") is None
    visit = press(visit, "staff_reopen_5")
    assert said(visit) == ["The account of reception is open again."]


def test_the_last_manager_cannot_be_closed(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="staff", account=6)
    assert "This is your own account" in words(visit)
    visit = press(visit, "staff_close_6")
    assert problems(visit) == [
        "The clinic needs a manager: this is the last one who can sign in. Add another one first."
    ]
    assert app.accounts.principal_of_session(6, "") is not None


def test_a_new_password_is_set(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="staff", account=5)
    visit = press(type_in(visit, staff_5_password="reception 1"), "staff_5_submit")
    assert problems(visit) == ["Use 12 characters or more."]
    visit = press(type_in(visit, staff_5_password=GOOD), "staff_5_submit")
    assert said(visit) == ["reception has a new password. Hand it over in person."]
    assert app.accounts.sign_in("reception@example.com", GOOD)
    assert GOOD not in repr(visit.session_state)


# --- visit types ------------------------------------------------------------------------------------------------------


def test_a_visit_type_is_added_and_changed(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = press(open_page("setup", clinic["manager"], part="visits"), "type_new")
    visit = press(visit, "type_new_submit")
    assert problems(visit) == ["Enter a name."]
    type_in(visit, type_new_name="Video visit", type_new_place="https://video.example.com/room")
    visit.number_input(key="type_new_minutes").set_value(481)
    visit.number_input(key="type_new_buffer_minutes").set_value(-5)
    visit = press(visit, "type_new_submit")
    assert problems(visit) == ["Choose from 1 to 480 minutes.", "Choose from 0 to 120 minutes."]
    visit.number_input(key="type_new_minutes").set_value(15)
    visit.number_input(key="type_new_buffer_minutes").set_value(0)
    visit.toggle(key="type_new_remote").set_value(True)
    visit.multiselect(key="type_new_doctors").set_value([2])
    visit = press(visit, "type_new_submit")
    added = app.setup.visit_types()[-1]
    assert (added.name, added.minutes, added.buffer_minutes, added.remote, added.online) == (
        "Video visit",
        15,
        0,
        True,
        True,
    )
    assert (added.place, added.position) == ("https://video.example.com/room", 3)
    number = added.visit_type_id
    assert app.setup.offers() == {1: [1, 2], 2: [1, 2, number]}

    visit = press(visit, f"type_change_{number}")
    visit.toggle(key=f"type_{number}_online").set_value(False)
    visit.toggle(key=f"type_{number}_active").set_value(False)
    visit = press(visit, f"type_{number}_submit")
    assert "Booked by staff only" in words(visit)
    changed = app.setup.visit_types(active=False)[-1]
    assert (changed.minutes, changed.place, changed.active) == (15, "https://video.example.com/room", False)
    assert app.setup.offers() == {1: [1, 2], 2: [1, 2, number]}


def test_the_usual_four_are_offered_by_the_doctors_there_are(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    app.store.write(lambda c: (c.execute(tables.doctor_visit_types.delete()), c.execute(tables.visit_types.delete())))
    press(open_page("setup", clinic["manager"], part="visits"), "types_usual")
    assert [kind.name for kind in app.setup.visit_types(1)] == [
        "First visit",
        "Follow-up",
        "Physical check-up",
        "Video visit",
    ]


# --- weekly hours -----------------------------------------------------------------------------------------------------


def hours_page(open_page: OpenPage, clinic: MadeClinic, doctor: int = 1) -> AppTest:
    return open_page("setup", clinic["manager"], part="hours", doctor=doctor)


def set_day(visit: AppTest, weekday: int, text: str, plan: int = 0, doctor: int = 1) -> AppTest:
    return visit.text_input(key=f"hours_{doctor}_{plan}_{weekday}").set_value(text).run()


def test_the_fields_show_what_is_stored_and_save_what_is_written(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = hours_page(open_page, clinic)
    assert visit.text_input(key="hours_1_0_0").value == WORKDAY
    assert "35 hours a week" in words(visit)
    assert "Times are in United Kingdom Time." in words(visit)
    visit = set_day(visit, 5, "22-24 and 9am-noon")
    assert visit.text_input(key="hours_1_0_5").value == f"09:00{TO}12:00, 22:00{TO}24:00"
    visit = set_day(visit, 0, "")
    assert "These hours are not saved yet." in words(visit)
    visit = press(visit, "hours_save")
    assert "were saved" in said(visit)[0]
    stored = app.setup.hours(1)
    assert OpeningHours(5, time(22), time(0)) in stored
    assert 0 not in {entry.weekday for entry in stored}
    assert "not saved yet" not in words(visit)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lunch", "Write times such as 09:00-12:00, 13:00-17:00; leave it empty where the doctor doesn't work."),
        ("12-9", "Closing time must be after opening time."),
        ("9-12, 11-13", f"11:00{TO}13:00 overlaps 09:00{TO}12:00."),
    ],
)
def test_a_wrong_day_is_marked_and_nothing_is_saved(
    app: App, clinic: MadeClinic, open_page: OpenPage, text: str, says: str
) -> None:
    before = app.setup.hours(1)
    visit = set_day(hours_page(open_page, clinic), 2, text)
    assert problems(visit) == [says]
    visit = press(visit, "hours_save")
    assert problems(visit) == [says, "Nothing was saved yet: please mend what is marked above."]
    assert visit.text_input(key="hours_1_0_2").value
    assert app.setup.hours(1) == before
    visit = press(visit, "hours_undo")
    assert problems(visit) == []
    assert visit.text_input(key="hours_1_0_2").value == WORKDAY


def test_a_draft_outlives_a_look_elsewhere(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = set_day(hours_page(open_page, clinic), 5, "9-12")
    visit.selectbox(key="hours_doctor").select(2).run()
    assert visit.text_input(key="hours_2_0_5").value == ""
    visit.selectbox(key="hours_doctor").select(1).run()
    assert visit.text_input(key="hours_1_0_5").value == f"09:00{TO}12:00"


def test_what_others_stored_meanwhile_is_shown_where_nothing_was_typed(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = hours_page(open_page, clinic)
    visit.selectbox(key="hours_doctor").select(2).run()
    app.setup.set_hours(clinic["manager"], 1, [OpeningHours(0, time(8), time(10))])
    visit.selectbox(key="hours_doctor").select(1).run()
    assert visit.text_input(key="hours_1_0_0").value == f"08:00{TO}10:00"


def test_hours_are_filled_in_copied_and_stored_only_when_saved(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    app.setup.set_hours(clinic["manager"], 1, [])
    app.setup.set_hours(clinic["manager"], 2, [OpeningHours(6, time(8), time(10), date(2026, 12, 1))])
    visit = open_page("setup", clinic["manager"], part="hours")
    assert visit.selectbox(key="hours_doctor").value == 1  # the one without hours comes first
    visit = press(visit, "hours_usual_0")
    assert visit.text_input(key="hours_1_0_4").value == WORKDAY
    visit = press(set_day(visit, 0, "8-9"), "hours_like_monday_0")
    assert visit.text_input(key="hours_1_0_4").value == f"08:00{TO}09:00"
    visit = press(visit, "hours_copy")
    assert visit.text_input(key="hours_1_0_6").value == f"08:00{TO}10:00"
    assert visit.date_input(key="hours_1_0_valid_from").value == date(2026, 12, 1)
    assert app.setup.hours(1) == []
    press(visit, "hours_save")
    assert app.setup.hours(1) == app.setup.hours(2)


def test_other_hours_for_a_while(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = hours_page(open_page, clinic)
    visit.date_input(key="other_hours_first").set_value(date(2026, 12, 21))
    visit.date_input(key="other_hours_last").set_value(date(2026, 12, 18)).run()
    assert visit.button(key="other_hours_begin").disabled
    visit.date_input(key="other_hours_last").set_value(date(2026, 12, 31)).run()
    visit = press(visit, "other_hours_begin")
    for weekday in range(1, 5):
        visit = set_day(visit, weekday, "", plan=1)
    visit = set_day(visit, 0, "9-12", plan=1)
    visit = press(visit, "hours_save")
    assert problems(visit) == []
    stored = app.setup.hours(1)
    assert OpeningHours(0, time(9), time(12), date(2026, 12, 21), date(2026, 12, 31)) in stored
    assert OpeningHours(0, time(9), time(12), None, date(2026, 12, 20)) in stored
    assert OpeningHours(4, time(13), time(17), date(2027, 1, 1), None) in stored

    visit.date_input(key="hours_1_1_valid_until").set_value(date(2026, 12, 20)).run()
    assert problems(visit) == ["The last day must not be before the first."]
    visit.date_input(key="hours_1_1_valid_until").set_value(date(2027, 1, 4)).run()
    assert len(problems(visit)) == 1
    assert "of the hours “From 21 December 2026 to 4 January 2027”" in problems(visit)[0]
    visit = press(press(visit, "hours_1_remove_2"), "hours_save")
    assert {entry.valid_until for entry in app.setup.hours(1)} == {date(2026, 12, 20), date(2027, 1, 4)}


def test_a_clinic_without_doctors_is_told_where_to_add_one(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    for doctor, name in ((1, "Dr. Sarah Johnson"), (2, "Dr. Michael Chen")):
        app.setup.save_doctor(clinic["manager"], doctor, name=name, active=False)
    visit = press(open_page("setup", clinic["manager"], part="hours"), "hours_to_doctor")
    assert visit.text_input(key="doctor_new_name").value == ""


# --- closures ---------------------------------------------------------------------------------------------------------


def test_a_closure_lists_the_appointments_that_lie_in_it_and_cancels_none(
    app: App, clinic: MadeClinic, open_page: OpenPage, book: int
) -> None:
    visit = open_page("setup", clinic["manager"], part="closures")
    visit.selectbox(key="closure_who").select(1)
    visit.date_input(key="closure_first").set_value(date(2026, 12, 8))
    visit.date_input(key="closure_last").set_value(date(2026, 12, 9))
    type_in(visit, closure_reason="Course")
    visit = press(visit, "closure_add")
    assert said(visit) == ["Closed: Dr. Sarah Johnson, Tuesday 8 December 2026 to Wednesday 9 December 2026."]
    assert "Nothing was cancelled. 1 appointment lies in this time:" in words(visit)
    assert "Tuesday 8 December, 10:00 · Patient 1 · Dr. Sarah Johnson" in words(visit)
    assert app.schedule.details(clinic["manager"], book).status == "scheduled"
    (closure,) = app.setup.closures(date(2026, 12, 8), date(2026, 12, 9))
    assert (closure.starts_at, closure.ends_at) == (
        datetime(2026, 12, 8, tzinfo=UTC),
        datetime(2026, 12, 10, tzinfo=UTC),
    )
    assert (closure.doctor_id, closure.reason) == (1, "Course")
    assert visit.text_input(key="closure_1_reason").value == ""  # the form begins anew

    visit = press(visit, "closure_hide")
    assert "Nothing was cancelled" not in words(visit)
    assert "1 appointment lies" in words(press(visit, f"closure_look_{closure.closure_id}"))


def test_part_of_a_day_is_closed_for_everyone(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="closures")
    visit.toggle(key="closure_part").set_value(True).run()
    visit.time_input(key="closure_begins").set_value(time(17))
    visit.time_input(key="closure_ends").set_value(time(16))
    visit = press(visit, "closure_add")
    assert problems(visit) == ["The end must be after the start."]
    assert visit.time_input(key="closure_begins").value == time(17)
    visit.time_input(key="closure_ends").set_value(time(0))
    visit = press(visit, "closure_add")
    assert said(visit) == ["Closed: The whole clinic, Monday 7 December 2026, 17:00 to 24:00."]
    assert "No appointments lie in this time." in words(visit)
    (closure,) = app.setup.closures(date(2026, 12, 7), date(2026, 12, 7))
    assert (closure.doctor_id, closure.ends_at) == (None, datetime(2026, 12, 8, tzinfo=UTC))


def test_the_last_day_must_not_be_before_the_first(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="closures")
    visit.date_input(key="closure_first").set_value(date(2026, 12, 24))
    visit.date_input(key="closure_last").set_value(date(2026, 12, 23))
    assert problems(press(visit, "closure_add")) == ["The end must be after the start."]
    assert app.setup.closures(date(2026, 12, 1), date(2026, 12, 31)) == []


def test_a_closure_is_removed_and_put_back(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    begins, ends = datetime(2026, 12, 25, tzinfo=UTC), datetime(2026, 12, 26, tzinfo=UTC)
    app.setup.add_closure(clinic["manager"], None, begins, ends, "Christmas *Day*")
    (closure,) = app.setup.closures(date(2026, 12, 25), date(2026, 12, 25))
    visit = open_page("setup", clinic["manager"], part="closures")
    assert "The whole clinic, Friday 25 December 2026" in words(visit)
    assert "Christmas \\*Day\\*" in words(visit)
    assert visit.button(key=f"closure_remove_{closure.closure_id}").label == (
        "Remove: The whole clinic, Friday 25 December 2026"
    )
    visit = press(visit, f"closure_remove_{closure.closure_id}")
    assert app.setup.closures(date(2026, 12, 25), date(2026, 12, 25)) == []
    visit = press(visit, "closure_undo")
    (again,) = app.setup.closures(date(2026, 12, 25), date(2026, 12, 25))
    assert (again.starts_at, again.ends_at, again.reason) == (begins, ends, "Christmas *Day*")
    assert "Removed" not in words(visit)


def test_past_closures_are_shown_when_asked_for(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    begins, ends = datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC)
    app.setup.add_closure(clinic["manager"], 2, begins, ends)
    visit = open_page("setup", clinic["manager"], part="closures")
    assert "Thursday 5 November 2026" not in words(visit)
    visit.toggle(key="closures_past").set_value(True).run()
    assert "Dr. Michael Chen, Thursday 5 November 2026" in words(visit)


def test_what_managers_did_is_logged(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    press(open_page("setup", clinic["manager"]), "setup_clinic_submit")
    logged = app.store.read(lambda c: c.execute(select(tables.audit_log.c.action)).scalars().all())
    assert logged == ["change_clinic"]
