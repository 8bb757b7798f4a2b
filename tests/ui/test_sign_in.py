"""Signing in, registering and signing out, through the pages; what the browser adds is in tests/browser."""

import re
from datetime import date
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.principal import SYSTEM, Principal
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import ask
from tests.ui.conftest import OpenPage
from tests.ui.test_server import OWN_PAGE, VISIT

PASSWORD = "seven quiet herons paddle"


@pytest.fixture
def doctor_password(app: App, clinic: MadeClinic) -> None:
    app.accounts.set_password(SYSTEM, "doctor@example.com", PASSWORD)


def sign_in(visit: AppTest, email: str, password: str = PASSWORD) -> AppTest:
    visit.text_input(key="sign_in_email").set_value(email)
    visit.text_input(key="sign_in_password").set_value(password)
    return visit.button(key="FormSubmitter:sign_in-Sign in").click().run()


def scripts(visit: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in visit.get("html"))


@pytest.mark.usefixtures("doctor_password")
def test_after_the_sign_in_the_page_that_was_asked_for_opens_and_the_browser_gets_a_ticket(
    open_page: OpenPage, clock: HandClock
) -> None:
    visit = open_page("agenda")
    assert [title.value for title in visit.title] == ["Sign in to go on"]
    sign_in(visit, "Doctor@Example.com")
    assert not visit.exception
    assert "Sign in to go on" not in [title.value for title in visit.title]
    assert any("doctor" in caption.value for caption in visit.sidebar.caption)
    assert "/auth/session" in scripts(visit)
    clock.advance(seconds=26)
    visit.run()
    assert "/auth/session" not in scripts(visit)


@pytest.mark.usefixtures("doctor_password")
@pytest.mark.parametrize(("email", "password"), [("doctor@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_sign_in_gets_one_sentence_whoever_it_was_for_and_keeps_what_was_typed(
    open_page: OpenPage, email: str, password: str
) -> None:
    visit = sign_in(open_page("today"), email, password)
    assert [error.value for error in visit.error] == [
        "This address and password don't match, or there were too many tries. Please try again in a few minutes."
    ]
    assert visit.text_input(key="sign_in_email").value == email
    assert "/auth/session" not in scripts(visit)


def test_an_empty_sign_in_says_what_to_enter(clinic: MadeClinic, open_page: OpenPage) -> None:
    assert [error.value for error in sign_in(open_page("today"), " ", "").error] == [
        "Enter your email and your password."
    ]


def test_signing_out_ends_the_session_in_the_database_and_clears_the_visit(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("today", clinic["doctor"])
    visit.session_state["typed"] = "something about a patient"
    visit.button(key="sign_out").click().run()
    assert "typed" not in visit.session_state
    assert [title.value for title in visit.title] == ["Sign in to go on"]
    assert "/auth/end" in scripts(visit)
    session_id = clinic["doctor"].session_id
    assert session_id is not None
    assert app.accounts.principal_of_session(session_id, "anyone") is None


@pytest.mark.usefixtures("doctor_password")
def test_whoever_signs_in_next_in_the_same_page_gets_a_cookie_too_and_is_told_where_it_is_refused(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("today", clinic["manager"])
    visit.button(key="sign_out").click().run()
    assert "refused" not in scripts(visit)
    visit.session_state["careslot_visit"] = VISIT  # what the page was opened with
    newest = ask("POST", "/auth/end", OWN_PAGE).cookies["careslot_visit"].value
    sign_in(visit, "doctor@example.com")
    given = dict(re.findall(r'data-(\w+)="([^"]*)"', scripts(visit)))
    ticket, cookie = unescape(given["content"]).encode(), f"careslot_visit={newest}"
    assert ask("POST", given["route"], {**OWN_PAGE, "cookie": cookie}, ticket).status == 204
    assert given["refused"].startswith("Your browser did not keep your sign-in")


def test_a_session_that_ended_elsewhere_is_told_and_the_sign_in_stands_in_the_pages_place(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("today", clinic["doctor"])
    app.accounts.sign_out_everywhere(clinic["doctor"])
    visit.run()
    assert [warning.value for warning in visit.warning] == [
        "You were signed out to protect your details. Sign in to go on."
    ]
    assert visit.text_input(key="sign_in_email").value == ""


def test_a_demoted_account_loses_its_pages_with_the_next_run(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"])
    assert "This page is not for your account" not in [title.value for title in visit.title]
    app.store.write(lambda c: c.exec_driver_sql("UPDATE accounts SET role = 'reception' WHERE account_id = 6") and None)
    visit.run()
    assert [title.value for title in visit.title] == ["This page is not for your account"]


def test_a_new_patient_registers_is_signed_in_and_keeps_the_held_time(
    app: App, clinic: MadeClinic, open_page: OpenPage
) -> None:
    visit = open_page("my_appointments")
    visit.session_state["sign_in_tabs"] = "Create an account"
    visit.run()
    visitor = Principal(visitor=_visitor(visit))
    starts_at = app.clock().replace(hour=10)
    app.scheduler.hold(visitor, 1, clinic.follow_up, starts_at)
    visit.text_input(key="sign_in_name").set_value("Robin Fresh")
    visit.text_input(key="sign_in_new_email").set_value("robin@example.com")
    visit.text_input(key="sign_in_phone").set_value("555-0142")
    visit.text_input(key="sign_in_new_password").set_value("password1234")
    visit.button(key="FormSubmitter:sign_in_register-Create account").click().run()
    born, password = (error.value for error in visit.error)
    assert born == "Enter your date of birth: a day from 1900 until today."
    assert "password" in password
    assert visit.text_input(key="sign_in_name").value == "Robin Fresh"
    visit.date_input(key="sign_in_date_of_birth").set_value(date(1990, 4, 17))
    visit.text_input(key="sign_in_new_password").set_value(PASSWORD)
    visit.button(key="FormSubmitter:sign_in_register-Create account").click().run()
    assert not visit.error
    assert any("Robin Fresh" in caption.value for caption in visit.sidebar.caption)
    held = app.scheduler.current_hold(Principal(visitor=_visitor(visit)))
    assert held is not None
    assert held.starts_at == starts_at


def _visitor(visit: AppTest) -> str:
    import hashlib

    return hashlib.sha256(visit.session_state["careslot_visit"].encode()).hexdigest()[:32]
