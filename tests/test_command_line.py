"""The command line as a person runs it: a process on a folder of its own."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUERY = """
SELECT a.appointment_id, u.name AS patient, d.name AS doctor, a.appointment_date, a.start_time, a.calendar_event_id, d.calendar_id
FROM appointments a JOIN users u ON a.user_id = u.user_id JOIN doctors d ON a.doctor_id = d.doctor_id
ORDER BY a.appointment_date, a.start_time;
"""


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARESLOT", "DATABASE"))}
    return subprocess.run(
        [sys.executable, "-m", "core", *words],
        cwd=ROOT,
        env={**kept, "CARESLOT_DATA": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def demo_folder(tmp_path: Path) -> Path:
    made = run(tmp_path, "demo", "--appointments", "200")
    assert made.returncode == 0, made.stderr
    assert "manager@example.com" in made.stdout
    return tmp_path


def test_a_demo_clinic_passes_its_self_check_and_answers_the_query(demo_folder: Path) -> None:
    checked = run(demo_folder, "self-check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert all(line.endswith(": ok") for line in checked.stdout.splitlines())
    rows = sqlite3.connect(demo_folder / "healthcare.db").execute(QUERY).fetchall()
    assert len(rows) == 200
    assert {row[6] for row in rows} == {"clinic"}
    again = run(demo_folder, "demo")
    assert again.returncode == 1
    assert again.stderr.startswith("This database already holds a clinic")


def test_a_dropped_trigger_is_named_with_its_cure(demo_folder: Path) -> None:
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        connection.execute("DROP TRIGGER appointments_no_doctor_overlap_insert")
    checked = run(demo_folder, "self-check")
    assert checked.returncode == 1
    assert "rules: Missing: appointments_no_doctor_overlap_insert. Restore" in checked.stdout


def test_an_empty_folder_is_told_to_migrate_and_an_unwanted_demo_is_not_made(tmp_path: Path) -> None:
    assert "migrations: Run: python -m core migrate" in run(tmp_path, "self-check").stdout
    assert run(tmp_path, "prepare", CARESLOT_DEMO="0").returncode == 0
    rows = sqlite3.connect(tmp_path / "healthcare.db").execute("SELECT count(*) FROM clinic").fetchone()
    assert rows == (0,)
    assert run(tmp_path, "migrate").stdout == "The database is up to date.\n"


def test_production_refuses_the_demo_and_names_each_missing_secret(tmp_path: Path) -> None:
    refused = run(tmp_path, "prepare", CARESLOT_ENV="production", CARESLOT_DEMO="1")
    assert refused.returncode == 1
    for name in ("CARESLOT_DEMO", "STREAMLIT_SERVER_COOKIE_SECRET", "PUBLIC_URL"):
        assert name in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []
