"""The questions of a booking that need no sign-in: what, with whom, on which day, at what time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import streamlit as st

from core.domain.slots import Slot
from core.ui.address import day_in
from core.ui.booking import address as booking_address
from core.ui.booking.draft import BookingDraft, given
from core.ui.booking.form import BookingForm, visit_words
from core.ui.decisions.words import unread_for_patients, unread_words
from core.ui.long_list import MOST_ROWS, offer_to_find
from core.ui.shell import showing_errors
from core.ui.times import clock_time, day_and_time, day_label, is_morning, local_day, near_time
from core.ui.words import _, ngettext, plain

DAYS_AT_ONCE = 10
TIME_WIDTH = 76
_MOST_UNREAD = 3


def ask_visit(form: BookingForm) -> None:
    """1: "What do you need?", and a way on with a time that is still kept from before."""
    _offer_to_go_on(form)
    for visit_type in form.offer.visit_types.values():
        answer = BookingDraft(visit_type.visit_type_id)
        _big_button(visit_words(visit_type), f"book_visit_{visit_type.visit_type_id}", answer)
    if not form.offer.visit_types:
        nothing_to_book(form, _("Nothing can be booked here at the moment."))


def ask_doctor(form: BookingForm) -> None:
    """2: "Who would you like to see?", the first who is free before all others."""
    soonest = form.page.app.scheduler.first_available(form.page.principal, given(form.draft.visit_type_id))
    if not soonest:
        nothing_to_book(form, no_time_at_all(form))
        return
    first = _("First available: {time}").format(time=_near(form, soonest[0]))
    _big_button(first, "book_doctor_anyone", replace(form.draft, anyone=True), primary=True)
    _offer_to_find(form, [slot.doctor_id for slot in soonest])
    for slot in soonest[:MOST_ROWS]:
        doctor = form.offer.doctors[slot.doctor_id]
        label = _("{doctor}: {time}").format(doctor=plain(doctor.name), time=_near(form, slot))
        if doctor.specialty:  # last, for it may be long, and the time should stand beside the name
            label = f"{label} · {plain(doctor.specialty)}"
        _big_button(label, f"book_doctor_{slot.doctor_id}", replace(form.draft, doctor_id=slot.doctor_id))
    st.caption(form.page.zone_words(local_day(slot.starts_at, form.page.zone) for slot in soonest))


def _offer_to_find(form: BookingForm, doctor_ids: Sequence[int]) -> None:
    """One of many by name, for the list begins with whoever is free soonest."""
    names = {number: form.offer.doctors[number].name for number in doctor_ids}

    def see(number: str) -> None:
        booking_address.go_on(replace(form.draft, doctor_id=int(number)))

    by_name = dict(sorted(names.items(), key=lambda entry: entry[1].casefold()))
    offer_to_find("book_find_doctor", _("Find a doctor"), by_name, see)


def ask_day(form: BookingForm) -> None:
    """3: "Choose a day": only days with space, ten at a time."""
    doctor_id = None if form.draft.anyone else form.draft.doctor_id
    after = _after(form)
    days = form.page.app.scheduler.days_with_slots(
        form.page.principal, given(form.draft.visit_type_id), doctor_id, after, DAYS_AT_ONCE
    )
    for day, times in days:
        label = _("{day}, {times}").format(day=day_label(day), times=ngettext("{count} time", "{count} times", times))
        _big_button(label, f"book_day_{day.isoformat()}", replace(form.draft, day=day))
    if not days and after is None:
        nothing_to_book(form, no_time_at_all(form))
        return
    if not days:
        st.info(_("There are no later dates yet."))
    with st.container(horizontal=True):
        if after is not None:
            st.button(_("Soonest dates"), key="book_soonest", on_click=_show_days_after, args=(None,))
        if len(days) == DAYS_AT_ONCE:
            st.button(_("Later dates"), key="book_later", on_click=_show_days_after, args=(days[-1][0],))


def ask_time(form: BookingForm, slots: Sequence[Slot]) -> None:
    """4: the times of the chosen day; with any doctor, the chosen time names one who is free then."""
    zone = form.page.zone
    by_time: dict[datetime, Slot] = {}
    for slot in slots:
        by_time.setdefault(slot.starts_at, slot)
    for title, morning in ((_("Morning"), True), (_("Afternoon"), False)):
        part = [slot for slot in by_time.values() if is_morning(slot.starts_at, zone) is morning]
        if not part:
            continue
        st.header(title, anchor=False)
        with st.container(horizontal=True):
            for slot in part:
                answer = replace(form.draft, doctor_id=slot.doctor_id, starts_at=slot.starts_at)
                st.button(
                    clock_time(slot.starts_at, zone),
                    key=f"book_time_{int(slot.starts_at.timestamp())}",
                    width=TIME_WIDTH,
                    on_click=booking_address.go_on,
                    args=(answer,),
                )
    st.caption(form.page.zone_words([local_day(slots[0].starts_at, zone)]))


def warn_of_unread(form: BookingForm) -> None:
    """That something in a calendar may take times which are offered, where it has not been read for a while."""
    unread = form.page.app.scheduler.unread(None if form.draft.anyone else form.draft.doctor_id)
    if form.for_others:
        for one in unread[:_MOST_UNREAD]:
            st.warning(unread_words(one, form.page.zone, form.page.clock()), icon=":material/sync_problem:")
    elif unread:
        st.info(unread_for_patients(unread, form.page.zone, form.page.clock()), icon=":material/sync_problem:")


def no_time_at_all(form: BookingForm) -> str:
    """That nothing is free as far as one may book."""
    days = form.page.clinic.policy.horizon_days
    return ngettext(
        "There is no free time within the next {count} day.",
        "There is no free time within the next {count} days.",
        days,
    )


def nothing_to_book(form: BookingForm, sentence: str) -> None:
    """An empty state: what there is not, and whom to call."""
    st.info(sentence)
    if form.page.clinic.phone:
        st.markdown(_("Call {phone}: we'll find a way.").format(phone=plain(form.page.clinic.phone)))


def _offer_to_go_on(form: BookingForm) -> None:
    hold = form.page.app.scheduler.current_hold(form.page.principal)
    if hold is None:
        return
    day = local_day(hold.starts_at, form.page.zone)
    answers = BookingDraft(hold.visit_type_id, hold.doctor_id, day=day, starts_at=hold.starts_at)
    with st.container(border=True, key="book_go_on_box"):
        when = day_and_time(hold.starts_at, form.page.zone)
        st.markdown(_("You were booking {when}.").format(when=when))
        with st.container(horizontal=True):
            st.button(_("Go on"), key="book_go_on", type="primary", on_click=booking_address.go_on, args=(answers,))
            st.button(_("Start again"), key="book_start_again", on_click=_let_go, args=(form,))


def _let_go(form: BookingForm) -> None:
    with showing_errors():
        form.page.app.scheduler.release(form.page.principal)
    booking_address.begin_anew()


def _big_button(label: str, key: str, answer: BookingDraft, *, primary: bool = False) -> None:
    st.button(
        label,
        key=key,
        width="stretch",
        type="primary" if primary else "secondary",
        on_click=booking_address.go_on,
        args=(answer,),
    )


def _near(form: BookingForm, slot: Slot) -> str:
    return near_time(slot.starts_at, form.page.zone, form.page.clock())


def _after(form: BookingForm) -> date | None:
    """After which day the list begins; one outside of what may be booked counts as none."""
    after = day_in(st.query_params.get("after"))
    now = form.page.clock()
    first, last = (local_day(moment, form.page.zone) for moment in (now, form.page.clinic.policy.latest(now)))
    return after if after is not None and first <= after <= last else None


def _show_days_after(day: date | None) -> None:
    if day is None:
        st.query_params.pop("after", None)
    else:
        st.query_params["after"] = day.isoformat()
