"""Clinic: what became of the clinic's time, in six charts that each say one thing."""

import streamlit as st

from core.scheduler.clinic import ClinicNotSetUp
from core.ui import shell
from core.ui.figures.show import show_figures
from core.ui.words import _

page = shell.open_page("clinic")

st.title(_("Clinic"), anchor=False)
try:
    st.caption(page.zone_words())
except ClinicNotSetUp:
    st.info(_("Open the clinic first: figures come with its visits."))
    st.page_link("pages/setup.py", label=_("Setup"), icon=":material/tune:")
    st.stop()

show_figures(page)
