"""Calendars: where appointments are mirrored to, how each calendar stands, who uses which, and connecting more."""

import streamlit as st

from core.scheduler.clinic import ClinicNotSetUp
from core.ui import shell
from core.ui.calendars.add import add_calendar
from core.ui.calendars.doctors import show_doctors
from core.ui.calendars.in_step import show_in_step
from core.ui.calendars.list import show_calendars
from core.ui.calendars.parts import Part, calendar_tabs
from core.ui.calendars.pause import show_paused
from core.ui.calendars.signed_out import show_signed_out, signed_out_among
from core.ui.words import _

page = shell.open_page("calendars")

st.title(_("Calendars"))
try:
    clinic = page.clinic
except ClinicNotSetUp:
    st.info(_("Open the clinic first: it comes with a calendar."))
    st.page_link("pages/setup.py", label=_("Setup"), icon=":material/tune:")
    st.stop()

overview = page.app.calendars.overview(page.principal)
show_paused(page, overview)
show_signed_out(page, signed_out_among(overview.calendars))
part, place = calendar_tabs()
with place, shell.showing_errors():
    match part:
        case Part.CALENDARS:
            show_calendars(page, overview)
        case Part.DOCTORS:
            show_doctors(page, overview.calendars)
        case Part.STEP:
            show_in_step(page)
        case Part.ADD:
            add_calendar(page)
