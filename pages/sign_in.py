"""Sign in, or create a patient's account."""

import streamlit as st

from core.domain.principal import Role
from core.ui import menu, shell
from core.ui.sign_in import offer_sign_in
from core.ui.words import _

page = shell.open_page("sign_in")

if page.principal.role is not Role.ANONYMOUS:
    shell.go(menu.start_page(page.principal).name)

st.title(_("Sign in"))
offer_sign_in(page)
