"""Staff cancel a patient's appointment: asked about in a form that says whose it is, when, and what follows."""

from collections.abc import Callable

import streamlit as st

from core.domain.appointment import may_be_cancelled
from core.domain.principal import Capability
from core.scheduler.rows import Row
from core.ui.appointments.lateness import is_late
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, plain

LONGEST_REASON = 500


def may_cancel(page: Page, row: Row) -> bool:
    """Whether to offer it; the use case decides again."""
    return may_be_cancelled(row.status) and page.may(Capability.BOOK)


def staff_cancel_form(
    page: Page, row: Row, key: str, cancel: Callable[[str, bool], None], keep: Callable[[], None] | None = None
) -> None:
    """The question, an optional reason, and the button that hands it to `cancel`; `keep` is the way out, if it needs one.

    After the cut-off it is also asked, and handed over, whether the patient asked for it: only then it counts as late.
    """
    name = plain(row.patient_name)
    why, asked_for = f"{key}_why_{row.appointment_id}", f"{key}_asked_for_{row.appointment_id}"

    def go() -> None:
        cancel(str(st.session_state.get(why) or ""), bool(st.session_state.get(asked_for)))

    with st.form(f"{key}_form_{row.appointment_id}", border=False):
        asked = _("Cancel {name}, {when}?").format(name=name, when=day_and_time(row.starts_at, page.zone))
        st.markdown(f"**{asked}**")
        lines = [
            _("The time becomes free. {name} finds it cancelled under My appointments; no message is sent.").format(
                name=name
            ),
            _("It can be undone for a day."),
        ]
        st.markdown(" ".join(lines))
        st.text_input(
            _("Reason (optional). It stands in the appointment's history."), key=why, max_chars=LONGEST_REASON
        )
        if is_late(page, row):
            st.checkbox(_("The patient asked for it. It then counts as a late cancellation."), key=asked_for)
        with st.container(horizontal=True):
            st.form_submit_button(
                f":red[{_('Cancel appointment')}]", key=f"{key}_go", icon=":material/event_busy:", on_click=go
            )
            if keep is not None:
                st.form_submit_button(_("Keep it"), key=f"{key}_keep", on_click=keep)
