"""Which day is shown: its head with the ways to other days, closures on it, and what to say when nobody comes."""

from datetime import date, timedelta

import streamlit as st

from core.domain.opening import day_span
from core.scheduler.hours import Closure
from core.scheduler.types import from_epoch
from core.ui import shell
from core.ui.doctor_filter import Whose
from core.ui.shell import Page
from core.ui.times import clock_time, day_label
from core.ui.today.view import TodayView, turn_to
from core.ui.words import _, plain

ONE_DAY = timedelta(days=1)


def show_days(day: date, today: date) -> None:
    """The buttons to the days around this one, and back to today."""
    for key, words, icon, to in (
        ("today_previous", _("Previous day"), ":material/chevron_left:", day - ONE_DAY),
        ("today_today", _("Today"), ":material/today:", today),
        ("today_next", _("Next day"), ":material/chevron_right:", day + ONE_DAY),
    ):
        st.button(
            words,
            key=key,
            icon=icon,
            icon_position="right" if key == "today_next" else "left",
            disabled=to == day,
            on_click=turn_to,
            args=(TodayView(day=None if to == today else to),),
        )


def show_closures(page: Page, whose: Whose, day: date) -> None:
    """When the clinic or a doctor in view is closed on this day."""
    names = {doctor.doctor_id: doctor.name for doctor in whose.doctors}
    closures = [
        closure
        for closure in page.app.setup.closures(day, day, whose.doctor_id)
        if closure.doctor_id is None or closure.doctor_id in names
    ]
    if closures:
        st.info("  \n".join(_closed(page, closure, names, day) for closure in closures), icon=":material/event_busy:")


def show_empty(day: date, next_day: date | None) -> None:
    """Nobody comes on this day; the way to the next day on which somebody does."""
    with st.container(border=True):
        st.markdown(_("No appointments on this day."))
        if next_day is not None:
            st.button(
                _("Go to {day}").format(day=day_label(next_day)),
                key="today_next_with",
                icon=":material/arrow_forward:",
                on_click=turn_to,
                args=(TodayView(day=next_day),),
            )
        if st.button(_("Open the agenda"), key="today_empty_agenda", icon=":material/calendar_view_week:"):
            shell.go("agenda", day=day.isoformat())


def _closed(page: Page, closure: Closure, names: dict[int, str], day: date) -> str:
    begins, ends = (from_epoch(moment) for moment in day_span(day, page.zone))
    if closure.starts_at <= begins and closure.ends_at >= ends:
        when = _("all day")
    else:
        start, end = max(closure.starts_at, begins), min(closure.ends_at, ends)
        when = _("from {start} to {end}").format(
            start=clock_time(start, page.zone), end="24:00" if end == ends else clock_time(end, page.zone)
        )
    if closure.doctor_id is None:
        words = _("The clinic is closed {when}").format(when=when)
    else:
        words = _("{doctor} is away {when}").format(doctor=plain(names[closure.doctor_id]), when=when)
    return f"{words}: {plain(closure.reason)}." if closure.reason else f"{words}."
