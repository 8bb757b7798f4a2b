"""A doctor's visits of the last seven days at hand, with which of them still lack a note."""

from collections.abc import Callable
from datetime import timedelta
from itertools import groupby

import streamlit as st

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.ui.shell import Page, showing_errors
from core.ui.status import status_label
from core.ui.times import clock_time, day_label, local_day
from core.ui.words import _, plain

DAYS = 7
_HEIGHT = 420
_NEVER_WAS = frozenset({Status.CANCELLED, Status.NO_SHOW})


def recent_visits(page: Page, doctor_id: int, open_it: Callable[[int], None]) -> None:
    """The visits, latest first, read when the panel is opened."""
    panel = st.expander(
        _("Visits of the last 7 days"), icon=":material/history_edu:", key="agenda_recent", on_change="rerun"
    )
    if not panel.open:
        return
    with panel, showing_errors():
        rows = _visits(page, doctor_id)
        if not rows:
            st.caption(_("No visits in the last 7 days."))
            return
        written = page.app.notes.written(page.principal, [row.appointment_id for row in rows])
        with st.container(height=_HEIGHT if len(rows) > DAYS else "content", border=False):
            for day, visits in groupby(rows, lambda row: local_day(row.starts_at, page.zone)):
                st.markdown(f"**{day_label(day)}**")
                for row in visits:
                    has_note = row.appointment_id in written
                    noted = _("note written") if has_note else _("no note yet")
                    st.button(
                        f"{clock_time(row.starts_at, page.zone)} {plain(row.patient_name)} · {plain(row.visit_type)} · "
                        f"{status_label(row.status)} · {noted}",
                        key=f"agenda_recent_{row.appointment_id}",
                        type="tertiary",
                        icon=":material/task:" if has_note else ":material/edit_note:",
                        on_click=open_it,
                        args=(row.appointment_id,),
                    )


def _visits(page: Page, doctor_id: int) -> list[Row]:
    now = page.clock()
    today = local_day(now, page.zone)
    rows = page.app.schedule.between(page.principal, doctor_id, today - timedelta(days=DAYS), today)
    past = [row for row in rows if row.starts_at <= now and row.status not in _NEVER_WAS]
    return past[::-1]
