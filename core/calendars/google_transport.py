"""Connections to Google, one a thread (httplib2's rule), that sign each request."""

import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import google_auth_httplib2
import httplib2
from google.auth.credentials import Credentials

from core.calendars.calendar import CalendarUnreachable
from core.calendars.google_errors import retry_after


class Connection(Protocol):
    """What Google's client library sends its requests through; used by one thread only."""

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> tuple[Any, bytes]:
        """Send one request; the answer with its body, whatever its status."""

    def close(self) -> None:
        """Close what is open; it is opened anew when it is needed again."""


class Access(Protocol):
    """One way to reach Google's API, and what a person has to do where it fails."""

    @property
    def sharing_cure(self) -> str:
        """What to do in Google Calendar so that this sign-in may write a calendar."""

    @property
    def sign_in_cure(self) -> str:
        """What to do where this sign-in is not known any more."""

    def connector(self, *, local: bool, token_endpoint: str | None, timeout: float) -> Callable[[], Connection]:
        """Opens connections that share one token; `local` where Google's API is on this machine, as in tests."""


def plain_http(timeout: float, *, local: bool) -> httplib2.Http:
    """An httplib2.Http that follows no redirect, and whose sockets are closed with it."""
    http = httplib2.Http(timeout=timeout, proxy_info=None if local else httplib2.proxy_info_from_environment)
    http.follow_redirects = False  # the token must not follow a redirect to somewhere else
    weakref.finalize(http, close_sockets, http.connections)
    return http


def close_sockets(connections: dict[str, Any]) -> None:
    """Close all connections of a thread, and keep the mapping that its end will look at."""
    while connections:
        connections.popitem()[1].close()


class SignedHttp:
    """An httplib2.Http that adds the access token, and after a 401 asks for a new one once.

    google_auth_httplib2.AuthorizedHttp would look up regional boundaries of the account in a thread of its own,
    refresh in every thread at once, and retry the token server by itself.
    """

    def __init__(self, http: httplib2.Http, credentials: Credentials, refreshing: threading.Lock) -> None:
        self._http = http
        self._credentials = credentials
        self._refreshing = refreshing
        self._send = google_auth_httplib2.Request(http)

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> tuple[Any, bytes]:
        """Send one request with a valid token; the answer with its body, whatever its status."""
        token = self._credentials.token
        if not self._credentials.valid:
            token = self._refresh(token)
        answer = self._http.request(uri, method, body, self._signed(headers, token), **options)
        if answer[0].status == 401:  # noqa: PLR2004
            token = self._refresh(token)
            answer = self._http.request(uri, method, body, self._signed(headers, token), **options)
        return answer  # type: ignore[no-any-return,unused-ignore]

    def close(self) -> None:
        """Close this thread's connections."""
        close_sockets(self._http.connections)

    def _refresh(self, stale: str | None) -> str:
        """A token newer than the stale one, asked for by one thread only."""
        with self._refreshing:
            if self._credentials.token == stale:
                self._credentials.refresh(self._ask_token_server)  # type: ignore[no-untyped-call]
            return str(self._credentials.token)

    def _ask_token_server(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Any:
        """One request to the token server; what may pass is raised here, since the library would sleep and retry."""
        response = self._send(url, method=method, body=body, headers=headers)
        passing = response.status in {408, 429} or response.status >= 500  # noqa: PLR2004
        if passing or not response.data.lstrip().startswith(b"{"):
            raise CalendarUnreachable(f"sign-in {response.status}", retry_after=retry_after(response.headers))
        return response

    @staticmethod
    def _signed(headers: dict[str, str] | None, token: str | None) -> dict[str, str]:
        """A copy of the headers with the token: httplib2 changes those that it is given."""
        return {**(headers or {}), "authorization": f"Bearer {token}"}
