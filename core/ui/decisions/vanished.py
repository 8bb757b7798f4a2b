"""Many events that disappeared from a calendar at once: a person says what becomes of them."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from core.domain.principal import Capability
from core.scheduler.undecided import GoneEvent
from core.ui.decisions.items import gone_buttons
from core.ui.decisions.said import decide
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, ngettext, plain

_AT_ONCE = 10


def show_vanished(page: Page, vanished: Sequence[GoneEvent], place: str) -> None:
    """By calendar: how many, and on asking the list with what can be done."""
    by_calendar = sorted(vanished, key=lambda gone: gone.calendar_id)
    for calendar_id, events in groupby(by_calendar, key=lambda gone: gone.calendar_id):
        _calendar(page, calendar_id, sorted(events, key=lambda gone: gone.starts_at), f"{place}_vanished_{calendar_id}")


def _calendar(page: Page, calendar_id: str, events: Sequence[GoneEvent], key: str) -> None:
    opened = bool(st.session_state.get(f"{key}_opened"))

    def turn() -> None:
        st.session_state[f"{key}_opened"] = not opened
        st.session_state.pop(f"{key}_sure", None)

    st.markdown(f"**{plain(events[0].calendar_name)}**")
    count = ngettext("{count} event disappeared.", "{count} events disappeared.", len(events))
    st.markdown(f":material/event_busy: {count} {_('Nothing was cancelled.')}")
    st.button(_("Close the list") if opened else _("Review"), key=f"{key}_review", on_click=turn)
    if not opened:
        return
    if page.may(Capability.ADMINISTER):
        _all_of_them(page, calendar_id, len(events), key)
    for gone in events[:_AT_ONCE]:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            when = day_and_time(gone.starts_at, page.zone)
            st.markdown(f"{when} · {plain(gone.patient_name)} · {plain(gone.doctor_name)}", width="content")
            gone_buttons(page, gone, f"{key}_{gone.link_id}")
    if len(events) > _AT_ONCE:
        more = len(events) - _AT_ONCE
        st.caption(ngettext("and {count} more after these", "and {count} more after these", more))


def _all_of_them(page: Page, calendar_id: str, count: int, key: str) -> None:
    """Putting all back, or cancelling all after a second question."""

    def put_back() -> str:
        done = page.app.decisions.put_all_back(page.principal, calendar_id)
        return ngettext("{count} event goes back into the calendar.", "{count} events go back into the calendar.", done)

    def cancel() -> str:
        st.session_state.pop(f"{key}_sure", None)
        done = page.app.decisions.cancel_all(page.principal, calendar_id)
        return ngettext("{count} appointment was cancelled.", "{count} appointments were cancelled.", done)

    def ask() -> None:
        st.session_state[f"{key}_sure"] = True

    def leave() -> None:
        st.session_state.pop(f"{key}_sure", None)

    if st.session_state.get(f"{key}_sure"):
        question = ngettext(
            "Cancel {count} appointment? The patient is told.",
            "Cancel {count} appointments? The patients are told.",
            count,
        )
        st.markdown(f"**{question}**")
        with st.container(horizontal=True):
            yes = ngettext("Cancel {count} appointment", "Cancel {count} appointments", count)
            st.button(f":red[{yes}]", key=f"{key}_cancel_all_yes", on_click=decide, args=(page, cancel))
            st.button(_("Cancel nothing"), key=f"{key}_cancel_all_no", on_click=leave)
        return
    with st.container(horizontal=True):
        back = ngettext("Put {count} event back", "Put all {count} events back", count)
        st.button(back, key=f"{key}_all_back", icon=":material/undo:", on_click=decide, args=(page, put_back))
        every = ngettext("Cancel {count} appointment…", "Cancel all {count} appointments…", count)
        st.button(f":red[{every}]", key=f"{key}_cancel_all", on_click=ask)
