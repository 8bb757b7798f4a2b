"""Two weeks of a small clinic by hand: small enough to work every figure out with a pencil."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from core.domain.clock import Clock
from core.reports.report import Period
from core.scheduler import tables
from core.scheduler.outside_hours import note_doctor
from core.scheduler.store import Store
from tests.scheduler.clinic_factory import MadeClinic, make_clinic

PERIOD = Period(date(2026, 11, 30), date(2026, 12, 7))  # a Monday to the Monday that is today
FOLLOW_UP, CHECK_UP = 1, 2
_MINUTES = {FOLLOW_UP: 20, CHECK_UP: 40}


def at(text: str) -> datetime:
    """An instant of these weeks, when London's clocks show UTC: "30 Nov 09:00"."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=UTC)


def visit(
    doctor: int,
    visit_type: int,
    start: str,
    status: str,
    lead: int,
    *,
    stamps: tuple[int, int, int] | None = None,
    late: bool = False,
) -> dict[str, Any]:
    """An appointment booked so many days ahead; `stamps` are minutes from its start to check-in, start and completion."""
    starts = at(start)
    ends = starts + timedelta(minutes=_MINUTES[visit_type])
    arrived, began, done = [starts + timedelta(minutes=minutes) for minutes in stamps] if stamps else [None] * 3
    return {
        "user_id": doctor,
        "doctor_id": doctor,
        "visit_type_id": visit_type,
        "starts_at": starts,
        "ends_at": ends,
        "occupied_until": ends + timedelta(minutes=5),
        "appointment_date": starts.date(),
        "start_time": starts.time(),
        "end_time": ends.time(),
        "status": status,
        "created_at": starts - timedelta(days=lead, hours=1),
        "checked_in_at": arrived,
        "started_at": began,
        "completed_at": done,
        "cancelled_late": late,
    }


VISITS = [
    visit(1, FOLLOW_UP, "23 Nov 09:00", "completed", 0, stamps=(-20, 0, 40)),
    visit(1, FOLLOW_UP, "23 Nov 10:00", "no_show", 0),
    visit(1, FOLLOW_UP, "30 Nov 09:00", "completed", 0, stamps=(-10, 0, 20)),
    visit(1, CHECK_UP, "30 Nov 09:50", "completed", 3, stamps=(-10, 5, 40)),
    visit(1, FOLLOW_UP, "1 Dec 10:00", "no_show", 10),
    visit(1, FOLLOW_UP, "2 Dec 11:00", "scheduled", 1),
    visit(2, FOLLOW_UP, "3 Dec 16:50", "completed", 40),  # ten minutes past closing; recorded afterwards
    visit(2, CHECK_UP, "4 Dec 09:00", "completed", 3, stamps=(0, 5, 45)),
    visit(2, FOLLOW_UP, "4 Dec 10:00", "cancelled", 5, late=True),
    visit(2, CHECK_UP, "4 Dec 13:00", "cancelled", 5),
    visit(1, FOLLOW_UP, "7 Dec 09:00", "scheduled", 2),
    visit(1, CHECK_UP, "14 Dec 11:30", "scheduled", 12),  # next week, into the break
    visit(1, CHECK_UP, "14 Dec 14:00", "cancelled", 12),
]
CLOSURES = [
    (None, "1 Dec 13:00", "1 Dec 17:00"),
    (2, "30 Nov 00:00", "1 Dec 00:00"),
    (2, "15 Dec 00:00", "16 Dec 00:00"),
]
BUSY = [("2 Dec 12:30", "2 Dec 13:30"), ("14 Dec 09:00", "14 Dec 10:00")]  # doctor 1's
MEASURED = [
    (1, 0, date(2026, 11, 25), 3),
    (1, 0, date(2026, 11, 30), 4),
    (1, 0, date(2026, 12, 1), 6),
    (1, 0, date(2026, 12, 7), None),
    (2, 0, date(2026, 11, 30), 8),
    (2, 1, date(2026, 12, 7), 11),
]


def make_weeks(store: Store, clock: Clock) -> MadeClinic:
    """Fill a fresh database; the clock should show 7 December 2026."""
    made = make_clinic(store, clock)

    def fill(connection: Any) -> None:
        connection.execute(insert(tables.appointments), VISITS)
        connection.execute(
            insert(tables.closures),
            [{"doctor_id": doctor, "starts_at": at(start), "ends_at": at(end)} for doctor, start, end in CLOSURES],
        )
        connection.execute(insert(tables.calendars).values(calendar_id="own", name="Own", provider="embedded"))
        connection.execute(update(tables.doctors).where(tables.doctors.c.doctor_id == 1).values(calendar_id="own"))
        connection.execute(
            insert(tables.external_busy),
            [
                {"calendar_id": "own", "event_id": start, "starts_at": at(start), "ends_at": at(end)}
                for start, end in BUSY
            ],
        )
        columns = ("visit_type_id", "doctor_id", "day", "days")
        connection.execute(
            insert(tables.availability_snapshots), [dict(zip(columns, row, strict=True)) for row in MEASURED]
        )
        for doctor_id in connection.execute(select(tables.doctors.c.doctor_id)).scalars().all():
            note_doctor(connection, doctor_id)

    store.write(fill)
    return made
