"""What pages share that connect calendars: the way to Google, and what keeps anything from being connected."""

import streamlit as st

from core.bootstrap import DEVELOPMENT_ADDRESS
from core.calendars.connecting import CALLBACK_ROUTE
from core.domain.principal import Capability
from core.ui.shell import Page
from core.ui.words import _, sentence_of

START_ROUTE = "/oauth/google/start"


def may_keep(page: Page) -> bool:
    """Whether a sign-in can be kept; where it can't, managers are told what is missing, and others whom to ask."""
    problem = page.app.connecting.problem
    if problem is None:
        return True
    if page.may(Capability.ADMINISTER):
        st.warning(sentence_of(problem), icon=":material/key:")
    else:
        st.info(_("Ask your manager: the clinic has to prepare this first."), icon=":material/key:")
    return False


def google_button(key: str, connection_id: int | None = None, label: str = "") -> None:
    """The way to Google's consent, for a new connection or for one that is signed in anew."""
    query = "" if connection_id is None else f"?connection={connection_id}"
    words = label or _("Connect a Google account")
    st.link_button(words, f"{START_ROUTE}{query}", key=key, type="primary", icon=":material/login:")


def redirect_address(page: Page) -> str:
    """Where Google sends people back to, to be copied into its console."""
    public = page.app.settings.public_url.rstrip("/")
    if not public:
        here = st.context.url
        public = "/".join(here.split("/")[:3]) if here else DEVELOPMENT_ADDRESS
    return public + CALLBACK_ROUTE


def asked_connection() -> int | None:
    """The connection that the address names, as after the way to Google."""
    return _asked("connection")


def asked_again() -> int | None:
    """The connection that the address asks to be signed in anew."""
    return _asked("again")


def _asked(name: str) -> int | None:
    asked = st.query_params.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else None  # noqa: PLR2004
