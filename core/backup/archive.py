"""The file of a backup: a compressed tar, sealed or not, that begins with a manifest of what follows."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from core.backup.sealing import MAGIC, Sealer, Unsealer
from core.domain.errors import CareSlotError

FORMAT = 1
MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 100_000_000
_BLOCK = 1_048_576
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


class NotABackup(CareSlotError):
    """This file is no backup of CareSlot, or it is damaged. Nothing was changed; try another one."""


class BackupIsNewer(CareSlotError):
    """This backup was made by a newer CareSlot ({version}). Install that version first."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One file of a backup: its length in bytes and its SHA-256 in hex."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `made_at` is aware, in UTC; `revision` is the database's, None for one without tables."""

    version: str
    revision: str | None
    made_at: datetime
    files: dict[str, Contents]


def describe(folder: Path, *, revision: str | None, made_at: datetime) -> Manifest:
    """The manifest of all files below the folder."""
    version = tomllib.loads(_PROJECT.read_text())["project"]["version"]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return Manifest(version, revision, made_at, {str(path.relative_to(folder)): _contents(path) for path in files})


def write_archive(target: Path, folder: Path, manifest: Manifest, key: str) -> None:
    """Pack the folder's files into the new file `target`, readable by its owner alone; sealed if there is a key.

    It is on the disk when this returns. Raises KeyTooShort.
    """
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        sealer = Sealer(file, key) if key else None
        # Level 6: nearly as small as 9, in a third of the time.
        with (
            gzip.GzipFile("", "wb", 6, cast(BinaryIO, sealer or file)) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            told = json.dumps({"format": FORMAT, **asdict(manifest)}, default=str, indent=1).encode()
            tar.addfile(_member(MANIFEST, len(told), manifest), io.BytesIO(told))
            for name, contents in manifest.files.items():
                with (folder / name).open("rb") as part:
                    tar.addfile(_member(name, contents.bytes, manifest), part)
        if sealer is not None:
            sealer.finish()
        file.flush()
        os.fsync(file.fileno())


def read_archive(
    archive: Path, key: str, into: Path | None = None, accept: Callable[[Manifest], None] | None = None
) -> Manifest:
    """Read the archive from end to end against its checksums, and unpack it into a folder if one is given.

    `accept` sees the manifest before anything is unpacked, and may raise. Raises NotABackup where anything differs, is
    missing or is too much; BackupIsNewer, KeyNeeded, WrongKey, SealBroken.
    """
    try:
        with archive.open("rb") as file, gzip.GzipFile(fileobj=_unsealed(file, key)) as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                manifest = _manifest(tar)
                if accept is not None:
                    accept(manifest)
                _read_files(tar, manifest, into)
            while packed.read(_BLOCK):
                pass  # to the very end, where the checksum of the compressed file stands
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotABackup from error
    return manifest


def _unsealed(file: BinaryIO, key: str) -> BinaryIO:
    if file.read(len(MAGIC)) == MAGIC:
        return cast(BinaryIO, io.BufferedReader(Unsealer(file, key), _BLOCK))
    file.seek(0)
    return file


def _read_files(tar: tarfile.TarFile, manifest: Manifest, into: Path | None) -> None:
    missing = set(manifest.files)
    # Not `for member in tar`, which would begin with the manifest again.
    while (member := tar.next()) is not None:
        source = tar.extractfile(member)
        if source is None or member.name not in missing:
            raise NotABackup
        missing.discard(member.name)
        if _copy(source, into and into / member.name) != manifest.files[member.name]:
            raise NotABackup
    if missing:
        raise NotABackup


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > _LARGEST_MANIFEST:
        raise NotABackup
    try:
        told = json.load(cast(BinaryIO, tar.extractfile(first)))
        if told["format"] > FORMAT:
            raise BackupIsNewer(version=told["version"])
        files = {name: Contents(**contents) for name, contents in told["files"].items()}
        if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in files):
            raise NotABackup
        return Manifest(told["version"], told["revision"], datetime.fromisoformat(told["made_at"]), files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotABackup from error


def _member(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(manifest.made_at.timestamp())
    return member


def _contents(path: Path) -> Contents:
    with path.open("rb") as file:
        return _copy(file, None)


def _copy(source: IO[bytes], target: Path | None) -> Contents:
    """Read to the end, into a new file if one is given, and tell what was read."""
    if target is not None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, length = hashlib.sha256(), 0
    with open(os.devnull if target is None else target, "wb", opener=_private) as sink:
        while block := source.read(_BLOCK):
            digest.update(block)
            length += sink.write(block)
        if target is not None:
            os.fsync(sink.fileno())
    return Contents(length, digest.hexdigest())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
