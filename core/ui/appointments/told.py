"""What the clinic changed, told to the patient until it is dismissed."""

from collections.abc import Sequence

import streamlit as st

from core.scheduler.patient_notices import Notice
from core.ui import shell
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, plain


def show_notices(page: Page, notices: Sequence[Notice], *, name_patients: bool) -> None:
    """Each notice with a way to dismiss it; `name_patients` where the account acts for several people."""
    for notice in notices:
        with st.container(horizontal=True, vertical_alignment="center", key=f"notice_{notice.notice_id}"):
            words = notice_words(page, notice)
            if name_patients:
                words = f"{plain(notice.patient_name)}: {words}"
            st.warning(words, icon=":material/event_repeat:" if notice.kind == "moved" else ":material/event_busy:")
            st.button(
                _("Understood"),
                key=f"notice_{notice.notice_id}_dismiss",
                on_click=_dismiss,
                args=(page, notice.notice_id),
            )


def notice_words(page: Page, notice: Notice) -> str:
    """What happened, in a sentence."""
    doctor, when = plain(notice.doctor_name), day_and_time(notice.starts_at, page.zone)
    if notice.kind == "cancelled" or notice.before_starts_at is None:
        return _("Your appointment with {doctor} on {when} was cancelled by the clinic.").format(
            doctor=doctor, when=when
        )
    before = day_and_time(notice.before_starts_at, page.zone)
    return _("Your appointment with {doctor} was moved to {when}. It was on {before}.").format(
        doctor=doctor, when=when, before=before
    )


def _dismiss(page: Page, notice_id: int) -> None:
    with shell.showing_errors():
        page.app.notices.dismiss(page.principal, notice_id)
