"""The grid with the clinic's days in it, and what is done in it turned into what the agenda does next."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import streamlit as st

from core.domain.appointment import Status
from core.domain.opening import open_spans, subtract
from core.domain.principal import Capability
from core.scheduler.schedule import Frame
from core.scheduler.types import epoch
from core.ui.agenda.booking import take
from core.ui.agenda.calendar_grid import Grid, draw_grid
from core.ui.agenda.changes import Names, ask
from core.ui.agenda.grid_colours import grid_css, palette
from core.ui.agenda.grid_events import Drawing, closed_events, events_of
from core.ui.agenda.grid_intentions import Drag, Intention, Open, ShowDay, Take, change_of
from core.ui.agenda.grid_options import layout, options
from core.ui.agenda.grid_times import instant_of, wall, wall_span
from core.ui.agenda.range import Shown, View
from core.ui.agenda.state import AgendaState
from core.ui.agenda.toolbar import show_days
from core.ui.shell import Page
from core.ui.times import LOCALE
from core.ui.words import _


def show_grid(
    page: Page,
    state: AgendaState,
    shown: Shown,
    frame: Frame,
    names: Names,
    open_it: Callable[[int], None],
    *,
    phone: bool,
) -> None:
    """The days shown, under their title."""
    colours = palette(st.context.theme.type)
    drawing = Drawing(
        zone=page.zone,
        colours=colours,
        with_initials=len(names) > 1,
        without_hours=shown.view in {View.LIST, View.MONTH},
        editable=page.may(Capability.BOOK),
        opened=None if state.opened is None else state.opened.row.appointment_id,
        pending=None if state.asked is None else state.asked.change,
        returned=state.returned,
    )
    hours = [entry for doctor_id in names for entry in frame.hours.get(doctor_id, [])]
    rows = [row for row in frame.rows if row.status is not Status.CANCELLED]
    made = layout(shown, hours, [wall_span(row.starts_at, row.ends_at, page.zone) for row in rows], narrow=phone)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header(shown.title(), anchor=False, width="content")
        st.caption(page.zone_words(shown.days), width="content")
    # Always there, so that the grid keeps its place on the page and is not drawn from nothing again.
    with st.container(key="agenda_empty"):
        if not hours:
            st.info(_("No opening hours yet. A manager can enter them on the page Setup."))
        elif not rows:
            is_open = _any_open(frame, names, shown, page.zone)
            st.caption(_nothing_words(drawing, is_open=is_open, one_day=shown.view is View.DAY))
    grid = Grid(
        events=events_of(rows, drawing) + closed_events(frame.closed, names, drawing),
        options=options(
            made, hours, now=wall(page.clock(), page.zone), zone=page.zone.key, locale=LOCALE.replace("_", "-").lower()
        ),
        css=grid_css(colours),
        key=made.key,
    )

    def act(intention: Intention) -> None:
        match intention:
            case Open(appointment_id):
                open_it(appointment_id)
            case ShowDay(day):
                show_days(Shown(View.DAY, day))
            case Take(wall_time):
                take(state, instant_of(wall_time, page.zone))
            case Drag():
                _dragged(page, state, frame, intention)

    draw_grid(grid, act)


def _any_open(frame: Frame, names: Names, shown: Shown, zone: ZoneInfo) -> bool:
    """Whether any doctor in view has open time in the days shown."""
    for doctor_id in names:
        spans = open_spans(frame.hours.get(doctor_id, []), zone, shown.first, shown.last)
        closed = [
            (epoch(time.starts_at), epoch(time.ends_at)) for time in frame.closed if time.doctor_id in {None, doctor_id}
        ]
        if subtract(spans, closed):
            return True
    return False


def _nothing_words(drawing: Drawing, *, is_open: bool, one_day: bool) -> str:
    """That there are no appointments, and how to come by one if there is a way."""
    if not is_open:
        if one_day:
            return _("No appointments, and nothing is open on this day.")
        return _("No appointments, and nothing is open in these days.")
    if drawing.without_hours or not drawing.editable:
        return _("No appointments in these days.")
    return _("No appointments in these days. Click an empty time to book one.")


def _dragged(page: Page, state: AgendaState, frame: Frame, drag: Drag) -> None:
    row = next((row for row in frame.rows if row.appointment_id == drag.appointment_id), None)
    if row is None:
        state.clear()
        return
    pending = None if state.asked is None else state.asked.change
    ask(state, row, change_of(drag, row, page.zone, pending))
