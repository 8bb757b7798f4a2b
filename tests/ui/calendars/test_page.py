"""The page Calendars on the built-in server, for real; what Google does stands in test_page_calendars_google.py."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.restored import settle_restored
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
CARD = "calendar_clinic"


@pytest.fixture
def number(app: App, clinic: MadeClinic) -> int:
    return app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id


def opened(visit: AppTest, part: str, card: str = CARD) -> AppTest:
    """The page with a part of a card unfolded."""
    visit.session_state[f"{card}_{part}"] = True
    return visit.run()


def titles(app: App, calendar_id: str = "clinic") -> list[str]:
    """What stands in a built-in calendar, read by its own protocol."""
    calendar = app.registry.calendar("embedded", calendar_id, "")
    query = select(tables.calendar_links.c.event_id).where(tables.calendar_links.c.calendar_id == calendar_id)
    ids = app.store.read(lambda connection: connection.execute(query).scalars().all())
    found = [calendar.fetch(event_id) for event_id in ids]
    return [one.title for one in found if one is not None]


@pytest.mark.parametrize("name", ["patient", "doctor", "reception"])
def test_only_managers_see_the_page(open_page: OpenPage, clinic: MadeClinic, name: str) -> None:
    assert "This page is not for your account" in words(open_page("calendars", clinic[name]))


def test_a_card_says_where_the_calendar_is_who_uses_it_and_what_it_shows(
    open_page: OpenPage, clinic: MadeClinic
) -> None:
    shown = words(open_page("calendars", clinic["manager"]))
    for said in (
        "Built-in calendar — reachable from this machine only",
        "Dr. Sarah Johnson",
        "SJ",
        "MC",
        "Basil (dark green)",
        "“Appointment\\: John Doe with Dr. Sarah Johnson”",
        "People choose which bookings appear there",
        "Nothing was sent there yet · nothing waits",
    ):
        assert said in shown


def test_a_check_of_the_built_in_calendar_asks_it_for_real(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    app.pull.run_due()
    visit = open_page("calendars", clinic["manager"])
    assert app.pull.run_due() == 0
    visit.button(key=f"{CARD}_check").click().run()
    assert app.pull.run_due() == 1
    assert [one.value for one in visit.success] == ["Checked at 07:00: it answers and can be written."]
    visit.run()
    assert len(visit.success) == 1


def test_the_password_is_shown_on_asking_only_and_the_asking_is_noted(
    app: App, open_page: OpenPage, clinic: MadeClinic
) -> None:
    visit = opened(open_page("calendars", clinic["manager"]), "look_in")
    assert [one.value for one in visit.code] == [f"{app.registry.embedded.url}clinic/", "careslot"]
    password = app.registry.embedded.password
    assert password not in words(visit)
    visit.button(key=f"{CARD}_show").click().run()
    assert visit.code[-1].value == password
    log = tables.audit_log
    query = select(log.c.action, log.c.account_id)
    assert app.store.read(lambda connection: connection.execute(query).all()) == [
        ("see_calendar_password", clinic["manager"].account_id)
    ]
    visit.button(key=f"{CARD}_hide").click().run()
    assert password not in words(visit)


def test_less_detail_follows_into_the_events_that_stand_there(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    assert titles(app) == ["Appointment: Patient 1 with Dr. Sarah Johnson"]
    visit = opened(open_page("calendars", clinic["manager"]), "change")
    visit.radio(key=f"{CARD}_form_detail").set_value("initials")
    visit.toggle(key=f"{CARD}_form_prefix").set_value(True)
    visit.text_input(key=f"{CARD}_form_name").set_value("Ours *now*")
    next(button for button in visit.button if button.label == "Save").click().run()
    assert "Ours \\*now\\* was saved. The events that stand there follow by themselves." in words(visit)
    assert "1 change is on its way to its calendar." in words(visit)
    assert app.sync.run_due().done == 1
    assert titles(app) == ["[Dr. Johnson] Appointment: P.1. with Dr. Sarah Johnson"]
    assert "on its way" not in words(visit.run())


def test_a_missing_name_is_said_under_its_field_and_what_was_chosen_stays(
    app: App, open_page: OpenPage, clinic: MadeClinic
) -> None:
    visit = opened(open_page("calendars", clinic["manager"]), "change")
    visit.text_input(key=f"{CARD}_form_name").set_value(" ")
    visit.radio(key=f"{CARD}_form_detail").set_value("private")
    next(button for button in visit.button if button.label == "Save").click().run()
    assert "Enter a name." in words(visit)
    assert visit.radio(key=f"{CARD}_form_detail").value == "private"
    assert app.calendars.list(clinic["manager"])[0].detail == "full"


def test_a_doctors_events_move_after_it_was_said_how_many(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    own = app.calendars.save(clinic["manager"], None, name="Own", detail="private")
    visit = open_page("calendars", clinic["manager"], part="doctors")
    visit.selectbox(key="calendars_of_1").set_value(own).run()
    assert "1 upcoming event will move from Clinic to Own." in words(visit)
    assert "Events there tell: number only." in words(visit)
    assert app.links.pending() == 0
    visit.button(key="calendars_of_1_move").click().run()
    assert "Dr. Sarah Johnson uses Own now. 1 upcoming event moves there by itself." in words(visit)
    app.sync.run_due()
    assert titles(app) == []
    assert titles(app, own) == [f"Appointment #{number}"]


def test_a_choice_can_be_taken_back(app: App, open_page: OpenPage, clinic: MadeClinic, number: int) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    visit = open_page("calendars", clinic["manager"], part="doctors")
    visit.selectbox(key="calendars_of_1").set_value("").run()
    assert "1 upcoming event will be removed from Clinic" in words(visit)
    visit.button(key="calendars_of_1_keep").click().run()
    assert visit.selectbox(key="calendars_of_1").value == "clinic"
    assert "will be removed" not in words(visit)
    assert app.links.pending() == 0


def test_what_somebody_else_chose_meanwhile_is_shown(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("calendars", clinic["manager"], part="doctors")
    own = app.calendars.save(clinic["manager"], None, name="Own")
    app.calendars.assign(clinic["manager"], 1, own)
    visit.run()
    assert visit.selectbox(key="calendars_of_1").value == own


def test_each_doctor_gets_a_calendar_and_all_share_again(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    visit = open_page("calendars", clinic["manager"], part="doctors")
    visit.button(key="calendars_each").click().run()
    assert "2 built-in calendars will be made, each with its doctor's name, and 1 upcoming event moves there." in words(
        visit
    )
    visit.button(key="calendars_all_keep").click().run()
    assert len(app.calendars.list(clinic["manager"])) == 1
    visit.button(key="calendars_each").click().run()
    visit.button(key="calendars_all_do").click().run()
    assert "Each doctor has a calendar of their own now. 1 upcoming event moves there by itself." in words(visit)
    assert len(app.calendars.list(clinic["manager"])) == 3
    visit.selectbox(key="calendars_shared_field").set_value("clinic").run()
    visit.button(key="calendars_share").click().run()
    assert "2 doctors will use Clinic from now on, and 1 upcoming event moves there." in words(visit)
    visit.button(key="calendars_all_do").click().run()
    assert {doctor.calendar_id for doctor in app.setup.doctors()} == {"clinic"}


def test_a_built_in_calendar_is_added_and_checked(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("calendars", clinic["manager"], part="add")
    visit.radio(key="calendars_where").set_value("embedded").run()
    visit.text_input(key="calendars_add_embedded_name").set_value("Physio")
    next(button for button in visit.button if button.label == "Add the calendar").click().run()
    assert "Physio was added." in words(visit)
    assert "Checked at 07:00: it answers and can be written." in words(visit)
    assert [found.calendar_id for found in app.calendars.list(clinic["manager"])] == ["clinic", "physio"]


def test_a_calendar_that_nobody_uses_is_removed(app: App, open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("calendars", clinic["manager"])
    assert "first give its doctors another one" in words(opened(visit, "change"))
    app.calendars.save(clinic["manager"], None, name="Own")
    visit = opened(visit, "change", "calendar_own")
    visit.button(key="calendar_own_remove_ask").click().run()
    assert "Own was removed here." in words(visit)
    assert len(app.calendars.list(clinic["manager"])) == 1


def test_a_calendar_with_events_is_removed_only_when_told_what_stays(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    clock.advance(days=3)
    own = app.calendars.save(clinic["manager"], None, name="Own")
    app.calendars.one_for_all(clinic["manager"], own)
    visit = opened(open_page("calendars", clinic["manager"]), "change")
    visit.button(key=f"{CARD}_remove_ask").click().run()
    assert "1 event stands in this calendar" in words(visit)
    visit.button(key=f"{CARD}_remove_keep").click().run()
    assert len(app.calendars.list(clinic["manager"])) == 2
    visit.button(key=f"{CARD}_remove_ask").click().run()
    visit.button(key=f"{CARD}_remove_leave").click().run()
    assert [found.calendar_id for found in app.calendars.list(clinic["manager"])] == [own]


def test_syncing_is_paused_with_a_reason_and_goes_on(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    visit = open_page("calendars", clinic["manager"])
    visit.session_state["calendars_pause_part"] = True
    visit.run()
    visit.text_input(key="calendars_pause_reason").set_value("We move to new calendars")
    visit.button(key="calendars_pause").click().run()
    assert "Syncing is paused: We move to new calendars. Nothing is sent to any calendar" in words(visit)
    assert "All syncing is paused now. Booking goes on as always." in [told.value for told in visit.success]
    app.links.request(clinic["patient"], number)
    assert app.sync.run_due().done == 0
    visit.button(key="calendars_resume").click().run()
    assert "Syncing goes on." in words(visit)
    assert app.sync.run_due().done == 1


def test_after_a_restore_the_page_says_so_and_a_manager_lets_it_compare_and_go_on(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int, clock: HandClock
) -> None:
    app.sync.sync_appointment(clinic["patient"], number)
    settle_restored(app.store, clock.now - timedelta(days=2), clock)
    app.store.write(lambda connection: connection.execute(update(tables.sessions).values(revoked_at=None)) and None)
    visit = open_page("calendars", clinic["manager"])
    assert "restored from a backup of Saturday 5 December 2026, 07:00. What was booked" in words(visit)
    assert app.sync.run_due().done == 0
    visit.button(key="calendars_resume").click().run()
    assert "Syncing goes on." in words(visit)
    assert app.sync.run_due().done == 1
    assert "restored" not in words(visit.run())


def test_what_google_needs_stands_in_numbered_steps_with_the_settings_names(
    open_page: OpenPage, clinic: MadeClinic
) -> None:
    shown = words(open_page("calendars", clinic["manager"], part="add"))
    assert "CareSlot is not connected to Google yet." in shown
    for name in (
        "GOOGLE_SERVICE_ACCOUNT_FILE",
        "GOOGLE_CLIENT_ID",
        "GOOGLE_CLIENT_SECRET",
        "GOOGLE_REFRESH_TOKEN",
    ):
        assert f"`{name}` is not set" in shown
    for step in ("1. Create a project", "4. Put the file", "5. In Google Calendar", "6. There, under"):
        assert step in shown
    assert "https://www.googleapis.com/auth/calendar" in shown
    assert "Add a Google calendar" not in shown


def test_links_lead_to_google_in_a_new_tab(open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("calendars", clinic["manager"], part="add")
    links = {found.proto.url for found in visit.get("link_button")}
    assert {link.split("/")[2] for link in links} == {
        "console.cloud.google.com",
        "calendar.google.com",
        "developers.google.com",
    }


def test_a_calendar_server_needs_its_settings_first(open_page: OpenPage, clinic: MadeClinic) -> None:
    visit = open_page("calendars", clinic["manager"], part="add")
    shown = words(visit.radio(key="calendars_where").set_value("caldav").run())
    assert "CareSlot is not connected to a calendar server yet." in shown
    assert "`CALDAV_PASSWORD` is not set" in shown
    assert "Add a calendar of that server" not in shown


@pytest.mark.parametrize("part", ["calendars", "doctors", "add"])
def test_the_page_asks_the_database_little_however_much_is_stored(
    app: App, open_page: OpenPage, clinic: MadeClinic, part: str
) -> None:
    visit = open_page("calendars", clinic["manager"], part=part)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(app.store.engine, "before_cursor_execute", note)
    visit.run()
    few = len([one for one in statements if one.startswith("SELECT")])
    assert few <= 12
    for hour in range(3):
        booking = Booking(f"key-{hour}", 1, 1, 1, NINE + timedelta(hours=hour))
        app.links.request(clinic["patient"], app.scheduler.book_appointment(clinic["patient"], booking).appointment_id)
        app.calendars.save(clinic["manager"], None, name=f"Another {hour}")
    while app.sync.run_due().done:
        pass
    statements.clear()
    visit.run()
    assert len([one for one in statements if one.startswith("SELECT")]) == few
