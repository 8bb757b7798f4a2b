"""Appointment to event content: pure, and the only place that decides what a calendar may tell."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.calendars.calendar import Event

REMINDER_MINUTES = (30,)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the scheduler's row says should be shown; instants are aware, `doctor_name` already holds "Dr. "."""

    appointment_id: int
    patient_name: str
    patient_email: str
    doctor_name: str
    specialty: str
    reason: str
    visit_type: str
    location: str
    starts_at: datetime
    ends_at: datetime
    revision: int
    colour_id: str
    prefix: bool


class Detail(StrEnum):
    """How much of an appointment a calendar may tell."""

    FULL = "full"
    INITIALS = "initials"
    PRIVATE = "private"


def event_content(mirrored: Mirrored, detail: Detail, event_id: str, zone: str) -> Event:
    """The event as it should stand in a calendar of this detail; `zone` is the clinic's IANA zone."""
    return Event(
        event_id=event_id,
        title=_title(mirrored, detail),
        description="\n".join(_description(mirrored, detail)),
        starts_at=mirrored.starts_at,
        ends_at=mirrored.ends_at,
        zone=zone,
        colour_id="" if detail is Detail.PRIVATE else mirrored.colour_id,
        reminder_minutes=REMINDER_MINUTES,
        location="" if detail is Detail.PRIVATE else _line(mirrored.location),
        sequence=mirrored.revision,
    )


def _title(mirrored: Mirrored, detail: Detail) -> str:
    if detail is Detail.PRIVATE:
        return f"Appointment #{mirrored.appointment_id}"
    patient = initials(mirrored.patient_name) if detail is Detail.INITIALS else _line(mirrored.patient_name)
    doctor = _line(mirrored.doctor_name)
    prefix = f"[{_family_name(doctor)}] " if mirrored.prefix and doctor else ""
    whom = f": {patient}" if patient else ""
    return f"{prefix}Appointment{whom}" + (f" with {doctor}" if doctor else "")


def _description(mirrored: Mirrored, detail: Detail) -> list[str]:
    if detail is Detail.PRIVATE:
        return []
    doctor, specialty = _line(mirrored.doctor_name), _line(mirrored.specialty)
    lines = [("Doctor", f"{doctor} ({specialty})" if doctor and specialty else doctor)]
    if detail is Detail.FULL:
        lines = [
            ("Patient", _line(mirrored.patient_name)),
            ("Email", _line(mirrored.patient_email)),
            *lines,
            ("Reason", _line(mirrored.reason)),
        ]
    return [f"{label}: {value}" for label, value in [*lines, ("Appointment ID", mirrored.appointment_id)] if value]


def _line(text: str) -> str:
    """One line of it: a name or reason with line breaks could otherwise imitate the lines below it."""
    return " ".join(text.split())


def initials(name: str) -> str:
    """John Doe → J.D.; every word of the name counts, and so does nothing but its first letter."""
    words = unicodedata.normalize("NFC", name).split()
    firsts = (next((char for char in word if char.isalnum()), "") for word in words)
    return "".join(f"{first.upper()}." for first in firsts if first)


def _family_name(doctor: str) -> str:
    """Dr. Sarah Johnson, MD → Dr. Johnson."""
    words = doctor.split(",", maxsplit=1)[0].split()
    if not words:
        return doctor
    honorific = f"{words[0]} " if words[0].endswith(".") and len(words) > 1 else ""
    return honorific + words[-1]
