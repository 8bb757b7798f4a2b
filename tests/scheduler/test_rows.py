from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from core.domain.appointment import Status
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.rows import Row, SyncState, load_rows, load_touching
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, doctors, visit_types
from core.scheduler.types import epoch
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)


@pytest.fixture
def number(scheduler: AppointmentScheduler, clinic: MadeClinic) -> int:
    booking = Booking("one", clinic.patient, clinic.doctor, clinic.follow_up, NINE, reason="Knee")
    return scheduler.book_appointment(clinic["patient"], booking).appointment_id


def one(store: Store, number: int) -> Row:
    """The row as a single one and as one of lists, which must not differ."""
    single, *lists = store.read(
        lambda connection: [
            load_rows(connection, appointments.c.appointment_id == number),
            load_touching(connection, (epoch(NINE), epoch(NINE) + 1), 1),
            load_touching(connection, (epoch(NINE), epoch(NINE) + 1), None),
        ]
    )
    assert lists == [single, single]
    return single[0]


def test_a_new_appointment_says_all_about_itself(store: Store, number: int, clock: HandClock) -> None:
    row = one(store, number)
    assert (row.appointment_id, row.revision, row.user_id, row.patient_name) == (number, 1, 1, "Patient 1")
    assert (row.doctor_id, row.doctor_name, row.visit_type_id) == (1, "Dr. Sarah Johnson", 1)
    assert (row.starts_at, row.ends_at, row.minutes) == (NINE, NINE + timedelta(minutes=20), 20)
    assert row.starts_at.utcoffset() == row.created_at.utcoffset() == timedelta(0)
    assert (row.status, row.reason, row.created_at) == (Status.SCHEDULED, "Knee", clock())
    assert (row.checked_in_at, row.started_at, row.completed_at) == (None, None, None)
    assert row.remote is False
    assert row.cancelled_late is False
    assert row.sync == SyncState("none")


def test_what_came_later_is_told_too(store: Store, number: int) -> None:
    moments = [NINE + timedelta(minutes=minutes) for minutes in (1, 3, 17)]
    values = dict(zip(("checked_in_at", "started_at", "completed_at"), moments, strict=True))
    store.write(
        lambda connection: (
            connection.execute(update(appointments).values(status="completed", cancelled_late=True, **values)),
            connection.execute(update(visit_types).values(remote=True)),
        )
    )
    row = one(store, number)
    assert [row.checked_in_at, row.started_at, row.completed_at] == moments
    assert row.status is Status.COMPLETED
    assert row.remote is True
    assert row.cancelled_late is True


@pytest.mark.parametrize(
    ("link", "state"),
    [
        ({"wanted": False}, "none"),
        ({"wanted_revision": 2, "mirrored_revision": 1}, "pending"),
        ({"wanted_revision": 2, "mirrored_revision": 2}, "synced"),
        ({"wanted_revision": 2, "mirrored_revision": 2, "error_kind": "passing", "error": "Busy."}, "pending"),
        ({"wanted_revision": 2, "mirrored_revision": 1, "error_kind": "reconnect", "error": "Sign in."}, "failed"),
    ],
)
def test_a_link_says_how_the_appointment_stands_in_the_calendar(
    store: Store, number: int, link: dict[str, object], state: str
) -> None:
    made = {"appointment_id": number, "calendar_id": "clinic", "event_id": "e", "requested_at": NINE, "due_at": NINE}
    store.write(
        lambda connection: (
            connection.execute(update(doctors).values(calendar_id="clinic")),
            connection.execute(insert(calendar_links).values(**made, synced_at=NINE, attempts=3, **link)),
        )
    )
    sync = one(store, number).sync
    expected = SyncState("none")
    if state != "none":
        expected = SyncState(state, NINE, link.get("error_kind"), link.get("error"), NINE, 3)  # type: ignore[arg-type]
    assert sync == expected


def test_a_list_holds_what_shares_time_with_it_and_nothing_that_only_meets_it(store: Store, number: int) -> None:
    def found(first_minute: int, last_minute: int, doctor_id: int | None) -> list[int]:
        span = epoch(NINE) + first_minute * 60, epoch(NINE) + last_minute * 60
        return [row.appointment_id for row in store.read(lambda connection: load_touching(connection, span, doctor_id))]

    for doctor_id in (1, None):
        assert found(19, 600, doctor_id) == [number]
        assert found(-600, 1, doctor_id) == [number]
        assert found(20, 600, doctor_id) == []
        assert found(-600, 0, doctor_id) == []
    assert found(0, 20, 2) == []
