"""Which days the agenda shows, chosen with native buttons and kept in the address."""

from datetime import date

import streamlit as st

from core.ui.agenda.range import Shown, View
from core.ui.words import _

DESK = [View.WEEK, View.DAY, View.MONTH, View.LIST]
PHONE = [View.DAY, View.LIST]
_ORDER = [View.DAY, View.WEEK, View.MONTH, View.LIST]


def on_phone() -> bool:
    """Whether the browser says that it is a phone's; the server knows no widths."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def views(*, phone: bool, everyone: bool) -> list[View]:
    """The views on offer, the usual one first: a week of several doctors is too narrow to read."""
    if phone:
        return PHONE
    return [View.DAY, View.WEEK, View.MONTH, View.LIST] if everyone else DESK


def read_shown(offered: list[View], today: date, usual_day: date) -> Shown:
    """What the address asks for; `usual_day` where it names no day."""
    asked = st.query_params
    return Shown.read(asked.get("view"), asked.get("day") or usual_day.isoformat(), views=offered, today=today)


def show_days(shown: Shown) -> None:
    """Put these days into the address."""
    st.query_params["view"], st.query_params["day"] = shown.view.value, shown.day.isoformat()


def toolbar(shown: Shown, offered: list[View], today: date, *, phone: bool) -> None:
    """Earlier, today, later, the view and a day to go to."""
    with st.container(horizontal=True, vertical_alignment="center", key="agenda_toolbar"):
        st.button(
            _("Earlier"),
            key="agenda_earlier",
            icon=":material/chevron_left:",
            on_click=show_days,
            args=(shown.earlier,),
        )
        if not phone:
            st.button(
                _("Today"),
                key="agenda_today",
                on_click=show_days,
                args=(Shown(shown.view, today),),
                disabled=shown.holds(today),
            )
        st.button(
            _("Later"),
            key="agenda_later",
            icon=":material/chevron_right:",
            icon_position="right",
            on_click=show_days,
            args=(shown.later,),
        )
        _view(shown, offered)
        _day(shown)
    if phone:  # beside two buttons there is no room for a third
        with st.container(key="agenda_to_today"):
            if not shown.holds(today):
                st.button(
                    _("Back to today"),
                    key="agenda_today",
                    type="tertiary",
                    icon=":material/today:",
                    on_click=show_days,
                    args=(Shown(shown.view, today),),
                )


def _view(shown: Shown, offered: list[View]) -> None:
    words = {View.DAY: _("Day"), View.WEEK: _("Week"), View.MONTH: _("Month"), View.LIST: _("List")}
    st.session_state["agenda_view"] = shown.view.value
    st.segmented_control(
        _("View"),
        [view.value for view in _ORDER if view in offered],
        format_func=lambda view: words[View(view)],
        key="agenda_view",
        label_visibility="collapsed",
        required=True,
        on_change=lambda: show_days(Shown(View(st.session_state["agenda_view"]), shown.day)),
    )


def _day(shown: Shown) -> None:
    def keep() -> None:
        chosen = st.session_state["agenda_day"]
        if isinstance(chosen, date):
            show_days(Shown(shown.view, chosen))

    st.session_state["agenda_day"] = shown.day
    st.date_input(
        _("Go to day"),
        key="agenda_day",
        format="YYYY-MM-DD",
        label_visibility="collapsed",
        width=150,
        on_change=keep,
    )
