"""Setup: everything that a clinic needs before its first patient can book, and what a manager changes later."""

import streamlit as st

from core.scheduler.clinic import ClinicNotSetUp
from core.ui import shell
from core.ui.setup.checklist import show_checklist
from core.ui.setup.clinic import show_clinic
from core.ui.setup.closures import show_closures
from core.ui.setup.doctors import show_doctors
from core.ui.setup.hours import show_hours
from core.ui.setup.opening import offer_to_open
from core.ui.setup.parts import Part, setup_tabs
from core.ui.setup.staff import show_staff
from core.ui.setup.visit_types import show_visit_types
from core.ui.words import _

page = shell.open_page("setup")

try:
    clinic = page.clinic
except ClinicNotSetUp:
    offer_to_open(page)
    st.stop()

st.title(_("Setup"))
checklist = show_checklist(page)
part, place = setup_tabs()
with place, shell.showing_errors():
    match part:
        case Part.CLINIC:
            show_clinic(page)
        case Part.DOCTORS:
            show_doctors(page)
        case Part.STAFF:
            show_staff(page)
        case Part.VISIT_TYPES:
            show_visit_types(page)
        case Part.HOURS:
            show_hours(page, checklist)
        case Part.CLOSURES:
            show_closures(page)
