"""Book: one question a screen, free times before any sign-in, and a way on from whatever goes wrong."""

from dataclasses import dataclass

import streamlit as st

from core.domain.errors import NotFound
from core.domain.policy import Refusal
from core.domain.principal import Capability
from core.domain.slots import Slot
from core.scheduler.holding import Hold
from core.scheduler.store import SlotTaken
from core.ui import shell
from core.ui.booking import address as booking_address
from core.ui.booking import steps as booking_steps
from core.ui.booking.check import (
    ask_patient,
    ask_to_sign_in,
    check,
    chosen_patient,
    forget_patients,
    went_through,
)
from core.ui.booking.done import show_booked
from core.ui.booking.draft import Question, given
from core.ui.booking.form import BookingForm, way_back
from core.ui.booking.hold import keep_time, show_hold
from core.ui.booking.trouble import Trouble, note_trouble, show_taken, trouble_with
from core.ui.patient_picker import patient_words
from core.ui.phone import phone_link
from core.ui.step_title import step_title
from core.ui.times import day_label
from core.ui.words import _

READABLE = 640


@dataclass(frozen=True)
class Screen:
    """What is to be shown: the form with its next question, why an answer was taken back, and what that question needs."""

    form: BookingForm
    why: str = ""
    slots: tuple[Slot, ...] = ()
    hold: Hold | None = None
    trouble: Trouble | None = None


def next_screen(form: BookingForm) -> Screen:
    """The first question that needs an answer, now that the clinic's schedule was looked at."""
    form, why = form.checked()
    trouble = trouble_with(form) if form.draft.question is Question.CHECK else None
    if trouble is not None and trouble.taken and not trouble.held:
        return Screen(form, trouble=trouble)
    if form.draft.question is Question.CHECK:
        try:
            return Screen(form, hold=keep_time(form), trouble=None if trouble is None or trouble.held else trouble)
        except SlotTaken as error:
            return Screen(form, trouble=note_trouble(form, error))
        except (Refusal, NotFound) as error:
            trouble = note_trouble(form, error)
            if trouble.breaks_a_rule and form.page.may(Capability.OVERRIDE_POLICY):
                return Screen(form, trouble=trouble)
            form, why = form.back_to(Question.TIME), trouble.sentence
    if form.draft.question is Question.TIME:
        slots = tuple(form.page.app.scheduler.find_slots(form.page.principal, form.slot_query))
        if slots:
            return Screen(form, why, slots)
        why = why or _("{day} has no free time any more. Choose another day.").format(
            day=day_label(given(form.draft.day))
        )
        form = form.back_to(Question.DAY)
    return Screen(form, why)


def show(screen: Screen) -> None:
    """The screen of one question, earlier answers repeated on top."""
    form = screen.form
    clinic = form.page.clinic
    if clinic.emergency and not form.for_others:
        st.warning(
            _("Emergency? Call {number}. Don't book here.").format(number=phone_link(clinic.emergency)),
            icon=":material/emergency:",
        )
    if form.draft.question is Question.CHECK:
        finish(screen)
        return
    titles = {
        Question.VISIT: _("What do you need?"),
        Question.DOCTOR: _("Who would you like to see?"),
        Question.DAY: _("Choose a day"),
    }
    if form.draft.day is not None:
        titles[Question.TIME] = _("Times on {day}").format(day=day_label(form.draft.day))
    form.show_way_back()
    form.show_answers()
    step_title(titles[form.draft.question], f"book {form.draft.question.name.lower()}")
    if screen.why:
        st.warning(screen.why)
    if form.draft.question in {Question.DAY, Question.TIME}:
        booking_steps.warn_of_unread(form)
    if form.draft.question is Question.VISIT:
        booking_steps.ask_visit(form)
    elif form.draft.question is Question.DOCTOR:
        booking_steps.ask_doctor(form)
    elif form.draft.question is Question.DAY:
        booking_steps.ask_day(form)
    else:
        booking_steps.ask_time(form, screen.slots)


def finish(screen: Screen) -> None:
    """With a time chosen: another one where it was lost, then sign-in or the patient, then the booking itself."""
    form, hold, trouble = screen.form, screen.hold, screen.trouble
    signed_in = form.page.may(Capability.BOOK)
    person = chosen_patient(form) if form.for_others else None
    if person is None:
        form.show_way_back()
        form.show_answers()
    else:
        way_back(forget_patients)
        form.show_answers(patient_words(person), forget_patients)
    if trouble is not None and trouble.taken:
        step_title(_("Choose another time"), "book taken")
        show_taken(form, trouble)
        return
    if not signed_in:
        step_title(_("Sign in or create an account"), "book sign in")
    elif form.for_others and person is None:
        step_title(_("Which patient?"), "book patient")
    else:
        step_title(_("Check and book"), "book check")
    if hold is not None:
        show_hold(form, hold)
    if hold is not None and not signed_in:
        ask_to_sign_in(form, hold)
    elif form.for_others and person is None:
        ask_patient(form)
    else:
        check(form, person, trouble)


page = shell.open_page("book")
with st.container(width=READABLE, key="book"):
    opened = BookingForm.opened(page)
    booked = booking_address.booked()
    if booked is None and opened.draft.question is Question.CHECK and page.may(Capability.BOOK):
        booked = went_through(opened)
        if booked is not None:
            booking_address.set_booked(booked)
    if booked is not None:
        show_booked(page, booked)
    elif opened.own_schedule and page.principal.doctor_id is None:
        st.info(_("Your account is not linked to a doctor yet. A manager can do that on the page Setup."))
    else:
        screen = next_screen(opened)
        if screen.form.draft != opened.draft:
            booking_address.go_on(screen.form.draft)
        show(screen)
