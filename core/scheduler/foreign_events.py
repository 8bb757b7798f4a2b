"""Whose time somebody else's events in a calendar take: of its doctors at present, if its setting says so."""

from core.scheduler.tables import calendars, doctors, external_busy

BUSY_DOCTORS = doctors.join(calendars, calendars.c.calendar_id == doctors.c.calendar_id).join(
    external_busy, external_busy.c.calendar_id == calendars.c.calendar_id
)
"""Each doctor beside each foreign event of the doctor's calendar."""

FOREIGN_EVENTS_BLOCK = calendars.c.foreign_blocks == "everyone"
"""Whether the calendar's events take the time of all doctors who share it, or of nobody."""
