"""How many changes are still to be sent, kept up to date while the worker sends them."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.scheduler.calendar_overview import CalendarOverview, ClinicCalendar
from core.ui import shell
from core.ui.shell import Page
from core.ui.words import ngettext

EVERY_SECONDS = 15


def show_waiting(page: Page, overview: CalendarOverview) -> None:
    """The count, looked at again every few seconds; the whole page runs anew once nothing waits."""
    if overview.paused is None and _on_their_way(overview.calendars, page.clock()):
        _watch(page)


@st.fragment(run_every=EVERY_SECONDS)
def _watch(page: Page) -> None:
    with shell.showing_errors():
        count = _on_their_way(page.app.calendars.list(page.principal), page.clock())
        if not count:
            st.rerun()
        st.info(
            ngettext(
                "{count} change is on its way to its calendar.",
                "{count} changes are on their way to their calendars. An event that moves counts twice.",
                count,
            ),
            icon=":material/sync:",
        )


def _on_their_way(calendars: Sequence[ClinicCalendar], now: datetime) -> int:
    """What neither failed nor waits for a calendar that asked for patience."""
    return sum(
        calendar.pending - calendar.failed
        for calendar in calendars
        if calendar.paused_until is None or calendar.paused_until <= now
    )
