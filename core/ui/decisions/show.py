"""What staff have to know of the calendars in view, above a page, and about one appointment beside it."""

import streamlit as st

from core.scheduler.awaited import Awaited
from core.ui.calendars.signed_out import show_signed_out
from core.ui.decisions.items import items_of
from core.ui.decisions.said import show_decided
from core.ui.decisions.vanished import show_vanished
from core.ui.decisions.words import unread_words
from core.ui.shell import Page
from core.ui.words import _, ngettext

_FEW = 2
_ALL = "decisions_all"
_MOST_UNREAD = 3


def show_awaited(page: Page, awaited: Awaited) -> None:
    """Sign-ins that are needed, what has not been read, what was decided last, and what needs a decision."""
    if awaited.signed_out:
        show_signed_out(page)
    if awaited.unread:
        lines = [unread_words(unread, page.zone, page.clock()) for unread in awaited.unread[:_MOST_UNREAD]]
        if more := len(awaited.unread) - len(lines):
            lines.append(ngettext("and {count} more calendar", "and {count} more calendars", more))
        st.warning("  \n".join(lines), icon=":material/sync_problem:")
    show_decided(page)
    items = items_of(page, awaited, "decisions")
    vanished = awaited.undecided.vanished
    if not items and not vanished:
        return
    waits = bool(vanished or awaited.undecided.gone or awaited.undecided.conflicts)
    with st.container(border=True, key="decisions"):
        st.header(_("Needs a decision") if waits else _("Changed in the calendar"), anchor=False)
        if vanished:
            show_vanished(page, vanished, "decisions")
        shown = items if st.session_state.get(_ALL) else items[:_FEW]
        for draw in shown:
            draw()
        if len(items) > _FEW:
            st.toggle(ngettext("Show {count} of them", "Show all {count} of them", len(items)), key=_ALL)


def show_awaited_of(page: Page, awaited: Awaited, appointment_id: int, place: str) -> None:
    """What is to be decided about one appointment."""
    items = items_of(page, awaited, place, appointment_id)
    if items:
        with st.container(border=True, key=f"{place}_awaited"):
            for draw in items:
                draw()
