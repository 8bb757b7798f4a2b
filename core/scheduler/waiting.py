"""What calendars have still to take: links that are out of step, and links that are asked for and still to be made."""

from sqlalchemy import Text, cast, null, select, union_all

from core.scheduler.tables import calendar_links, link_requests

OUT_OF_STEP = calendar_links.c.wanted_revision > calendar_links.c.mirrored_revision

WAITING = union_all(
    select(
        calendar_links.c.appointment_id,
        calendar_links.c.calendar_id,
        calendar_links.c.due_at,
        calendar_links.c.error_kind,
    ).where(OUT_OF_STEP),
    select(
        link_requests.c.appointment_id,
        link_requests.c.calendar_id,
        link_requests.c.requested_at.label("due_at"),
        cast(null(), Text).label("error_kind"),
    ),
).subquery("waiting")
"""One row for each change that a calendar has not taken, by appointment, calendar, when it is due, and what went wrong."""
