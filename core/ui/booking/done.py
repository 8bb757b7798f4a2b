"""What stands after a booking: what was booked, until when it may be changed freely, and what to do next."""

import streamlit as st

from core.domain.appointment import Status
from core.domain.errors import NotFound
from core.domain.principal import Capability, NotAllowed, Role
from core.scheduler.rows import Row
from core.ui import shell
from core.ui.appointments.lateness import free_until_words
from core.ui.booking import address as booking_address
from core.ui.own_calendar_buttons import own_calendar_buttons
from core.ui.phone import phone_link
from core.ui.place import place_words, video_link
from core.ui.shell import Page
from core.ui.sign_in import offer_sign_in
from core.ui.status import status_label
from core.ui.step_title import step_title
from core.ui.sync_button import sync_button
from core.ui.times import day_and_time, zone_label
from core.ui.words import _, plain

_SEEN = "book_booked"
_SYNC = "book_sync"


def show_booked(page: Page, appointment_id: int) -> None:
    """The appointment, as often as the page is loaded, for those who may see it."""
    if page.principal.role is Role.ANONYMOUS:
        step_title(_("Sign in to see your appointment"), "book done")
        offer_sign_in(page, key="book_sign_in")
        return
    try:
        row = _row(page, appointment_id)
    except (NotFound, NotAllowed):
        step_title(_("This appointment can't be shown"), "book done")
        st.write(_("It is not one of yours, or it does not exist."))
        _book_another()
        return
    _show(page, row)


def _row(page: Page, appointment_id: int) -> Row:
    """Read, and for staff logged, once a view; again when the appointment was pushed to the calendar."""
    seen_as = (appointment_id, page.principal.account_id, st.session_state.get(f"{_SYNC}_outcome"))
    seen = st.session_state.get(_SEEN)
    if seen is None or seen[0] != seen_as:
        seen = st.session_state[_SEEN] = (seen_as, page.app.schedule.details(page.principal, appointment_id))
    row: Row = seen[1]
    return row


def _show(page: Page, row: Row) -> None:
    for_others = page.may(Capability.MANAGE_PATIENTS)
    stands = row.status is Status.SCHEDULED
    if stands:
        step_title(_("It's booked") if for_others else _("You're booked"), "book done")
    else:
        step_title(status_label(row.status), "book done")
    with st.container(border=True, key="book_booked"):
        st.subheader(day_and_time(row.starts_at, page.zone), anchor=False)
        st.caption(zone_label(row.starts_at, page.zone))
        _what_and_where(page, row, for_others=for_others)
        st.markdown(_("Reference: **{number}**").format(number=row.appointment_id))
        if stands and not for_others:
            st.markdown(free_until_words(page, row))
        if page.clinic.phone and not for_others:
            st.markdown(_("The clinic's phone: {phone}").format(phone=phone_link(page.clinic.phone)))
    if stands and not for_others:
        st.info(_("Please save this page."))
    if stands:
        sync_button(page, row, _SYNC)
        if not for_others:
            own_calendar_buttons(page, row, "book_own")
    with st.container(horizontal=True):
        _change_or_cancel(for_others=for_others)
        _book_another()


def _what_and_where(page: Page, row: Row, *, for_others: bool) -> None:
    lines = [f"**{plain(row.doctor_name)}**" + (f", {plain(row.specialty)}" if row.specialty else "")]
    lines.append(_("{visit}, {minutes} minutes").format(visit=plain(row.visit_type), minutes=row.minutes))
    if for_others:
        lines.insert(0, _("For **{name}**").format(name=plain(row.patient_name)))
    lines.append(plain(place_words(row, page.clinic)))
    st.markdown("  \n".join(lines))
    if link := video_link(row):
        st.link_button(_("Join the video visit"), link, key="book_video", icon=":material/videocam:")


def _change_or_cancel(*, for_others: bool) -> None:
    if for_others:
        if st.button(_("Open the agenda"), key="book_agenda", icon=":material/calendar_view_week:"):
            shell.go("agenda")
    elif st.button(_("Change or cancel"), key="book_change", icon=":material/edit_calendar:"):
        shell.go("my_appointments")


def _book_another() -> None:
    st.button(_("Book another"), key="book_another", icon=":material/add_circle:", on_click=booking_address.begin_anew)
