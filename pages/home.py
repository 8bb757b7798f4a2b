"""Home: what this is, and the ways in. Whoever is signed in goes on to where their role begins."""

import streamlit as st

from core.domain.principal import Role
from core.scheduler.clinic import ClinicNotSetUp
from core.ui import menu, shell
from core.ui.phone import phone_link
from core.ui.words import _, plain

page = shell.open_page("home")

if page.principal.role is not Role.ANONYMOUS:
    shell.go(menu.start_page(page.principal).name)

try:
    clinic = page.clinic
except ClinicNotSetUp:
    st.title(_("This clinic is not open yet"))
    st.write(_("A manager is still setting it up. If that is you, sign in to go on."))
    st.page_link("pages/sign_in.py", label=_("Sign in"), icon=":material/login:")
    st.stop()

st.title(plain(clinic.name))
st.markdown(_("Book a visit in about a minute. You choose the time first, and sign in only to confirm it."))
with st.container(horizontal=True):
    if st.button(_("Book an appointment"), type="primary", icon=":material/add_circle:", key="home_book"):
        shell.go("book")
    if st.button(_("Sign in"), icon=":material/login:", key="home_sign_in"):
        shell.go("sign_in")

if clinic.emergency:
    st.warning(
        _("Emergency? Call {number}. Don't book here.").format(number=phone_link(clinic.emergency)),
        icon=":material/emergency:",
    )

doctors = page.app.setup.doctors()
if doctors:
    st.header(_("Our doctors"))
    for column, doctor in zip(st.columns(min(3, len(doctors))) * len(doctors), doctors, strict=False):
        with column.container(border=True):
            st.markdown(f"**{plain(doctor.name)}**")
            st.caption(plain(doctor.specialty))

st.header(_("Where to find us"))
if clinic.address:
    st.markdown("  \n".join(plain(line) for line in clinic.address.splitlines()))
if clinic.phone:
    st.markdown(_("Phone: {number}").format(number=phone_link(clinic.phone)))
st.caption(page.zone_words())
