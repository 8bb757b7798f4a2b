"""The panels where doctors, managers and patients make a feed, copy its address and end it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.scheduler import tables
from core.ui import application
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import ask
from tests.ui.conftest import OpenPage, words

DOCTOR, PERSON = "doctor_1", "person_1"


@pytest.fixture
def opened(open_page: OpenPage, clinic: MadeClinic):
    """A page with its panel open, as somebody."""

    def open_it(name: str, who: str, **query: object) -> AppTest:
        visit = open_page(name, clinic[who], **query)
        panel = "feed_people" if name == "my_appointments" else "feed_doctor_1"
        visit.session_state[panel] = True
        visit.run()
        assert not visit.exception
        return visit

    return open_it


def press(visit: AppTest, key: str) -> AppTest:
    visit.button(key=key).click().run()
    assert not visit.exception
    return visit


def address(visit: AppTest) -> str:
    (code,) = [block.value for block in visit.code if "/feeds/" in block.value]
    return code


def status_at(address: str) -> int:
    return ask("GET", address.removeprefix("http://localhost:8501")).status


def keys(visit: AppTest) -> set[str]:
    return {button.key for button in visit.button if button.key}


def test_a_patient_makes_an_address_copies_it_once_and_stops_it(opened) -> None:
    visit = opened("my_appointments", "patient")
    assert "Anyone who has the address can read it, without signing in." in words(visit)
    assert "Never the reason." in words(visit)
    made = address(press(visit, f"feed_make_{PERSON}"))
    assert status_at(made) == 200
    assert "Copy it now: it is not shown again." in words(visit)
    assert "only programs on this machine" in words(visit)
    press(visit, f"feed_done_{PERSON}")
    assert not visit.code
    assert "An address is in use since 7 December 2026. Last read about Mon 07:00 (Greenwich Mean Time)." in words(
        visit
    )
    press(visit, f"feed_stop_{PERSON}")
    assert "Nobody can read it at the old address any more." in words(visit)
    assert status_at(made) == 404
    assert f"feed_stop_{PERSON}" not in keys(visit)


def test_a_new_address_ends_the_old_one_after_a_question(opened) -> None:
    visit = opened("my_appointments", "patient")
    first = address(press(visit, f"feed_make_{PERSON}"))
    press(visit, f"feed_done_{PERSON}")
    assert f"feed_make_{PERSON}" not in keys(visit)
    press(visit, f"feed_new_{PERSON}")
    assert "The old one stops working at once" in words(visit)
    press(visit, f"feed_keep_{PERSON}")
    assert "The old one stops working at once" not in words(visit)
    assert status_at(first) == 200
    press(visit, f"feed_new_{PERSON}")
    second = address(press(visit, f"feed_make_{PERSON}"))
    assert first != second
    assert (status_at(first), status_at(second)) == (404, 200)


@pytest.mark.parametrize("public", ["", "https://clinic.example"])
def test_programs_on_the_web_are_offered_only_where_they_reach_the_address(
    opened, app: App, clinic: MadeClinic, public: str
) -> None:
    made = replace(app, settings=app.settings.model_copy(update={"public_url": public}))
    application.use(made)
    visit = press(opened("my_appointments", "patient"), f"feed_make_{PERSON}")
    assert ("Google Calendar: beside" in words(visit)) is bool(public)
    assert ("Subscribe from web" in words(visit)) is bool(public)
    assert [link.label for link in visit.get("link_button")] == (["Open Google Calendar"] if public else [])
    assert "Apple Calendar" in words(visit)


def test_an_account_that_acts_for_several_makes_one_for_each(opened, app: App, clinic: MadeClinic) -> None:
    child = insert(tables.account_users).values(account_id=1, user_id=clinic.other_patient, relation="child")
    app.store.write(lambda connection: connection.execute(child) and None)
    visit = opened("my_appointments", "patient")
    assert {"feed_make_person_1", "feed_make_person_2"} <= keys(visit)
    press(visit, "feed_make_person_2")
    assert status_at(address(visit)) == 200
    (feed,) = app.feeds.of_people(clinic["patient"])
    assert feed.user_id == clinic.other_patient


def test_a_doctor_has_to_say_how_much_it_tells(opened, app: App, clinic: MadeClinic) -> None:
    visit = opened("agenda", "doctor")
    press(visit, f"feed_make_{DOCTOR}")
    assert [box.value for box in visit.error] == ["Choose how much it tells."]
    assert not visit.code
    visit.radio(key="feed_detail_1").set_value("initials").run()
    press(visit, f"feed_make_{DOCTOR}")
    assert status_at(address(visit)) == 200
    (feed,) = app.feeds.of_doctor(clinic["doctor"], clinic.doctor)
    assert feed.detail == "initials"
    press(visit, f"feed_done_{DOCTOR}")
    assert "It tells: Initials." in words(visit)


def test_a_doctor_finds_the_same_panel_on_the_account_page(opened, app: App, clinic: MadeClinic) -> None:
    visit = opened("account", "doctor")
    assert "read your appointments." in words(visit)
    visit.radio(key="feed_detail_1").set_value("private").run()
    assert status_at(address(press(visit, f"feed_make_{DOCTOR}"))) == 200
    assert "It tells: Number only." in words(press(visit, f"feed_done_{DOCTOR}"))


def test_a_manager_makes_one_of_any_doctor_and_the_doctor_sees_and_stops_it(
    opened, app: App, clinic: MadeClinic
) -> None:
    visit = opened("agenda", "manager", doctor=1)
    assert "read the appointments of Dr. Sarah Johnson." in words(visit).replace("\\", "")
    visit.radio(key="feed_detail_1").set_value("full").run()
    made = address(press(visit, f"feed_make_{DOCTOR}"))
    (feed,) = app.feeds.of_doctor(clinic["doctor"], clinic.doctor)
    theirs = opened("agenda", "doctor")
    assert "manager made another address on 7 December 2026. It tells: Everything." in words(theirs)
    press(theirs, f"feed_stop_other_{feed.feed_id}")
    assert status_at(made) == 404


@pytest.mark.parametrize(("who", "query"), [("reception", {"doctor": 1}), ("manager", {})])
def test_there_is_no_panel_where_it_can_not_be_used(
    open_page: OpenPage, clinic: MadeClinic, who: str, query: dict[str, int]
) -> None:
    visit = open_page("agenda", clinic[who], **query)
    assert "Calendar feed" not in [panel.label for panel in visit.expander]


def test_a_closed_panel_asks_the_database_nothing(open_page: OpenPage, app: App, clinic: MadeClinic) -> None:
    app.feeds.make_for_person(clinic["patient"], clinic.patient)
    visit = open_page("my_appointments", clinic["patient"])
    assert "Keep your own calendar up to date" in [panel.label for panel in visit.expander]
    assert "An address is in use" not in words(visit)


def test_the_address_is_not_shown_to_whoever_signs_in_next_in_the_same_visit(
    opened, app: App, clinic: MadeClinic
) -> None:
    visit = press(opened("my_appointments", "patient"), f"feed_make_{PERSON}")
    assert visit.code
    visit.session_state["careslot_session_id"] = clinic["other_patient"].session_id
    visit.run()
    assert not visit.code


def test_who_was_signed_out_elsewhere_makes_nothing(opened, app: App, clinic: MadeClinic, clock: HandClock) -> None:
    visit = opened("my_appointments", "patient")
    app.accounts.sign_out_everywhere(clinic["patient"])
    clock.advance(seconds=timedelta(minutes=1).total_seconds())
    press(visit, f"feed_make_{PERSON}")
    assert not visit.code
    assert "You were signed out" in words(visit)
