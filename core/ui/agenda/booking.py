"""Booking for a patient at an empty time of the grid."""

import secrets
from dataclasses import replace
from datetime import datetime

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.policy import Refusal, TooLong
from core.domain.principal import Capability, SignInNeeded
from core.scheduler.booking import LONGEST_REASON, Booking
from core.scheduler.clinic import Doctor, VisitType
from core.ui.agenda.changes import LONGEST_WHY
from core.ui.agenda.state import AgendaState, Said, Taken
from core.ui.patient_picker import forget_patient, pick_patient
from core.ui.shell import Page, showing_errors
from core.ui.times import day_and_time, near_time
from core.ui.words import _, plain, sentence_of

PATIENT = "agenda_patient"


def take(state: AgendaState, starts_at: datetime) -> None:
    """Begin to book at this instant."""
    state.clear()
    state.taken = Taken(starts_at, secrets.token_hex(16))


def show_booking(page: Page, state: AgendaState, doctors: tuple[Doctor, ...]) -> None:
    """With whom, what for and for whom; or the rule that keeps the time from being booked."""
    taken = state.taken
    if taken is None:
        return
    with st.container(border=True, key="agenda_take"), showing_errors():
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            when = day_and_time(taken.starts_at, page.zone)
            st.subheader(_("Book {when}").format(when=when), anchor=False, width="content")
            st.button(
                _("Close"),
                key="agenda_take_close",
                icon=":material/close:",
                type="tertiary",
                on_click=_forget,
                args=(state,),
            )
        doctor = _doctor(doctors)
        visit_type = _visit_type(page, doctor)
        if visit_type is None:
            st.info(
                _("{doctor} offers no visits yet. A manager can add them on the page Setup.").format(
                    doctor=plain(doctor.name)
                )
            )
            return
        problem = page.app.scheduler.why_not(
            page.principal, doctor.doctor_id, visit_type.visit_type_id, taken.starts_at
        )
        if problem is not None and not _may_override(page, problem):
            st.warning(sentence_of(problem), icon=":material/info:")
            return
        if problem is not None:
            st.warning(sentence_of(problem), icon=":material/info:")
            st.text_input(_("Reason for booking it all the same"), key="agenda_take_why", max_chars=LONGEST_WHY)
        person = pick_patient(page, PATIENT)
        if person is None:
            return
        st.text_area(
            _("Reason (optional)"),
            key="agenda_take_reason",
            max_chars=LONGEST_REASON,
            height=80,
            help=_("The doctor and staff see this; it may appear in the clinic's calendar."),
        )
        booking = Booking(taken.key, person.user_id, doctor.doctor_id, visit_type.visit_type_id, taken.starts_at)
        st.button(
            _("Book {when}").format(when=when),
            key="agenda_take_book",
            type="primary",
            icon=":material/check:",
            on_click=_book,
            args=(page, state, booking, person.name),
            disabled=problem is not None and not str(st.session_state.get("agenda_take_why") or "").strip(),
        )


def _doctor(doctors: tuple[Doctor, ...]) -> Doctor:
    if len(doctors) == 1:
        return doctors[0]
    chosen: Doctor = st.selectbox(_("With"), doctors, format_func=lambda doctor: doctor.name, key="agenda_take_doctor")
    return chosen


def _visit_type(page: Page, doctor: Doctor) -> VisitType | None:
    offered = page.app.setup.visit_types(doctor.doctor_id)
    if not offered:
        return None
    by_number = {visit_type.visit_type_id: visit_type for visit_type in offered}
    chosen = st.selectbox(
        _("Visit"),
        list(by_number),
        format_func=lambda number: f"{by_number[number].name} · {by_number[number].minutes} min",
        key=f"agenda_take_visit_{doctor.doctor_id}",
    )
    return by_number[chosen]


def _may_override(page: Page, problem: CareSlotError) -> bool:
    return isinstance(problem, Refusal) and not isinstance(problem, TooLong) and page.may(Capability.OVERRIDE_POLICY)


def _book(page: Page, state: AgendaState, booking: Booking, name: str) -> None:
    typed = st.session_state
    whole = replace(
        booking,
        reason=str(typed.get("agenda_take_reason") or ""),
        override_reason=str(typed.get("agenda_take_why") or ""),
    )
    with showing_errors():
        try:
            booked = page.app.scheduler.book_appointment(page.principal, whole)
        except SignInNeeded:
            return
        except CareSlotError as error:
            state.said = Said(_refusal(page, error), "warning")
            return
        told = _("Booked {name}, {when}.").format(name=plain(name), when=day_and_time(booked.starts_at, page.zone))
        _forget(state)
        state.tell(Said(told))
        st.query_params["appointment"] = str(booked.appointment_id)


def _refusal(page: Page, error: CareSlotError) -> str:
    nearest = ", ".join(near_time(slot.starts_at, page.zone, page.clock()) for slot in getattr(error, "nearest", ()))
    return f"{sentence_of(error)} {_('Nearest: {times}').format(times=nearest)}" if nearest else sentence_of(error)


def _forget(state: AgendaState) -> None:
    state.clear()
    forget_patient(PATIENT)
    for name in ("agenda_take_reason", "agenda_take_why"):
        st.session_state.pop(name, None)
