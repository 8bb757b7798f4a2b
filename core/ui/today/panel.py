"""One appointment beside the list: who it is, the one button that takes the visit on, and what else may be done."""

from datetime import datetime

import streamlit as st

from core.domain.appointment import Status
from core.domain.waiting import waiting_minutes
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.place import video_link
from core.ui.shell import Page
from core.ui.status import status_label, status_words
from core.ui.sync_button import sync_button
from core.ui.times import clock_time
from core.ui.today.said import WayBack, take_back
from core.ui.today.steps import STEP_ICONS, Steps, step_words, steps_offered, take_outcome, take_step, undo_words
from core.ui.today.table import waiting_words
from core.ui.words import _, plain


def show_visit(page: Page, row: Row, now: datetime, *, undoable: str | None, with_doctor: bool) -> None:
    """The appointment and its buttons; `undoable` names what undo would take back, if anything."""
    _who(page, row, with_doctor=with_doctor)
    _how_far(row, now)
    _what_for(row)
    _buttons(page, row, steps_offered(row, now, page.zone), undoable)
    sync_button(page, row, f"today_sync_{row.appointment_id}")
    if st.button(_("Open in agenda"), key="today_agenda", type="tertiary", icon=":material/calendar_view_week:"):
        shell.go("agenda", appointment=str(row.appointment_id))


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
        if undoable is not None:
            st.button(
                undo_words(undoable),
                key="today_undo",
                icon=":material/undo:",
                on_click=take_back,
                args=(page, WayBack.of(row)),
            )
