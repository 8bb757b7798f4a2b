from collections.abc import Iterator
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.principal import Principal
from core.ui.shell import Page
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import words

STAND: dict[str, Page] = {}


def picking() -> None:
    import streamlit as st

    from core.ui.patient_picker import pick_patient
    from tests.ui.test_patient_picker import STAND

    person = pick_patient(STAND["page"], "who")
    st.text(f"picked {person.user_id if person else 'nobody'}")


@pytest.fixture
def staff(app: App, clinic: MadeClinic) -> Iterator[AppTest]:
    STAND["page"] = Page(app, clinic["reception"])
    yield AppTest.from_function(picking, default_timeout=60).run()
    STAND.clear()


def become(app: App, principal: Principal) -> None:
    STAND["page"] = Page(app, principal)


def search(visit: AppTest, text: str) -> AppTest:
    return visit.text_input("who_search").input(text).run()


def test_a_patient_is_found_and_taken_by_a_tap(staff):
    search(staff, "patient 2")
    staff.button("who_take_2").click().run()
    assert "picked 2" in words(staff)
    assert not staff.text_input


@pytest.mark.parametrize("text", ["P2@example", "Patient 2"])
def test_the_search_looks_into_name_and_email(staff, text):
    search(staff, text)
    assert [button.key for button in staff.button if "take" in button.key] == ["who_take_2"]


def test_people_of_one_name_are_told_apart_by_their_date_of_birth(app, clinic, staff):
    for born in (date(1980, 3, 12), date(2011, 5, 1), None):
        app.patients.create(clinic["reception"], "Jane [red]", date_of_birth=born)
    search(staff, "jane")
    labels = [button.label for button in staff.button if "take" in button.key]
    assert labels == [
        r"**Jane \[red\], date of birth not known**",
        r"**Jane \[red\], born 12 March 1980**",
        r"**Jane \[red\], born 1 May 2011**",
    ]


def test_a_search_of_one_letter_asks_for_more_instead_of_searching(staff):
    search(staff, "p")
    assert "Type at least 2 characters." in words(staff)
    assert not [button for button in staff.button if "take" in button.key]


def test_a_search_without_result_says_what_to_do(staff):
    search(staff, "nobody at all")
    assert "No patient was found. Check the spelling, or add a new patient." in words(staff)


def test_a_new_patient_is_made_on_the_spot_and_picked(app, clinic, staff):
    staff.button("who_new").click().run()
    staff.text_input("who_name").input("Ann New")
    staff.text_input("who_phone").input("555-0199")
    staff.date_input("who_born").set_value(date(1990, 2, 3))
    staff.button("who_add").click().run()
    (made,) = app.patients.find(clinic["reception"], "Ann New")
    assert (made.phone, made.date_of_birth) == ("555-0199", date(1990, 2, 3))
    assert f"picked {made.user_id}" in words(staff)


def add(visit, name, born=None):
    visit.button("who_new").click().run()
    visit.text_input("who_name").input(name)
    if born is not None:
        visit.date_input("who_born").set_value(born)
    return visit.button("who_add").click().run()


def test_whoever_is_there_already_is_asked_about_and_used(app, clinic, staff):
    born = date(1990, 2, 3)
    known = app.patients.create(clinic["reception"], "Ann New", phone="555-0199", date_of_birth=born)
    add(staff, "ann  new ", born)
    assert "A patient of this name is known already. Is it this one?" in words(staff)
    assert staff.button(f"who_use_{known.user_id}").label == "Use **Ann New, born 3 February 1990** · 555-0199"
    assert "picked nobody" in words(staff)
    staff.button(f"who_use_{known.user_id}").click().run()
    assert f"picked {known.user_id}" in words(staff)
    assert len(app.patients.find(clinic["reception"], "Ann New")) == 1


def test_another_of_the_same_name_and_birth_date_is_added_anyway(app, clinic, staff):
    born = date(1990, 2, 3)
    known = app.patients.create(clinic["reception"], "Ann New", date_of_birth=born)
    add(staff, "Ann New", born)
    staff.button("who_add_anyway").click().run()
    (other,) = (one for one in app.patients.find(clinic["reception"], "Ann New") if one != known)
    assert other.date_of_birth == born
    assert f"picked {other.user_id}" in words(staff)


def test_another_birth_date_is_another_patient(app, clinic, staff):
    app.patients.create(clinic["reception"], "Ann New", date_of_birth=date(1990, 2, 3))
    add(staff, "Ann New", date(1990, 2, 4))
    assert "picked 4" in words(staff)


def test_a_name_that_was_corrected_is_looked_for_again(app, clinic, staff):
    app.patients.create(clinic["reception"], "Ann New")
    add(staff, "Ann New")
    staff.text_input("who_name").input("Anna New")
    staff.button("who_add").click().run()
    assert "picked 4" in words(staff)


@pytest.mark.parametrize(("sought", "name"), [("Ann New", "Ann New"), ("555-0199", ""), ("ann@example.com", "")])
def test_a_name_that_was_sought_in_vain_is_not_typed_again(staff, sought, name):
    search(staff, sought)
    staff.button("who_new").click().run()
    assert staff.text_input("who_name").value == name


def test_what_is_wrong_with_a_new_patient_stands_under_its_field_and_nothing_typed_is_lost(staff):
    staff.button("who_new").click().run()
    staff.text_input("who_name").input("Ann New")
    staff.text_input("who_email").input("nonsense")
    staff.button("who_add").click().run()
    assert "Enter an email address such as name\u2060@example.com." in words(staff)
    assert staff.text_input("who_name").value == "Ann New"
    staff.text_input("who_email").input("ann@example.com")
    staff.button("who_add").click().run()
    assert "Ann New, date of birth not known" in words(staff)


def test_another_patient_can_be_taken_instead(staff):
    search(staff, "patient")
    staff.button("who_take_1").click().run()
    staff.button("who_another").click().run()
    assert staff.text_input("who_search").value == "patient"
    staff.button("who_take_2").click().run()
    assert "picked 2" in words(staff)


def test_another_account_in_the_same_visit_begins_anew(app, clinic, staff):
    search(staff, "patient 2")
    staff.button("who_take_2").click().run()
    become(app, clinic["manager"])
    staff.run()
    assert "picked nobody" in words(staff)
    assert staff.text_input("who_search").value == ""


def test_a_doctor_finds_only_patients_of_their_own(app, clinic, staff):
    become(app, clinic["doctor"])
    staff.run()
    search(staff, "patient")
    assert "No patient was found. Check the spelling, or add a new patient." in words(staff)
