"""A clinic with any number of appointments that are asked for in two calendars, and fakes in the calendars' place."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock

from sqlalchemy import Connection, RowMapping, insert, select, update

from core.calendars.calendar import Event
from core.calendars.rates import Rates
from core.calendars.sync import CalendarSync
from core.scheduler.link_requests import event_id
from core.scheduler.links import CalendarLinks
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, calendars, doctors
from tests.calendars.memory import MemoryCalendar
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import INSTALLATION, make_clinic

FIRST, SECOND = "clinic", "second"


class Shelf:
    """Calendars by their ids; whatever is not there is empty."""

    def __init__(self, **found: MemoryCalendar) -> None:
        self.found = found

    def calendar(self, provider: str, calendar_id: str, name: str) -> MemoryCalendar:
        return self.found.setdefault(calendar_id, MemoryCalendar(tombstones=True))


class GatedCalendar(MemoryCalendar):
    """Lets no creation pass before it is opened, and remembers how many waited at once; `trouble` may raise for an event."""

    def __init__(self, *, trouble: Callable[[Event], None] = lambda _: None) -> None:
        super().__init__(tombstones=True)
        self.gate = Signal()
        self.trouble = trouble
        self.most = self._now = 0
        self._count = Lock()

    def create(self, event: Event) -> str:
        with self._count:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            assert self.gate.wait(20)
            self.trouble(event)
            return super().create(event)
        finally:
            with self._count:
                self._now -= 1


class ManyLinks:
    """`first` appointments of one doctor in the calendar FIRST, `second` of another in SECOND, all due now."""

    def __init__(self, store: Store, clock: HandClock, first: int, second: int = 0, provider: str = "caldav") -> None:
        self.store, self.clock = store, clock
        self.clinic = make_clinic(store, clock)
        self.links = CalendarLinks(store, clock)
        store.write(lambda connection: self._fill(connection, provider, (first, second)))

    def sync(self, shelf: Shelf, rates: Rates | None = None) -> CalendarSync:
        return CalendarSync(self.links, shelf, self.clock, rates)

    def rows(self, calendar_id: str = FIRST) -> Sequence[RowMapping]:
        query = select(calendar_links).where(calendar_links.c.calendar_id == calendar_id).order_by("link_id")
        return self.store.read(lambda connection: connection.execute(query).mappings().all())

    def calendar(self, calendar_id: str = FIRST) -> RowMapping:
        query = select(calendars).where(calendars.c.calendar_id == calendar_id)
        return self.store.read(lambda connection: connection.execute(query).mappings().one())

    def change(self, *conditions: object, **values: object) -> None:
        """Change all links, or those that meet the conditions."""
        changed = update(calendar_links).where(*conditions).values(**values)  # type: ignore[arg-type]
        self.store.write(lambda connection: connection.execute(changed) and None)

    def touch(self) -> None:
        """Every appointment gets another reason, and its link is due."""
        self.store.write(lambda connection: connection.execute(update(appointments).values(reason="Other")) and None)
        self.change(wanted_revision=calendar_links.c.wanted_revision + 1, due_at=self.clock())

    def _fill(self, connection: Connection, provider: str, counts: tuple[int, int]) -> None:
        now = self.clock()
        connection.execute(update(calendars).values(provider="caldav"))
        connection.execute(insert(calendars).values(calendar_id=SECOND, name="Second", provider=provider))
        connection.execute(update(doctors).where(doctors.c.doctor_id == 2).values(calendar_id=SECOND))
        numbers = itertools.count(1)
        for person, (calendar_id, count) in enumerate(zip((FIRST, SECOND), counts, strict=True), 1):
            made = [_appointment(next(numbers), at, person, now) for at in range(count)]
            if made:
                connection.execute(insert(appointments), made)
                connection.execute(insert(calendar_links), [_link(one, calendar_id, now) for one in made])


def _appointment(number: int, at: int, person: int, now: datetime) -> dict[str, object]:
    starts = now.replace(hour=8) + timedelta(days=1 + at // 16, minutes=30 * (at % 16))
    ends = starts + timedelta(minutes=20)
    return {
        "appointment_id": number,
        "user_id": person,
        "doctor_id": person,
        "visit_type_id": 1,
        "starts_at": starts,
        "ends_at": ends,
        "occupied_until": ends,
        "appointment_date": starts.date(),
        "start_time": starts.time(),
        "end_time": ends.time(),
        "status": "scheduled",
        "booking_key": str(number),
        "created_at": now,
        "created_by": 1,
    }


def _link(made: dict[str, object], calendar_id: str, now: datetime) -> dict[str, object]:
    number = made["appointment_id"]
    assert isinstance(number, int)
    chosen = event_id(INSTALLATION, calendar_id, number, 1)
    return {
        "appointment_id": number,
        "calendar_id": calendar_id,
        "event_id": chosen,
        "requested_at": now,
        "due_at": now,
    }
