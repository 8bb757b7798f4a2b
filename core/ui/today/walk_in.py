"""Somebody walks in: the gap that the doctor has now, who it is, and checking them in at once or booking the next gap."""

import uuid
from dataclasses import replace
from datetime import datetime, tzinfo

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.scheduler.booking import LONGEST_REASON, Booking
from core.scheduler.clinic import VisitType
from core.scheduler.front_desk import WalkInGap
from core.scheduler.patients import Person
from core.ui.doctor_filter import Whose
from core.ui.patient_picker import forget_patient, pick_patient
from core.ui.shell import Page, showing_errors
from core.ui.times import clock_time
from core.ui.today.said import say
from core.ui.today.view import TodayView, turn_to
from core.ui.words import _, plain, sentence_of

_PATIENT = "walk_in_patient"
_KEY = "walk_in_key"
_REASON = "walk_in_reason"
MOST_DOCTORS = 10


def show_walk_in(page: Page, whose: Whose) -> None:
    """The form; it stays until the visit is booked or the form closed."""
    visit_type = _choose_visit_type(page, whose)
    if visit_type is None:
        return
    gap = _choose_gap(page, whose, visit_type)
    person = pick_patient(page, _PATIENT)
    st.text_input(_("Reason (optional)"), key=_REASON, max_chars=LONGEST_REASON, persist_state="page")
    if gap is not None and gap.next_start is not None:
        _offer(page, visit_type, gap, gap.next_start, person)
    else:
        st.page_link(
            "pages/book.py",
            label=_("Book another day"),
            icon=":material/add_circle:",
            query_params={"visit": str(visit_type.visit_type_id)},
        )


def close_walk_in(view: TodayView) -> None:
    """A callback: back to the list; what was typed is let go."""
    forget_patient(_PATIENT)
    for name in (_KEY, _REASON):
        st.session_state.pop(name, None)
    turn_to(replace(view, form=None))


def gap_words(gap: WalkInGap, minutes: int, zone: tzinfo) -> str:
    """When the doctor could see a walk-in for so many minutes."""

    def at(moment: datetime) -> str:
        return clock_time(moment, zone)

    if gap.free_until is not None and gap.fits_now:
        return _("Free now until {time}.").format(time=at(gap.free_until))
    if gap.free_until is not None:
        words = _("Free until {time} only, too short for {minutes} minutes.").format(
            time=at(gap.free_until), minutes=minutes
        )
    elif gap.free_again is not None and gap.free_again == gap.opens_at:
        words = _("Opens at {time}.").format(time=at(gap.opens_at))
    elif gap.free_again is not None and gap.opens_at is not None:
        words = _("Opens at {opens}, free from {time}.").format(opens=at(gap.opens_at), time=at(gap.free_again))
    elif gap.free_again is not None:
        words = _("Busy until {time}.").format(time=at(gap.free_again))
    else:
        return _("No free time left today.")
    if gap.next_start is None:
        return words + " " + _("The visit does not fit any more today.")
    return words + " " + _("The visit fits at {time}.").format(time=at(gap.next_start))


def _choose_visit_type(page: Page, whose: Whose) -> VisitType | None:
    offered = {kind.visit_type_id: kind for kind in page.app.setup.visit_types(whose.doctor_id)}
    if not offered:
        st.info(_("No visits are offered yet. A manager can add them on the page Setup."))
        return None
    chosen = st.selectbox(
        _("Visit"),
        list(offered),
        format_func=lambda number: _("{visit}, {minutes} minutes").format(
            visit=offered[number].name, minutes=offered[number].minutes
        ),
        key="walk_in_visit",
        persist_state="page",
    )
    return offered.get(chosen)


def _choose_gap(page: Page, whose: Whose, visit_type: VisitType) -> WalkInGap | None:
    """The gap of the only doctor in view, or of the one chosen among those in view, soonest first."""
    found = page.app.scheduler.walk_in_gaps(page.principal, whose.doctor_id, visit_type.visit_type_id)
    names = {doctor.doctor_id: doctor.name for doctor in whose.doctors}
    gaps = {gap.doctor_id: gap for gap in found[:MOST_DOCTORS] if gap.doctor_id in names}
    if not gaps:
        st.info(_("No doctor in view offers this visit."))
        return None
    words = {number: gap_words(gap, visit_type.minutes, page.zone) for number, gap in gaps.items()}
    if whose.doctor_id is not None:
        gap = gaps[whose.doctor_id]
        (st.success if gap.fits_now else st.warning)(f"{plain(names[whose.doctor_id])}: {words[whose.doctor_id]}")
        return gap
    chosen = st.radio(
        _("Doctor, soonest first"),
        list(gaps),
        format_func=lambda number: plain(names[number]),
        captions=list(words.values()),
        key="walk_in_doctor",
        persist_state="page",
    )
    if len(found) > MOST_DOCTORS:
        st.caption(_("For other doctors, choose one in the filter above."))
    return gaps.get(chosen)


def _offer(page: Page, visit_type: VisitType, gap: WalkInGap, starts_at: datetime, person: Person | None) -> None:
    words = _("Check in now, {time}") if gap.fits_now else _("Book {time}")
    st.button(
        words.format(time=clock_time(starts_at, page.zone)),
        key="walk_in_book",
        type="primary",
        icon=":material/how_to_reg:" if gap.fits_now else ":material/event_available:",
        disabled=person is None,
        help=_("Choose the patient first.") if person is None else None,
        on_click=_book,
        args=(page, visit_type, gap, starts_at, person),
    )


def _book(page: Page, visit_type: VisitType, gap: WalkInGap, starts_at: datetime, person: Person) -> None:
    """A callback: book, then show the visit in the list."""
    booking = Booking(
        st.session_state.setdefault(_KEY, str(uuid.uuid4())),
        person.user_id,
        gap.doctor_id,
        visit_type.visit_type_id,
        starts_at,
        reason=st.session_state.get(_REASON) or "",
        walk_in=gap.fits_now,
    )
    with showing_errors():
        try:
            done = page.app.scheduler.book_appointment(page.principal, booking)
        except SignInNeeded:  # the page gives way to the sign-in, which says so
            return
        except CareSlotError as error:
            say(page, sentence_of(error), "error")
            return
        words = _("{name} is checked in.") if gap.fits_now else _("{name} has an appointment at {time}.")
        say(page, words.format(name=plain(person.name), time=clock_time(done.starts_at, page.zone)))
        close_walk_in(TodayView(appointment_id=done.appointment_id))
