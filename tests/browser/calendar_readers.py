"""What others see in the clinic's calendars: read by programs that know nothing of CareSlot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import caldav
import google_auth_httplib2
import httplib2
from google.oauth2.service_account import Credentials
from googleapiclient.discovery import build

from tests.stand_ins.google import GoogleStandIn


@dataclass(frozen=True)
class Seen:
    """An event as another program shows it; `reminder` is in minutes before the start."""

    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    reminder: int


class Reader(Protocol):
    """Reads every event that stands in the clinic's calendar."""

    def events(self) -> list[Seen]: ...


class CalDAVReader:
    """The caldav library at the built-in server, with the address and password that the page Calendars shows."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "calendar"

    def events(self) -> list[Seen]:
        with self._opened() as calendar:
            return [_seen(event.icalendar_component) for event in calendar.events()]

    def move(self, appointment_id: int, starts_at: datetime) -> None:
        """Drag the appointment's event to another start, as long as it is."""
        with self._event(appointment_id) as event:
            component = event.icalendar_component
            length = component.decoded("dtend") - component.decoded("dtstart")
            for name, moment in (("dtstart", starts_at), ("dtend", starts_at + length)):
                del component[name]
                component.add(name, moment)
            event.save()

    def delete(self, appointment_id: int) -> None:
        """Delete the appointment's event."""
        with self._event(appointment_id) as event:
            event.delete()

    @contextmanager
    def _event(self, appointment_id: int) -> Iterator[Any]:
        with self._opened() as calendar:
            told = f"Appointment ID: {appointment_id}"
            (found,) = (
                event
                for event in calendar.events()
                if str(event.icalendar_component.get("description", "")).endswith(told)
            )
            yield found

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        port, password = ((self._folder / name).read_text().strip() for name in ("port", "password"))
        url = f"http://127.0.0.1:{port}/careslot/"
        with caldav.DAVClient(url=url, username="careslot", password=password) as client:
            yield client.calendar(url=f"{url}clinic/")


def _seen(event: Any) -> Seen:
    (alarm,) = event.walk("VALARM")
    return Seen(
        str(event["summary"]),
        str(event.get("description", "")),
        event.decoded("dtstart").astimezone(UTC),
        event.decoded("dtend").astimezone(UTC),
        int(-alarm.decoded("trigger").total_seconds() // 60),
    )


class GoogleReader:
    """Google's own client library, as the service account."""

    def __init__(self, server: GoogleStandIn, calendar_id: str) -> None:
        credentials = Credentials.from_service_account_info(
            {**server.service_account_info(), "token_uri": server.token_endpoint},
            scopes=["https://www.googleapis.com/auth/calendar"],
        )
        self._http = httplib2.Http(timeout=10)
        signed = google_auth_httplib2.AuthorizedHttp(credentials, http=self._http)
        options = {"api_endpoint": server.endpoint}
        self._events = build("calendar", "v3", http=signed, static_discovery=True, client_options=options).events()
        self._calendar_id = calendar_id

    def close(self) -> None:
        self._http.close()

    def events(self) -> list[Seen]:
        found = self._events.list(calendarId=self._calendar_id).execute()["items"]
        return [
            Seen(
                event["summary"],
                event.get("description", ""),
                datetime.fromisoformat(event["start"]["dateTime"]).astimezone(UTC),
                datetime.fromisoformat(event["end"]["dateTime"]).astimezone(UTC),
                event["reminders"]["overrides"][0]["minutes"],
            )
            for event in found
        ]


@contextmanager
def google_clinic() -> Iterator[tuple[GoogleStandIn, str]]:
    """A Google on loopback with a calendar for the clinic; what it did not understand fails the test."""
    with GoogleStandIn() as server:
        yield server, server.new_calendar("Clinic")
        assert server.violations == []
