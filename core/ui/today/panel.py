"""One appointment beside the list: who it is, the one button that takes the visit on, and what else may be done."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import streamlit as st

from core.domain.appointment import Status
from core.domain.waiting import waiting_minutes
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.cancel_for_patient import may_cancel, staff_cancel_form
from core.ui.place import video_link
from core.ui.shell import Page
from core.ui.status import status_label, status_words
from core.ui.sync_button import sync_button
from core.ui.times import clock_time
from core.ui.today.said import WayBack, hush, take_back
from core.ui.today.steps import (
    STEP_ICONS,
    Steps,
    call_off,
    step_words,
    steps_offered,
    take_outcome,
    take_step,
    undo_words,
)
from core.ui.today.table import waiting_words
from core.ui.today.view import current_view, turn_to
from core.ui.words import _, plain

_CANCELLING = "today_cancelling"


def show_visit(page: Page, row: Row, now: datetime, *, undoable: str | None, with_doctor: bool) -> None:
    """The appointment and its buttons; `undoable` names what undo would take back, if anything."""
    _who(page, row, with_doctor=with_doctor)
    _how_far(row, now)
    _what_for(row)
    if is_cancelling(row) and may_cancel(page, row):
        staff_cancel_form(page, row, "today_cancel", partial(_call_off, page, row), stop_cancelling)
        return
    _buttons(page, row, steps_offered(row, now, page.zone), undoable)
    sync_button(page, row, f"today_sync_{row.appointment_id}")
    if st.button(_("Open in agenda"), key="today_agenda", type="tertiary", icon=":material/calendar_view_week:"):
        shell.go("agenda", appointment=str(row.appointment_id))


def begin_cancelling(row: Row) -> None:
    """A callback: ask about cancelling; who is asked about stays in sight, whoever else comes next meanwhile."""
    hush()
    st.session_state[_CANCELLING] = row.appointment_id
    turn_to(replace(current_view(), appointment_id=row.appointment_id))


def stop_cancelling() -> None:
    """A callback: ask no more."""
    st.session_state.pop(_CANCELLING, None)


def is_cancelling(row: Row) -> bool:
    """Whether cancelling this appointment is being asked about."""
    return bool(st.session_state.get(_CANCELLING) == row.appointment_id)


def _call_off(page: Page, row: Row, why: str, asked_by_patient: bool) -> None:
    stop_cancelling()
    call_off(page, row, why, asked_by_patient=asked_by_patient)


def _who(page: Page, row: Row, *, with_doctor: bool) -> None:
    st.header(plain(row.patient_name), anchor=False)
    time = f"{clock_time(row.starts_at, page.zone)}\N{EN DASH}{clock_time(row.ends_at, page.zone)}"
    lines = [f"**{time}** · {plain(row.visit_type)}"]
    if with_doctor:
        lines.append(plain(row.doctor_name))
    st.markdown("  \n".join(lines))
    if link := video_link(row):
        st.link_button(_("Join the video visit"), link, icon=":material/videocam:")


def _how_far(row: Row, now: datetime) -> None:
    minutes = waiting_minutes(row, now)
    words = status_label(row.status)
    st.markdown(f"**{words}**" if minutes is None else f"**{words}**, {waiting_words(minutes)}")


def _what_for(row: Row) -> None:
    st.markdown(plain(row.reason) or _("No reason was given."))
    contact = [plain(part) for part in (row.patient_phone, row.patient_email) if part]
    st.caption("  \n".join(contact) or _("No phone or email is known."))


def _buttons(page: Page, row: Row, steps: Steps, undoable: str | None) -> None:
    if steps.step is not None:
        st.button(
            step_words(steps.step),
            key="today_step",
            type="primary",
            icon=STEP_ICONS[steps.step],
            width="stretch",
            on_click=take_step,
            args=(page, row, steps.step),
        )
    for outcome in steps.outcomes:
        st.button(
            status_words(outcome),
            key=f"today_outcome_{outcome.value}",
            icon=STEP_ICONS[outcome],
            width="stretch",
            on_click=take_outcome,
            args=(page, row, outcome),
        )
    with st.container(horizontal=True):
        if steps.no_show:
            st.button(
                step_words(Status.NO_SHOW),
                key="today_no_show",
                icon=STEP_ICONS[Status.NO_SHOW],
                on_click=take_step,
                args=(page, row, Status.NO_SHOW),
            )
        if steps.cancel and may_cancel(page, row):
            st.button(
                _("Cancel…"),
                key="today_cancel",
                icon=STEP_ICONS[Status.CANCELLED],
                on_click=begin_cancelling,
                args=(row,),
            )
        if undoable is not None:
            st.button(
                undo_words(undoable),
                key="today_undo",
                icon=":material/undo:",
                on_click=take_back,
                args=(page, WayBack.of(row)),
            )
