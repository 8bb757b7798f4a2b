"""Pausing all syncing, and going on."""

import streamlit as st

from core.ui import shell
from core.ui.shell import Page
from core.ui.words import _, plain

_REASON = "calendars_pause_reason"


def show_paused(page: Page, reason: str | None) -> None:
    """Why nothing is sent to any calendar, with the way on; nothing while syncing goes on."""
    if reason is None:
        return
    st.warning(
        _(
            "Syncing is paused: {reason} Nothing is sent to any calendar; bookings go on and are synced afterwards."
        ).format(reason=plain(_(reason)) if reason else ""),
        icon=":material/pause_circle:",
    )

    def resume() -> None:
        with shell.showing_errors():
            page.app.calendars.resume(page.principal)
            shell.tell(_("Syncing goes on. What changed meanwhile follows by itself."))

    st.button(_("Go on syncing"), key="calendars_resume", type="primary", icon=":material/play_arrow:", on_click=resume)


def offer_pause(page: Page, paused: str | None) -> None:
    """The way to pause all syncing, such as while calendars are being moved."""
    if paused is not None:
        return
    opened = st.expander(_("Pause all syncing"), key="calendars_pause_part", icon=":material/pause:", on_change="rerun")
    if not opened.open:
        return

    def pause() -> None:
        with shell.showing_errors():
            page.app.calendars.pause(page.principal, st.session_state.get(_REASON, ""))

    with opened:
        st.markdown(_("Nothing is sent to any calendar until a manager goes on. Booking goes on as always."))
        st.text_input(_("Why (everybody may read it)"), key=_REASON, max_chars=200)
        st.button(_("Pause all syncing"), key="calendars_pause", icon=":material/pause:", on_click=pause)
