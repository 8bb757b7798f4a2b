"""Encrypting a backup of any size with a passphrase, a piece at a time.

The form is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015), with pieces and nonces as in the payload of age v1 (https://age-encryption.org/v1): pieces of
64 KiB under ChaCha20-Poly1305 (RFC 8439), whose nonce is the piece's number in 11 bytes and a last byte that is 1 for
the last piece, so that none can be changed, moved or cut off. The key is stretched by scrypt (RFC 7914) from the
passphrase and 16 random bytes, so no two files share one.
"""

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.domain.errors import CareSlotError

MAGIC = b"CareSlot sealed backup 1\n"
SHORTEST_KEY = 16
_SALT, _PIECE, _TAG = 16, 65_536, 16
# 128 MiB and about half a second; the least that OWASP's Password Storage Cheat Sheet asks of scrypt.
_COST, _BLOCKS, _LANES = 2**17, 8, 1


class KeyTooShort(CareSlotError):
    """BACKUP_KEY is too short: use 16 characters or more, best random ones."""


class KeyNeeded(CareSlotError):
    """This backup is encrypted. Set BACKUP_KEY to what it was when the backup was made."""


class WrongKey(CareSlotError):
    """This backup does not open with this BACKUP_KEY. Set it to what it was when the backup was made; if it is that, the backup is damaged or cut off, so try an older one."""


class SealBroken(CareSlotError):
    """This backup is damaged or cut off. Nothing was changed; try an older one."""


class Sealer:
    """Encrypts what is written and passes it on to `file`; without `finish` the result is worth nothing."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if len(passphrase) < SHORTEST_KEY:
            raise KeyTooShort
        salt = os.urandom(_SALT)
        file.write(MAGIC + salt)
        self._file = file
        self._cipher = _cipher(passphrase, salt)
        self._waiting = bytearray()
        self._number = 0

    def write(self, data: bytes) -> int:
        """Take any number of bytes."""
        self._waiting += data
        # One more than a piece has to be there: whether a piece is the last one is part of its nonce.
        while len(self._waiting) > _PIECE:
            self._seal(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


class Unsealer(io.RawIOBase):
    """What a Sealer was given, read from `file`, which stands behind MAGIC; nothing is given out that is not authentic.

    Reading raises SealBroken once a piece has shown that the key is right, and WrongKey while that can't be told.
    """

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if not passphrase:
            raise KeyNeeded
        self._file = file
        self._cipher = _cipher(passphrase, file.read(_SALT))
        self._next = file.read(_PIECE + _TAG)
        self._number = 0
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer does
        """Fill the buffer as far as the present piece goes; 0 at the end."""
        while not self._plain and self._next:
            self._open()
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _open(self) -> None:
        sealed, self._next = self._next, self._file.read(_PIECE + _TAG)
        nonce = _nonce(self._number, last=not self._next)
        try:
            self._plain = memoryview(self._cipher.decrypt(nonce, sealed, None))
        except InvalidTag as error:
            raise (SealBroken if self._number or self._goes_on(sealed) else WrongKey) from error
        self._number += 1

    def _goes_on(self, sealed: bytes) -> bool:
        """Whether this last piece was followed by others when it was made."""
        try:
            self._cipher.decrypt(_nonce(self._number, last=False), sealed, None)
        except InvalidTag:
            return False
        return True


def _cipher(passphrase: str, salt: bytes) -> ChaCha20Poly1305:
    stretched = Scrypt(salt=salt.ljust(_SALT), length=32, n=_COST, r=_BLOCKS, p=_LANES)
    return ChaCha20Poly1305(stretched.derive(passphrase.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
