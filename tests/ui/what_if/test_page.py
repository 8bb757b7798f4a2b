"""What if, as a tab of the Clinic page: for managers, with its sentences, and with what is wrong beside the field."""

from dataclasses import replace
from datetime import date, time

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.reports.report import Named, Period
from core.reports.scenario import MoreHours, OneDoctorMore, OtherLength, Scenario
from core.reports.what_if_result import Spread, WaitChange, WhatIfResult
from core.ui.what_if.sentences import replayed_words, scenario_words, unmet_sentence, wait_sentence
from tests.conftest import HandClock
from tests.reports.full_clinic import make_full_clinic
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage

DOCTORS, KINDS = {1: "Dr. Sarah Johnson"}, {2: "Follow-up"}
ALL = Scenario(MoreHours(3, time(13), time(0)), OtherLength(2, 15), OneDoctorMore(1))


@pytest.fixture
def clinic(app: App, clock: HandClock) -> MadeClinic:
    return make_full_clinic(app.store, clock, days=20)


def said_on(visit: AppTest) -> str:
    shown = (visit.header, visit.subheader, visit.caption, visit.markdown, visit.error)
    return "\n".join(element.value for elements in shown for element in elements).replace("\\", "")


def press(visit: AppTest) -> AppTest:
    return visit.button(key="what_if_replay").click().run()


def test_a_manager_replays_changes_one_after_the_other(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("clinic", clinic["manager"], part="what-if")
    assert "Who took one of the first three free times" in said_on(visit)
    press(visit.toggle(key="what_if_doctor").set_value(True).run())
    assert not visit.exception
    said = said_on(visit)
    assert "What if: Saturday 09:00 to 12:00 for all doctors; one doctor more, like Dr. Sarah Johnson" in said
    assert "sooner in 10 of 10 replays" in said
    assert "are booked instead of" in said
    assert len(visit.get("vega_lite_chart")) == 2
    visit.toggle(key="what_if_doctor").set_value(False)
    visit.selectbox(key="what_if_weekday").set_value(0)
    visit.time_input(key="what_if_closes").set_value(time(11))
    press(visit)
    assert "Patients are seen then already." in said_on(visit)
    assert "What if: " not in said_on(visit)


def test_the_changes_stay_while_the_figures_are_looked_at(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("clinic", clinic["manager"], part="what-if")
    visit.time_input(key="what_if_opens").set_value(time(10))
    visit.toggle(key="what_if_length").set_value(True).run()
    visit.number_input(key=f"what_if_minutes_{clinic.follow_up}").set_value(25).run()
    for part in ("figures", "what-if"):
        visit.query_params["part"] = part
        visit.run()
    assert visit.time_input(key="what_if_opens").value == time(10)
    assert visit.time_input(key="what_if_closes").value == time(12)
    assert visit.number_input(key=f"what_if_minutes_{clinic.follow_up}").value == 25


def test_without_any_change_a_sentence_asks_for_one(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("clinic", clinic["manager"], part="what-if")
    press(visit.toggle(key="what_if_hours").set_value(False).run())
    assert "Choose at least one change." in said_on(visit)


def test_of_too_little_demand_a_sentence_says_so(app: App, clock: HandClock, open_page: OpenPage) -> None:
    clinic = make_full_clinic(app.store, clock, days=0)
    visit = press(open_page("clinic", clinic["manager"], part="what-if"))
    assert "There were 40 requests in these days, and 50 are needed" in said_on(visit)
    assert not visit.get("vega_lite_chart")


def test_a_doctor_sees_neither_the_tab_nor_its_content(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("clinic", clinic["doctor"], part="what-if")
    assert not visit.exception
    assert not visit.tabs
    assert not [button for button in visit.button if button.key == "what_if_replay"]


@pytest.mark.parametrize(
    ("before", "after", "sooner", "later", "said"),
    [
        (Spread(9, 8, 10), Spread(7, 6, 8.04), 8, 0, "7 days to the third free time instead of 9; sooner in 8 of 10"),
        (Spread(9, 8, 10), Spread(7, 6, 8.04), 8, 0, "replays (6 to 8 days)."),
        (Spread(1, 1, 1), Spread(1.5, 1.5, 1.5), 0, 10, "1.5 days to the third free time instead of 1; later in 10 of"),
        (Spread(1, 1, 1), Spread(1.5, 1.5, 1.5), 0, 10, "(1.5 days in all of them)."),
        (Spread(0.42, 0, 1), Spread(0.38, 0, 1), 6, 1, "0.4 days to the third free time, without and with the change."),
    ],
)
def test_a_wait_is_told_in_one_sentence(before: Spread, after: Spread, sooner: int, later: int, said: str) -> None:
    change = WaitChange(Named(2, "Follow-up"), 9, before, after, sooner, later)
    assert said in wait_sentence(change, 10)


def test_the_changes_and_what_was_replayed_are_told() -> None:
    assert scenario_words(ALL, DOCTORS, KINDS) == (
        "Thursday 13:00 to 00:00 for all doctors; 15 minutes for Follow-up; one doctor more, like Dr. Sarah Johnson"
    )
    result = WhatIfResult(ALL, Period(date(2026, 9, 8), date(2026, 12, 6)), 1412, 10, unmet_before=12, unmet_after=3)
    assert replayed_words(result) == "1412 requests in 90 days, replayed 10 times without and with the change."
    assert unmet_sentence(result) == "Requests for which no time was found: 3 instead of 12."
    assert unmet_sentence(replace(result, unmet_before=0, unmet_after=0)) is None
