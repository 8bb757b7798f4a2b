"""Handing the session's cookie to the browser and taking it back: pages can't set an HttpOnly cookie, routes can.

A page sends a small script that posts a single-use ticket to the server's own route, which answers with the cookie.
A run that ends early (a rerun, a change of page) may never reach the browser, so the same script stands in every run
for some seconds; what the browser has run already it does not run again.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from core.bootstrap import App
from core.ui import visit
from core.ui.scripts import run_script
from core.ui.words import _

OPEN_ROUTE = "/auth/session"
END_ROUTE = "/auth/end"
STANDS_FOR = timedelta(seconds=25)

_POST = "careslot_post"


@dataclass(frozen=True, slots=True)
class _Post:
    route: str
    ticket: str
    since: datetime


def keep_cookie(app: App) -> None:
    """Send the ticket of a fresh sign-in, or have the cookie of an ended one removed; nothing in any other run."""
    session_id = visit.take_session_without_cookie()
    if session_id is not None:
        ticket = app.tickets.issue(session_id, visit.browser_of(visit.visit_cookie()))
        st.session_state[_POST] = _Post(OPEN_ROUTE, ticket, app.clock())
    due: _Post | None = st.session_state.get(_POST)
    if due is None:
        return
    if app.clock() - due.since > STANDS_FOR:
        del st.session_state[_POST]
        return
    with st.container(key=f"careslot_post_{due.route.rpartition('/')[2]}", height="content", gap=None):
        run_script("post", route=due.route, content=json.dumps({"ticket": due.ticket}), **_told_if_refused(due))


def _told_if_refused(due: _Post) -> dict[str, str]:
    """What the browser says where it gets no cookie; nothing for one that was to be removed, and is worth nothing."""
    if due.route != OPEN_ROUTE:
        return {}
    refused = _(
        "Your browser did not keep your sign-in: when you reload the page you are signed out. Allow cookies for this "
        "site, reload the page and sign in again. If this comes back, tell the clinic."
    )
    return {"refused": refused, "close": _("Close")}


def leave(app: App) -> None:
    """Sign out: the session ends in the database, so its cookie is worth nothing from now on."""
    who = visit.principal(app)
    if who.session_id is not None:
        app.accounts.sign_out_session(who.session_id)
    forget_everything(app)


def forget_everything(app: App) -> None:
    """Nothing of the account stays in this visit: not its session, and nothing that was typed or shown."""
    for key in list(st.session_state):
        del st.session_state[key]
    visit.forget_session()
    st.session_state[_POST] = _Post(END_ROUTE, "", app.clock())
