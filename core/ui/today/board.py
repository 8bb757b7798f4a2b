"""The day's two sides: who is next or was chosen, and the list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st

from core.domain.appointment import Status
from core.domain.waiting import next_at_desk, next_for_doctor
from core.scheduler.front_desk import DayBoard
from core.scheduler.rows import Row
from core.ui.decisions.show import show_awaited_of
from core.ui.shell import Page
from core.ui.today.panel import show_visit
from core.ui.today.table import count_words, show_table
from core.ui.today.view import TodayView, turn_to
from core.ui.words import _, ngettext

_CANCELLED = "today_cancelled"


def show_board(page: Page, board: DayBoard, view: TodayView, now: datetime, *, is_today: bool, everyone: bool) -> None:
    """Both sides; `everyone` says that all doctors are in view. On a phone, who is next stands above the list."""
    beside, listed = st.columns([3, 7], gap="small")
    with listed:
        _show_list(page, board.rows, view, now, everyone=everyone)
    with beside, st.container(border=True, key="today_panel"):
        find_next = next_at_desk if everyone else next_for_doctor
        coming = find_next(board.rows, now) if is_today else None
        _show_beside(page, board, view, now, coming, everyone=everyone)


def _show_beside(
    page: Page, board: DayBoard, view: TodayView, now: datetime, coming: Row | None, *, everyone: bool
) -> None:
    chosen = next((row for row in board.rows if row.appointment_id == view.appointment_id), None)
    row = chosen or coming
    if row is None:
        if view.day is None:
            st.markdown(_("Nobody else is expected."))
        st.caption(_("Choose an appointment in the list to see more."))
        return
    st.caption(_coming_words(page, row) if row == coming else _("Chosen in the list"))
    show_visit(page, row, now, undoable=board.undoable.get(row.appointment_id), with_doctor=everyone)
    show_awaited_of(page, board.awaited, row.appointment_id, "today_details")
    if coming is not None and row != coming:
        st.button(
            _("Back to the visit in progress") if _is_in_progress(coming) else _("Back to the next patient"),
            key="today_back_to_next",
            type="tertiary",
            icon=":material/arrow_back:",
            on_click=turn_to,
            args=(replace(view, appointment_id=None),),
        )


def _is_in_progress(row: Row) -> bool:
    return row.status is Status.IN_PROGRESS


def _coming_words(page: Page, row: Row) -> str:
    if not _is_in_progress(row):
        return _("Next patient")
    return _("With you now") if row.doctor_id == page.principal.doctor_id else _("In progress")


def _show_list(page: Page, rows: Sequence[Row], view: TodayView, now: datetime, *, everyone: bool) -> None:
    coming = [row for row in rows if row.status is not Status.CANCELLED]
    cancelled = len(rows) - len(coming)
    st.markdown(count_words(coming))
    # The widget comes after what it changes: at the right above the table stand the table's own buttons.
    shown = rows if cancelled and st.session_state.get(_CANCELLED) else coming
    if shown:
        show_table(page, shown, now, view, with_doctor=everyone)
    else:
        st.info(_("All appointments of this day are cancelled."))
    if cancelled:
        st.toggle(
            ngettext("Show {count} cancelled", "Show {count} cancelled", cancelled),
            key=_CANCELLED,
            persist_state="page",
        )
