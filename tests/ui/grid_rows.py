"""Appointments for the grid's pure functions, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.appointment import Status
from core.scheduler.rows import Row, SyncState

TEN = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)

_ROW = Row(
    appointment_id=7,
    revision=3,
    user_id=1,
    patient_name="Jane Smith",
    patient_email="jane@example.com",
    patient_phone="",
    doctor_id=1,
    doctor_name="Dr. Sarah Johnson",
    specialty="",
    room="",
    colour_id="10",
    visit_type_id=1,
    visit_type="Follow-up",
    minutes=20,
    place="",
    remote=False,
    starts_at=TEN,
    ends_at=TEN + timedelta(minutes=20),
    status=Status.SCHEDULED,
    reason="",
    checked_in_at=None,
    started_at=None,
    completed_at=None,
    cancelled_late=False,
    created_at=TEN - timedelta(days=3),
    sync=SyncState("none"),
)


def row(**differences: Any) -> Row:
    made = replace(_ROW, **differences)
    return made if "ends_at" in differences else replace(made, ends_at=made.starts_at + timedelta(minutes=made.minutes))
