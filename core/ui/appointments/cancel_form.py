"""Cancelling an appointment, asked for where the appointment stands: which one, what it means, and why if one likes."""

import streamlit as st

from core.scheduler.booking import AppointmentChanged
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.address import number_in
from core.ui.appointments.lateness import cancel_consequence
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, plain

LONGEST_REASON = 500


def ask_to_cancel(row: Row) -> None:
    """A callback: ask whether to cancel this appointment as it is shown now."""
    st.query_params.from_dict({"cancel": str(row.appointment_id), "rev": str(row.revision)})


def is_asked(row: Row) -> bool:
    """Whether the address asks to cancel this appointment."""
    return number_in(st.query_params.get("cancel")) == row.appointment_id


def cancel_form(page: Page, row: Row) -> None:
    """The question with its consequence, and the button that cancels; afterwards the address names what was cancelled."""
    number = row.appointment_id
    when = day_and_time(row.starts_at, page.zone)
    shown = number_in(st.query_params.get("rev"))
    with st.form(f"cancel_form_{number}", border=False):
        st.markdown(
            "**" + _("Cancel {when} with {doctor}?").format(when=when, doctor=plain(row.doctor_name)) + "**",
        )
        st.markdown(cancel_consequence(page, row))
        why = st.text_area(
            _("Reason (optional). The clinic sees it."),
            key=f"cancel_why_{number}",
            max_chars=LONGEST_REASON,
            height=80,
        )
        with st.container(horizontal=True):
            pressed = st.form_submit_button(
                f":red[{_('Cancel appointment')}]", key=f"cancel_now_{number}", icon=":material/event_busy:"
            )
            st.form_submit_button(_("Keep it"), key=f"cancel_keep_{number}", on_click=st.query_params.clear)
    if not pressed:
        return
    with shell.showing_errors():
        try:
            page.app.scheduler.cancel(page.principal, number, why, expected_revision=shown or row.revision)
        except AppointmentChanged:  # the question named another time than the one it would cancel
            st.query_params["rev"] = str(row.revision)
            raise
        st.query_params.from_dict({"cancelled": str(number)})
        st.rerun()
