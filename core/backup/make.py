"""Making a backup while the clinic runs."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from core.backup.archive import describe, read_archive, write_archive
from core.backup.sealing import SHORTEST_KEY, KeyTooShort
from core.backup.workspace import workspace
from core.calendars.embedded_files import copy_calendars
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.database_copy import clinic_revision, database_copies
from core.settings import Settings

CALENDARS = "calendar"
MOMENT = "%Y%m%dT%H%M%SZ"
_OURS = re.compile(r"careslot-\d{8}T\d{6}Z\.tar\.gz(\.sealed)?")
_DRAFT = re.compile(r"\.careslot-(?P<moment>\d{8}T\d{6}Z)\.tar\.gz(\.sealed)?\.part")
_STALE = timedelta(days=1)


class BackupExists(CareSlotError):
    """There is a file of this name already. Choose another name, or a folder."""


class KeepNeedsFolder(CareSlotError):
    """Old backups can be removed only from a folder: name a folder that is there."""


class BackupNotWritten(CareSlotError):
    """The backup could not be written: {reason}."""


def make_backup(settings: Settings, clock: Clock, target: Path, keep: int | None = None) -> Path:
    """Back up database and built-in calendars into one file, read it again, and return its path.

    In a folder the file is named by the moment, in UTC, and with `keep` all but that many of such files are removed,
    once the new one is known to be good, and so are drafts that were left for a day. Nothing stands under the final name
    before it is whole. With BACKUP_KEY it is encrypted. Raises BackupExists, KeepNeedsFolder, BackupNotWritten,
    BackupUnderWay, CopyDamaged, KeyTooShort, NoClinic, and what copying the database raises.
    """
    if keep is not None and not target.is_dir():
        raise KeepNeedsFolder
    if 0 < len(settings.backup_key) < SHORTEST_KEY:
        raise KeyTooShort
    made_at = clock()
    file = target / _name(made_at, sealed=bool(settings.backup_key)) if target.is_dir() else target
    if file.exists():
        raise BackupExists
    revision = clinic_revision(settings.database)
    try:
        _write(settings, revision, made_at, file)
        if keep is not None:
            _remove_old(target, keep, made_at)
    except OSError as error:
        raise BackupNotWritten(reason=error.strerror or type(error).__name__) from error
    return file


def _write(settings: Settings, revision: str, made_at: datetime, file: Path) -> None:
    draft = file.with_name(f".{file.name}.part")
    with workspace(settings.data_folder) as folder:
        # The calendars first: what they lack is mended after a restore, but nobody would look for what they have too much.
        copy_calendars(settings.data_folder / "calendar", folder / CALENDARS)
        copies = database_copies(settings.database)
        copies.save(folder / copies.file_name)
        draft.unlink(missing_ok=True)
        try:
            manifest = describe(folder, revision=revision, made_at=made_at)
            write_archive(draft, folder, manifest, settings.backup_key)
            read_archive(draft, settings.backup_key)
            draft.rename(file)
        finally:
            draft.unlink(missing_ok=True)


def _name(made_at: datetime, *, sealed: bool) -> str:
    return f"careslot-{made_at:{MOMENT}}.tar.gz{'.sealed' if sealed else ''}"


def _remove_old(folder: Path, keep: int, made_at: datetime) -> None:
    ours = sorted((path for path in folder.iterdir() if _OURS.fullmatch(path.name)), key=lambda path: path.name)
    for path in ours[:-keep]:
        path.unlink()
    # What a backup that was killed left behind; a younger one may be another clinic's that is being written.
    for path in folder.iterdir():
        begun = _DRAFT.fullmatch(path.name)
        if begun and begun["moment"] < f"{made_at - _STALE:{MOMENT}}":
            path.unlink()
