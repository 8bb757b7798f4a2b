"""Pages ask the database a dozen questions in a run at most, and none asks more where more is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, delete, event, insert

from core.bootstrap import App
from core.scheduler import tables
from core.scheduler.booking import Booking
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage

MOST = 12

TIME = {"day": "2026-12-09", "at": int(datetime(2026, 12, 9, 16, tzinfo=UTC).timestamp())}
KEY = {"key": "0123456789abcdef"}
BOOK = [
    {},
    {"visit": 1},
    {"visit": 1, "with": "anyone"},
    {"visit": 1, "doctor": 1},
    {"visit": 1, "with": "anyone", "day": TIME["day"]},
    {"visit": 1, "doctor": 1, "day": TIME["day"]},
    {"visit": 1, "doctor": 1, **TIME, **KEY},
    {"booked": 1},
]

# Page, who opens it, and where it is opened.
PLACES: list[tuple[str, str | None, dict[str, Any]]] = [
    *((name, None, {}) for name in ("home", "sign_in", "today")),
    ("welcome", None, {"token": "x" * 43}),
    *(
        ("today", who, query)
        for who in ("doctor", "reception")
        for query in ({}, {"appointment": 1}, {"day": TIME["day"]}, {"form": "walk_in"}, {"form": "outcomes"})
    ),
    ("today", "manager", {"form": "walk_in", "doctor": 1}),
    *(("agenda", who, query) for who in ("doctor", "reception") for query in ({}, {"appointment": 1})),
    *(("book", who, query) for who in (None, "patient", "doctor", "reception") for query in BOOK),
    *(
        ("my_appointments", "patient", query)
        for query in (
            {},
            {"move": 1},
            {"move": 1, "rev": 1, "day": TIME["day"]},
            {"move": 1, "rev": 1, **TIME},
            {"moved": 1},
        )
    ),
    *(("account", who, {}) for who in ("patient", "manager")),
    *(("calendars", "manager", {"part": part}) for part in ("calendars", "doctors", "step", "add")),
    *(
        ("setup", "manager", query)
        for query in (
            *({"part": part} for part in ("clinic", "doctors", "staff", "visits", "hours", "closures")),
            {"part": "doctors", "doctor": 1},
            {"part": "staff", "account": 3},
            {"part": "visits", "type": 1},
        )
    ),
    ("clinic", "manager", {}),
]


@contextmanager
def counting(app: App) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            asked.append(statement)

    event.listen(app.store.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(app.store.engine, "before_cursor_execute", note)


class Growing:
    """The clinic, which at first has one of everything and then many."""

    def __init__(self, app: App, clinic: MadeClinic, clock: HandClock) -> None:
        self.app, self.clinic, self.clock = app, clinic, clock
        self._book(9, 9)
        self._of_today_and_before(9)
        self._close(20)

    def grow(self) -> None:
        """More doctors, visit types, people, staff, calendars, closures and appointments."""
        self.app.store.write(self._add)
        for hour in (10, 11, 13, 14):
            self._book(10, hour, user_id=1)
            self._of_today_and_before(hour)
            self._close(hour)

    def _of_today_and_before(self, hour: int) -> None:
        now = self.clock.now
        self.clock.now = now - timedelta(days=7)
        self._book(7, hour, 30, user_id=2)
        for doctor_id in (1, 2):
            self._book(2, hour, user_id=doctor_id, doctor_id=doctor_id)
        self.clock.now = now

    def _book(self, day: int, hour: int, minute: int = 0, *, user_id: int = 1, doctor_id: int = 1) -> None:
        starts_at = datetime(2026, 12, day, hour, minute, tzinfo=UTC)
        booking = Booking(f"{starts_at} {doctor_id}", user_id, doctor_id, 1, starts_at)
        number = self.app.scheduler.book_appointment(self.clinic["manager"], booking).appointment_id
        self.app.links.request(self.clinic["manager"], number)

    def _close(self, day: int) -> None:
        starts_at = datetime(2027, 1, day, tzinfo=UTC)
        closure = {"doctor_id": 1, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=9)}
        self.app.store.write(lambda c: c.execute(insert(tables.closures).values(**closure)))

    def _add(self, connection: Connection) -> None:
        for number in range(3, 9):
            offers = {"doctor_id": number, "visit_type_id": 1}
            hours = {"doctor_id": number, "weekday": 0, "opens": time(9), "closes": time(17)}
            account = {"name": "Robin", "password_hash": "-", "role": "doctor", "created_at": self.clock.now}
            for table, row in (
                (tables.users, {"name": f"Patient {number}", "created_at": self.clock.now}),
                (tables.account_users, {"account_id": 1, "user_id": number, "relation": "child"}),
                (tables.accounts, {"account_id": 100 + number, "email": f"{number}@example.com", **account}),
                (tables.calendars, {"calendar_id": f"c{number}", "name": f"Calendar {number}", "provider": "embedded"}),
                (tables.doctors, {"doctor_id": number, "name": f"Dr. {number}", "calendar_id": f"c{number}"}),
                (
                    tables.visit_types,
                    {"name": f"Visit {number}", "minutes": 20, "buffer_minutes": 5, "position": number},
                ),
                (tables.doctor_visit_types, offers),
                (tables.opening_hours, hours),
            ):
                connection.execute(insert(table).values(**row))


def test_no_page_asks_much_and_none_asks_more_where_more_is_stored(
    app: App, clinic: MadeClinic, clock: HandClock, open_page: OpenPage
) -> None:
    def asked(name: str, who: str | None, query: dict[str, Any]) -> list[str]:
        app.store.write(lambda c: c.execute(delete(tables.holds)))
        with counting(app) as statements:
            visit = open_page(name, None if who is None else clinic[who], **query)
        assert not visit.exception, (name, who, query)
        return statements

    clock.advance(hours=3)
    growing = Growing(app, clinic, clock)
    few = [asked(*place) for place in PLACES]
    growing.grow()
    many = [asked(*place) for place in PLACES]
    told = {
        str(place): (len(before), len(after))
        for place, before, after in zip(PLACES, few, many, strict=True)
        if len(after) > len(before) or len(after) > MOST
    }
    assert not told
