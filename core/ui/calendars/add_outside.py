"""Adding a calendar at an outside vendor: with an account connected here, or with the sign-in of the settings."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.calendars.google_consent_scopes import CONSENT_SCOPES
from core.calendars.registry import SignIn
from core.scheduler.connections import CalendarConnection
from core.ui import shell
from core.ui.calendars.accounts import account_words, caldav_form, kind_words, service_account_form, show_accounts
from core.ui.calendars.add_form import add_form
from core.ui.calendars.parts import Part
from core.ui.calendars.sign_ins import BY_SETTINGS
from core.ui.calendars.steps import (
    caldav_status,
    caldav_steps,
    client_steps,
    google_status,
    pipedream_status,
    refresh_token_steps,
    service_account_steps,
    show_steps,
)
from core.ui.connecting import asked_connection, google_button, may_keep, redirect_address
from core.ui.part_tabs import open_part
from core.ui.shell import Page
from core.ui.words import _


def add_google(page: Page) -> None:
    """A calendar at Google: by an account that signed in, by a service account, or by the settings."""
    sign_in = page.app.registry.google_sign_in()
    accounts = _accounts(page, "google")
    if sign_in.ready or accounts:
        st.header(_("Add a Google calendar"), anchor=False)
        _form(page, "google", accounts, by_settings=sign_in.ready)
    st.header(_("Connect Google"), anchor=False)
    show_accounts(page, accounts)
    with _place(accounts, sign_in):
        st.markdown(
            _(
                "There are two ways. **Sign in with Google** uses the calendars of one Google account, such as the "
                "clinic's. With a **service account** nobody's own account is involved: people share their calendars with "
                "it. CareSlot touches only its own events, and reads when other events take time, never their titles."
            )
        )
        if may_keep(page):
            _connect_google(page)
        show_steps(
            _("How to make “Sign in with Google” work"),
            "calendars_steps_client",
            lambda: client_steps(redirect_address(page)),
        )
        show_steps(_("How to get a service account"), "calendars_steps_service", lambda: service_account_steps(sign_in))
    with _by_settings(sign_in):
        google_status(page, sign_in)
        show_steps(_("With a refresh token (OAuth)"), "calendars_steps_refresh", refresh_token_steps)


def _connect_google(page: Page) -> None:
    if page.app.connecting.knows_google:
        st.caption(
            _("Google asks for these rights: {scopes}").format(scopes=" ".join(f"`{one}`" for one in CONSENT_SCOPES))
        )
        google_button("calendars_google", label=_("Sign in with Google"))
    else:
        st.caption(
            _(
                "“Sign in with Google” needs a client at Google, once: set `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`."
            )
        )
    number = service_account_form(page)
    if number is not None:
        shell.tell(_("The service account is connected. Share each calendar with the address that stands here."))
        _turn_to("google", number)


def add_caldav(page: Page) -> None:
    """A calendar on a CalDAV server: by an account connected here, or by the settings."""
    sign_in = page.app.registry.caldav_sign_in()
    accounts = _accounts(page, "caldav")
    if sign_in.ready or accounts:
        st.header(_("Add a calendar of that server"), anchor=False)
        _form(page, "caldav", accounts, by_settings=sign_in.ready)
    st.header(_("Connect an account on a calendar server"), anchor=False)
    show_accounts(page, accounts)
    with _place(accounts, sign_in):
        number = caldav_form(page) if may_keep(page) else None
        if number is not None:
            shell.tell(_("The account is connected. Now choose one of its calendars."))
            _turn_to("caldav", number)
    with _by_settings(sign_in):
        caldav_status(page, sign_in)
        show_steps(_("How to connect a calendar server by the settings"), "calendars_steps_caldav", caldav_steps)


def add_pipedream(page: Page) -> None:
    """A calendar at Google, reached through Pipedream by the settings."""
    sign_in = page.app.registry.pipedream_sign_in()
    pipedream_status(sign_in)
    if sign_in.ready:
        st.header(_("Add a Google calendar"), anchor=False)
        add_form(page, "pipedream", None)


def _place(accounts: Sequence[CalendarConnection], sign_in: SignIn) -> DeltaGenerator:
    """Where the ways to connect stand: open for the first account, folded away for another."""
    if not accounts and not sign_in.ready:
        return st.container()
    return st.expander(_("Connect another account"), key="calendars_connect", icon=":material/add_link:")


def _by_settings(sign_in: SignIn) -> DeltaGenerator:
    """Where the way by the settings stands: of interest to whoever looks after the machine."""
    return st.expander(
        _("By the settings instead"),
        key="calendars_settings",
        icon=":material/terminal:",
        expanded=bool(sign_in.kind),
    )


def _accounts(page: Page, provider: str) -> list[CalendarConnection]:
    return [one for one in page.app.connections.list(page.principal) if one.provider == provider]


def _form(page: Page, provider: str, accounts: Sequence[CalendarConnection], *, by_settings: bool) -> None:
    known = {one.connection_id: one for one in accounts if one.owner_id is None}
    choices = [*([BY_SETTINGS] if by_settings else []), *known]
    if not choices:
        return
    chosen = choices[0]
    if len(choices) > 1:
        asked = asked_connection()
        chosen = st.selectbox(
            _("With which account?"),
            choices,
            index=choices.index(asked) if asked in choices else 0,
            format_func=lambda number: _account_words(known, number),
            key=f"calendars_account_{provider}",
        )
    connection = known.get(chosen)
    if connection is not None and connection.kind == "service_account":
        st.markdown(_("Share each calendar with this address, with the permission “Make changes to events”:"))
        st.code(connection.account, language=None, wrap_lines=True)
    elif connection is not None:
        st.caption(_account_words(known, chosen, marked=True))
    with shell.showing_errors():
        add_form(page, provider, None, connection)


def _account_words(known: dict[int, CalendarConnection], number: int, *, marked: bool = False) -> str:
    if number == BY_SETTINGS:
        return _("The sign-in of the settings")
    return account_words(known[number]) if marked else f"{known[number].name} · {kind_words(known[number])}"


def _turn_to(provider: str, number: int) -> None:
    """The same page, with the account that was just connected chosen."""
    st.session_state.pop(f"calendars_account_{provider}", None)
    open_part(Part.ADD, where=provider, connection=str(number))
    st.rerun()
