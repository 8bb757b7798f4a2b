"""Every provider of calendars, ready for the contract suite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.calendars.caldav import CalDAVCalendar
from core.calendars.calendar import Calendar
from core.calendars.embedded import USERNAME, EmbeddedServer
from core.calendars.google import GoogleCalendar
from tests.calendars.by_caldav import somebody_at
from tests.calendars.by_google import ByGoogle
from tests.calendars.memory import MemoryCalendar
from tests.calendars.somebody_else import SomebodyElse
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.pipedream import PipedreamStandIn


def clock() -> datetime:
    return datetime(2026, 12, 7, 7, 0, tzinfo=UTC)


@dataclass
class Provider:
    calendar: Calendar
    absent: Calendar  # a calendar that does not exist at the same vendor
    somebody: SomebodyElse  # at work in the calendar with another program


@contextmanager
def memory(folder: Path, *, tombstones: bool) -> Iterator[Provider]:
    calendar = MemoryCalendar(tombstones=tombstones)
    yield Provider(calendar, MemoryCalendar(tombstones=tombstones, exists=False), calendar)


@contextmanager
def memory_with_tombstones(folder: Path) -> Iterator[Provider]:
    with memory(folder, tombstones=True) as provider:
        yield provider


@contextmanager
def memory_without_tombstones(folder: Path) -> Iterator[Provider]:
    with memory(folder, tombstones=False) as provider:
        yield provider


@contextmanager
def embedded(folder: Path) -> Iterator[Provider]:
    server = EmbeddedServer(folder / "calendar")
    try:
        calendar = server.calendar("clinic", "Clinic", clock)
        absent = CalDAVCalendar(f"{server.url}absent/", USERNAME, server.password, clock)
        with somebody_at(server, calendar, "clinic") as somebody:
            yield Provider(calendar, absent, somebody)
    finally:
        server.stop()


@contextmanager
def google(folder: Path) -> Iterator[Provider]:
    with GoogleStandIn() as server:

        def connect(calendar_id: str) -> GoogleCalendar:
            return GoogleCalendar(
                calendar_id=calendar_id,
                access=server.service_access(),
                endpoint=server.endpoint,
                token_endpoint=server.token_endpoint,
            )

        calendar_id = server.new_calendar("Clinic")
        somebody = ByGoogle(server, calendar_id)
        yield Provider(connect(calendar_id), connect("absent@group.calendar.google.com"), somebody)
        somebody.close()
        assert server.violations == []


@contextmanager
def google_through_pipedream(folder: Path) -> Iterator[Provider]:
    with GoogleStandIn() as server, PipedreamStandIn(server) as pipedream:

        def connect(calendar_id: str) -> GoogleCalendar:
            return GoogleCalendar(calendar_id=calendar_id, access=pipedream.access())

        calendar_id = server.new_calendar("Clinic")
        somebody = ByGoogle(server, calendar_id)
        yield Provider(connect(calendar_id), connect("absent@group.calendar.google.com"), somebody)
        somebody.close()
        assert server.violations == pipedream.violations == []


PROVIDERS: list[Callable[[Path], object]] = [
    memory_with_tombstones,
    memory_without_tombstones,
    embedded,
    google,
    google_through_pipedream,
]
