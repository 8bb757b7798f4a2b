"""Somebody who works in a calendar at the Google stand-in with Google's own client library."""

from datetime import date, datetime, timedelta
from typing import Any

from core.domain.timespan import Timespan
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google_raw_client import Client, person


class ByGoogle:
    """The person to whom the calendar belongs."""

    def __init__(self, server: GoogleStandIn, calendar_id: str) -> None:
        self._server = server
        self._client = Client(server, person(server))
        self._client.calendar_id = calendar_id

    def move(self, event_id: str, span: Timespan) -> None:
        self._patch(event_id, start=moment(span.start), end=moment(span.end))

    def edit(self, event_id: str, title: str) -> None:
        self._patch(event_id, summary=title)

    def remove(self, event_id: str) -> None:
        self._client.delete(event_id)

    def make_all_day(self, event_id: str) -> None:
        first = datetime.fromisoformat(self._client.get(event_id)["start"]["dateTime"]).date()
        # A patch merges what is within: the times go only when they are taken out.
        days = {edge: {**day, "dateTime": None, "timeZone": None} for edge, day in all_day(first, 1).items()}
        self._patch(event_id, **days)

    def make_recurring(self, event_id: str) -> None:
        self._patch(event_id, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])

    def add_foreign(self, span: Timespan, *, busy: bool = True) -> str:
        transparency = "opaque" if busy else "transparent"
        return self._insert(start=moment(span.start), end=moment(span.end), transparency=transparency)

    def add_foreign_days(self, first: date, days: int = 1) -> str:
        return self._insert(**all_day(first, days))

    def add_foreign_weekly(self, starts: datetime, length: timedelta, count: int) -> str:
        return self._insert(
            start=moment(starts), end=moment(starts + length), recurrence=[f"RRULE:FREQ=WEEKLY;COUNT={count}"]
        )

    def forget_cursors(self) -> None:
        self._server.expire_sync_tokens(self._client.calendar_id)

    def close(self) -> None:
        self._client.http.close()

    def _insert(self, **content: Any) -> str:
        return str(self._client.insert(id=None, summary="Lunch with Anna", **content)["id"])

    def _patch(self, event_id: str, **changes: Any) -> None:
        events = self._client.events
        events.patch(calendarId=self._client.calendar_id, eventId=event_id, body=changes).execute()


def moment(at: datetime) -> dict[str, str]:
    return {"dateTime": at.isoformat(), "timeZone": str(at.tzinfo)}


def all_day(first: date, days: int) -> dict[str, dict[str, str]]:
    return {"start": {"date": first.isoformat()}, "end": {"date": (first + timedelta(days=days)).isoformat()}}
