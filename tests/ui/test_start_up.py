"""What a server loads before its first visitor has a page: what is heavy waits until somebody needs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduler.clinic_factory import MadeClinic

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("alembic", "altair", "caldav", "cryptography", "email_validator", "google.auth", "google.oauth2"),
    *("googleapiclient", "httplib2", "icalendar", "lxml", "pandas", "phonenumbers", "plotly", "psycopg", "pyarrow"),
    *("radicale", "recurring_ical_events", "requests", "streamlit_authenticator", "streamlit_calendar"),
    *("xlsxwriter", "zxcvbn"),
)

# Streamlit's stand-ins for cookies and for a warm server are replaced as in conftest.
BEGIN = """
import sys
import streamlit.runtime.context
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from core.bootstrap import make_ready
from core.settings import read_settings
from core.ui import server

class ThroughHome(PagesManager):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        PagesManager.uses_pages_directory = False

app_test.PagesManager = ThroughHome
streamlit.runtime.context._get_client_context = lambda: None
server.begin()
make_ready(read_settings())
for page in sys.argv[1].split():
    visit = AppTest.from_file("Home.py", default_timeout=30)
    if page != "home":
        visit.switch_page(f"pages/{page}.py")
    visit.run()
    assert not visit.exception, page
    assert visit.title, page
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize("pages", ["", "home book"])
def test_a_start_on_a_prepared_database_loads_nothing_heavy(
    pages: str, sqlite_url: str, clinic: MadeClinic, tmp_path: Path
) -> None:
    del clinic  # it stands in the database
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "CARESLOT_DATA": str(tmp_path), "CARESLOT_DEMO": "false"}
    command = [sys.executable, "-c", BEGIN, pages]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "core.ui.server" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded.intersection(HEAVY))
