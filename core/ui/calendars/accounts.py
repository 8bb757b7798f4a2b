"""Accounts of vendors: connecting one, signing in anew, and letting go of one; for managers and for doctors."""

from collections.abc import Sequence

import streamlit as st

from core.scheduler.connections import CalendarConnection
from core.ui import shell
from core.ui.calendars.pick import look_again
from core.ui.calendars.words import said
from core.ui.connecting import asked_again, google_button
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.shell import Page
from core.ui.words import _, ngettext, plain

LONGEST = 400
_EXAMPLE = "https://cloud.example.com"
_KEY_PATH = "/etc/careslot/google.json"


def kind_words(connection: CalendarConnection) -> str:
    """How CareSlot signs in there."""
    return {
        "oauth": _("Google account"),
        "service_account": _("Service account at Google"),
        "password": _("Account on a calendar server"),
        "connect": _("Account at Pipedream"),
    }[connection.kind]


def account_words(connection: CalendarConnection) -> str:
    """Which account it is, and of what kind."""
    return f"{said(connection.name)} · {kind_words(connection)}"


def caldav_form(page: Page, connection: CalendarConnection | None = None) -> int | None:
    """Address, user and password; the connection's number once the server has taken them."""
    number = None if connection is None else connection.connection_id
    form = KeptForm.of(f"connect_caldav_{number or 'new'}")
    with st.form(form.key, border=False, width=WIDTH):
        address = connection.address if connection else _address_field(form)
        user = connection.account if connection else _user_field(form)
        password = st.text_input(
            _("Password"),
            type="password",
            key=form.field("password"),
            max_chars=LONGEST,
            autocomplete="off",
            help=_("Best an app password made for CareSlot: Nextcloud, iCloud and Fastmail offer those."),
        )
        form.under("password")
        if connection is not None:
            form.under("address")
        label = _("Sign in anew") if connection else _("Find the calendars")
        pressed = st.form_submit_button(label, type="primary", icon=":material/login:")
    found: int | None = None
    if pressed:
        with form.collecting(), st.spinner(_("Asking the server…")):
            found = page.app.connecting.caldav(page.principal, address, user, password, number)
            form.done()
            look_again(found)
    return found


def service_account_form(page: Page, connection: CalendarConnection | None = None) -> int | None:
    """The JSON key of a service account, or where it lies; the connection's number once it is kept."""
    number = None if connection is None else connection.connection_id
    form = KeptForm.of(f"connect_service_{number or 'new'}")
    with st.form(form.key, border=False, width=WIDTH):
        given = st.file_uploader(
            _("JSON key of the service account"), type="json", key=form.field("key"), max_upload_size=1
        )
        form.under("key")
        path = st.text_input(
            _("Or the path of that file on the server"),
            key=form.field("path"),
            max_chars=LONGEST,
            placeholder=_KEY_PATH,
            autocomplete="off",
        )
        form.under("path")
        label = _("Use the new key") if connection else _("Connect the service account")
        pressed = st.form_submit_button(label, icon=":material/key:")
    found: int | None = None
    if pressed:
        with form.collecting():
            connecting = page.app.connecting
            if given is None and path.strip():
                found = connecting.service_account_at(page.principal, path, number)
            else:
                content = b"" if given is None else given.getvalue()
                found = connecting.service_account(page.principal, content, number)
            form.done()
            look_again(found)
    return found


def show_accounts(page: Page, connections: Sequence[CalendarConnection]) -> None:
    """The accounts one below the other, each with how it stands."""
    for connection in connections:
        key = f"connection_{connection.connection_id}"
        with st.container(border=True, key=key):
            st.markdown(account_words(connection))
            if connection.owner and connection.owner_id != page.principal.account_id:
                st.caption(_("{doctor}'s own.").format(doctor=plain(connection.owner)))
            _standing(connection)
            ours = connection.owner_id in {None, page.principal.account_id}
            if ours and (connection.needs_sign_in or asked_again() == connection.connection_id):
                sign_in_again(page, connection, key)
            _offer_removal(page, connection, key)


def sign_in_again(page: Page, connection: CalendarConnection, key: str) -> None:
    """The way to give a connection a new sign-in."""
    found: int | None = None
    match connection.kind:
        case "oauth":
            google_button(f"{key}_again", connection.connection_id, _("Sign in with Google again"))
        case "service_account":
            found = service_account_form(page, connection)
        case _:
            found = caldav_form(page, connection)
    if found is not None:
        shell.tell(_("{name} is connected again. What waited goes on now.").format(name=plain(connection.name)))
        st.rerun()


def _standing(connection: CalendarConnection) -> None:
    if connection.needs_sign_in:
        st.warning(_("It needs a new sign-in."), icon=":material/warning:")
        return
    used = ngettext("Used by {count} calendar.", "Used by {count} calendars.", connection.calendars)
    st.caption(used if connection.calendars else _("No calendar uses it."))


def _offer_removal(page: Page, connection: CalendarConnection, key: str) -> None:
    def remove() -> None:
        with shell.showing_errors():
            page.app.connections.remove(page.principal, connection.connection_id)
            look_again(connection.connection_id)
            words = _("{name} was disconnected; its sign-in is forgotten.")
            if connection.kind == "oauth":
                words += " " + _(
                    "Google lists CareSlot among the account's connections until it is removed there, too."
                )
            shell.tell(words.format(name=plain(connection.name)))

    if not connection.calendars:
        st.button(_("Disconnect"), key=f"{key}_remove", icon=":material/link_off:", on_click=remove)


def _address_field(form: KeptForm) -> str:
    typed = st.text_input(
        _("Address of the server"),
        key=form.field("address"),
        max_chars=LONGEST,
        placeholder=_EXAMPLE,
    )
    form.under("address")
    return typed


def _user_field(form: KeptForm) -> str:
    typed = st.text_input(_("User name"), key=form.field("username"), max_chars=LONGEST, autocomplete="off")
    form.under("username")
    return typed
