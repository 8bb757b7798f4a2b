"""One upcoming appointment of a patient: when, with whom, where, what can still be changed, and the calendars."""

import streamlit as st

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.ui.appointments.cancel_form import ask_to_cancel, cancel_form, is_asked
from core.ui.appointments.lateness import free_until_words
from core.ui.appointments.reschedule_draft import RescheduleDraft
from core.ui.own_calendar_buttons import own_calendar_buttons
from core.ui.place import place_words, video_link
from core.ui.shell import Page
from core.ui.status import status_label
from core.ui.sync_button import sync_button
from core.ui.times import day_and_time, zone_label
from core.ui.words import _, plain


def is_changeable(page: Page, row: Row) -> bool:
    """Whether the patient may still move or cancel it on this page."""
    return row.status is Status.SCHEDULED and row.starts_at > page.clock()


def ask_to_move(row: Row) -> None:
    """A callback: begin to move this appointment as it is shown now."""
    st.query_params.from_dict(RescheduleDraft(row.appointment_id, row.revision).address())


def appointment_card(page: Page, row: Row, *, name_patient: bool, name_zone: bool) -> None:
    """The card; `name_patient` says for whom it is, where the account acts for several people.

    `name_zone` says in which of the zone's times it is, where the page can't say so of all cards.
    """
    number = row.appointment_id
    with st.container(border=True, key=f"appointment_{number}"):
        st.subheader(day_and_time(row.starts_at, page.zone), anchor=False)
        visit, calendars = st.columns([3, 2])
        with visit:
            _visit(page, row, name_patient=name_patient, name_zone=name_zone)
            _changes(page, row)
        with calendars:
            with st.popover(_("Add to my own calendar"), icon=":material/calendar_add_on:"):
                own_calendar_buttons(page, row, f"own_{number}")
            sync_button(page, row, f"sync_{number}_{row.revision}")  # its outcome is of this revision


def _visit(page: Page, row: Row, *, name_patient: bool, name_zone: bool) -> None:
    with_whom = f"**{plain(row.doctor_name)}**" + (f", {plain(row.specialty)}" if row.specialty else "")
    what = _("{visit}, {minutes} minutes").format(visit=plain(row.visit_type), minutes=row.minutes)
    whom = [_("For {name}").format(name=plain(row.patient_name))] if name_patient else []
    reference = _("Reference: {number}").format(number=row.appointment_id)
    place = plain(place_words(row, page.clinic))
    zone = zone_label(row.starts_at, page.zone) if name_zone else ""
    lines = [zone, status_label(row.status), *whom, with_whom, what, place, reference]
    st.markdown("  \n".join(line for line in lines if line))
    if link := video_link(row):
        st.link_button(_("Join the video visit"), link, key=f"video_{row.appointment_id}", icon=":material/videocam:")


def _changes(page: Page, row: Row) -> None:
    number = row.appointment_id
    if not is_changeable(page, row):
        if page.clinic.phone:
            st.markdown(_("To change this visit now, call {phone}.").format(phone=plain(page.clinic.phone)))
        return
    if is_asked(row):
        cancel_form(page, row)
        return
    st.markdown(free_until_words(page, row))
    with st.container(horizontal=True):
        st.button(
            _("Move"),
            key=f"move_{number}",
            icon=":material/schedule:",
            on_click=ask_to_move,
            args=(row,),
            help=_("Choose another day or time; this one stays yours until then."),
        )
        st.button(
            f":red[{_('Cancel')}]",
            key=f"cancel_{number}",
            icon=":material/event_busy:",
            on_click=ask_to_cancel,
            args=(row,),
            help=_("Asks once more before anything is cancelled."),
        )
