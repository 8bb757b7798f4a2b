"""A clinic that is full a week ahead: whoever asks takes the first free time, which is seven days later."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from core.domain.opening import OpeningHours
from core.scheduler import tables
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import ZONE, MadeClinic, make_clinic

TIMES = (time(9), time(9, 30), time(10), time(10, 30))
PEOPLE = 60


def make_full_clinic(store: Store, clock: HandClock, days: int = 40) -> MadeClinic:
    """Two doctors, from nine to eleven on weekdays, every follow-up booked a week before, for so many days up to now."""
    made = make_clinic(store, clock, patients=PEOPLE)
    setup = ClinicSetup(store, clock)
    hours = [OpeningHours(weekday, time(9), time(11)) for weekday in range(5)]
    for doctor in (made.doctor, made.other_doctor):
        setup.set_hours(made["manager"], doctor, hours)
    today = clock.now.date()
    rows = [
        _row(day, wall, doctor, (number * 8 + 4 * doctor + at) % PEOPLE + 1)
        for number in range(-days, 7)
        if (day := today + timedelta(days=number)).weekday() < 5
        for at, wall in enumerate(TIMES)
        for doctor in (made.doctor, made.other_doctor)
    ]
    store.write(lambda connection: connection.execute(insert(tables.appointments), rows) and None)
    return made


def _row(day: date, wall: time, doctor_id: int, user_id: int) -> dict[str, object]:
    starts = datetime.combine(day, wall, ZoneInfo(ZONE)).astimezone(UTC)
    return {
        "user_id": user_id,
        "doctor_id": doctor_id,
        "visit_type_id": 1,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=20),
        "occupied_until": starts + timedelta(minutes=25),
        "appointment_date": day,
        "start_time": wall,
        "end_time": (datetime.combine(day, wall) + timedelta(minutes=20)).time(),
        "status": "scheduled",
        "created_at": starts - timedelta(days=7),
    }
