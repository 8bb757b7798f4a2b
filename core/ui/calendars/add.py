"""Adding a calendar: the built-in one, one at Google, or one on another calendar server."""

import streamlit as st

from core.calendars.event import Detail
from core.calendars.google_access import CALENDAR_SCOPE
from core.calendars.registry import SignIn
from core.ui import shell
from core.ui.calendars.check import check
from core.ui.calendars.fields import LONGEST, auto_field, detail_field, name_field, prefix_field
from core.ui.calendars.steps import (
    caldav_status,
    caldav_steps,
    google_status,
    refresh_token_steps,
    service_account_steps,
    show_steps,
)
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.words import _, plain

_WHERE = "calendars_where"


def add_calendar(page: Page) -> None:
    """Where the new calendar is, how CareSlot signs in there, and the form once it does."""
    places = {
        "google": (_("Google Calendar"), _("Staff see appointments wherever they use Google Calendar.")),
        "embedded": (
            _("Built-in calendar"),
            _("Comes with CareSlot and needs no account; reachable from this machine only."),
        ),
        "caldav": (_("Another calendar server (CalDAV)"), _("Nextcloud, iCloud, Fastmail and their like.")),
    }
    where = st.radio(
        _("Where is the calendar?"),
        list(places),
        format_func=lambda provider: places[provider][0],
        captions=[caption for _name, caption in places.values()],
        key=_WHERE,
    )
    match where:
        case "google":
            _google(page)
        case "caldav":
            _caldav(page)
        case _:
            st.header(_("Add a built-in calendar"), anchor=False)
            _form(page, "embedded", Detail.FULL)


def _google(page: Page) -> None:
    sign_in = page.app.registry.google_sign_in()
    google_status(page, sign_in)
    if sign_in.ready:
        st.header(_("Add a Google calendar"), anchor=False)
        _form(page, "google", None)
    st.header(_("How to connect Google"), anchor=False)
    st.markdown(
        _(
            "There are two ways. A **service account** is best for a clinic: nobody's own account is involved. A "
            "**refresh token** uses the calendars of one Google account, such as the clinic's. Either way CareSlot asks for "
            "one scope, `{scope}`, and touches only its own events."
        ).format(scope=CALENDAR_SCOPE)
    )
    show_steps(
        _("With a service account"),
        "calendars_steps_service",
        lambda: service_account_steps(sign_in),
        expanded=not sign_in.ready and sign_in.kind != "refresh_token",
    )
    show_steps(
        _("With a refresh token (OAuth)"),
        "calendars_steps_refresh",
        refresh_token_steps,
        expanded=not sign_in.ready and sign_in.kind == "refresh_token",
    )


def _caldav(page: Page) -> None:
    sign_in = page.app.registry.caldav_sign_in()
    caldav_status(page, sign_in)
    if sign_in.ready:
        st.header(_("Add a calendar of that server"), anchor=False)
        _form(page, "caldav", None)
    show_steps(
        _("How to connect a calendar server"), "calendars_steps_caldav", caldav_steps, expanded=not sign_in.ready
    )


def sign_in_at(page: Page, provider: str) -> SignIn:
    """How CareSlot signs in where a calendar is."""
    match provider:
        case "google":
            return page.app.registry.google_sign_in()
        case "caldav":
            return page.app.registry.caldav_sign_in()
        case _:
            return SignIn()


def _form(page: Page, provider: str, detail: Detail | None) -> None:
    form = KeptForm.of(f"calendars_add_{provider}")
    with st.form(form.key, border=False, width=WIDTH):
        address = _address(provider, form)
        name = name_field(form, placeholder=_("Riverside Clinic"))
        if detail is None:
            st.caption(_("What you choose here leaves the clinic: people who may see the calendar can read it."))
        chosen = detail_field(form, detail)
        prefix = prefix_field(form, current=False)
        auto = auto_field(form, current=False)
        pressed = st.form_submit_button(_("Add the calendar"), type="primary", icon=":material/add:")
    if not pressed:
        return
    with form.collecting():
        calendar_id = page.app.calendars.save(
            page.principal,
            None,
            name=name,
            provider=provider,
            address=address,
            detail=chosen,
            auto=auto,
            prefix=prefix,
        )
        form.done()
        check(page, provider, calendar_id, name.strip())
        shell.tell(_("{name} was added. Next: choose who uses it, under “Who uses which”.").format(name=plain(name)))
        shell.go("calendars", part="calendars")


def _address(provider: str, form: KeptForm) -> str:
    if provider == "embedded":
        return ""
    if provider == "google":
        label, example = _("Calendar ID (its address at Google)"), "clinic@example.com"
    else:
        label, example = _("Last part of the calendar's address"), "personal"
    typed = st.text_input(label, key=form.field("address"), max_chars=LONGEST, placeholder=example)
    form.under("address")
    return typed
