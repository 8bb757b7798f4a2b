"""Asking a calendar whether it can be reached and written; the answer stays on the page."""

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.calendars.calendar import CalendarError, Health, unwell
from core.domain.words import N_
from core.scheduler.calendar_overview import ClinicCalendar
from core.ui.calendars.words import said
from core.ui.shell import Page
from core.ui.times import clock_time
from core.ui.words import _, plain

_CHECKED = "calendars_checked"


@dataclass(frozen=True, slots=True)
class _Checked:
    account_id: int | None
    health: Health
    at: datetime


def check(page: Page, provider: str, calendar_id: str, name: str) -> None:
    """Ask the calendar and keep its answer for the rest of this visit."""
    with st.spinner(_("Asking the calendar…")):
        try:
            health = page.app.registry.calendar(provider, calendar_id, name).health()
        except CalendarError as error:  # there is no sign-in for it, or the built-in server does not start
            health = unwell(
                error, N_("Restart CareSlot. If it stays, look into calendar/server.log in its data folder.")
            )
    answers = st.session_state.setdefault(_CHECKED, {})
    answers[calendar_id] = _Checked(page.principal.account_id, health, page.clock())


def show_checked(page: Page, calendar: ClinicCalendar) -> None:
    """What the calendar answered when it was asked last in this visit, if it was."""
    checked = st.session_state.get(_CHECKED, {}).get(calendar.calendar_id)
    if not isinstance(checked, _Checked) or checked.account_id != page.principal.account_id:
        return
    at, health = clock_time(checked.at, page.zone), checked.health
    if not health.ok:
        st.warning(
            _("Checked at {time}: {problem} {cure}").format(
                time=at, problem=said(_(health.detail)), cure=said(_(health.cure)) if health.cure else ""
            ),
            icon=":material/warning:",
        )
    elif health.detail:
        st.success(
            _("Checked at {time}: “{name}” answers and can be written.").format(time=at, name=plain(health.detail)),
            icon=":material/check_circle:",
        )
    else:
        st.success(
            _("Checked at {time}: it answers and can be written.").format(time=at), icon=":material/check_circle:"
        )
