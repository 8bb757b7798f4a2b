"""An appointment's state in the clinic's calendar, with the button that puts it there."""

import streamlit as st

from core.domain.appointment import Status
from core.domain.errors import CareSlotError
from core.domain.principal import Capability, SignInNeeded
from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.status import SYNC_ICONS, clinics_sync_words, sync_words
from core.ui.words import _, sentence_of

RECONNECT = "reconnect"
"""The kind of error that a manager cures on the page Calendars."""


def sync_button(page: Page, row: Row, key: str) -> None:
    """Say how the appointment stands in the clinic's calendar, and offer to put it there while it does not.

    Pressing pushes at once; its outcome stays beside the button until something else is done. Patients are told whose
    calendar it is, and not about faults that only the clinic can mend.
    """
    if row.status is Status.CANCELLED and row.sync.state == "none":
        return
    outcome: tuple[str, str] | None = st.session_state.get(f"{key}_outcome")
    for_patients = page.may(Capability.SEE_OWN_APPOINTMENTS)
    told = clinics_sync_words if for_patients else sync_words
    words = told(row.sync, page.zone, page.clock(), page.clinic.sync_paused)
    st.caption(f"{SYNC_ICONS[row.sync.state]} {words}")
    if row.sync.state in {"none", "failed"}:

        def push() -> None:
            try:
                done = page.app.sync.sync_appointment(page.principal, row.appointment_id)
            except SignInNeeded as error:
                kind, sentence = "error", sentence_of(error)
            except CareSlotError as error:
                kind, sentence = "error", _not_now() if for_patients else sentence_of(error)
            else:
                kind = {"synced": "success", "pending": "info", "failed": "error"}[done.state]
                sentence = _not_now() if for_patients and done.state == "failed" else done.sentence
            st.session_state[f"{key}_outcome"] = (kind, sentence)

        if row.sync.error_kind == RECONNECT and page.may(Capability.ADMINISTER):
            st.page_link("pages/calendars.py", label=_("Reconnect"), icon=":material/sync_problem:")
        st.button(
            _("Sync to the clinic's calendar") if for_patients else _("Sync to calendar"),
            key=key,
            icon=":material/sync:",
            on_click=push,
            help=_("Puts this appointment into the clinic's calendar."),
        )
    if outcome is not None and outcome[1] != words:
        getattr(st, outcome[0])(outcome[1])


def _not_now() -> str:
    return _("The clinic's calendar can't take it just now. Your appointment is safe, and the clinic sees this too.")
