"""The Clinic page through Home: who sees what, filters in the address, and the list behind a mark."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.appointment import Status
from core.domain.opening import OpeningHours
from core.domain.principal import SYSTEM
from core.scheduler.booking import Booking
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage

NINE = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def visited(app: App, clinic: MadeClinic, clock: HandClock) -> MadeClinic:
    """A clinic on Tuesday: on Monday the first doctor saw one patient and missed another, the other doctor saw one."""
    made = [
        app.scheduler.book_appointment(
            clinic["reception"],
            Booking(f"k{number}", clinic.patient, doctor, clinic.follow_up, NINE + timedelta(minutes=30 * number)),
        )
        for number, doctor in enumerate((clinic.doctor, clinic.doctor, clinic.other_doctor))
    ]
    clock.advance(days=1)
    for appointment, outcome in zip(made, (Status.COMPLETED, Status.NO_SHOW, Status.COMPLETED), strict=True):
        app.scheduler.record_outcome(clinic["reception"], appointment.appointment_id, outcome)
    return clinic


def sentences(visit: AppTest) -> list[str]:
    return [header.value.replace("\\", "") for header in visit.header]


def words(visit: AppTest) -> str:
    """The texts on the page; tables speak for themselves."""
    found = (*visit.title, *visit.header, *visit.subheader, *visit.caption, *visit.markdown, *visit.info)
    return "\n".join(element.value.replace("\\", "") for element in found)


def test_a_manager_sees_six_sentences_and_all_figures(open_page: OpenPage, visited: MadeClinic) -> None:
    visit = open_page("clinic", visited["manager"])
    assert not visit.exception
    assert len(sentences(visit)) == 7
    assert sentences(visit)[0].startswith("Next week 70 of 70 h are free; most: Dr. Sarah Johnson, Monday.")
    assert "seen" in sentences(visit)[2]
    assert sentences(visit)[6] == "All figures"


def test_what_is_asked_stands_in_the_address(open_page: OpenPage, visited: MadeClinic) -> None:
    visit = open_page("clinic", visited["manager"], period="7", doctor=visited.other_doctor, type=visited.follow_up)
    assert "1 – 7 December 2026" in words(visit)
    assert sentences(visit)[0].startswith("Next week 35 of 35 h are free")
    assert [box.value for box in visit.selectbox][:3] == ["7", visited.other_doctor, visited.follow_up]
    visit.button(key="figures_reset").click().run()
    assert not set(visit.query_params) & {"period", "doctor", "type"}
    assert sentences(visit)[0].startswith("Next week 70 of 70 h are free")


@pytest.mark.parametrize(
    "address",
    [
        {"period": "yesterday", "doctor": "99", "type": "-1"},
        {"period": "own", "from": "2026-13-01", "to": "x"},
        {"behind": "use.seen"},
        {"behind": "nonsense.1.2"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_usual(
    open_page: OpenPage, visited: MadeClinic, address: dict[str, str]
) -> None:
    visit = open_page("clinic", visited["manager"], **address)
    assert not visit.exception
    assert "10 November – 7 December 2026" in words(visit)


def test_days_the_wrong_way_round_are_said_and_kept(open_page: OpenPage, visited: MadeClinic) -> None:
    address = {"period": "own", "from": "2026-11-09", "to": "2026-11-20"}
    visit = open_page("clinic", visited["manager"], **address)

    def shown() -> tuple[date, date, list[str]]:
        first, last = (visit.date_input(key=f"figures_{name}").value for name in ("from", "to"))
        assert isinstance(first, date)
        assert isinstance(last, date)
        return first, last, [error.value for error in visit.error]

    for key, day, expected in (
        ("to", date(2026, 11, 2), (date(2026, 11, 9), date(2026, 11, 2), "The last day must not be before the first.")),
        ("from", date(2020, 1, 1), (date(2020, 1, 1), date(2026, 11, 2), "Choose at most two years.")),
    ):
        visit.date_input(key=f"figures_{key}").set_value(day).run()
        assert shown() == (*expected[:2], [expected[2]])
        assert "9 – 20 November 2026" in words(visit)
    visit.date_input(key="figures_from").set_value(date(2026, 11, 1)).run()
    assert shown() == (date(2026, 11, 1), date(2026, 11, 2), [])
    assert (visit.query_params["from"], visit.query_params["to"]) == ("2026-11-01", "2026-11-02")
    visit.date_input(key="figures_to").set_value(date(2026, 10, 1)).run()
    visit.button(key="figures_reset").click().run()
    assert not visit.error


def test_a_mark_leads_to_the_visits_behind_it(open_page: OpenPage, visited: MadeClinic) -> None:
    visit = open_page("clinic", visited["manager"])
    visit.selectbox(key="figures_mark_use").set_value(f"use.seen.{visited.doctor}").run()
    assert visit.query_params["behind"] == f"use.seen.{visited.doctor}"
    assert "1 visit behind this" in words(visit)
    (listed,) = [frame.value for frame in visit.dataframe if "patient" in frame.value.columns]
    assert list(listed["patient"]) == ["Patient 1"]
    visit.button(key="figures_close").click().run()
    assert "behind" not in visit.query_params


def test_another_filter_closes_the_list(open_page: OpenPage, visited: MadeClinic) -> None:
    visit = open_page("clinic", visited["manager"], behind=f"use.seen.{visited.doctor}")
    assert "1 visit behind this" in words(visit)
    visit.selectbox(key="figures_period").set_value("90").run()
    assert "behind" not in visit.query_params
    assert visit.query_params["period"] == "90"


def test_a_doctor_sees_the_own_figures_whatever_the_address_says(open_page: OpenPage, visited: MadeClinic) -> None:
    visit = open_page("clinic", visited["doctor"], doctor=visited.other_doctor)
    assert sentences(visit)[0].startswith("Next week 35 of 35 h are free; most: Monday.")
    assert "Dr. Michael Chen" not in words(visit)
    behind = open_page("clinic", visited["doctor"], behind=f"use.seen.{visited.other_doctor}")
    assert "visits behind this" not in words(behind)
    assert "1 visit behind this" not in words(behind)


@pytest.mark.parametrize("who", ["patient", "reception"])
def test_the_figures_are_not_for_everybody(open_page: OpenPage, visited: MadeClinic, who: str) -> None:
    visit = open_page("clinic", visited[who])
    assert "This page is not for your account" in words(visit)
    assert "Next week" not in words(visit)


def test_a_clinic_without_visits_and_hours_gets_honest_sentences(
    open_page: OpenPage, app: App, clinic: MadeClinic
) -> None:
    for doctor in (clinic.doctor, clinic.other_doctor):
        app.setup.set_hours(SYSTEM, doctor, [])
    visit = open_page("clinic", clinic["manager"])
    assert not visit.exception
    assert "No appointments lie in this period" in words(visit)
    assert sentences(visit)[0] == "Next week has no bookable time."
    assert sum(sentence.startswith("Too few visits to say: 0") for sentence in sentences(visit)) == 2


def test_hours_beyond_the_usual_are_said_to_be_full_or_free(open_page: OpenPage, app: App, clinic: MadeClinic) -> None:
    app.setup.set_hours(SYSTEM, clinic.doctor, [OpeningHours(0, time(9), time(10))])
    app.setup.set_hours(SYSTEM, clinic.other_doctor, [])
    visit = open_page("clinic", clinic["manager"])
    assert sentences(visit)[0].startswith("Next week 1 of 1 h are free; most: Dr. Sarah Johnson, Monday.")
