"""Tokens, keys and passwords of calendars as they are stored: encrypted, and authentic or not read at all.

Fernet (github.com/fernet/spec) of the library `cryptography`: AES-128-CBC and HMAC-SHA256 under a key from the
environment, which never stands in the database and so in no backup of it.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.calendars.calendar import ReconnectNeeded
from core.domain.errors import CareSlotError

if TYPE_CHECKING:  # a clinic without connections needs none of it
    from cryptography.fernet import MultiFernet


class CalendarKeyMissing(CareSlotError):
    """CareSlot has no key to keep sign-ins with. Set CALENDAR_KEY to what `python -m core calendar-key` prints."""


class CalendarKeyUnfit(CareSlotError):
    """CALENDAR_KEY is not a key. Set it to what `python -m core calendar-key` prints."""


class SignInUnreadable(ReconnectNeeded):
    """The calendar's sign-in can't be read with this CALENDAR_KEY. Set the key of before, or connect the calendar again."""


class Seal:
    """Encrypts with the first of the keys and reads with each of them, so that a key can be changed; printing shows none.

    `keys` stand one after another, with commas between.
    """

    def __init__(self, keys: str) -> None:
        self._keys = [key for key in (part.strip() for part in keys.split(",")) if key]

    @property
    def problem(self) -> CareSlotError | None:
        """Why nothing can be kept, with the cure; nothing where all is well."""
        try:
            self._cipher()
        except (CalendarKeyMissing, CalendarKeyUnfit) as error:
            return error
        return None

    def close(self, secret: Mapping[str, str]) -> str:
        """The secret as it may be stored; CalendarKeyMissing or CalendarKeyUnfit where there is no key for it."""
        return self._cipher().encrypt(json.dumps(dict(secret)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """What was sealed; SignInUnreadable without the key that it was sealed with."""
        from cryptography.fernet import InvalidToken

        try:
            found = json.loads(self._cipher().decrypt(sealed.encode()))
        except (InvalidToken, CalendarKeyMissing, CalendarKeyUnfit, ValueError):
            raise SignInUnreadable from None
        return {str(name): str(value) for name, value in found.items()}

    def _cipher(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        if not self._keys:
            raise CalendarKeyMissing
        try:
            return MultiFernet([Fernet(key) for key in self._keys])
        except ValueError:
            raise CalendarKeyUnfit from None


def new_key() -> str:
    """A random key for CALENDAR_KEY."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
