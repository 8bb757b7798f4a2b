"""Setup's lists of people stay short where a clinic is large, and everybody in them is found."""

from sqlalchemy import insert

from core.bootstrap import App
from core.scheduler import tables
from core.ui.long_list import MOST_ROWS
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage


def test_a_long_list_of_staff_shows_its_first_rows_and_finds_the_others(
    app: App, clinic: MadeClinic, clock: HandClock, open_page: OpenPage
) -> None:
    made = [
        {
            "account_id": 100 + number,
            "email": f"robin.{number}@example.com",
            "name": f"Robin {number:02}",
            "password_hash": "-",
            "role": "reception",
            "created_at": clock(),
        }
        for number in range(MOST_ROWS)
    ]
    app.store.write(lambda connection: connection.execute(insert(tables.accounts), made))
    visit = open_page("setup", clinic["manager"], part="staff")
    rows = [button for button in visit.button if str(button.key).startswith("staff_change_")]
    assert len(rows) == MOST_ROWS
    last = 100 + MOST_ROWS - 1
    assert f"staff_change_{last}" not in [button.key for button in rows]
    visit.selectbox(key="staff_find").set_value(last).run()
    assert visit.query_params["account"] == str(last)
    assert not visit.exception


def test_a_short_list_needs_no_search(clinic: MadeClinic, open_page: OpenPage) -> None:
    visit = open_page("setup", clinic["manager"], part="staff")
    assert not [box for box in visit.selectbox if box.key == "staff_find"]
