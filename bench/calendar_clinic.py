"""A clinic of the benchmark whose calendars take every booking, as the application is wired, with a receptionist at work."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, delete, insert, select, update

from bench.booking import Desk
from bench.data import Context
from bench.google_process import Google
from core.bootstrap import App, build
from core.domain.clock import system_clock
from core.domain.principal import Principal
from core.scheduler.booking import Booking
from core.scheduler.demo.load import PASSWORD
from core.scheduler.tables import appointments, calendar_links, calendars, doctors, external_busy, link_requests
from core.settings import Settings

NO_QUOTA = 1_000_000


@dataclass
class Ahead:
    """The time that a clinic of the benchmark has: later than the real one, and passing as fast. Other processes may have it too."""

    by: timedelta

    def __call__(self) -> datetime:
        return system_clock() + self.by

    def skip(self, minutes: int) -> None:
        self.by += timedelta(minutes=minutes)


@dataclass(frozen=True)
class Visit:
    """An appointment that stands in the calendar."""

    appointment_id: int
    event_id: str
    starts_at: datetime
    ends_at: datetime


class Clinic:
    """The application at a clinic's database; everything that is booked at `desk` goes to its one calendar."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self.settings = settings
        self.clock = Ahead(context.now - system_clock())
        self.app: App = build(settings, self.clock)
        self.desk = Desk(settings.database, context)
        self.calendar_id = ""

    def connect(self, provider: str, address: str = "") -> None:
        """Give all doctors one calendar that takes every booking, in place of the demo clinic's."""
        self.app.store.write(_forget_calendars)
        manager = self._manager()
        self.calendar_id = self.app.calendars.save(
            manager, None, name="Measured", provider=provider, address=address, detail="full", auto=True
        )
        self.app.calendars.one_for_all(manager, self.calendar_id)

    def take(self, count: int) -> list[Booking]:
        """So many bookings to be made; AssertionError where not enough times are free."""
        bookings = self.desk.take(count)
        if len(bookings) < count:
            raise AssertionError(f"only {len(bookings)} times are free")
        return bookings

    def book(self, count: int) -> None:
        """So many bookings by the receptionist."""
        for booking in self.take(count):
            self.desk.book(booking)

    def shorten(self) -> None:
        """Let every visit end five minutes earlier, by the receptionist."""
        for visit in self.visits():
            minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60) - 5
            self.desk.scheduler.reschedule(self.desk.who, visit.appointment_id, visit.starts_at, minutes=minutes)

    def push(self, limit: int) -> None:
        """Push up to `limit` changes; AssertionError where one fails."""
        counts = self.app.sync.run_due(limit)
        if counts.failed:
            raise AssertionError(f"{counts.failed} pushes failed")

    def push_all(self) -> None:
        """Push until nothing is pending."""
        while self.app.links.pending(self.calendar_id):
            self.push(10_000)

    def pull(self) -> None:
        """Read the calendar; raises what went wrong."""
        error = self.app.pull.pull_now(self.calendar_id)
        if error is not None:
            raise error

    def read_up_to(self, cursor: str, busy: dict[str, tuple[datetime, datetime]]) -> None:
        """As if all of the calendar had been read: up to this cursor, with these events of somebody else's in it."""
        now = self.clock()
        read = update(calendars).values(cursor=cursor, listed_at=now, pulled_at=now)
        rows = [
            {"calendar_id": self.calendar_id, "event_id": event_id, "starts_at": starts, "ends_at": ends}
            for event_id, (starts, ends) in busy.items()
        ]
        self.app.store.write(
            lambda connection: (connection.execute(read), connection.execute(insert(external_busy), rows))
        )

    def visits(self) -> list[Visit]:
        """What is linked with the calendar, in the order of booking."""
        query = (
            select(
                appointments.c.appointment_id,
                calendar_links.c.event_id,
                appointments.c.starts_at,
                appointments.c.ends_at,
            )
            .join(calendar_links, calendar_links.c.appointment_id == appointments.c.appointment_id)
            .where(calendar_links.c.calendar_id == self.calendar_id)
            .order_by(appointments.c.appointment_id)
        )
        return self.app.store.read(lambda connection: [Visit(*row) for row in connection.execute(query)])

    def close(self) -> None:
        self.app.close()
        self.desk.close()

    def _manager(self) -> Principal:
        who = self.app.accounts.principal_of(self.app.accounts.sign_in("manager@example.com", PASSWORD), "bench")
        assert who is not None
        return who


def _forget_calendars(connection: Connection) -> None:
    connection.execute(delete(calendar_links))
    connection.execute(delete(link_requests))
    connection.execute(update(doctors).values(calendar_id=None))
    connection.execute(delete(calendars))


@contextmanager
def clinic(context: Context, *, server: Google | None = None, folder: Path | None = None) -> Iterator[Clinic]:
    """A clinic that may be changed, with a sign-in at the stand-in or a folder for the built-in server if that is given.

    The quota is lifted: at Google's own of 600 requests a minute nothing else could be measured.
    """
    with context.sqlite_copy(context.small) as url, TemporaryDirectory() as another, ExitStack() as closing:
        known = {}
        if server is not None:
            key = Path(another) / "service-account.json"
            key.write_text(json.dumps(server.place.key))
            known = {
                "google_service_account_file": str(key),
                "google_endpoint": server.place.endpoint,
                "google_token_endpoint": server.place.token_endpoint,
            }
        settings = Settings(
            data_folder=folder or Path(another),
            database_url=url,
            demo=False,
            google_requests_per_minute=NO_QUOTA,
            **known,
        )
        made = Clinic(context, settings)
        closing.callback(made.close)
        yield made
