"""Somebody who works in the built-in server's calendar with the caldav library."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import caldav

from core.calendars.caldav import CalDAVCalendar
from core.calendars.embedded import USERNAME, EmbeddedServer
from core.domain.timespan import Timespan

OBJECT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T000000Z
SUMMARY:Lunch with Anna
{lines}
END:VEVENT
END:VCALENDAR
"""


class ByCalDAV:
    def __init__(self, client: Any, calendar: CalDAVCalendar, tokens: Path) -> None:
        self._calendar = client.calendar(url=calendar.url)
        self._tokens = tokens

    def move(self, event_id: str, span: Timespan) -> None:
        self._set(event_id, dtstart=span.start, dtend=span.end)

    def edit(self, event_id: str, title: str) -> None:
        self._set(event_id, summary=title)

    def remove(self, event_id: str) -> None:
        self._event(event_id).delete()

    def make_all_day(self, event_id: str) -> None:
        day = self._event(event_id).icalendar_component["DTSTART"].dt.date()
        self._set(event_id, dtstart=day, dtend=day + timedelta(days=1))

    def make_recurring(self, event_id: str) -> None:
        self._set(event_id, rrule={"FREQ": "DAILY", "COUNT": 3})

    def add_foreign(self, span: Timespan, *, busy: bool = True) -> str:
        transparency = "OPAQUE" if busy else "TRANSPARENT"
        return self.put(f"DTSTART:{utc(span.start)}", f"DTEND:{utc(span.end)}", f"TRANSP:{transparency}")

    def add_foreign_days(self, first: date, days: int = 1) -> str:
        last = first + timedelta(days=days)
        return self.put(f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}")

    def add_foreign_weekly(self, starts: datetime, length: timedelta, count: int) -> str:
        zone, minutes = starts.tzinfo, int(length.total_seconds() // 60)
        return self.put(
            f"DTSTART;TZID={zone}:{starts:%Y%m%dT%H%M%S}", f"DURATION:PT{minutes}M", f"RRULE:FREQ=WEEKLY;COUNT={count}"
        )

    def forget_cursors(self) -> None:
        shutil.rmtree(self._tokens, ignore_errors=True)

    def put(self, *lines: str) -> str:
        """Add an event of these lines and return its id."""
        uid = f"{uuid.uuid4()}@example.com"
        made = self._calendar.save_event(OBJECT.format(uid=uid, lines="\n".join(lines)))
        return unquote(str(made.url).rpartition("/")[2]).removesuffix(".ics")

    def _event(self, event_id: str) -> Any:
        return self._calendar.event_by_url(f"{self._calendar.url}{event_id}.ics")

    def _set(self, event_id: str, **values: Any) -> None:
        event = self._event(event_id)
        component = event.icalendar_component
        for name, value in values.items():
            component.pop(name, None)
            component.add(name, value)
        event.save()


@contextmanager
def somebody_at(server: EmbeddedServer, calendar: CalDAVCalendar, slug: str) -> Iterator[ByCalDAV]:
    """Somebody with a client of their own at the calendar of this slug."""
    cache = server._folder / "collections" / "collection-root" / USERNAME / slug / ".Radicale.cache"
    with caldav.DAVClient(url=server.url, username=USERNAME, password=server.password) as client:
        yield ByCalDAV(client, calendar, cache / "sync-token")


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
