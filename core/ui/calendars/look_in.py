"""How to open the built-in calendar with another calendar program on this machine."""

import streamlit as st

from core.scheduler.calendar_overview import ClinicCalendar
from core.ui import shell
from core.ui.shell import Page
from core.ui.words import _

_SHOWN = "calendars_password_shown"


def look_in(page: Page, calendar: ClinicCalendar, key: str) -> None:
    """The address and, once asked for, the password; each asking stands in the audit log."""
    opened = st.expander(
        _("Look in with another calendar program"),
        key=f"{key}_look_in",
        icon=":material/open_in_new:",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened, shell.showing_errors():
        st.markdown(
            _(
                "Any calendar program that speaks CalDAV and runs on this machine can show it, such as Thunderbird: add a "
                "calendar “on the network” with this address and user name. From other machines it can't be reached."
            )
        )
        server = page.app.registry.embedded
        _to_copy(_("Address"), f"{server.url}{calendar.calendar_id}/")
        _to_copy(_("User name"), server.username)
        shown = (page.principal.account_id, calendar.calendar_id)
        if st.session_state.get(_SHOWN) == shown:
            _to_copy(_("Password"), server.password)
            st.button(_("Hide the password"), key=f"{key}_hide", icon=":material/visibility_off:", on_click=_hide)
            return

        def show() -> None:
            with shell.showing_errors():
                page.app.calendars.look_in(page.principal, calendar.calendar_id)
                st.session_state[_SHOWN] = shown

        st.button(_("Show the password"), key=f"{key}_show", icon=":material/visibility:", on_click=show)
        st.caption(
            _("It opens every built-in calendar, with patients' names. That you looked is noted in the audit log.")
        )


def _to_copy(label: str, text: str) -> None:
    st.markdown(label)
    st.code(text, language=None, wrap_lines=True)


def _hide() -> None:
    st.session_state.pop(_SHOWN, None)
