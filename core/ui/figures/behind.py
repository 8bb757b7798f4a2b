"""The visits behind a mark of a chart: which mark is open stands in the address, so the list can be shared and left."""

from typing import Any

import streamlit as st

from core.reports.report import Listing, Question, Visit
from core.ui import shell
from core.ui.figures.marks import mark_in
from core.ui.figures.numbers import NOTHING
from core.ui.shell import Page
from core.ui.status import status_label
from core.ui.times import clock_time, local_day
from core.ui.words import _, ngettext, plain

MOST_SHOWN = 200
_PARAMETER = "behind"
_ROW_HEIGHT = 44
_OPENED = "figures_visit_opened"


def open_mark() -> str:
    """The mark whose list is open, as the address names it; empty where there is none."""
    return st.query_params.get(_PARAMETER, "")


def open_list(mark: str | None) -> None:
    """A callback: show the visits behind this mark, or none."""
    if mark:
        st.query_params[_PARAMETER] = mark
    else:
        st.query_params.pop(_PARAMETER, None)


def show_behind(page: Page, question: Question, mark_text: str, told: str) -> None:
    """The list behind the mark, and the button that closes it; `told` is what the mark shows."""
    mark = mark_in(mark_text)
    if mark is None:
        return
    with st.container(border=True, key="figures_behind"), shell.showing_errors():
        listing = page.app.reports.behind(page.principal, question, mark, limit=MOST_SHOWN)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(visits_behind(listing.count), anchor=False, width="content")
            st.button(_("Close"), key="figures_close", icon=":material/close:", on_click=open_list, args=(None,))
        st.markdown(plain(told))
        if listing.visits:
            _show_table(page, listing)
        if listing.count > len(listing.visits):
            st.caption(_("The first {count} are shown.").format(count=len(listing.visits)))


def visits_behind(count: int) -> str:
    """The list's heading."""
    return ngettext("{count} visit behind this", "{count} visits behind this", count)


def _show_table(page: Page, listing: Listing) -> None:
    visits = listing.visits
    st.dataframe(
        _columns(page, visits),
        hide_index=True,
        height="auto",
        row_height=_ROW_HEIGHT,
        column_config={
            "date": st.column_config.DateColumn(_("Date"), format="ddd D MMM YYYY"),
            "time": st.column_config.TextColumn(_("Time")),
            "patient": st.column_config.TextColumn(_("Patient")),
            "doctor": st.column_config.TextColumn(_("Doctor")),
            "type": st.column_config.TextColumn(_("Visit type")),
            "status": st.column_config.TextColumn(_("Status")),
            "lead": st.column_config.NumberColumn(_("Booked ahead, days")),
            "waited": st.column_config.NumberColumn(_("Waited, min")),
            "open": st.column_config.ButtonColumn(_("Agenda"), type="tertiary", key=_OPENED),
        },
        alt=_("The visits behind the mark. The last column opens each in the agenda."),
    )
    clicked = st.session_state.get(_OPENED)
    if clicked is not None:
        shell.go("agenda", appointment=str(visits[clicked["row"]].appointment_id))


def _columns(page: Page, visits: tuple[Visit, ...]) -> dict[str, list[Any]]:
    return {
        "date": [local_day(visit.starts_at, page.zone) for visit in visits],
        "time": [
            f"{clock_time(visit.starts_at, page.zone)}{NOTHING}{clock_time(visit.ends_at, page.zone)}"
            for visit in visits
        ],
        "patient": [visit.patient_name for visit in visits],
        "doctor": [visit.doctor_name for visit in visits],
        "type": [visit.visit_type for visit in visits],
        "status": [status_label(visit.status) for visit in visits],
        "lead": [visit.lead_days for visit in visits],
        "waited": [visit.waited_minutes for visit in visits],
        "open": [_("Open")] * len(visits),
    }
