"""What calendars have still to take: links that are out of step, and bookings whose link is still to be made."""

from sqlalchemy import Text, cast, null, select, union_all

from core.scheduler.tables import appointments, calendar_links, doctors, link_requests

OUT_OF_STEP = calendar_links.c.wanted_revision > calendar_links.c.mirrored_revision

REQUESTED = link_requests.join(appointments, appointments.c.appointment_id == link_requests.c.appointment_id).join(
    doctors, doctors.c.doctor_id == appointments.c.doctor_id
)
"""Requests with the appointment and its doctor; while the doctor has no calendar, a request waits for one."""

WAITING = union_all(
    select(
        calendar_links.c.appointment_id,
        calendar_links.c.calendar_id,
        calendar_links.c.due_at,
        calendar_links.c.error_kind,
    ).where(OUT_OF_STEP),
    select(
        link_requests.c.appointment_id,
        doctors.c.calendar_id,
        link_requests.c.requested_at.label("due_at"),
        cast(null(), Text).label("error_kind"),
    )
    .select_from(REQUESTED)
    .where(doctors.c.calendar_id.is_not(None)),
).subquery("waiting")
"""One row for each change that a calendar has not taken, by appointment, calendar, when it is due, and what went wrong."""
