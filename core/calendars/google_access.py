"""How CareSlot signs in with Google: by a service account, or by the refresh token of a person who agreed."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import google.oauth2.credentials
import google.oauth2.service_account
from google.auth.credentials import Credentials

from core.calendars.calendar import CalendarRefused
from core.domain.words import N_

if TYPE_CHECKING:
    from core.calendars.google_transport import Connection

TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar"

KEY_FIELDS = ("client_email", "private_key", "private_key_id")
"""What is used of a service account's JSON key."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_INCOMPLETE = N_("the key file of the service account is not complete")
_NEW_KEY = N_("Download a new JSON key for the service account in the Google Cloud console and set it again.")


@dataclass(frozen=True, slots=True)
class GoogleAccess:
    """One way to sign in with Google; printing it shows no secret.

    `account` is the service account's address, with which people share their calendars; empty for a refresh token,
    where the calendar is the signed-in person's own.
    """

    kind: Literal["service_account", "refresh_token", "oauth"]
    account: str
    _secrets: str = field(repr=False)

    @classmethod
    def service_account(cls, info: Mapping[str, Any] | str | Path) -> "GoogleAccess":
        """Access by a service account's JSON key, given as a mapping or as the path of its file.

        Only the address and the key are taken from it: an address for tokens in an uploaded file would let whoever
        wrote it choose where this machine connects to. Raises CalendarRefused where the key is not usable.
        """
        try:
            given = info if isinstance(info, Mapping) else json.loads(Path(info).read_text(encoding="utf-8"))
            kept = {name: given.get(name) for name in KEY_FIELDS}
            access = cls("service_account", str(kept["client_email"] or ""), json.dumps(kept))
            access.credentials()
        except (OSError, ValueError, AttributeError, TypeError):
            raise CalendarRefused(_INCOMPLETE, _NEW_KEY) from None
        return access

    @classmethod
    def refresh_token(cls, client_id: str, client_secret: str, refresh_token: str) -> "GoogleAccess":
        """Access by the refresh token that a person's consent to our OAuth client gave."""
        secrets = {"client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token}
        return cls("refresh_token", "", json.dumps(secrets))

    @classmethod
    def oauth(cls, client_id: str, client_secret: str, refresh_token: str) -> "GoogleAccess":
        """As `refresh_token`, of a consent that was given on our own page and can be given there again."""
        return replace(cls.refresh_token(client_id, client_secret, refresh_token), kind="oauth")

    @property
    def sharing_cure(self) -> str:
        """What a person has to do in Google Calendar so that this sign-in may write a calendar."""
        if self.account:
            return (
                "In Google Calendar, open the calendar's settings and share it with "
                f"{self.account} with the permission “Make changes to events”."
            )
        return N_("Connect Google with an account that may make changes to this calendar.")

    @property
    def sign_in_cure(self) -> str:
        """What a person has to do where Google does not know this sign-in any more."""
        if self.account:
            return N_(
                "Check in the Google Cloud console that the service account is enabled and its key still listed; "
                "if not, set a new key."
            )
        if self.kind == "oauth":
            return N_("Connect this Google account again, on the page where it was connected.")
        return N_(
            "Make a new refresh token and set GOOGLE_REFRESH_TOKEN. As long as Google lists the app as “Testing”, each "
            "token ends after 7 days."
        )

    def credentials(self, token_endpoint: str | None = None) -> Credentials:
        """Credentials without a token yet, which ask Google's own address for one (or, for tests, one on loopback)."""
        address = TOKEN_ENDPOINT if token_endpoint is None else loopback_only(token_endpoint)
        secrets = json.loads(self._secrets)
        if self.kind == "service_account":
            return google.oauth2.service_account.Credentials.from_service_account_info(  # type: ignore[no-any-return,no-untyped-call,unused-ignore]
                secrets | {"token_uri": address}, scopes=[CALENDAR_SCOPE]
            )
        return google.oauth2.credentials.Credentials(None, token_uri=address, **secrets)  # type: ignore[no-untyped-call,unused-ignore]

    def connector(self, *, local: bool, token_endpoint: str | None, timeout: float) -> Callable[[], "Connection"]:
        """Opens connections that share one token; `timeout` in seconds."""
        from core.calendars.google_transport import SignedHttp, plain_http

        credentials, refreshing = self.credentials(token_endpoint), threading.Lock()
        return lambda: SignedHttp(plain_http(timeout, local=local), credentials, refreshing)


def is_loopback(address: str) -> bool:
    """Whether this address names the machine itself."""
    return urlsplit(address).hostname in _LOOPBACK


def loopback_only(address: str) -> str:
    """The address if it stays on this machine; ValueError otherwise."""
    if not is_loopback(address):
        raise ValueError("Only Google's own address, or one on loopback, may issue tokens.")
    return address


def https_or_loopback(address: str) -> str:
    """The address if nobody on the way can read it; ValueError otherwise."""
    if urlsplit(address).scheme != "https" and not is_loopback(address):
        raise ValueError("The calendar's address must begin with https://.")
    return address
