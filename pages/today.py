"""Today: the day's appointments, who is next, and each visit's steps."""

from dataclasses import replace

import streamlit as st

from core.domain.opening import day_span
from core.scheduler.types import from_epoch
from core.ui import shell
from core.ui.decisions.show import show_awaited
from core.ui.doctor_filter import choose_doctor
from core.ui.refresh import Drawn, keep_fresh
from core.ui.times import day_label, local_day
from core.ui.today.board import show_board
from core.ui.today.day import show_closures, show_days, show_empty
from core.ui.today.outcomes import show_outcomes, visits_need_outcome
from core.ui.today.said import hush, show_said
from core.ui.today.view import Form, TodayView, current_view, turn_to
from core.ui.today.walk_in import close_walk_in, show_walk_in
from core.ui.words import _


def open_form(of: TodayView, form: Form) -> None:
    hush()
    turn_to(replace(of, form=form))


page = shell.open_page("today")
now = page.clock()
view = current_view()
heading = st.container()
with st.container(width=320):
    whose = choose_doctor(page, "today_doctor")  # before the zone is asked for: the clinic comes with its doctors
today = local_day(now, page.zone)
day = view.day or today

titles = {None: day_label(day), Form.WALK_IN: _("Walk-in"), Form.OUTCOMES: _("What happened?")}
with heading:
    st.title(titles[view.form], anchor=False)
    st.caption(page.zone_words([day]))
if whose is None:
    st.stop()

if view.form is not None:
    st.button(
        _("Back to the list"),
        key="today_close_form",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=close_walk_in,
        args=(view,),
    )
    show_said(page)
    if view.form is Form.WALK_IN:
        show_walk_in(page, whose)
    else:
        show_outcomes(page, whose.doctor_id, with_doctor=whose.everyone)
    if view.form is Form.WALK_IN:
        st.caption(_("The list of the day waits while this is open, so nothing that you type is lost."))
    else:
        st.caption(_("The list of the day waits while this is open."))
    st.stop()

board = page.app.scheduler.day_board(page.principal, whose.doctor_id, day)
with st.container(horizontal=True):
    show_days(day, today)
    if day == today:
        st.button(
            _("Walk-in"),
            key="today_walk_in",
            icon=":material/directions_walk:",
            on_click=open_form,
            args=(view, Form.WALK_IN),
        )
    if board.without_outcome:
        st.button(
            visits_need_outcome(board.without_outcome),
            key="today_outcomes",
            icon=":material/pending_actions:",
            on_click=open_form,
            args=(view, Form.OUTCOMES),
        )
show_awaited(page, board.awaited)
show_closures(page, whose, day)
show_said(page, board.rows)
if board.rows:
    show_board(page, board, view, now, is_today=day == today, everyone=whose.everyone)
else:
    show_empty(day, board.next_day)
midnight = from_epoch(day_span(today, page.zone)[1]) if view.day is None else None
keep_fresh(page, whose.doctor_id, Drawn.of(board.revision, board.awaited, now, board.rows, midnight))
