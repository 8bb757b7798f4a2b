"""The appointments that lie in a time that is closed: nothing is cancelled, so people decide about each of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.times import day_and_time, local_day
from core.ui.words import _, ngettext, plain

MOST_LISTED = 30
FAR = timedelta(days=3 * 365)


def show_affected(
    page: Page, doctor_id: int | None, starts_at: datetime, ends_at: datetime | None, advice: str
) -> None:
    """The open appointments of a doctor, or of all, in a time (without an end: all to come), with links to the agenda."""
    rows = page.app.setup.appointments_within(page.principal, doctor_id, starts_at, ends_at or starts_at + FAR)
    if not rows:
        st.info(_("No appointments lie in this time.") if ends_at else _("No appointments are booked."))
        return
    if ends_at:
        heading = ngettext(
            "Nothing was cancelled. {count} appointment lies in this time:",
            "Nothing was cancelled. {count} appointments lie in this time:",
            len(rows),
        )
    else:
        heading = ngettext("{count} appointment is still booked:", "{count} appointments are still booked:", len(rows))
    with st.container(border=True, key="affected"):
        st.markdown(f":material/event_busy: **{heading}**")
        st.caption(advice)
        _list(page, rows)
        st.caption(page.zone_words(local_day(row.starts_at, page.zone) for row in rows))


def _list(page: Page, rows: Sequence[Row]) -> None:
    for row in rows[:MOST_LISTED]:
        st.page_link(
            "pages/agenda.py",
            label=f"{day_and_time(row.starts_at, page.zone)} · {plain(row.patient_name)} · {plain(row.doctor_name)}",
            icon=":material/calendar_view_week:",
            query_params={"doctor": str(row.doctor_id), "day": local_day(row.starts_at, page.zone).isoformat()},
        )
    if len(rows) > MOST_LISTED:
        st.caption(_("The first {count} are listed.").format(count=MOST_LISTED))
