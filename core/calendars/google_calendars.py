"""The calendars of a Google account, to choose from, and the account's own address."""

from collections.abc import Iterator
from typing import Any

from core.calendars.calendar import CalendarUnreachable
from core.calendars.google_client import GoogleClient
from core.calendars.google_transport import Access
from core.calendars.offered import Offered

MOST_PAGES = 20


def offered_calendars(
    access: Access, *, endpoint: str | None = None, token_endpoint: str | None = None
) -> tuple[Offered, ...]:
    """Those in the account's list that it may write, its first one first; a service account's list is mostly empty.

    Raises a CalendarError.
    """
    client = GoogleClient(access, endpoint=endpoint, token_endpoint=token_endpoint)
    found = [
        (not one.get("primary"), Offered(str(one["id"]), str(one.get("summaryOverride") or one.get("summary") or "")))
        for one in _entries(client)
    ]
    return tuple(one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].name.lower())))


def account_address(access: Access, *, endpoint: str | None = None, token_endpoint: str | None = None) -> str:
    """The address of the account, which its first calendar bears too; raises a CalendarError."""
    client = GoogleClient(access, endpoint=endpoint, token_endpoint=token_endpoint)
    for one in _entries(client):
        if one.get("primary"):
            return str(one["id"])
    raise CalendarUnreachable("no first calendar")


def _entries(client: GoogleClient) -> Iterator[dict[str, Any]]:
    """The account's list of calendars, page by page."""
    page: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        asked = {"minAccessRole": "writer", "maxResults": 250, **page}
        answer = client.call("calendarList", lambda entries, asked=asked: entries.list(**asked))  # type: ignore[misc]
        yield from answer.get("items", [])
        if "nextPageToken" not in answer:
            return
        page = {"pageToken": str(answer["nextPageToken"])}
    raise CalendarUnreachable("a list without an end")
