"""Calls to Google's API that end in an answer or a calendar error, from any number of threads."""

import threading
from collections.abc import Callable
from typing import Any

from googleapiclient.discovery import build

from core.calendars.calendar import CalendarUnreachable
from core.calendars.google_access import https_or_loopback, is_loopback
from core.calendars.google_errors import FOREIGN_ERRORS, translate
from core.calendars.google_transport import Access

TIMEOUT = 20.0  # seconds to wait for a connection, and again for each piece of an answer


class GoogleClient:
    """The calendar service of one sign-in; its token is shared, its connections are one a thread."""

    def __init__(
        self,
        access: Access,
        *,
        endpoint: str | None = None,
        token_endpoint: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._access = access
        self._endpoint = None if endpoint is None else https_or_loopback(endpoint)
        local = self._endpoint is not None and is_loopback(self._endpoint)
        self._connect = access.connector(local=local, token_endpoint=token_endpoint, timeout=timeout)
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
            self._local.connection.close()
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
            self._local.connection = self._connect()
            self._local.service = build(
                "calendar",
                "v3",
                http=self._local.connection,
                static_discovery=True,
                cache_discovery=False,
                client_options={"api_endpoint": self._endpoint} if self._endpoint else None,
            )
        return self._local.service
