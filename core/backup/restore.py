"""Restoring a backup while the clinic is stopped."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.backup.archive import Manifest, read_archive
from core.backup.make import CALENDARS, MOMENT
from core.backup.workspace import workspace
from core.calendars.embedded_files import at_rest
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.scheduler.database_copy import DatabaseCopies, database_copies
from core.scheduler.migrate import migrate, refuse_newer
from core.scheduler.restored import settle_restored
from core.scheduler.store import Store, open_engine
from core.settings import Settings


class BackupNotReadable(CareSlotError):
    """The backup could not be restored: {reason}. Nothing was changed."""


class OtherEngine(CareSlotError):
    """This backup is of another kind of database than DATABASE_URL names. Set that to the kind it was made from."""


@dataclass(frozen=True, slots=True)
class Restored:
    """When the backup was made (aware, in UTC), and where what it replaced was moved to."""

    made_at: datetime
    kept: tuple[str, ...]


def restore_backup(settings: Settings, clock: Clock, archive: Path) -> Restored:
    """Put the backup in the place of what is there, which is moved aside, never overwritten.

    Everything is unpacked, checked and migrated beside the live data, which is touched only when the new is ready.
    Calendars then wait for a person (settle_restored). Raises DatabaseInUse, CalendarServerRuns and BackupUnderWay where
    something runs; BackupIsNewer, DatabaseIsNewer, OtherEngine, NotABackup, CopyDamaged, KeyNeeded, WrongKey, SealBroken
    and BackupNotReadable for what the archive is.
    """
    copies = database_copies(settings.database)

    def accept(manifest: Manifest) -> None:
        refuse_newer(manifest.revision)
        if copies.file_name not in manifest.files:
            raise OtherEngine

    calendars = settings.data_folder / "calendar"
    with workspace(settings.data_folder) as folder, at_rest(calendars), copies.alone():
        try:
            manifest = read_archive(archive, settings.backup_key, folder, accept)
        except OSError as error:
            raise BackupNotReadable(reason=error.strerror or type(error).__name__) from error
        staged = _stage(copies, folder, manifest, clock)
        aside = settings.data_folder.absolute() / f"before-restore-{clock():{MOMENT}}"
        try:
            kept = copies.put_in_place(staged, aside)
        except BaseException:  # when told to end, too
            copies.discard(staged)
            raise
        return Restored(manifest.made_at, tuple(filter(None, [kept, _swap(calendars, folder / CALENDARS, aside)])))


def _stage(copies: DatabaseCopies, folder: Path, manifest: Manifest, clock: Clock) -> str:
    staged = copies.stage(folder / copies.file_name)
    try:
        migrate(staged)
        store = Store(open_engine(staged))
        try:
            settle_restored(store, manifest.made_at, clock)
        finally:
            store.dispose()
    except BaseException:  # when told to end, too
        copies.discard(staged)
        raise
    return staged


def _swap(calendars: Path, restored: Path, aside: Path) -> str | None:
    kept = None
    if calendars.exists():
        aside.mkdir(mode=0o700, exist_ok=True)
        kept = str(shutil.move(calendars, aside / calendars.name))
    if restored.exists():
        shutil.move(restored, calendars)
    return kept
