"""Signing in and creating an account, wherever a page needs it: on its own, in place of a page, and amid a booking."""

import streamlit as st

from core.domain.errors import BadInput
from core.domain.principal import SignedOut
from core.scheduler.accounts import SignInRefused
from core.scheduler.personal_details import EARLIEST_BIRTH
from core.ui import visit
from core.ui.failures import showing_errors
from core.ui.shell import Page
from core.ui.words import _, sentence_of, without_links

OLDEST = EARLIEST_BIRTH


def offer_sign_in(page: Page, *, register: bool = True, key: str = "sign_in") -> None:
    """The sign-in form, and beside it the one for a new patient; after either the page runs again, signed in."""
    if visit.was_signed_out():
        st.warning(sentence_of(SignedOut()))
    if not register:
        _sign_in(page, key)
        return
    signing_in, creating = st.tabs([_("Sign in"), _("Create an account")], key=f"{key}_tabs", on_change="rerun")
    if signing_in.open:
        with signing_in:
            _sign_in(page, key)
    if creating.open:
        with creating:
            _register(page, key)


def _sign_in(page: Page, key: str) -> None:
    from core.ui.authenticator import ClinicAuthenticate  # heavy, and needed on this form alone

    with showing_errors():
        try:
            signed_in = ClinicAuthenticate(page.app).login(key)
        except SignInRefused as error:
            st.error(sentence_of(error))
        else:
            if signed_in:
                st.rerun()
    st.caption(_("Forgotten your password? Call the clinic: they can set a new one with you."))


def _register(page: Page, key: str) -> None:
    problems: dict[str, str] = st.session_state.pop(f"{key}_problems", {})
    with st.form(f"{key}_register", border=False):
        name = st.text_input(_("Your name"), key=f"{key}_name", autocomplete="name", max_chars=200)
        field_problem("name", problems)
        email = st.text_input(_("Email"), key=f"{key}_new_email", type="email", autocomplete="email", max_chars=200)
        field_problem("email", problems)
        phone = st.text_input(_("Phone"), key=f"{key}_phone", type="phone", autocomplete="tel", max_chars=50)
        field_problem("phone", problems)
        born = st.date_input(
            _("Date of birth"),
            value=None,
            min_value=OLDEST,
            max_value=page.clock().astimezone(page.zone).date(),
            format="YYYY-MM-DD",
            key=f"{key}_date_of_birth",
        )
        field_problem("date_of_birth", problems)
        password = st.text_input(
            _("Password"),
            key=f"{key}_new_password",
            type="password",
            autocomplete="new-password",
            max_chars=500,
            help=_("12 characters or more; a few unrelated words are easy to remember and hard to guess."),
        )
        field_problem("password", problems)
        pressed = st.form_submit_button(_("Create account"), type="primary", icon=":material/person_add:")
    st.caption(
        _("Already a patient here? This account shows what you book with it; for earlier visits, call the clinic.")
    )
    if not pressed:
        return
    with showing_errors():
        try:
            page.app.registration.register(email, name, phone, born, password, visit.visitor())
            token = page.app.accounts.sign_in(email, password)
        except BadInput as error:
            st.session_state[f"{key}_problems"] = error.problems
            st.rerun()
        visit.begin_session(page.app, token)
        st.rerun()


def field_problem(name: str, problems: dict[str, str]) -> None:
    """The problem of a form's field, if any, right under it."""
    if name in problems:
        st.error(without_links(problems[name]), icon=":material/error:")
