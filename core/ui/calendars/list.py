"""The calendars one below the other, what failed first, and pausing all of them."""

from collections.abc import Sequence

import streamlit as st

from core.scheduler.calendar_overview import CalendarOverview, ClinicCalendar
from core.ui.calendars.card import calendar_card
from core.ui.calendars.failed import show_failed
from core.ui.calendars.parts import Part
from core.ui.calendars.pause import offer_pause
from core.ui.calendars.sign_ins import sign_in_at
from core.ui.calendars.waiting import show_waiting
from core.ui.part_tabs import open_part
from core.ui.shell import Page
from core.ui.times import local_day
from core.ui.words import _

MOST_CARDS = 12


def show_calendars(page: Page, overview: CalendarOverview) -> None:
    """Every calendar of the clinic, or the first of many with a way to find one."""
    st.markdown(
        _(
            "Appointments stand in these calendars, and what is moved or deleted there is followed here. Where both "
            "disagree, CareSlot keeps its own time and asks."
        )
    )
    show_waiting(page, overview)
    show_failed(page, overview.failed, sum(calendar.failed for calendar in overview.calendars))
    for calendar in _in_view(overview.calendars):
        calendar_card(page, calendar, sign_in_at(page, calendar))
    if not overview.calendars:
        st.info(_("There is no calendar yet."))
    st.button(_("Add a calendar"), key="calendars_add", icon=":material/add:", on_click=open_part, args=(Part.ADD,))
    offer_pause(page, overview.paused)
    st.caption(page.zone_words([local_day(page.clock(), page.zone)]))


def _in_view(calendars: Sequence[ClinicCalendar]) -> Sequence[ClinicCalendar]:
    if len(calendars) <= MOST_CARDS:
        return calendars
    names = {calendar.calendar_id: calendar.name for calendar in calendars}
    found = st.selectbox(
        _("Find a calendar"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Type a name"),
        key="calendars_find",
    )
    if found is not None:
        return [calendar for calendar in calendars if calendar.calendar_id == found]
    # Those in trouble first: they are why somebody looks.
    shown = sorted(calendars, key=lambda calendar: calendar.last_error_at is None)[:MOST_CARDS]
    st.caption(_("The first {count} of {all} are listed.").format(count=len(shown), all=len(calendars)))
    return shown
