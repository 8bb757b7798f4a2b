"""Google Calendar by way of Pipedream Connect, whose proxy adds the sign-in of a connected account.

Source: pipedream.com/docs/connect/api-proxy. All that is needed of Pipedream are three addresses; its own library would
bring a second HTTP client, and repeats requests by itself.
"""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httplib2

from core.calendars.calendar import CalendarRefused, CalendarUnreachable, ReconnectNeeded
from core.calendars.google_access import https_or_loopback, is_loopback
from core.calendars.google_errors import is_googles, retry_after
from core.calendars.google_transport import Connection, close_sockets, plain_http
from core.domain.words import N_

_APP = "google_calendar"  # Pipedream's name of it
_CHECK_SETTINGS = N_("Check the PIPEDREAM_ settings and EXTERNAL_USER_ID.")
_UNAUTHORISED = 401
_ABOUT_THE_ACCOUNT = frozenset({400, 403, 404})
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class PipedreamAccess:
    """A project of Pipedream's, and the user there whose Google account is used; printing it shows no secret."""

    project_id: str
    environment: str
    client_id: str
    client_secret: str = field(repr=False)
    external_user_id: str
    base_url: str = "https://api.pipedream.com"

    @property
    def sharing_cure(self) -> str:
        """What a person has to do so that the connected account may write a calendar."""
        return N_("Connect a Google account in Pipedream that may make changes to this calendar.")

    @property
    def sign_in_cure(self) -> str:
        """What a person has to do where Pipedream knows no living account."""
        return N_(
            "Connect Google Calendar in Pipedream for the user named by EXTERNAL_USER_ID, and check the settings."
        )

    def connector(self, *, local: bool, token_endpoint: str | None, timeout: float) -> Callable[[], Connection]:
        """Opens connections that share one token; where Google's API is, Pipedream knows, and signs in there."""
        del local, token_endpoint
        try:
            here = is_loopback(https_or_loopback(self.base_url))
        except ValueError:
            raise CalendarRefused(
                N_("anybody on the way could read what goes there"),
                N_("Set PIPEDREAM_BASE_URL to an https:// address."),
            ) from None
        shared = _Shared(self)
        return lambda: _ProxiedHttp(plain_http(timeout, local=here), shared)


class _Shared:
    """What the connections of one sign-in share: the token and the account, each asked for by one thread only."""

    def __init__(self, access: PipedreamAccess) -> None:
        self.access = access
        self.lock = threading.Lock()
        self.token = ""
        self.account = ""


class _ProxiedHttp:
    """Sends requests meant for Google to Pipedream's proxy; its answers are Google's own.

    A refused token is asked for anew once, which is safe: nothing was done with it. An error that is not Google's makes
    it look for the account again next time, since another may have been connected.
    """

    def __init__(self, http: httplib2.Http, shared: _Shared) -> None:
        self._http = http
        self._shared = shared
        self._access = shared.access
        self._root = f"{self._access.base_url.rstrip('/')}/v1"

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> tuple[Any, bytes]:
        """Send one request through the proxy; Google's answer with its body, whatever its status."""
        account = self._account()
        encoded = base64.urlsafe_b64encode(uri.encode()).decode().rstrip("=")
        forwarded = {
            f"x-pd-proxy-{name.lower()}": value for name, value in (headers or {}).items() if name.lower() == "if-match"
        }
        kind = {} if body is None else {"content-type": "application/json"}
        asked = {"external_user_id": self._access.external_user_id, "account_id": account}
        answer, content = self._send(f"proxy/{encoded}", asked, method, body, forwarded | kind, **options)
        if answer.status in _ABOUT_THE_ACCOUNT and not is_googles(content):
            self._forget(account)
        elif not content and answer.status < 300:  # noqa: PLR2004
            answer.status = _NO_CONTENT  # Google's word for a deletion, which a proxy may tell as 200
        return answer, content

    def close(self) -> None:
        """Close this thread's connections."""
        close_sockets(self._http.connections)

    def _send(
        self, path: str, query: dict[str, str], method: str, body: Any, headers: dict[str, str], **options: Any
    ) -> tuple[Any, bytes]:
        """One request to the project, with a token that Pipedream takes; ReconnectNeeded where it takes none."""
        address = f"{self._root}/connect/{quote(self._access.project_id, safe='')}/{path}?{urlencode(query)}"
        token = self._shared.token or self._new_token("")
        for again in (True, False):
            signed = {"accept": "application/json", "x-pd-environment": self._access.environment, **headers}
            signed["authorization"] = f"Bearer {token}"
            answer, content = self._http.request(address, method, body, signed, **options)
            if answer.status != _UNAUTHORISED or is_googles(content) or not _is_json(content):
                break
            if not again:
                raise ReconnectNeeded
            token = self._new_token(token)
        return answer, content

    def _new_token(self, stale: str) -> str:
        """A token newer than the stale one, by the client's credentials (RFC 6749 4.4)."""
        with self._shared.lock:
            if self._shared.token == stale:
                asked = {
                    "grant_type": "client_credentials",
                    "client_id": self._access.client_id,
                    "client_secret": self._access.client_secret,
                }
                answer, content = self._http.request(
                    f"{self._root}/oauth/token",
                    "POST",
                    json.dumps(asked),
                    {"content-type": "application/json", "accept": "application/json"},
                )
                told = _told(answer, content)
                if answer.status >= 400 or not told.get("access_token"):  # noqa: PLR2004
                    raise ReconnectNeeded
                self._shared.token = str(told["access_token"])
            return self._shared.token

    def _account(self) -> str:
        """The id of the user's Google account in Pipedream, the newest of those that live."""
        if self._shared.account:
            return self._shared.account
        query = {"external_user_id": self._access.external_user_id, "app": _APP}
        answer, content = self._send("accounts", query, "GET", None, {})
        told = _told(answer, content)
        if answer.status >= 400:  # noqa: PLR2004
            raise CalendarRefused(f"Pipedream answered {answer.status}", _CHECK_SETTINGS)
        accounts = told.get("data")
        if not isinstance(accounts, list) or not all(isinstance(one, dict) and one.get("id") for one in accounts):
            raise CalendarUnreachable("an answer of another form")
        living = [one for one in accounts if not one.get("dead") and one.get("healthy") is not False]
        if not living:
            raise ReconnectNeeded
        newest = max(living, key=lambda one: str(one.get("created_at") or ""))
        self._shared.account = str(newest["id"])
        return self._shared.account

    def _forget(self, account: str) -> None:
        with self._shared.lock:
            if self._shared.account == account:
                self._shared.account = ""


def _told(answer: Any, content: bytes) -> dict[str, Any]:
    """An answer of Pipedream's own; CalendarUnreachable where it may pass, or is not Pipedream's."""
    passing = answer.status in {408, 429} or answer.status >= 500 or not _is_json(content)  # noqa: PLR2004
    if passing:
        raise CalendarUnreachable(f"Pipedream {answer.status}", retry_after=retry_after(answer))
    told = json.loads(content)
    return told if isinstance(told, dict) else {}


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
