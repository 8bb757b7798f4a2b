"""Your account: who you are to the clinic, your password, and where you are signed in."""

from contextlib import suppress
from zoneinfo import ZoneInfo

import streamlit as st

from core.domain.principal import Capability, SignInNeeded
from core.scheduler.accounts import OwnAccount
from core.scheduler.clinic import Clinic, ClinicNotSetUp
from core.scheduler.patients import Person
from core.ui import shell
from core.ui.cookies import forget_everything
from core.ui.feeds.panel import doctor_feed
from core.ui.own_account_calendar import own_calendar
from core.ui.password_form import password_form
from core.ui.roles import role_words
from core.ui.times import dated_time, full_date, zone_label
from core.ui.words import _

page = shell.open_page("account")

SURE = "account_sign_out_sure"


def clinic_if_open() -> Clinic | None:
    """The clinic, or None before its first manager has opened it: that manager has an account already."""
    try:
        return page.clinic
    except ClinicNotSetUp:
        return None


def account(own: OwnAccount, clinic: Clinic | None) -> None:
    """Name, address, role and last sign-in."""
    lines = [
        _("Name: {name}").format(name=own.name),
        _("Email: {email}").format(email=own.email),
        _("Role: {role}").format(role=role_words(own.role)),
    ]
    if own.last_signed_in_at is not None:
        zone = clinic.zone if clinic else ZoneInfo("UTC")
        at = own.last_signed_in_at
        when, named = dated_time(at, zone), zone_label(at, zone)
        lines.append(_("Last sign-in: {when} ({zone})").format(when=when, zone=named))
    st.text("\n".join(lines))


def people(mine: list[Person], clinic: Clinic | None) -> None:
    """What the clinic has noted about the people that the account acts for; the clinic corrects it."""
    st.header(_("Your details at the clinic"), anchor=False)
    for person in mine:
        with st.container(border=True, key=f"account_person_{person.user_id}"):
            born = full_date(person.date_of_birth) if person.date_of_birth else _("not noted")
            lines = [
                _("Name: {name}").format(name=person.name),
                _("Date of birth: {date}").format(date=born),
                _("Phone: {phone}").format(phone=person.phone or _("not noted")),
                _("Email: {email}").format(email=person.email or _("not noted")),
            ]
            st.text("\n".join(lines))
    if clinic and clinic.phone:
        st.caption(_("Something wrong? Call {phone}.").format(phone=clinic.phone))
    else:
        st.caption(_("Something wrong? Tell the clinic."))


def sign_out_everywhere() -> None:
    """A callback: end every session of the account, and let go of this visit."""
    with shell.showing_errors():
        with suppress(SignInNeeded):  # signed out by now: that is what was wanted
            page.app.accounts.sign_out_everywhere(page.principal)
        forget_everything(page.app)
        shell.tell(_("You are signed out everywhere."))


def sure(asked: bool) -> None:
    """A callback: ask, or don't ask any more, whether to sign out everywhere."""
    st.session_state[SURE] = asked


def everywhere() -> None:
    """Sign out everywhere, after a question that says what it does."""
    st.header(_("Where you are signed in"), anchor=False)
    if not st.session_state.get(SURE, False):
        st.markdown(_("Lost a phone, or used somebody else's computer?"))
        st.button(_("Sign out everywhere…"), key="account_everywhere", on_click=sure, args=(True,))
        return
    st.markdown(
        _(
            "**Sign out everywhere?** Every sign-in of your account ends: this one, and those on other phones and "
            "computers. Your password and your appointments stay as they are."
        )
    )
    with st.container(horizontal=True):
        st.button(
            _("Sign out everywhere"),
            key="account_everywhere_now",
            type="primary",
            icon=":material/logout:",
            on_click=sign_out_everywhere,
        )
        st.button(_("Stay signed in"), key="account_stay", on_click=sure, args=(False,))


st.title(_("Your account"), anchor=False)
with shell.showing_errors():
    open_clinic = clinic_if_open()
    account(page.app.accounts.own(page.principal), open_clinic)
    if page.may(Capability.SEE_OWN_APPOINTMENTS):
        people(page.app.patients.mine(page.principal), open_clinic)
    if page.principal.doctor_id is not None and open_clinic is not None:
        own_calendar(page)
        doctor_feed(page, page.principal.doctor_id)
    st.header(_("Change your password"), anchor=False)
    password_form(page)
    everywhere()
