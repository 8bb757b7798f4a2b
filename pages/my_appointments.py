"""My appointments: a patient's upcoming appointments, moving and cancelling them, and what is past."""

import streamlit as st

from core.domain.appointment import Status
from core.scheduler.booking import CannotMove
from core.scheduler.rows import Row
from core.scheduler.schedule import OPEN
from core.ui import shell
from core.ui.address import number_in
from core.ui.appointment_card import appointment_card, is_changeable
from core.ui.past_visits import past_visits
from core.ui.reschedule_draft import RescheduleDraft
from core.ui.reschedule_steps import reschedule
from core.ui.times import day_and_time
from core.ui.words import _, plain, sentence_of

page = shell.open_page("my_appointments")


def done(rows: list[Row]) -> None:
    """What was just cancelled or moved, as it stands in the database; it stays until something else is done."""
    cancelled, moved = (number_in(st.query_params.get(name)) for name in ("cancelled", "moved"))
    for row in rows:
        when = day_and_time(row.starts_at, page.zone)
        doctor = plain(row.doctor_name)
        if row.appointment_id == cancelled and row.status is Status.CANCELLED:
            late = _("It counts as a late cancellation.") if row.cancelled_late else _("No late mark.")
            said = _("Cancelled: {when} with {doctor}.").format(when=when, doctor=doctor)
            st.success(f"{said} {late}", icon=":material/event_busy:")
        elif row.appointment_id == moved and row.status in OPEN:
            said = _("Moved. Your appointment with {doctor} is now {when}.").format(when=when, doctor=doctor)
            st.success(said, icon=":material/event_available:")


def overview(rows: list[Row]) -> None:
    """Upcoming appointments as cards, past ones as a list."""
    now = page.clock()
    upcoming = [row for row in rows if row.ends_at > now and row.status in OPEN]
    past = [row for row in rows if row not in upcoming]
    several = len(page.app.patients.mine(page.principal)) > 1

    st.title(_("My appointments"), anchor=False)
    done(rows)
    if not upcoming:
        st.info(_("You have no upcoming appointments."))
    another = _("Book another appointment") if upcoming else _("Book an appointment")
    if st.button(
        another, key="book_another", type="secondary" if upcoming else "primary", icon=":material/add_circle:"
    ):
        shell.go("book")
    if upcoming:
        st.header(_("Upcoming"), anchor=False)
        st.caption(page.zone_words())
        for row in upcoming:
            appointment_card(page, row, name_patient=several)

    st.header(_("Past and cancelled"), anchor=False)
    if past:
        if not upcoming:
            st.caption(page.zone_words())
        past_visits(page, past, name_patients=several)
    else:
        st.caption(_("Nothing yet. Visits that are over, and cancelled ones, will be listed here."))


with shell.showing_errors():
    draft = RescheduleDraft.read(st.query_params)
    own = page.app.schedule.of_patient(page.principal)
    # The address may hold anybody's number: only one's own appointments are looked at.
    moving = next((row for row in own if row.appointment_id == draft.appointment_id), None)
    if moving is not None and is_changeable(page, moving):
        reschedule(page, moving, draft)
    else:
        if draft.appointment_id is not None:
            st.warning(sentence_of(CannotMove()))
        overview(own)
