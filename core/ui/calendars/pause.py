"""Pausing all syncing, and going on."""

from datetime import datetime

import streamlit as st

from core.scheduler.calendar_overview import CalendarOverview
from core.ui import shell
from core.ui.shell import Page
from core.ui.times import dated_time
from core.ui.words import _, plain

_REASON = "calendars_pause_reason"


def show_paused(page: Page, overview: CalendarOverview) -> None:
    """Why nothing is sent to any calendar, with the way on; nothing while syncing goes on."""
    if overview.paused is None:
        return
    made_at = overview.restored_from
    st.warning(
        _paused(overview.paused) if made_at is None else _restored(page, made_at), icon=":material/pause_circle:"
    )

    def resume() -> None:
        with shell.showing_errors():
            page.app.calendars.resume(page.principal)
            shell.tell(_("Syncing goes on. What changed meanwhile follows by itself."))

    st.button(
        _("Go on syncing") if made_at is None else _("Compare and go on"),
        key="calendars_resume",
        type="primary",
        icon=":material/play_arrow:",
        on_click=resume,
    )


def _paused(reason: str) -> str:
    return _(
        "Syncing is paused: {reason} Nothing is sent to any calendar; bookings go on and are synced afterwards."
    ).format(reason=plain(_(reason)) if reason else "")


def _restored(page: Page, made_at: datetime) -> str:
    # Before going on is the time to look: new appointments get the numbers, and so the events, of those that are lost.
    return _(
        "This clinic was restored from a backup of {made}. What was booked or changed after that is not here, but may "
        "still stand in a calendar outside: look there first. Nothing is sent until you go on; then every coming "
        "appointment that was synced is compared with its calendar and put right there."
    ).format(made=dated_time(made_at, page.zone))


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
            shell.tell(_("All syncing is paused now. Booking goes on as always."))

    with opened:
        st.markdown(_("Nothing is sent to any calendar until a manager goes on. Booking goes on as always."))
        st.text_input(_("Why (everybody may read it)"), key=_REASON, max_chars=200)
        st.button(_("Pause all syncing"), key="calendars_pause", icon=":material/pause:", on_click=pause)
