"""A feed's address right after it was made: the only time that it is shown, until it is put away."""

from dataclasses import dataclass, field

import streamlit as st

from core.ui.shell import Page
from core.ui.words import _

_KEPT = "feed_new_address"
_ADD_AT_GOOGLE = "https://calendar.google.com/calendar/r/settings/addbyurl"


@dataclass(frozen=True, slots=True)
class _New:
    account_id: int | None
    key: str
    token: str = field(repr=False)


def keep_address(page: Page, key: str, token: str) -> None:
    """Show this token's address where `key` is, until it is put away."""
    st.session_state[_KEPT] = _New(page.principal.account_id, key, token)


def kept_address(page: Page, key: str) -> str | None:
    """The token whose address is to be shown where `key` is, to whoever made it."""
    found = st.session_state.get(_KEPT)
    mine = isinstance(found, _New) and (found.account_id, found.key) == (page.principal.account_id, key)
    return found.token if isinstance(found, _New) and mine else None


def forget_address(key: str) -> None:
    """Put it away."""
    found = st.session_state.get(_KEPT)
    if isinstance(found, _New) and found.key == key:
        del st.session_state[_KEPT]


def show_address(page: Page, key: str, address: str) -> None:
    """The address to be copied, where to put it, and who can read it; programs on the web only where they reach it."""
    public = bool(page.app.settings.public_url)
    st.success(_("The address is ready. Copy it now: it is not shown again."), icon=":material/key:")
    st.code(address, language=None, wrap_lines=True)
    st.caption(_("Anyone who has the address can read it, without signing in. Keep it like a password."))
    if not public:
        st.info(_("CareSlot has no public address yet, so only programs on this machine can read it."))
    steps = [_("Apple Calendar: “File”, then “New Calendar Subscription”.")]
    if public:
        steps.insert(0, _("Google Calendar: beside “Other calendars”, press +, then “From URL”."))
        steps.append(_("Outlook: “Add calendar”, then “Subscribe from web”."))
    st.markdown("\n".join(f"- {step}" for step in steps))
    st.caption(_("Programs read it every few hours, some only once a day: a change may take that long to appear."))
    with st.container(horizontal=True):
        st.button(
            _("I have copied it"),
            key=f"feed_done_{key}",
            type="primary",
            icon=":material/check:",
            on_click=forget_address,
            args=(key,),
        )
        if public:
            st.link_button(
                _("Open Google Calendar"), _ADD_AT_GOOGLE, key=f"feed_google_{key}", icon=":material/open_in_new:"
            )
