"""Appointments for the grid's pure functions, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.scheduler.types import epoch

TEN = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)


def row(*, starts_at: datetime = TEN, minutes: int = 20, status: Status = Status.SCHEDULED, **differences: Any) -> Row:
    stored = {
        "appointment_id": 7,
        "revision": 3,
        "user_id": 1,
        "patient_name": "Jane Smith",
        "patient_email": "jane@example.com",
        "patient_phone": "",
        "doctor_id": 1,
        "doctor_name": "Dr. Sarah Johnson",
        "specialty": "",
        "room": "",
        "colour_id": "10",
        "visit_type_id": 1,
        "visit_type": "Follow-up",
        "place": "",
        "by_video": 0,
        "starts": epoch(starts_at),
        "ends": epoch(starts_at) + minutes * 60,
        "status_value": status.value,
        "reason": "",
        "checked_in": None,
        "started": None,
        "completed": None,
        "late": 0,
        "created": epoch(TEN - timedelta(days=3)),
    }
    return Row(**{**stored, **differences})
