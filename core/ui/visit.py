"""Who is visiting: the browser's visit cookie, the session that signing in opened, and what was told to the visitor.

Everything kept in Streamlit's session state goes through the accessors of this file.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.bootstrap import App
from core.domain.principal import Principal
from core.ui.application import application

VISIT_COOKIE = "careslot_visit"
SESSION_COOKIE = "careslot_session"

_SESSION = "careslot_session_id"
_VISIT = "careslot_visit"
_TICKET = "careslot_ticket"
_SIGNED_OUT = "careslot_signed_out"
_MESSAGES = "careslot_messages"
_COOKIE_IS_OLD = "careslot_cookie_is_old"


def cookie_name(name: str, *, secure: bool) -> str:
    """The cookie's name; under https with the prefix by which browsers bind it to this host (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if secure else name


def visit_cookie() -> str:
    """The browser's visit: 256 random bits that the server set as a cookie; one of this session where there is none."""
    if found := _cookie(VISIT_COOKIE):
        return found
    if _VISIT not in st.session_state:
        st.session_state[_VISIT] = secrets.token_urlsafe(32)
    return str(st.session_state[_VISIT])


def browser_of(visit: str) -> str:
    """The part of a visit cookie that stays when a visit ends: sign-in tickets are bound to it.

    A page that is open keeps the cookie with which it was opened, while its browser may have got another one since.
    """
    return visit.partition(".")[0]


def next_visit(visit: str) -> str:
    """The cookie of a new visit in the same browser, of which holds and consents of the old one know nothing."""
    return f"{browser_of(visit) or secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"


def visitor() -> str:
    """What holds belong to: a hash of the visit cookie, so that the database never holds the cookie itself."""
    return hashlib.sha256(visit_cookie().encode()).hexdigest()[:32]


def principal(app: App) -> Principal:
    """Who acts in this run, read from the database anew; anonymous where no session stands."""
    who = visitor()
    session_id = st.session_state.get(_SESSION)
    if session_id is not None:
        found = app.accounts.principal_of_session(session_id, who)
        if found is None:
            forget_session()
            st.session_state[_SIGNED_OUT] = True
        return found or Principal(visitor=who)
    token = None if st.session_state.get(_COOKIE_IS_OLD) else _cookie(SESSION_COOKIE)
    found = app.accounts.principal_of(token, who) if token else None
    if found is None:
        return Principal(visitor=who)
    st.session_state[_SESSION] = found.session_id
    return found


def begin_session(app: App, token: str) -> None:
    """Sign this visit in with a fresh session's token; the next run hands the cookie to the browser by a ticket."""
    found = app.accounts.principal_of(token, visitor())
    if found is None or found.session_id is None:
        return
    st.session_state[_SESSION] = found.session_id
    st.session_state[_TICKET] = found.session_id
    st.session_state.pop(_SIGNED_OUT, None)


def forget_session() -> None:
    """Let go of the session in this visit; the cookie that came with the page is not believed any more."""
    st.session_state.pop(_SESSION, None)
    st.session_state.pop(_TICKET, None)
    st.session_state[_COOKIE_IS_OLD] = True


def take_session_without_cookie() -> int | None:
    """The session for which the browser still needs its cookie, once."""
    found = st.session_state.pop(_TICKET, None)
    return None if found is None else int(found)


def was_signed_out() -> bool:
    """Whether the session ended without the visitor's doing; asked once."""
    return bool(st.session_state.pop(_SIGNED_OUT, False))


@dataclass(frozen=True, slots=True)
class Message:
    """Something told to the visitor at the top of the next page; `kind` is success, info, warning or error."""

    text: str
    kind: str


def tell(text: str, kind: str = "success") -> None:
    """Say something at the top of the next run: a toast or a message of this run would vanish with it."""
    st.session_state.setdefault(_MESSAGES, []).append(Message(text, kind))


def take_messages() -> list[Message]:
    """What is to be said now, once."""
    return list(st.session_state.pop(_MESSAGES, []))


def _cookie(name: str) -> str:
    https = application().settings.public_url.startswith("https://")
    return cookie_of(st.context.cookies, name, https=https)


def cookie_of(cookies: Mapping[str, str], name: str, *, https: bool) -> str:
    """The cookie's value, empty where there is none.

    Where the clinic is known to be served by https, only the name that browsers bind to this very host is believed:
    any other one may have been planted by a neighbour of the same domain.
    """
    bound = cookies.get(cookie_name(name, secure=True), "")
    return bound or ("" if https else cookies.get(cookie_name(name, secure=False), ""))
