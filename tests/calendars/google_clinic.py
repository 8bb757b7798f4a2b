"""A calendar at the Google stand-in, and the calls that may fail there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.calendars.calendar import CalendarError, Event, Window
from core.calendars.google import GoogleAccess, GoogleCalendar
from core.domain.timespan import Timespan
from tests.stand_ins.google import GoogleStandIn

STARTS = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
EVENT = Event(
    event_id="0123456789abcdef0123456789abcdef",
    title="Appointment: John Doe with Dr. Sarah Johnson",
    description="Patient: John Doe\nAppointment ID: 11",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=30),
    zone="Europe/Zurich",
    colour_id="7",
    location="Room 2",
    sequence=3,
)
LATER = replace(EVENT, starts_at=STARTS + timedelta(hours=1), ends_at=STARTS + timedelta(hours=2), sequence=4)
WINDOW = Window(Timespan(STARTS - timedelta(days=2), STARTS + timedelta(days=60)), "Europe/Zurich")
ADDRESS = "https://clinic.example.com/hooks/google"


class Clinic:
    """One calendar at the stand-in; `etag` is that of the event, once there is one."""

    def __init__(self, server: GoogleStandIn) -> None:
        self.server = server
        self.calendar_id = server.new_calendar("Clinic")
        self.calendar = self.connect()
        self.etag = ""

    def connect(self, access: GoogleAccess | None = None, timeout: float = 20.0) -> GoogleCalendar:
        return GoogleCalendar(
            calendar_id=self.calendar_id,
            access=access or self.server.service_access(),
            endpoint=self.server.endpoint,
            token_endpoint=self.server.token_endpoint,
            timeout=timeout,
        )

    def stored(self) -> dict[str, Any]:
        (event,) = self.server.events(self.calendar_id)
        return event.content


def fetch(google: Clinic) -> object:
    return google.calendar.fetch(EVENT.event_id)


def create(google: Clinic) -> object:
    return google.calendar.create(EVENT)


def update(google: Clinic) -> object:
    return google.calendar.update(LATER, google.etag)


def delete(google: Clinic) -> None:
    google.calendar.delete(EVENT.event_id, google.etag)


def changes(google: Clinic) -> object:
    return google.calendar.changes(None, WINDOW)


def watch(google: Clinic) -> object:
    return google.calendar.watch("channel-1", "secret", ADDRESS)


CALLS: dict[str, tuple[str, Callable[[Clinic], object]]] = {
    "fetch": ("calendar.events.get", fetch),
    "create": ("calendar.events.insert", create),
    "update": ("calendar.events.update", update),
    "delete": ("calendar.events.delete", delete),
    "changes": ("calendar.events.list", changes),
    "watch": ("calendar.events.watch", watch),
}


def failure(google: Clinic, call: Callable[[Clinic], object]) -> CalendarError:
    with pytest.raises(CalendarError) as raised:
        call(google)
    return raised.value
