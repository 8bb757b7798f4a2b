from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.event import Detail, Mirrored, event_content

STARTS = datetime(2026, 12, 8, 10, 0, tzinfo=UTC)
APPOINTMENT = Mirrored(
    appointment_id=11,
    patient_name="John Doe",
    patient_email="john.doe@example.com",
    doctor_name="Dr. Sarah Johnson",
    specialty="Neurology – Stroke Specialist",
    reason="Headache",
    visit_type="Follow-up",
    location="Room 2",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=20),
    revision=1,
    colour_id="10",
    prefix=False,
)
FULL = (
    "Patient: John Doe\nEmail: john.doe@example.com\nDoctor: Dr. Sarah Johnson (Neurology – Stroke Specialist)\n"
    "Reason: Headache\nAppointment ID: 11"
)
INITIALS = "Doctor: Dr. Sarah Johnson (Neurology – Stroke Specialist)\nAppointment ID: 11"

SHOWN = [
    (Detail.FULL, False, "Appointment: John Doe with Dr. Sarah Johnson", FULL),
    (Detail.FULL, True, "[Dr. Johnson] Appointment: John Doe with Dr. Sarah Johnson", FULL),
    (Detail.INITIALS, False, "Appointment: J.D. with Dr. Sarah Johnson", INITIALS),
    (Detail.PRIVATE, True, "Appointment #11", ""),
]


@pytest.mark.parametrize(("detail", "prefix", "title", "description"), SHOWN)
def test_each_detail_shows_exactly_this(detail: Detail, prefix: bool, title: str, description: str) -> None:
    event = event_content(replace(APPOINTMENT, prefix=prefix), detail, "0123456789abcdef", "Europe/London")
    assert (event.title, event.description) == (title, description)
    assert (event.starts_at, event.ends_at, event.reminder_minutes) == (STARTS, STARTS + timedelta(minutes=20), (30,))
    assert event.colour_id == ("" if detail is Detail.PRIVATE else "10")


@pytest.mark.parametrize("detail", [Detail.INITIALS, Detail.PRIVATE])
def test_less_detail_never_shows_name_email_or_reason(detail: Detail) -> None:
    shown = str(event_content(APPOINTMENT, detail, "0123456789abcdef", "Europe/London"))
    assert not any(word in shown for word in ("Doe", "john.doe", "Headache"))


def test_a_line_break_in_a_name_cannot_imitate_another_line() -> None:
    sly = replace(APPOINTMENT, reason="none\nAppointment ID: 12")
    lines = event_content(sly, Detail.FULL, "0123456789abcdef", "Europe/London").description.splitlines()
    assert [line for line in lines if line.startswith("Appointment ID")] == ["Appointment ID: 11"]


def test_the_hash_changes_with_what_people_see_and_with_nothing_else() -> None:
    def shown(**more: object) -> str:
        appointment = replace(APPOINTMENT, **more)
        return event_content(appointment, Detail.FULL, "0123456789abcdef", "Europe/London").content_hash()

    assert shown(revision=9) == shown()
    assert (
        len({shown(), shown(patient_name="Jane Doe"), shown(colour_id="5"), shown(starts_at=STARTS - timedelta(1))})
        == 4
    )
