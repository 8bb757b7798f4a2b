"""A patient's past and cancelled appointments, with the notes that their doctors released, read when they are asked for."""

from collections.abc import Sequence

import streamlit as st

from core.domain.appointment import Status
from core.domain.principal import SignInNeeded
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.shell import Page
from core.ui.status import STATUS_ICONS, status_label
from core.ui.times import dated_time
from core.ui.words import _, ngettext, plain

AT_ONCE = 10

_SHOWN = "past_shown"
_OPEN = "past_notes_open"
_WITHOUT_NOTES = (Status.CANCELLED, Status.NO_SHOW)


@st.fragment
def past_visits(page: Page, rows: Sequence[Row], *, name_patients: bool) -> None:
    """The rows, latest first, a few at once. A fragment: reading notes does not draw the whole page again."""
    with shell.showing_errors():
        shown = int(st.session_state.get(_SHOWN, AT_ONCE))
        for row in rows[:shown]:
            _visit(page, row, name_patient=name_patients)
        if (more := len(rows) - shown) > 0:
            st.button(
                ngettext("{count} earlier appointment", "{count} earlier appointments", more),
                key="past_more",
                icon=":material/expand_more:",
                on_click=_show,
                args=(shown + AT_ONCE,),
            )


def outcome_label(row: Row) -> str:
    """What became of a past appointment, with an icon; patients are told of late cancellations, which are counted."""
    if row.status is Status.CANCELLED and row.cancelled_late:
        return f"{STATUS_ICONS[row.status]} {_('Cancelled late')}"
    if row.status is Status.SCHEDULED:
        return f"{STATUS_ICONS[row.status]} {_('Not recorded yet')}"
    return status_label(row.status)


def _visit(page: Page, row: Row, *, name_patient: bool) -> None:
    number = row.appointment_id
    is_open = st.session_state.get(_OPEN) == number
    with st.container(border=True, key=f"past_{number}", gap="small"):
        what = [plain(row.doctor_name), plain(row.visit_type), outcome_label(row)]
        if name_patient:
            what.insert(0, _("For {name}").format(name=plain(row.patient_name)))
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{dated_time(row.starts_at, page.zone)}**  \n{' · '.join(what)}", width="content")
            if row.status not in _WITHOUT_NOTES:
                st.button(
                    _("Hide notes") if is_open else _("Notes"),
                    key=f"notes_{number}",
                    icon=":material/description:",
                    type="tertiary",
                    on_click=_open,
                    args=(None if is_open else number,),
                )
        if is_open:
            _notes(page, row)


def _notes(page: Page, row: Row) -> None:
    with shell.showing_errors():
        try:
            notes = page.app.notes.versions(page.principal, row.appointment_id)
        except SignInNeeded:  # signed out elsewhere: the whole page is to go, and the sign-in to stand in its place
            st.rerun()
        if not notes:
            st.info(_("Your doctor has not released notes of this visit."))
        for note in reversed(notes):
            st.caption(
                _("{author}, {when}").format(author=plain(note.author_name), when=dated_time(note.at, page.zone))
            )
            st.text(note.body)


def _show(count: int) -> None:
    st.session_state[_SHOWN] = count


def _open(number: int | None) -> None:
    st.session_state[_OPEN] = number
