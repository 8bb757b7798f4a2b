"""A clinic whose only calendars are at the Google stand-in, wired as the application wires it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.bootstrap import App, build
from core.scheduler.booking import Booking
from core.scheduler.tables import appointments, calendar_links
from core.settings import Settings
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic
from tests.stand_ins.google import GoogleStandIn

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


def google_settings(server: GoogleStandIn, folder: Path, database_url: str, **more: Any) -> Settings:
    """Settings by which the service account signs in with the stand-in."""
    key = folder / "service-account.json"
    key.write_text(json.dumps(server.service_account_info()))
    given = {
        "data_folder": folder,
        "database_url": database_url,
        "demo": False,
        "google_service_account_file": str(key),
        "google_endpoint": server.endpoint,
        "google_token_endpoint": server.token_endpoint,
    }
    return Settings(**given | more)


class GoogleMirror:
    """One booked appointment of a doctor whose calendar is at the stand-in."""

    def __init__(self, server: GoogleStandIn, app: App, clock: HandClock) -> None:
        self.server, self.app, self.clock = server, app, clock
        clock.now = NINE - timedelta(days=1)
        self.clinic: MadeClinic = make_clinic(app.store, clock)
        self.manager = self.clinic["manager"]
        self.address = self.connect("Clinic")
        app.calendars.assign(self.manager, 1, self.address)
        booking = Booking("key", 1, 1, 1, NINE, reason="Headache")
        self.number = app.scheduler.book_appointment(self.clinic["patient"], booking).appointment_id

    @classmethod
    def at(cls, server: GoogleStandIn, folder: Path, database_url: str, clock: HandClock) -> "GoogleMirror":
        return cls(server, build(google_settings(server, folder, database_url), clock), clock)

    def connect(self, name: str) -> str:
        """Share a calendar with the clinic and add it there; its address."""
        address = self.server.new_calendar(name)
        return self.app.calendars.save(self.manager, None, name=name, provider="google", address=address, detail="full")

    def settle(self) -> None:
        """Let hours pass, and the worker do what is due in each, until nothing is."""
        for _ in range(10):
            self.app.sync.run_due()
            if self.app.links.pending() == 0:
                return
            self.clock.advance(hours=1)

    def event(self) -> dict[str, Any]:
        """The one event that stands at Google, which is the one that the clinic knows of."""
        found = [event for address in self.server.store.calendars for event in self.server.events(address)]
        assert len(found) == 1, [event.content.get("summary") for event in found]
        assert found[0].id == self.event_id()
        return found[0].content

    def count(self) -> int:
        return sum(len(self.server.events(address)) for address in self.server.store.calendars)

    def event_id(self) -> str | None:
        query = select(appointments.c.calendar_event_id).where(appointments.c.appointment_id == self.number)
        return self.app.store.read(lambda connection: connection.execute(query).scalar())

    def errors(self) -> list[str]:
        query = select(calendar_links.c.error).where(calendar_links.c.error.is_not(None))
        return list(self.app.store.read(lambda connection: connection.execute(query).scalars().all()))
