"""Keeping the chosen time for the visitor while the booking is finished."""

from contextlib import suppress

import streamlit as st

from core.domain.principal import Capability
from core.scheduler.holding import Hold, HoldExtended, HoldOver
from core.ui.booking.draft import given
from core.ui.booking.form import BookingForm
from core.ui.shell import showing_errors
from core.ui.times import clock_time, local_day
from core.ui.words import _


def keep_time(form: BookingForm) -> Hold:
    """The hold on the chosen time: the one there is, or a new one, as after a tap on the time or when the old ran out.

    Raises like AppointmentScheduler.hold where the time is not to be had.
    """
    draft, page = form.draft, form.page
    hold = form.offer.begun.hold if page.may(Capability.BOOK) else page.app.scheduler.current_hold(page.principal)
    wanted = (given(draft.doctor_id), given(draft.visit_type_id), given(draft.starts_at))
    if hold is not None and (hold.doctor_id, hold.visit_type_id, hold.starts_at) == wanted:
        return hold
    return page.app.scheduler.hold(page.principal, *wanted)


def show_hold(form: BookingForm, hold: Hold) -> None:
    """Until when the time is kept, and the offer of more time, once."""
    with st.container(horizontal=True, vertical_alignment="center", key="book_hold"):
        st.markdown(
            _("Kept for you until {time}.").format(time=f"**{clock_time(hold.hold_until, form.page.zone)}**"),
            width="content",
        )
        if not hold.extended:
            st.button(_("Need more time?"), key="book_more_time", type="tertiary", on_click=_extend, args=(form,))
    st.caption(form.page.zone_words([local_day(hold.starts_at, form.page.zone)]))


def _extend(form: BookingForm) -> None:
    # Where the time ran out, the page keeps it anew; where there was more time already, it says until when.
    with showing_errors(), suppress(HoldOver, HoldExtended):
        form.page.app.scheduler.extend_hold(form.page.principal)
