"""Google's consent by OAuth 2.0 with PKCE (RFC 6749, RFC 7636): where it is asked for, and what its code is worth.

Source: developers.google.com/identity/protocols/oauth2/web-server.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from core.calendars.google_access import TOKEN_ENDPOINT, loopback_only
from core.calendars.google_consent_scopes import CONSENT_SCOPES, NEEDED_SCOPES
from core.domain.errors import CareSlotError

CONSENT_ENDPOINT = "https://accounts.google.com/o/oauth2/v2/auth"
_TIMEOUT = 20.0


class ConsentRefused(CareSlotError):
    """Google did not take the consent. Begin again; if it stays, check the client's ID, secret and redirect address."""


class GoogleSilent(CareSlotError):
    """Google has not answered. Nothing was connected; begin again in a moment."""


class ConsentIncomplete(CareSlotError):
    """CareSlot needs the right to see the list of calendars and to change events. Begin again and tick both."""


@dataclass(frozen=True, slots=True)
class ConsentClient:
    """Our client at Google, and the addresses there; other ones than Google's have to be on this machine."""

    client_id: str
    client_secret: str = field(repr=False)
    consent_endpoint: str = ""
    token_endpoint: str = ""

    def address(self, redirect_address: str, state: str, verifier: str) -> str:
        """Where to send the browser: Google asks the person each time, and gives a token that outlives the visit."""
        endpoint = loopback_only(self.consent_endpoint) if self.consent_endpoint else CONSENT_ENDPOINT
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": self.client_id,
            "redirect_uri": redirect_address,
            "response_type": "code",
            "scope": " ".join(CONSENT_SCOPES),
            "access_type": "offline",
            "prompt": "consent select_account",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}?{urlencode(asked)}"

    def exchange(self, code: str, verifier: str, redirect_address: str) -> str:
        """The refresh token that a code is worth, once.

        Raises ConsentRefused, ConsentIncomplete where a needed right was not given, and GoogleSilent.
        """
        import requests

        endpoint = loopback_only(self.token_endpoint) if self.token_endpoint else TOKEN_ENDPOINT
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_address,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        try:
            answer = requests.post(endpoint, data=form, timeout=_TIMEOUT, allow_redirects=False)
            told = answer.json()
        except (requests.RequestException, ValueError):
            raise GoogleSilent from None
        if not isinstance(told, dict) or answer.status_code >= requests.codes.server_error:
            raise GoogleSilent
        token = told.get("refresh_token")
        if answer.status_code != requests.codes.ok or not token:
            raise ConsentRefused
        if not set(str(told.get("scope", "")).split()) >= NEEDED_SCOPES:
            raise ConsentIncomplete
        return str(token)
