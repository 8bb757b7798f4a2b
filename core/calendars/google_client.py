"""Calls to Google's API that end in an answer or a calendar error, from any number of threads."""

import threading
import weakref
from collections.abc import Callable
from typing import Any

import google_auth_httplib2
import httplib2
from google.auth.credentials import Credentials
from googleapiclient.discovery import build

from core.calendars.calendar import CalendarUnreachable
from core.calendars.google_access import GoogleAccess, https_or_loopback, is_loopback
from core.calendars.google_errors import FOREIGN_ERRORS, retry_after, translate

TIMEOUT = 20.0  # seconds to wait for a connection, and again for each piece of an answer


class GoogleClient:
    """The calendar service of one sign-in; its token is shared, its connections are one a thread (httplib2's rule)."""

    def __init__(
        self,
        access: GoogleAccess,
        *,
        endpoint: str | None = None,
        token_endpoint: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._access = access
        self._credentials = access.credentials(token_endpoint)
        self._refreshing = threading.Lock()
        self._endpoint = None if endpoint is None else https_or_loopback(endpoint)
        self._timeout = timeout
        self._local = threading.local()

    @property
    def sharing_cure(self) -> str:
        """What a person has to do at the vendor so that this sign-in may write a calendar."""
        return self._access.sharing_cure

    def call(self, collection: str, ask: Callable[[Any], Any], *, etag: str | None = None) -> dict[str, Any]:
        """The answer to the request that `ask` makes of a collection (events, calendars, acl), sent once.

        An empty one stands for "no content". With an etag the request is bound to that state (If-Match). Raises a
        CalendarError, never a vendor's one.
        """
        request = ask(self._collection(collection))
        if etag is not None:
            request.headers["If-Match"] = etag
        try:
            answer = request.execute(num_retries=0)
        except FOREIGN_ERRORS as error:
            # After half an answer, or a late one, httplib2 would read the rest as the answer to the next request.
            _close(self._local.http.connections)
            # The vendor's error shows the addresses of the calendar and of the event: it goes no further.
            raise translate(error, self._access.sharing_cure) from None
        if not answer:
            return {}
        if not isinstance(answer, dict):  # also any body after a deletion, where Google says nothing
            raise CalendarUnreachable("an answer of another form")
        return answer

    def _collection(self, name: str) -> Any:
        """This thread's object for a collection, kept: the library takes 10 ms to make one."""
        if not hasattr(self._local, "collections"):
            self._local.collections = {}
        if name not in self._local.collections:
            self._local.collections[name] = getattr(self._service(), name)()
        return self._local.collections[name]

    def _service(self) -> Any:
        """This thread's service object, built from the discovery document that ships with the library."""
        if not hasattr(self._local, "service"):
            local = self._endpoint is not None and is_loopback(self._endpoint)
            proxy = None if local else httplib2.proxy_info_from_environment
            http = httplib2.Http(timeout=self._timeout, proxy_info=proxy)
            http.follow_redirects = False  # the token must not follow a redirect to somewhere else
            weakref.finalize(http, _close, http.connections)
            self._local.http = http
            self._local.service = build(
                "calendar",
                "v3",
                http=_SignedHttp(http, self._credentials, self._refreshing),
                static_discovery=True,
                cache_discovery=False,
                client_options={"api_endpoint": self._endpoint} if self._endpoint else None,
            )
        return self._local.service


class _SignedHttp:
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
        self._http.close()

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


def _close(connections: dict[str, Any]) -> None:
    """Close all connections of a thread; they are opened anew when they are needed again."""
    while connections:
        connections.popitem()[1].close()
