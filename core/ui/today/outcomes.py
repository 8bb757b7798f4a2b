"""Past visits of which nobody has said what happened, each with the buttons that say it."""

import streamlit as st

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.status import status_label, status_words
from core.ui.times import day_and_time
from core.ui.today.steps import outcomes_offered, take_outcome
from core.ui.words import _, ngettext, plain

MOST_SHOWN = 20
_TEXT_WIDTH = 300


def visits_need_outcome(count: int) -> str:
    """How many past visits need one, such as "3 visits need an outcome"."""
    return ngettext("{count} visit needs an outcome", "{count} visits need an outcome", count)


def show_outcomes(page: Page, doctor_id: int | None, *, with_doctor: bool) -> None:
    """The list, oldest first: only its beginning, for whoever says what happened to one sees the next in its place."""
    found = page.app.schedule.unresolved(page.principal, doctor_id, MOST_SHOWN)
    if not found.rows:
        st.success(_("Every past visit has an outcome."))
        return
    st.markdown(visits_need_outcome(found.count) + ". " + _("Say what happened; each can be undone for a day."))
    for row in found.rows:
        _one(page, row, with_doctor=with_doctor)
    if found.count > len(found.rows):
        st.caption(_("The oldest {count} are shown first.").format(count=len(found.rows)))


def _one(page: Page, row: Row, *, with_doctor: bool) -> None:
    lines = [f"**{plain(row.patient_name)}**", day_and_time(row.starts_at, page.zone)]
    lines.append(" · ".join([plain(row.visit_type), *([plain(row.doctor_name)] if with_doctor else [])]))
    if row.status is not Status.SCHEDULED:
        lines.append(status_label(row.status))
    # No columns: what each row is made of is most of the page's time.
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        gap="xsmall",
        key=f"outcome_{row.appointment_id}",
    ):
        st.markdown("  \n".join(lines), width=_TEXT_WIDTH)
        for outcome in outcomes_offered(row.status):
            st.button(
                status_words(outcome),
                key=f"outcome_{row.appointment_id}_{outcome.value}",
                on_click=take_outcome,
                args=(page, row, outcome),
            )
