"""The last questions of a booking, with the time kept: who it is for, and whether all of this is right."""

import streamlit as st

from core.domain.appointment import Status
from core.domain.errors import CareSlotError, NotFound
from core.domain.principal import Capability, NotAllowed, SignInNeeded
from core.scheduler.booking import LONGEST_REASON, Booking
from core.scheduler.holding import Hold
from core.scheduler.patients import Person
from core.ui import visit
from core.ui.booking import address as booking_address
from core.ui.booking import reasons
from core.ui.booking.draft import given
from core.ui.booking.form import BookingForm
from core.ui.booking.reasons import begin_reason, drop_reason, keep_reason, typed_reason
from core.ui.booking.trouble import Trouble, forget_trouble, note_trouble, show_trouble
from core.ui.patient_picker import forget_patient, pick_patient, picked_patient, take_patient
from core.ui.shell import showing_errors
from core.ui.sign_in import offer_sign_in
from core.ui.times import clock_time, day_and_time
from core.ui.words import _, plain

PICKER = "book_patient"
_WHY, _FOR, _SIGNED_OUT = "book_override_reason", "book_for", "book_signed_out"


def went_through(form: BookingForm) -> int | None:
    """The appointment that this very booking became already, after a lost answer or a second tap."""
    found = form.offer.begun.booked
    if found is None:
        return None
    if found.status is Status.CANCELLED:  # whoever books again after that means a new booking
        booking_address.new_key()
        return None
    return found.appointment_id


def ask_to_sign_in(form: BookingForm, hold: Hold) -> None:
    """5: sign in or create an account; a session that ended meanwhile is explained."""
    if visit.was_signed_out():
        st.session_state[_SIGNED_OUT] = True
    if st.session_state.get(_SIGNED_OUT):
        st.warning(
            _("You were signed out to protect your details. Sign in to finish; {time} is kept until {until}.").format(
                time=clock_time(given(form.draft.starts_at), form.page.zone),
                until=clock_time(hold.hold_until, form.page.zone),
            )
        )
    offer_sign_in(form.page, key="book_sign_in")


def chosen_patient(form: BookingForm) -> Person | None:
    """The patient for whom staff book, from this visit or from the address; read, and logged, once."""
    person, number = picked_patient(form.page, PICKER), booking_address.patient()
    if person is None and number is not None:
        try:
            person = form.page.app.patients.get(form.page.principal, number)
        except (NotFound, NotAllowed):
            booking_address.set_patient(None)
        else:
            take_patient(form.page, PICKER, person)
    elif person is not None and person.user_id != number:
        booking_address.set_patient(person.user_id)
    return person


def ask_patient(form: BookingForm) -> None:
    """5 for staff: for whom."""
    pick_patient(form.page, PICKER)


def forget_patients() -> None:
    """A callback: ask for the patient again."""
    forget_patient(PICKER)
    booking_address.set_patient(None)


def check(form: BookingForm, person: Person | None, trouble: Trouble | None) -> None:
    """6: "Check and book": the patient, the reason, and the button that names what it books."""
    st.session_state.pop(_SIGNED_OUT, None)
    user_id = person.user_id if person is not None else _ask_for_whom(form)
    if user_id is None:
        return
    begin_reason(form.page)
    typed = st.text_area(
        _("Reason (optional). Your doctor and staff see this; it may appear in the clinic's calendar."),
        key=reasons.KEY,
        max_chars=LONGEST_REASON,
        height=100,
        persist_state="page",
    )
    keep_reason(form.page, typed or "")
    if trouble is not None:
        show_trouble(form, trouble)
        if trouble.breaks_a_rule and form.page.may(Capability.OVERRIDE_POLICY):
            _offer_override(form, user_id)
            return
    if booking_address.came_back():
        st.info(_("Not booked yet."))
    st.button(
        _("Book {when}").format(when=day_and_time(given(form.draft.starts_at), form.page.zone)),
        key="book_confirm",
        type="primary",
        icon=":material/check:",
        width="stretch",
        on_click=_book,
        args=(form, user_id),
    )


def _ask_for_whom(form: BookingForm) -> int | None:
    """The person of the account, chosen where it acts for several."""
    people = {person.user_id: person for person in form.offer.begun.people}
    if not people:
        st.info(_("Your account has no patient yet. Please call the clinic."))
        return None
    first = next(iter(people))
    if len(people) == 1:
        st.markdown(_("For **{name}**").format(name=plain(people[first].name)))
        return first
    if st.session_state.get(_FOR) not in people:
        asked = booking_address.patient()
        st.session_state[_FOR] = asked if asked in people else first

    def keep() -> None:
        booking_address.set_patient(st.session_state[_FOR])

    return st.radio(
        _("Who is it for?"),
        list(people),
        format_func=lambda number: plain(people[number].name),
        key=_FOR,
        on_change=keep,
        persist_state="page",
    )


def _offer_override(form: BookingForm, user_id: int) -> None:
    st.text_input(
        _("Why do you book against this rule? It is kept in the appointment's history."),
        key=_WHY,
        max_chars=200,
        persist_state="page",
    )
    st.button(
        _("Book {when} all the same").format(when=day_and_time(given(form.draft.starts_at), form.page.zone)),
        key="book_override",
        type="primary",
        icon=":material/gavel:",
        width="stretch",
        on_click=_book,
        args=(form, user_id),
        kwargs={"override": True},
    )


def _book(form: BookingForm, user_id: int, *, override: bool = False) -> None:
    """Book what the pressed button named, once per key."""
    draft, page = form.draft, form.page
    forget_trouble()
    with showing_errors():
        booking = Booking(
            key=booking_address.booking_key(page.principal),
            user_id=user_id,
            doctor_id=given(draft.doctor_id),
            visit_type_id=given(draft.visit_type_id),
            starts_at=given(draft.starts_at),
            reason=typed_reason(),
            override_reason=(st.session_state.get(_WHY) or "") if override else "",
        )
        try:
            appointment = page.app.scheduler.book_appointment(page.principal, booking)
        except SignInNeeded:
            pass  # the page asks to sign in again, with the time kept
        except CareSlotError as error:
            note_trouble(form, error)
        else:
            drop_reason(page)
            booking_address.set_booked(appointment.appointment_id)
            forget_patient(PICKER)
            for name in (_WHY, _FOR):
                st.session_state.pop(name, None)
