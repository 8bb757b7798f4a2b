"""The two ways of putting an appointment into the patient's own calendar: Google's form, and an .ics file."""

import streamlit as st

from core.scheduler.clinic import Clinic
from core.scheduler.rows import Row
from core.ui.own_calendar import OwnEvent, google_link, ics_file
from core.ui.place import place_words, video_link
from core.ui.shell import Page
from core.ui.times import local_day
from core.ui.words import _


def own_event(row: Row, clinic: Clinic) -> OwnEvent:
    """The appointment as the patient's calendar should hold it; its uid is the same whenever and however it is added."""
    details = [_("Reference: {number}").format(number=row.appointment_id)]
    if clinic.phone:
        details.append(_("To change or cancel, call {phone}.").format(phone=clinic.phone))
    return OwnEvent(
        uid=f"{row.appointment_id}@{clinic.installation}",
        revision=row.revision,
        title=_("{doctor}, {clinic}").format(doctor=row.doctor_name, clinic=clinic.name),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=video_link(row) or place_words(row, clinic),
        details="\n".join(details),
    )


def own_calendar_buttons(page: Page, row: Row, key: str) -> None:
    """A link to Google Calendar's filled-in form, and an .ics file for any other calendar, made when it is asked for."""
    event = own_event(row, page.clinic)
    day = local_day(row.starts_at, page.zone)
    st.link_button(
        _("Add to my Google Calendar"),
        google_link(event),
        key=f"{key}_google",
        icon=":material/calendar_add_on:",
        help=_("Opens your own Google Calendar, where you save it."),
    )
    st.download_button(
        _("Add to my own calendar (.ics)"),
        data=lambda: ics_file(event, page.clock()),
        file_name=f"appointment-{day.isoformat()}.ics",
        mime="text/calendar",
        key=f"{key}_ics",
        icon=":material/download:",
        on_click="ignore",
        help=_("A file that Apple Calendar, Outlook and most others open."),
    )
