"""An appointment's state in the clinic's calendar, with the button that puts it there."""

import streamlit as st

from core.domain.errors import CareSlotError
from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.status import sync_words
from core.ui.words import _, sentence_of


def sync_button(page: Page, row: Row, key: str) -> None:
    """Say how the appointment stands in the clinic's calendar, and offer to put it there while it does not.

    Pressing pushes at once; its outcome stays beside the button until something else is done.
    """
    outcome: tuple[str, str] | None = st.session_state.get(f"{key}_outcome")
    st.caption(sync_words(row.sync, page.zone))
    if row.sync.state in {"none", "failed"}:

        def push() -> None:
            try:
                done = page.app.sync.sync_appointment(page.principal, row.appointment_id)
            except CareSlotError as error:
                st.session_state[f"{key}_outcome"] = ("error", sentence_of(error))
            else:
                kind = {"synced": "success", "pending": "info", "failed": "error"}[done.state]
                st.session_state[f"{key}_outcome"] = (kind, done.sentence)

        st.button(
            _("Sync to calendar"),
            key=key,
            icon=":material/sync:",
            on_click=push,
            help=_("Puts this appointment into the clinic's calendar."),
        )
    if outcome is not None:
        getattr(st, outcome[0])(outcome[1])
