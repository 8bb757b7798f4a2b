"""The command line as a person runs it, each time on a folder of its own.

In this process, for starting another one takes longer than most commands; the worker's tests start real ones.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main
from core.backup.archive import NotABackup
from core.calendars.seal import Seal
from core.domain.clock import system_clock
from core.domain.principal import SYSTEM
from core.scheduler.accounts import Accounts, SignInRefused
from core.scheduler.database_errors import DatabaseUnreachable, DiskFull
from core.scheduler.links import CalendarLinks
from core.scheduler.migrate import TablesAreOlder
from core.scheduler.store import Store, open_engine
from tests.postgresql import PostgreSQLServer
from tests.scheduler.old_database import make_old

ROOT = Path(__file__).parents[1]
QUERY = """
SELECT a.appointment_id, u.name AS patient, d.name AS doctor, a.appointment_date, a.start_time, a.calendar_event_id, d.calendar_id
FROM appointments a JOIN users u ON a.user_id = u.user_id JOIN doctors d ON a.doctor_id = d.doctor_id
ORDER BY a.appointment_date, a.start_time;
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    ours = ("CARESLOT", "DATABASE", "PUBLIC", "STREAMLIT", "GOOGLE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "CARESLOT_DATA": str(folder), **more}


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *words: str, typed: str = "", **more: str) -> Ended:
    code, out, errors = 0, StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(errors):
        patch.setattr(os, "environ", environment(folder, **more))
        patch.setattr(sys, "argv", ["core", *words])
        patch.setattr(sys, "stdin", StringIO(typed))
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), errors.getvalue())


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    store = Store(open_engine(f"sqlite:///{folder / 'healthcare.db'}"))
    try:
        yield store
    finally:
        store.dispose()


def link_one(folder: Path) -> None:
    """Ask for one coming appointment to stand in the clinic's calendar."""
    with closing(sqlite3.connect(folder / "healthcare.db")) as connection:
        query = "SELECT max(appointment_id) FROM appointments WHERE status = 'scheduled'"
        (number,) = connection.execute(query).fetchone()
    with opened(folder) as store:
        CalendarLinks(store, system_clock).request(SYSTEM, number)


def synced(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "healthcare.db")) as connection:
        query = "SELECT count(*) FROM calendar_links WHERE wanted_revision = mirrored_revision"
        return int(connection.execute(query).fetchone()[0])


@pytest.fixture(scope="module")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    made = run(folder, "demo", "--appointments", "200")
    assert made.returncode == 0, made.stderr
    assert "manager@example.com" in made.stdout
    return folder


@pytest.fixture
def demo_folder(tmp_path: Path, demo_template: Path) -> Path:
    """A folder with a small demo clinic; filling it costs more than copying."""
    return Path(shutil.copytree(demo_template, tmp_path / "data"))


def test_a_demo_clinic_passes_its_self_check_and_answers_the_query(demo_folder: Path) -> None:
    checked = run(demo_folder, "self-check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    lines = checked.stdout.splitlines()
    assert all(line.endswith(": ok") for line in lines)
    named = {line.removesuffix(": ok") for line in lines}
    assert named >= {"database", "migrations", "zone", "calendar clinic", "secrets", "overlaps of doctors"}
    assert named >= {"appointments_no_doctor_overlap_insert", "appointments_ends_after_start", "accounts_email_uq"}
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
    (wrong,) = [line for line in checked.stdout.splitlines() if not line.endswith(": ok")]
    assert wrong.startswith("appointments_no_doctor_overlap_insert: Missing. Restore the last backup")


def test_a_calendar_without_a_connection_is_named_with_its_cure(demo_folder: Path) -> None:
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        connection.execute("UPDATE calendars SET provider = 'google'")
    checked = run(demo_folder, "self-check")
    assert checked.returncode == 1
    assert "calendar clinic: The calendar refused the change: CareSlot is not connected to Google." in checked.stdout
    assert "Set GOOGLE_SERVICE_ACCOUNT_FILE" in checked.stdout


def test_an_empty_folder_is_told_to_migrate_and_an_unwanted_demo_is_not_made(tmp_path: Path) -> None:
    assert "migrations: Run: python -m core migrate" in run(tmp_path, "self-check").stdout
    prepared = run(tmp_path, "prepare", CARESLOT_DEMO="0", PUBLIC_URL="https://clinic.example.com/")
    assert prepared.returncode == 0
    assert "https://clinic.example.com/welcome?token=" in prepared.stdout
    assert "example.com  " not in prepared.stdout
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


def test_production_refuses_every_command_on_its_settings_or_on_a_demo_clinic(demo_folder: Path) -> None:
    for words in (
        ["demo"],
        ["worker"],
        ["sync"],
        ["create-account", "--role", "manager", "--email", "a@example.com", "--name", "A", "--password-stdin"],
        ["set-password", "--email", "manager@example.com", "--password-stdin"],
    ):
        refused = run(demo_folder, *words, typed="pine on paper, calmly\n", CARESLOT_ENV="production")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("CareSlot can't start in production: ")
        assert len(refused.stderr.splitlines()) == 1
    fit = {"CARESLOT_ENV": "production", "STREAMLIT_SERVER_COOKIE_SECRET": "x" * 32, "PUBLIC_URL": "https://a.example"}
    refused = run(demo_folder, "prepare", **fit)
    assert refused.returncode == 1
    assert "The database holds the demo clinic" in refused.stderr


def test_a_setting_that_can_not_be_read_is_named_without_its_value(tmp_path: Path) -> None:
    refused = run(tmp_path, "prepare", CARESLOT_ENV="hush-hush")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CareSlot can't read its settings: CARESLOT_ENV: ")
    assert "hush" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_key_for_calendars_is_printed_and_works(tmp_path: Path) -> None:
    printed = run(tmp_path, "calendar-key")
    assert printed.returncode == 0
    seal = Seal(printed.stdout.strip())
    assert seal.open(seal.close({"password": "theirs"})) == {"password": "theirs"}


def test_prepare_tells_a_demo_clinics_sign_ins_every_time(demo_folder: Path) -> None:
    first, second = run(demo_folder, "prepare"), run(demo_folder, "prepare")
    assert first.returncode == 0
    assert first.stdout == second.stdout
    assert "manager@example.com" in first.stdout
    assert "welcome" not in first.stdout


def test_accounts_are_created_and_given_passwords_from_standard_input(tmp_path: Path) -> None:
    words = [
        "create-account",
        "--role",
        "manager",
        "--email",
        "morgan@example.com",
        "--name",
        "Morgan",
        "--password-stdin",
    ]
    refused = run(tmp_path, *words, typed="password1234\n")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("This is a very common password.")
    made = run(tmp_path, *words, typed="pine on paper, calmly\n")
    assert (made.returncode, made.stdout) == (0, "The account was created.\n")
    unknown = run(
        tmp_path, "set-password", "--email", "nobody@example.com", "--password-stdin", typed="pine, calmly pine\n"
    )
    assert (unknown.returncode, unknown.stderr) == (1, "There is no account with this address.\n")
    words = ["set-password", "--email", "Morgan@example.com", "--password-stdin"]
    changed = run(tmp_path, *words, typed="rather another long one\r\n")
    assert (changed.returncode, changed.stdout) == (0, "The password was changed.\n")
    with opened(tmp_path) as store:
        accounts = Accounts(store, system_clock)
        with pytest.raises(SignInRefused):
            accounts.sign_in("morgan@example.com", "pine on paper, calmly")
        assert accounts.sign_in("morgan@example.com", "rather another long one")
        store.write(lambda connection: connection.exec_driver_sql("UPDATE accounts SET active = 0") and None)
    closed = run(tmp_path, *words, typed="rather another long one\n")
    assert closed.returncode == 0
    assert closed.stdout.splitlines()[1].startswith(
        "This account is closed: it can't sign in until a manager reopens it"
    )


def test_a_role_that_no_account_has_is_refused(tmp_path: Path) -> None:
    words = ["create-account", "--role", "boss", "--email", "a@example.com", "--name", "A", "--password-stdin"]
    refused = run(tmp_path, *words, typed="pine on paper, calmly\n")
    assert (refused.returncode, refused.stderr) == (1, "Choose doctor, reception or manager.\n")


def test_sync_pushes_what_is_due_and_ends(demo_folder: Path) -> None:
    assert run(demo_folder, "sync").stdout == "0 synced, 0 failed.\n"
    link_one(demo_folder)
    done = run(demo_folder, "sync")
    assert (done.returncode, done.stdout) == (0, "1 synced, 0 failed.\n")
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        connection.execute("UPDATE calendars SET provider = 'google'")
        connection.execute("UPDATE calendar_links SET wanted_revision = wanted_revision + 1, due_at = 0")
    failed = run(demo_folder, "sync")
    assert (failed.returncode, failed.stdout) == (1, "0 synced, 1 failed.\n")


def test_sync_check_compares_the_calendars_and_fails_where_one_differs(demo_folder: Path) -> None:
    link_one(demo_folder)
    assert run(demo_folder, "sync").returncode == 0
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        ((name, number),) = connection.execute(
            "SELECT c.name, l.appointment_id FROM calendar_links l JOIN calendars c ON c.calendar_id = l.calendar_id"
        ).fetchall()
        connection.execute("UPDATE calendar_links SET synced_at = synced_at - 60")
    fine = run(demo_folder, "sync", "--check")
    assert (fine.returncode, fine.stdout) == (0, f"{name}: in step (1 events compared).\n")
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        connection.execute("UPDATE users SET name = 'Somebody Else'")  # behind the back of whatever makes links due
    differs = run(demo_folder, "sync", "--check")
    assert differs.returncode == 1
    head, line = differs.stdout.splitlines()
    assert head == f"{name}: 1 differs (1 events compared)."
    assert line.startswith(f"  appointment {number}, ")
    assert line.endswith(": different there (title, text)")
    assert "Somebody" not in differs.stdout


def test_every_command_says_that_the_database_can_not_be_reached(tmp_path: Path) -> None:
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    for words in (["backup", str(tmp_path)], ["resume"], ["stats"], ["restore", str(tmp_path / "any")]):
        told = run(tmp_path / "data", *words, DATABASE_URL=away)
        assert (told.returncode, told.stdout, told.stderr) == (1, "", f"{DatabaseUnreachable.__doc__}\n"), words
    checked = run(tmp_path / "data", "self-check", DATABASE_URL=away)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert checked.stdout.splitlines() == [f"database: {DatabaseUnreachable.__doc__}", "secrets: ok"]


@pytest.mark.postgresql
def test_a_database_that_the_server_does_not_have_is_told_like_one_that_is_away(
    postgresql_server: PostgreSQLServer, tmp_path: Path
) -> None:
    nowhere = postgresql_server.url("nowhere")
    told = run(tmp_path, "backup", str(tmp_path), DATABASE_URL=nowhere)
    assert (told.returncode, told.stderr) == (1, f"{DatabaseUnreachable.__doc__}\n")
    checked = run(tmp_path, "self-check", DATABASE_URL=nowhere)
    assert checked.stdout.splitlines() == [f"database: {DatabaseUnreachable.__doc__}", "secrets: ok"]


def test_resume_wants_a_clinic_of_this_version_and_makes_none(demo_folder: Path, tmp_path: Path) -> None:
    refused = run(tmp_path / "mistyped", "resume")
    assert (refused.returncode, refused.stderr.startswith("There is no clinic in ")) == (1, True)
    assert not (tmp_path / "mistyped").exists()
    with sqlite3.connect(demo_folder / "healthcare.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    refused = run(demo_folder, "resume")
    assert (refused.returncode, refused.stderr) == (1, f"{TablesAreOlder.__doc__}\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_pushes_until_it_is_told_to_stop(demo_folder: Path, number: signal.Signals) -> None:
    link_one(demo_folder)
    with subprocess.Popen(
        [sys.executable, "-m", "core", "worker"],
        cwd=ROOT,
        env=environment(demo_folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as worker:
        deadline = time.monotonic() + 60
        while not synced(demo_folder) and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        worker.send_signal(number)
        said, _ = worker.communicate(timeout=30)
    assert synced(demo_folder) == 1
    assert worker.returncode == 0
    assert [word for word in said.split() if "_" in word] == ["worker_started", "worker_stopped"]


def test_what_was_backed_up_is_restored_and_waits_until_it_is_told_to_go_on(demo_folder: Path, tmp_path: Path) -> None:
    link_one(demo_folder)
    made = run(demo_folder, "backup", str(tmp_path), "--keep", "3")
    (archive,) = tmp_path.glob("careslot-*.tar.gz")
    assert (made.returncode, made.stdout.startswith(f"Backed up and checked: {archive} (")) == (0, True)
    restored = run(demo_folder, "restore", str(archive))
    assert (restored.returncode, restored.stderr) == (0, "")
    lines = restored.stdout.splitlines()
    assert lines[0].startswith("Restored from the backup of ")
    assert lines[1].startswith(f"What was there is kept: {demo_folder / 'before-restore-'}")
    assert run(demo_folder, "sync").stdout == "0 synced, 0 failed.\n"
    assert run(demo_folder, "resume").stdout == "Syncing goes on. 1 events are compared with their calendars.\n"
    assert run(demo_folder, "sync").stdout == "1 synced, 0 failed.\n"
    refused = run(demo_folder, "restore", str(demo_folder / "healthcare.db"))
    assert (refused.returncode, refused.stderr.splitlines()) == (1, [NotABackup.__doc__])


def test_a_backup_that_is_told_to_end_leaves_nothing_behind(
    demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[str] = []

    def told_to_end(*_: Any) -> None:
        there.extend(path.suffix for path in (*backups.iterdir(), *demo_folder.glob("backup-workspace/*.db")))
        signal.raise_signal(signal.SIGTERM)

    backups = tmp_path / "backups"
    backups.mkdir()
    monkeypatch.setattr("core.backup.make.read_archive", told_to_end)
    before = signal.getsignal(signal.SIGTERM)
    ended = run(demo_folder, "backup", str(backups))
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + signal.SIGTERM, "", "")
    assert {".part", ".db"} <= set(there)
    assert [*backups.iterdir(), *demo_folder.glob("backup-workspace/")] == []
    assert signal.getsignal(signal.SIGTERM) is before


def rows(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "healthcare.db")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_full_disk_is_named_and_nothing_half_written_is_kept(
    demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def full(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*given, **named)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes this for a full disk
        return connection

    backups, old, new = tmp_path / "backups", tmp_path / "old", tmp_path / "new"
    backups.mkdir()
    make_old(f"sqlite:///{old / 'healthcare.db'}")
    monkeypatch.setattr("sqlite3.connect", full)
    monkeypatch.setattr("sqlite3.dbapi2.connect", full)
    for folder, words in ((demo_folder, ["backup", str(backups)]), (old, ["migrate"]), (new, ["prepare"])):
        told = run(folder, *words)
        assert (told.returncode, told.stdout, told.stderr) == (1, "", f"{DiskFull.__doc__}\n"), words
    monkeypatch.undo()
    assert [*backups.iterdir(), *demo_folder.glob("backup-workspace/"), *old.glob("*-before-*")] == []
    assert run(old, "migrate").returncode == 0
    assert (rows(old, "users"), len(list(old.glob("*-before-*")))) == (1, 1)
