"""Welcome: the first manager of a clinic, by the one-time address that starting CareSlot prints."""

import streamlit as st

from core.domain.principal import Capability
from core.scheduler.first_manager import InvitationRefused, has_manager
from core.ui import shell, visit
from core.ui.kept_form import KeptForm
from core.ui.setup.staff_form import password_field
from core.ui.words import _, sentence_of

FORM, MADE = "first_manager", "welcome_manager_made"

page = shell.open_page("welcome")
token = st.query_params.get("token", "")

if page.may(Capability.ADMINISTER):
    if st.session_state.pop(MADE, False):
        shell.tell(_("Your account is ready, and you are signed in."))
    shell.go("setup")

st.title(_("Welcome to CareSlot"))

if has_manager(page.app.store):
    st.info(_("This clinic has a manager already, who can add other people on the page Setup."))
    st.page_link("pages/sign_in.py", label=_("Sign in"), icon=":material/login:")
    st.stop()

if not page.app.first_manager.is_valid(token):
    st.warning(sentence_of(InvitationRefused()))
    st.write(_("Either prints a new address, which works once and for 24 hours."))
    st.stop()

st.write(
    _(
        "Nobody manages this clinic yet. Create the first manager's account: it opens the clinic, adds doctors and "
        "staff, and sets the hours. This address works once."
    )
)
form = KeptForm.of(FORM)
with st.container(width=480), st.form(form.key, border=False):
    name = st.text_input(_("Your name"), key=form.field("name"), autocomplete="name", max_chars=200)
    form.under("name")
    email = st.text_input(_("Email"), key=form.field("email"), type="email", autocomplete="username", max_chars=200)
    form.under("email")
    password = password_field(form, _("Password"))
    pressed = st.form_submit_button(
        _("Create the account"), key=form.field("submit"), type="primary", icon=":material/key:"
    )

if pressed:
    with form.collecting():
        page.app.first_manager.create(token, email, name, password)
        visit.begin_session(page.app, page.app.accounts.sign_in(email, password))
        form.done()
        st.query_params.clear()
        # The menu of this run is still a visitor's, without Setup: the next run goes there.
        st.session_state[MADE] = True
        st.rerun()
