"""The part of the page Calendars that tells how in step they are, on the built-in server, for real."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.scheduler import tables
from core.scheduler.booking import Booking
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
STEP = {"part": "step"}


@pytest.fixture
def number(app: App, clinic: MadeClinic, clock: HandClock) -> int:
    """An appointment that stands in the calendar."""
    made = app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, NINE)).appointment_id
    app.sync.sync_appointment(clinic["patient"], made)
    app.pull.run_due()
    clock.advance(minutes=1)
    return made


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def said(visit: AppTest) -> str:
    return words(visit).replace("\\", "")


def delete_there(app: App) -> None:
    query = select(tables.calendar_links.c.event_id)
    event_id = app.store.read(lambda connection: connection.execute(query).scalar_one())
    app.registry.calendar("embedded", "clinic", "Clinic").delete(event_id)


def test_sides_that_agree_are_said_to_be_in_step(open_page: OpenPage, clinic: MadeClinic, number: int) -> None:
    visit = open_page("calendars", clinic["manager"], **STEP)
    (state,) = visit.dataframe[0].value.to_dict("records")
    assert state == {
        "Calendar": "Clinic",
        "Last read": "07:00",
        "Last push": "07:00",
        "Waiting": "nothing",
        "Trouble": "none",
        "Sign-in": "valid",
        "Compared": "never",
    }
    press(visit, "step_check")
    assert [one.value for one in visit.success] == ["Clinic: in step (1 event compared)."]
    assert visit.dataframe[0].value.to_dict("records")[0]["Compared"] == "07:01: in step"
    assert "Nothing had to be mended so far." in said(visit)


def test_what_differs_is_listed_and_mended_on_a_click(
    app: App, open_page: OpenPage, clinic: MadeClinic, clock: HandClock, number: int
) -> None:
    app.store.write(lambda c: c.execute(update(tables.users).values(name="Behind The Back")))
    visit = press(open_page("calendars", clinic["manager"], **STEP), "step_check")
    assert "Clinic: 1 differs (1 event compared)." in said(visit)
    listed = "Tuesday 8 December, 09:00 · Dr. Sarah Johnson · appointment 1 · different in the calendar: title, descr"
    assert listed in said(visit)
    press(visit, "step_mend_clinic")
    assert "1 event follows by itself." in said(visit)
    assert app.sync.run_due().done == 1
    clock.advance(minutes=1)
    press(visit, "step_check")
    assert [one.value for one in visit.success] == ["Clinic: in step (1 event compared)."]
    history = visit.dataframe[1].value.to_dict("records")
    assert [(row["Appointment"], row["What"], row["Why"], row["By"]) for row in history] == [
        ("#1", "Put back", "both sides were compared", "manager")
    ]


def test_what_somebody_just_deleted_is_read_first_and_waits_for_a_decision(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    delete_there(app)
    visit = press(open_page("calendars", clinic["manager"], **STEP), "step_check")
    assert "Clinic: in step (0 events compared, 1 needs a decision)." in said(visit)


def test_a_conflict_shows_both_versions_side_by_side(
    app: App, open_page: OpenPage, clinic: MadeClinic, number: int
) -> None:
    evening = NINE + timedelta(hours=10)
    app.store.write(
        lambda c: c.execute(
            insert(tables.calendar_conflicts).values(
                link_id=1,
                kind="closed",
                their_starts_at=evening,
                their_ends_at=evening + timedelta(minutes=20),
                our_starts_at=NINE,
                our_ends_at=NINE + timedelta(minutes=20),
                opened_at=NINE,
            )
        )
    )
    visit = open_page("calendars", clinic["manager"], **STEP)
    for told in ("In the calendar", "Tue 19:00–19:20", "In CareSlot", "Tue 09:00–09:20", "outside of the open time"):
        assert told in said(visit)
    press(visit, "step_conflict_1_keep")
    assert "Kept: Patient 1 stays at Tuesday 8 December, 09:00." in said(visit)
    assert "In CareSlot" not in said(visit)


def test_the_history_is_turned_page_by_page(app: App, open_page: OpenPage, clinic: MadeClinic, number: int) -> None:
    entry = {"calendar_id": "clinic", "appointment_id": number, "what": "put_back", "why": "text_edited"}
    rows = [{**entry, "at": NINE + timedelta(minutes=minute)} for minute in range(25)]
    app.store.write(lambda c: c.execute(insert(tables.calendar_mends), rows))
    visit = open_page("calendars", clinic["manager"], **STEP)
    shown = visit.dataframe[1].value.to_dict("records")
    assert (len(shown), shown[0]["When"]) == (20, "Tuesday 8 December, 09:24")
    press(visit, "step_older")
    assert len(visit.dataframe[1].value) == 5
    press(visit, "step_latest")
    assert len(visit.dataframe[1].value) == 20


def test_lag_trouble_and_a_lost_sign_in_are_told(
    app: App, open_page: OpenPage, clinic: MadeClinic, clock: HandClock, number: int
) -> None:
    lost = {"last_error": "The calendar needs a new sign-in.", "last_error_kind": "reconnect"}
    app.store.write(
        lambda c: (
            c.execute(update(tables.calendars).values(**lost)),
            c.execute(update(tables.calendar_links).values(wanted_revision=9, due_at=clock(), error_kind="reconnect")),
        )
    )
    clock.advance(minutes=7)
    visit = open_page("calendars", clinic["manager"], **STEP)
    (state,) = visit.dataframe[0].value.to_dict("records")
    assert state["Waiting"] == "1 event, 1 failed, for 7 min"
    assert state["Sign-in"] == "needs a new one"
    assert state["Trouble"].startswith("The calendar needs a new sign-in.")
