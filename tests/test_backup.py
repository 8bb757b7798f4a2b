"""Backups made while the clinic runs, and restores that a person has to confirm."""

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from core.backup.archive import BackupIsNewer, Contents, Manifest, NotABackup, describe, read_archive, write_archive
from core.backup.make import BackupExists, BackupNotWritten, KeepNeedsFolder, make_backup
from core.backup.restore import BackupNotReadable, OtherEngine, restore_backup
from core.backup.sealing import KeyNeeded, KeyTooShort, SealBroken, WrongKey
from core.backup.workspace import BackupUnderWay, workspace
from core.bootstrap import App, build
from core.calendars.embedded_files import CalendarServerRuns
from core.domain.errors import CareSlotError
from core.domain.principal import SYSTEM
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.scheduler.database_copy import NoClinic
from core.scheduler.database_errors import DiskFull
from core.scheduler.in_use import DatabaseInUse
from core.scheduler.migrate import DatabaseIsNewer
from core.scheduler.postgresql_copy import ProgramMissing
from core.scheduler.restored import RESTORED
from core.scheduler.store import open_engine
from core.settings import Settings
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

KEY = "a passphrase for tests"
NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
MADE_AT = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _light_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backup.sealing._COST", 2**10)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """SQLite without a key, PostgreSQL with one."""
    key = "" if database_url.startswith("sqlite") else KEY
    return Settings(data_folder=tmp_path / "data", database_url=database_url, environment="development", backup_key=key)


@pytest.fixture
def sqlite_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path / "data", database_url=sqlite_url, environment="development")


@contextmanager
def running(settings: Settings, clock: HandClock) -> Iterator[App]:
    app = build(settings, clock)
    try:
        yield app
    finally:
        app.close()


def opened(settings: Settings, clock: HandClock) -> MadeClinic:
    with running(settings, clock) as app:
        return make_clinic(app.store, clock)


def scalar(app: App, query: Any) -> Any:
    return app.store.read(lambda connection: connection.execute(query).scalar())


def count(app: App, table: Any) -> int:
    return int(scalar(app, select(func.count()).select_from(table)))


def test_a_backup_made_while_writers_write_is_the_clinic_of_one_moment(
    settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    opened(settings, clock)
    stop = threading.Event()
    pair = [{"name": "One of two", "created_at": clock()}] * 2

    def write_pairs(app: App) -> None:
        while not stop.is_set():
            app.store.write(lambda connection: connection.execute(insert(tables.users), pair) and None)

    pairs = select(func.count()).where(tables.users.c.name == "One of two")
    with running(settings, clock) as app:
        writer = threading.Thread(target=write_pairs, args=(app,))
        writer.start()
        while not scalar(app, pairs):
            pass
        made = make_backup(settings, clock, tmp_path)
        stop.set()
        writer.join()
        later = scalar(app, pairs)
        app.store.write(lambda c: c.execute(update(tables.clinic).values(name="Renamed")) and None)
    assert made.name.startswith("careslot-20261207T070000Z.tar.gz")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert (b"SQLite format 3" in made.read_bytes(), made.name.endswith(".sealed")) == (
        False,
        bool(settings.backup_key),
    )

    clock.advance(hours=1)
    done = restore_backup(settings, clock, made)
    assert done.made_at == MADE_AT
    (kept,) = done.kept
    with running(settings, clock) as app:
        assert scalar(app, select(tables.clinic.c.name)) == "Riverside Clinic"
        restored = scalar(app, pairs)
        assert restored % 2 == 0
        assert 0 < restored <= later
        # Whoever signed out since the backup, or lost a device, must not be signed in by it.
        assert scalar(app, select(func.count()).where(tables.sessions.c.revoked_at.is_(None))) == 0
    before = settings.database.rsplit("/", 1)[0] + "/" + kept.removeprefix("the database ")
    if not settings.backup_key:
        before = f"sqlite:///{kept}"
    with running(settings.model_copy(update={"database_url": before}), clock) as old:
        assert scalar(old, select(tables.clinic.c.name)) == "Renamed"
        assert scalar(old, pairs) == later
    assert not list(settings.data_folder.glob("backup-workspace/"))


def test_a_restore_is_refused_while_any_process_uses_the_database(
    settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    opened(settings, clock)
    made = make_backup(settings, clock, tmp_path)
    with running(settings, clock) as app:
        assert count(app, tables.doctors) == 2  # from now on a connection stands by
        with pytest.raises(DatabaseInUse, match="Stop every web and worker process"):
            restore_backup(settings, clock, made)
        assert count(app, tables.doctors) == 2
    restore_backup(settings, clock, made)


def test_after_a_restore_calendars_wait_for_a_person_and_are_then_made_equal(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    clinic = opened(sqlite_settings, clock)
    with running(sqlite_settings, clock) as app:
        kept, cancelled, past = (
            app.scheduler.book_appointment(
                clinic["reception"], Booking(f"key-{days}", 1, 1, 1, NINE + timedelta(days=days))
            ).appointment_id
            for days in (2, 1, 0)
        )
        for number in (kept, cancelled, past):
            assert app.sync.sync_appointment(SYSTEM, number).state == "synced"
        made = make_backup(sqlite_settings, clock, tmp_path)
        app.scheduler.cancel(clinic["reception"], cancelled)
        while app.sync.run_due().done:
            pass
        with pytest.raises(CalendarServerRuns):
            restore_backup(sqlite_settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/x"}), clock, made)

    clock.advance(days=1, hours=4)
    done = restore_backup(sqlite_settings, clock, made)
    assert [Path(path).name for path in done.kept] == ["clinic.db", "calendar"]
    with running(sqlite_settings, clock) as app:
        events = app.store.read(
            lambda c: dict(
                c.execute(select(tables.calendar_links.c.appointment_id, tables.calendar_links.c.event_id)).all()
            )
        )
        calendar = app.registry.calendar("embedded", "clinic", "Clinic")
        # The calendar is restored too; here it goes on by itself, as one outside the clinic would have.
        assert calendar.fetch(events[cancelled]) is not None
        calendar.delete(events[cancelled])
        assert app.sync.run_due().done == 0
        pressed = app.sync.sync_appointment(SYSTEM, kept)
        assert (pressed.state, pressed.sentence.split(" The appointment")[0]) == (
            "pending",
            f"Syncing is paused: {RESTORED}",
        )
        assert app.calendars.overview(SYSTEM).restored_from == MADE_AT
        app.calendars.resume(SYSTEM)
        assert app.calendars.overview(SYSTEM).restored_from is None
        assert app.links.pending() == 2
        while app.sync.run_due().done:
            pass
        assert app.links.pending() == 0
        again = scalar(app, select(tables.appointments.c.calendar_event_id).filter_by(appointment_id=cancelled))
        found = calendar.fetch(again)
        assert found is not None
        assert found.starts_at == NINE + timedelta(days=1)


def packed(folder: Path, target: Path, *, name: str = "clinic.db", key: str = "", **more: Any) -> Path:
    folder.mkdir()
    (folder / name).write_bytes(b"no database at all " * 20_000)
    told = describe(folder, revision=None, made_at=MADE_AT)
    values = {"version": told.version, "revision": None, "made_at": MADE_AT, "files": told.files} | more
    write_archive(target, folder, Manifest(**values), key)
    return target


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("spoil", "made", "opens", "refusal"),
    [
        (cut, "", "", NotABackup),
        (flip, "", "", NotABackup),
        (lambda _: b"some other file", "", "", NotABackup),
        (lambda _: b"", "", "", NotABackup),
        (bytes, "", "", CareSlotError),  # whole, but what it holds is no database
        (cut, KEY, KEY, CareSlotError),
        (flip, KEY, KEY, CareSlotError),
        (lambda data: data[:-1], KEY, KEY, CareSlotError),
        (bytes, KEY, "", KeyNeeded),
        (bytes, KEY, "another long passphrase", WrongKey),
    ],
    ids=[
        "cut",
        "flipped",
        "other",
        "empty",
        "no database",
        "sealed cut",
        "sealed flipped",
        "sealed short",
        "locked",
        "wrong key",
    ],
)
def test_what_is_damaged_or_does_not_open_changes_nothing(
    sqlite_settings: Settings,
    clock: HandClock,
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
    made: str,
    opens: str,
    refusal: type[CareSlotError],
) -> None:
    opened(sqlite_settings, clock)
    archive = packed(tmp_path / "in", tmp_path / "archive", key=made)
    archive.write_bytes(spoil(archive.read_bytes()))
    with pytest.raises(refusal):
        restore_backup(sqlite_settings.model_copy(update={"backup_key": opens}), clock, archive)
    assert not list(sqlite_settings.data_folder.glob("before-restore-*"))
    with running(sqlite_settings, clock) as app:
        assert scalar(app, select(tables.clinic.c.sync_paused_reason)) is None


def test_a_backup_of_a_newer_program_or_of_the_other_engine_is_refused(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = packed(tmp_path / "one", tmp_path / "newer", revision="9999")
    with pytest.raises(DatabaseIsNewer):
        restore_backup(sqlite_settings, clock, newer)
    other = packed(tmp_path / "two", tmp_path / "other", name="clinic.pgdump")
    with pytest.raises(OtherEngine):
        restore_backup(sqlite_settings, clock, other)
    (tmp_path / "beside").touch()
    outside = packed(tmp_path / "three", tmp_path / "outside", files={"../beside": Contents(0, sha256().hexdigest())})
    with pytest.raises(NotABackup):
        restore_backup(sqlite_settings, clock, outside)
    with pytest.raises(BackupNotReadable, match="No such file"):
        restore_backup(sqlite_settings, clock, tmp_path / "nothing")
    monkeypatch.setattr("core.backup.archive.FORMAT", 2)
    future = packed(tmp_path / "four", tmp_path / "future")
    monkeypatch.undo()
    with pytest.raises(BackupIsNewer):
        restore_backup(sqlite_settings, clock, future)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 1_500_000])
def test_a_sealed_archive_gives_back_every_byte_and_misses_none(tmp_path: Path, size: int) -> None:
    folder, target = tmp_path / "in", tmp_path / "archive"
    folder.mkdir()
    noise = (size.to_bytes(4, "big") + b"\x00\x01\xfe").ljust(size, b"\x7f")[:size]
    (folder / "file").write_bytes(noise)
    write_archive(target, folder, describe(folder, revision="1", made_at=MADE_AT), KEY)
    assert read_archive(target, KEY, tmp_path / "out").made_at == MADE_AT
    assert (tmp_path / "out/file").read_bytes() == noise
    assert b"manifest" not in target.read_bytes()


def test_pieces_of_a_sealed_archive_can_not_be_left_out_or_exchanged(tmp_path: Path) -> None:
    from io import BytesIO

    from core.backup.sealing import MAGIC, Sealer, Unsealer

    def read(data: bytes) -> bytes:
        return Unsealer(BytesIO(data.removeprefix(MAGIC)), KEY).read()

    file = BytesIO()
    sealer = Sealer(file, KEY)
    sealer.write(b"a" * 65_536 + b"b" * 65_536 + b"c" * 65_536)
    sealer.finish()
    head, size = len(MAGIC) + 16, 65_536 + 16
    start, body = file.getvalue()[:head], file.getvalue()[head:]
    one, two, three = body[:size], body[size : 2 * size], body[2 * size :]
    assert read(start + one + two + three) == b"a" * 65_536 + b"b" * 65_536 + b"c" * 65_536
    with pytest.raises(SealBroken):  # cut off right behind the first piece, which tells that the key is right
        read(start + one)
    with pytest.raises(WrongKey, match="if it is that, the backup is damaged or cut off"):
        read(start + one[:-1])
    for pieces in (one + two, one + three, two + one + three, one + two + three + three, one + two + three[:-1]):
        with pytest.raises((SealBroken, WrongKey)):
            read(start + pieces)


def test_old_backups_go_only_after_a_good_new_one_and_other_files_never(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    opened(sqlite_settings, clock)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "careslot-notes.txt").touch()
    (folder / "careslot-20261201T000000Z.tar.gz").touch()
    (folder / ".careslot-20261201T000000Z.tar.gz.sealed.part").touch()  # of one that was killed
    (folder / ".careslot-20261210T000000Z.tar.gz.part").touch()  # perhaps another clinic's, of just now
    (folder / ".careslot-notes.part").touch()
    for _ in range(3):
        clock.advance(days=1)
        make_backup(sqlite_settings, clock, folder, keep=2)
    left = ["careslot-20261209T070000Z.tar.gz", "careslot-20261210T070000Z.tar.gz", "careslot-notes.txt"]
    left = [".careslot-20261210T000000Z.tar.gz.part", ".careslot-notes.part", *left]
    assert sorted(path.name for path in folder.iterdir()) == left
    refused: list[tuple[type[CareSlotError], Path, dict[str, Any]]] = [
        (BackupExists, folder, {}),
        (BackupExists, folder / left[-1], {}),
        (KeepNeedsFolder, tmp_path / "not there", {"keep": 1}),
        (BackupNotWritten, tmp_path / "not there" / "file", {}),
    ]
    for refusal, target, more in refused:
        with pytest.raises(refusal):
            make_backup(sqlite_settings, clock, target, **more)
    with pytest.raises(KeyTooShort):
        make_backup(sqlite_settings.model_copy(update={"backup_key": "short"}), clock, tmp_path)
    with workspace(sqlite_settings.data_folder), pytest.raises(BackupUnderWay):
        make_backup(sqlite_settings, clock, tmp_path / "at the same time")
    assert sorted(path.name for path in folder.iterdir()) == left


def test_a_database_without_a_clinic_takes_no_good_backups_place(
    settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    good = tmp_path / "careslot-20261201T000000Z.tar.gz"
    good.touch()
    with pytest.raises(NoClinic, match="Check CARESLOT_DATA and DATABASE_URL"):  # it has tables, but nobody opened it
        make_backup(settings, clock, tmp_path, keep=1)
    engine = open_engine(settings.database)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    engine.dispose()
    with pytest.raises(NoClinic):
        make_backup(settings, clock, tmp_path, keep=1)
    assert list(tmp_path.glob("careslot-*")) == [good]


def test_a_data_folder_that_is_not_there_is_not_made_by_a_backup(clock: HandClock, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    for address in ("", f"sqlite:///{tmp_path}/mistyped/clinic.db"):
        settings = Settings(data_folder=tmp_path / "data", database_url=address, environment="development")
        with pytest.raises(NoClinic, match=f"There is no clinic in {tmp_path}"):
            make_backup(settings, clock, backups, keep=1)
    assert list(tmp_path.rglob("*")) == [backups]


def test_a_restore_for_which_there_is_no_room_leaves_all_as_it_was(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(sqlite_settings, clock)
    made = make_backup(sqlite_settings, clock, tmp_path)

    def half(_: str, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("shutil.move", half)
    with pytest.raises(OSError, match="No space"):
        restore_backup(sqlite_settings, clock, made)
    monkeypatch.undo()
    assert not list(tmp_path.rglob("*.restored"))
    with running(sqlite_settings, clock) as app:
        assert scalar(app, select(tables.clinic.c.sync_paused_reason)) is None


@pytest.mark.postgresql
def test_a_restore_that_is_told_to_end_drops_what_it_made_ready(
    postgresql_url: str, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_folder=tmp_path / "data", database_url=postgresql_url, environment="development")
    opened(settings, clock)
    made = make_backup(settings, clock, tmp_path)

    def told_to_end(*_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr("core.backup.restore.settle_restored", told_to_end)
    with pytest.raises(SystemExit):
        restore_backup(settings, clock, made)
    engine = open_engine(settings.database)
    with engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM pg_database WHERE datname LIKE '%%_restoring'").scalar()
    engine.dispose()
    assert left == 0


@pytest.mark.postgresql
def test_a_dump_for_which_there_is_no_room_says_so(
    postgresql_url: str, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = tmp_path / "pg_dump"
    dump.write_text("#!/bin/sh\necho 'pg_dump: error: could not write: No space left on device' >&2\nexit 1\n")
    dump.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    settings = Settings(data_folder=tmp_path, database_url=postgresql_url, environment="development")
    opened(settings, clock)
    with pytest.raises(DiskFull):
        make_backup(settings, clock, tmp_path)


@pytest.mark.postgresql
def test_without_postgresqls_programs_a_backup_says_what_to_install(
    postgresql_url: str, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(data_folder=tmp_path, database_url=postgresql_url, environment="development")
    opened(settings, clock)
    with pytest.raises(ProgramMissing, match="pg_dump is not installed"):
        make_backup(settings, clock, tmp_path)
    assert not list(tmp_path.glob("careslot-*"))
