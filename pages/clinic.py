"""Clinic: what became of the clinic's time, in six charts that each say one thing, and what a change would have done."""

import streamlit as st

from core.domain.principal import Capability, Scope
from core.scheduler.clinic import ClinicNotSetUp
from core.ui import shell
from core.ui.figures.show import show_figures
from core.ui.what_if.parts import Part, clinic_tabs
from core.ui.what_if.show import show_what_if
from core.ui.words import _

page = shell.open_page("clinic")

st.title(_("Clinic"), anchor=False)
try:
    st.caption(page.zone_words())
except ClinicNotSetUp:
    st.info(_("Open the clinic first: figures come with its visits."))
    st.page_link("pages/setup.py", label=_("Setup"), icon=":material/tune:")
    st.stop()

if page.principal.scope(Capability.SEE_FIGURES) is not Scope.ANY:
    show_figures(page)
    st.stop()

part, place = clinic_tabs()
with place, shell.showing_errors():
    match part:
        case Part.FIGURES:
            show_figures(page)
        case Part.WHAT_IF:
            show_what_if(page)
