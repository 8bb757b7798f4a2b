import socket
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from core.bootstrap import build, prepare
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.settings import Settings
from core.worker import TIDY_EVERY, Worker
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import make_clinic


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_folder=tmp_path, database_url=f"sqlite:///{tmp_path / 'clinic.db'}", demo=False, environment="development"
    )


def test_the_worker_brings_a_booking_to_the_built_in_calendar(settings: Settings, clock: HandClock) -> None:
    prepare(settings)
    app = build(settings, clock)
    try:
        assert not (settings.data_folder / "calendar").exists()
        clinic = make_clinic(app.store, clock)
        starts = clock.now.replace(day=8, hour=9)
        booked = app.scheduler.book_appointment(clinic["patient"], Booking("key", 1, 1, 1, starts))
        app.links.request(clinic["patient"], booked.appointment_id)
        worker = Worker(app, pause=0.05)
        worker.start()
        worker.start()
        deadline = time.monotonic() + 20
        while app.links.pending() and time.monotonic() < deadline:
            time.sleep(0.05)
        worker.stop()
        named = app.store.read(lambda c: c.execute(select(tables.appointments.c.calendar_event_id)).scalar_one())
        found = app.registry.calendar("embedded", "clinic", "Clinic").fetch(named)
        assert found is not None
        assert found.starts_at == starts
    finally:
        app.close()


def test_the_worker_opens_the_built_in_calendar_before_anything_is_pushed(settings: Settings, clock: HandClock) -> None:
    prepare(settings)
    app = build(settings, clock)
    worker = Worker(app, pause=0.05)
    try:
        make_clinic(app.store, clock)
        worker.start()
        port = settings.data_folder / "calendar" / "port"
        deadline = time.monotonic() + 20
        while not port.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        worker.stop()
        with socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=5):
            pass
    finally:
        app.close()


def test_the_worker_forgets_holds_and_tickets_that_ran_out_and_logs_no_details_of_errors(
    settings: Settings, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(settings)
    app = build(settings, clock)
    worker = Worker(app, pause=0.01)
    try:
        make_clinic(app.store, clock)
        hold = {"holder": "someone", "doctor_id": 1, "visit_type_id": 1, "starts_at": clock.now}
        ends = {"occupied_until": clock.now.replace(hour=8), "hold_until": clock.now.replace(minute=5)}
        app.store.write(lambda c: c.execute(insert(tables.holds).values(**hold, **ends)) and None)
        app.tickets.issue(1, "visit")
        clock.now += TIDY_EVERY
        assert worker.run_once() == 0
        for table in (tables.holds, tables.access_tokens):
            query = select(func.count()).select_from(table)
            assert app.store.read(lambda c, query=query: c.execute(query).scalar_one()) == 0
        app.store.write(lambda c: c.exec_driver_sql("ALTER TABLE calendar_links RENAME TO elsewhere") and None)
        worker.start()
        deadline = time.monotonic() + 10
        while not (errors := [record.msg for record in caplog.records if record.levelname == "ERROR"]):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        worker.stop()
        event = errors[0]
        assert (event["event"], event["where"]) == ("unexpected_error", "worker")
        assert event["error"] == "OperationalError from OperationalError"
    finally:
        app.close()


def test_the_worker_measures_how_long_patients_wait_once_a_day_of_the_clinic(
    settings: Settings, clock: HandClock
) -> None:
    prepare(settings)
    app = build(settings, clock)
    try:
        make_clinic(app.store, clock)
        app.store.write(lambda c: c.execute(update(tables.clinic).values(zone="Asia/Tokyo")) and None)
        clock.now = datetime(2026, 12, 7, 14, 59, tzinfo=UTC)  # a minute before Tokyo's midnight
        worker = Worker(app)

        def days() -> list[date]:
            query = select(tables.availability_snapshots.c.day).distinct().order_by("day")
            return app.store.read(lambda c: list(c.execute(query).scalars()))

        seen = []
        for moment in (clock.now, clock.now + timedelta(seconds=59), clock.now + timedelta(minutes=1)):
            clock.now = moment
            worker.run_once()
            seen.append(days())
        assert seen == [[date(2026, 12, 7)], [date(2026, 12, 7)], [date(2026, 12, 7), date(2026, 12, 8)]]
    finally:
        app.close()
