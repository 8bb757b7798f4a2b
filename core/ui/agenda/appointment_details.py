"""One appointment beside the grid: who, when, why, how it stands, and what can be done with it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.domain.errors import CareSlotError, NotFound
from core.domain.principal import Capability, NotAllowed
from core.scheduler.awaited import Awaited
from core.scheduler.rows import Row
from core.scheduler.schedule import Change
from core.ui.address import number_in
from core.ui.agenda.changes import Names, call_off, show_changes
from core.ui.agenda.forms import length_form, move_form
from core.ui.agenda.grid_events import MOVABLE
from core.ui.agenda.history import show_history
from core.ui.agenda.medical_notes_panel import notes_panel, show_notes_as_read
from core.ui.agenda.state import AgendaState, Opened
from core.ui.agenda.words import is_move, length_words
from core.ui.cancel_for_patient import may_cancel, staff_cancel_form
from core.ui.decisions.show import show_awaited_of
from core.ui.place import place_words, video_link
from core.ui.shell import Page
from core.ui.status import status_label
from core.ui.sync_button import sync_button
from core.ui.times import clock_time, day_label, local_day
from core.ui.words import _, plain, sentence_of


def open_appointment(page: Page, state: AgendaState, asked: str | None) -> Row | None:
    """The appointment that the address asks for, read once while it is open: reading it is logged."""
    number = number_in(asked)
    if number is None:
        state.opened = None
        return None
    if state.opened is None or state.opened.row.appointment_id != number:
        state.opened = None
        try:
            row, history = _read(page, number)
        except (NotFound, NotAllowed) as error:
            st.warning(sentence_of(error))
            return None
        state.opened = Opened(row, tuple(history))
    return state.opened.row


def _read(page: Page, number: int) -> tuple[Row, list[Change]]:
    """The appointment with its history; where its notes are shown beside it, they are read with it."""
    if not page.may(Capability.WRITE_NOTES):
        return page.app.schedule.opened(page.principal, number)
    visit = page.app.notes.opened(page.principal, number)
    show_notes_as_read(page, visit)
    return visit.row, visit.history


def refresh_opened(page: Page, state: AgendaState, rows: list[Row]) -> Row | None:
    """The open appointment as it stands now: from the days shown, or from its own day."""
    if state.opened is None:
        return None
    known = state.opened.row
    number = known.appointment_id
    row = next((row for row in rows if row.appointment_id == number), None)
    if row is None:
        day = local_day(known.starts_at, page.zone)
        try:
            near = page.app.schedule.between(page.principal, known.doctor_id, day, day)
            row = next((row for row in near if row.appointment_id == number), None)
            row = row or page.app.schedule.details(page.principal, number)
        except CareSlotError:
            return known
    if row.revision != known.revision:
        state.opened = Opened(row, tuple(page.app.schedule.history(page.principal, number)))
    return row


def show_details(
    page: Page, state: AgendaState, row: Row, names: Names, close: Callable[[], None], awaited: Awaited
) -> None:
    """The open appointment, with what is to be decided, its forms, its history and, for doctors, its notes."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(plain(row.patient_name), anchor=False, width="content")
        st.button(_("Close"), key="agenda_close", icon=":material/close:", type="tertiary", on_click=close)
    _when(page, row, with_doctor=len(names) > 1)
    _contact(row)
    show_changes(page, state, names, [row], in_details=True)
    show_awaited_of(page, awaited, row.appointment_id, "agenda_details")
    st.page_link(
        "pages/today.py",
        label=_("Open in Today"),
        icon=":material/today:",
        query_params={"day": local_day(row.starts_at, page.zone).isoformat(), "appointment": str(row.appointment_id)},
    )
    sync_button(page, row, f"agenda_sync_{row.appointment_id}")
    if row.status in MOVABLE and page.may(Capability.BOOK):
        moving = state.from_details and state.refused is not None and is_move(row, state.refused.change)
        with st.expander(_("Move…"), expanded=moving, icon=":material/event_repeat:"):
            move_form(page, row, names)
        with st.expander(_("Change length…"), icon=":material/timelapse:"):
            length_form(page, row, names)
    if may_cancel(page, row):
        with st.expander(_("Cancel…"), icon=":material/event_busy:"):
            staff_cancel_form(page, row, "agenda_cancel", partial(call_off, page, state, row))
    if page.may(Capability.WRITE_NOTES):
        notes_panel(page, row)
    if state.opened is not None:
        with st.expander(_("History"), icon=":material/history:"):
            show_history(state.opened.history, page.zone)


def _when(page: Page, row: Row, *, with_doctor: bool) -> None:
    begins, ends = clock_time(row.starts_at, page.zone), clock_time(row.ends_at, page.zone)
    day = local_day(row.starts_at, page.zone)
    lines = [
        f"**{day_label(day)}, {begins}\N{EN DASH}{ends}** ({length_words(row.minutes)})",
        f"{plain(row.visit_type)} · {plain(place_words(row, page.clinic))}",
        *([plain(row.doctor_name)] if with_doctor else []),
        status_label(row.status),
    ]
    st.markdown("  \n".join(lines))
    st.caption(page.zone_words([day]))
    st.markdown(plain(row.reason) or _("No reason was given."))
    if link := video_link(row):
        st.link_button(_("Join the video visit"), link, icon=":material/videocam:")


def _contact(row: Row) -> None:
    known = [plain(part) for part in (row.patient_phone, row.patient_email) if part]
    st.caption("  \n".join(known) or _("No phone or email is known."))
