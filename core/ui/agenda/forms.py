"""Moving an appointment and changing its length without dragging."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from core.domain.principal import Capability, Scope
from core.scheduler.rows import Row
from core.ui.agenda.changes import Names, make
from core.ui.agenda.grid_intentions import Change
from core.ui.agenda.grid_times import instant_of, wall
from core.ui.shell import Page
from core.ui.words import _

_STEP = timedelta(minutes=5)
_LONGEST = 480
_SHORTEST = 5


def move_form(page: Page, row: Row, names: Names) -> None:
    """Another day, time or, for those who may book with anyone, doctor."""
    # Named after where it is now: once it was moved the form begins at the new time; till then it keeps what was chosen.
    key = f"agenda_move_{row.appointment_id}_{int(row.starts_at.timestamp())}_{row.doctor_id}"
    begins = wall(row.starts_at, page.zone)

    def move() -> None:
        chosen = st.session_state
        day, at = chosen.get(f"{key}_day"), chosen.get(f"{key}_time")
        starts_at = row.starts_at
        if isinstance(day, date) and isinstance(at, time) and datetime.combine(day, at) != begins:
            starts_at = instant_of(datetime.combine(day, at), page.zone)
        doctor_id = chosen.get(f"{key}_doctor")
        change = Change(
            row.appointment_id,
            row.revision,
            starts_at,
            row.minutes,
            None if doctor_id == row.doctor_id else doctor_id,
        )
        make(page, names, row, change, from_details=True)

    with st.form(f"agenda_move_{row.appointment_id}", border=False):
        st.date_input(_("Day"), value=begins.date(), format="YYYY-MM-DD", key=f"{key}_day", required=True)
        st.time_input(_("Time"), value=begins.time(), step=_STEP, key=f"{key}_time", required=True)
        if page.principal.scope(Capability.BOOK) is Scope.ANY and len(names) > 1:
            numbers = list(names)
            st.selectbox(
                _("Doctor"),
                numbers,
                index=numbers.index(row.doctor_id) if row.doctor_id in names else 0,
                format_func=names.__getitem__,
                key=f"{key}_doctor",
            )
        st.form_submit_button(_("Move"), key=f"agenda_move_go_{row.appointment_id}", type="primary", on_click=move)


def length_form(page: Page, row: Row, names: Names) -> None:
    """Another length, in minutes."""
    key = f"agenda_length_{row.appointment_id}_{row.minutes}_minutes"

    def change_length() -> None:
        minutes = st.session_state.get(key) or row.minutes
        make(
            page,
            names,
            row,
            Change(row.appointment_id, row.revision, row.starts_at, int(minutes)),
            from_details=True,
        )

    with st.form(f"agenda_length_{row.appointment_id}", border=False):
        st.number_input(
            _("Minutes"), min_value=_SHORTEST, max_value=_LONGEST, value=max(row.minutes, _SHORTEST), step=5, key=key
        )
        st.form_submit_button(
            _("Change"), key=f"agenda_length_go_{row.appointment_id}", type="primary", on_click=change_length
        )
