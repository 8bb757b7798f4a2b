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


def visits_need_outcome(count: int) -> str:
    """How many past visits need one, such as "3 visits need an outcome"."""
    return ngettext("{count} visit needs an outcome", "{count} visits need an outcome", count)


def show_outcomes(page: Page, doctor_id: int | None, *, with_doctor: bool) -> None:
    """The list, oldest first."""
    rows = page.app.schedule.unresolved(page.principal, doctor_id)
    if not rows:
        st.success(_("Every past visit has an outcome."))
        return
    st.markdown(visits_need_outcome(len(rows)) + ". " + _("Say what happened; each can be undone for a day."))
    for row in rows[:MOST_SHOWN]:
        _one(page, row, with_doctor=with_doctor)
    if len(rows) > MOST_SHOWN:
        st.caption(_("The oldest {count} are shown first.").format(count=MOST_SHOWN))


def _one(page: Page, row: Row, *, with_doctor: bool) -> None:
    with st.container(border=True, key=f"outcome_{row.appointment_id}"):
        who, what = st.columns([1, 1], vertical_alignment="center")
        lines = [f"**{plain(row.patient_name)}**", day_and_time(row.starts_at, page.zone)]
        lines.append(" · ".join([plain(row.visit_type), *([plain(row.doctor_name)] if with_doctor else [])]))
        if row.status is not Status.SCHEDULED:
            lines.append(status_label(row.status))
        who.markdown("  \n".join(lines))
        with what, st.container(horizontal=True, gap="xsmall"):
            for outcome in outcomes_offered(row.status):
                st.button(
                    status_words(outcome),
                    key=f"outcome_{row.appointment_id}_{outcome.value}",
                    on_click=take_outcome,
                    args=(page, row, outcome),
                )
