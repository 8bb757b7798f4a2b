"""What went wrong with a booking, kept until an answer changes, and what can be done about it."""

from dataclasses import dataclass, replace

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.policy import InThePast, Refusal, TooLong, TooManyUpcoming
from core.domain.principal import Capability
from core.domain.slots import Slot
from core.scheduler.store import PatientBusy, SlotHeld, SlotTaken
from core.ui import shell
from core.ui.booking import address as booking_address
from core.ui.booking.draft import BookingDraft, Question
from core.ui.booking.form import BookingForm
from core.ui.times import clock_time, local_day, near_time
from core.ui.words import _, plain, sentence_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error that befell these answers of this account; `nearest` are free times near one that was taken.

    `held` says that it is only kept for somebody else, for the moment.
    """

    answers: BookingDraft
    account_id: int | None
    sentence: str
    taken: bool
    held: bool
    nearest: tuple[Slot, ...]
    breaks_a_rule: bool
    another_time_helps: bool
    by_own_appointments: bool


def note_trouble(form: BookingForm, error: CareSlotError) -> Trouble:
    """Keep what befell the form's answers."""
    trouble = Trouble(
        answers=form.draft,
        account_id=form.page.principal.account_id,
        sentence=sentence_of(error),
        taken=isinstance(error, SlotTaken),
        held=isinstance(error, SlotHeld),
        nearest=error.nearest if isinstance(error, SlotTaken) else (),
        breaks_a_rule=isinstance(error, Refusal) and not isinstance(error, InThePast | TooLong),
        another_time_helps=not isinstance(error, TooManyUpcoming),
        by_own_appointments=isinstance(error, PatientBusy | TooManyUpcoming),
    )
    st.session_state[booking_address.TROUBLE] = trouble
    return trouble


def trouble_with(form: BookingForm) -> Trouble | None:
    """What befell just these answers, if anything."""
    trouble: Trouble | None = st.session_state.get(booking_address.TROUBLE)
    if trouble is None or trouble.answers != form.draft or trouble.account_id != form.page.principal.account_id:
        return None
    return trouble


def forget_trouble() -> None:
    """Try again, from a clean slate."""
    st.session_state.pop(booking_address.TROUBLE, None)


def show_taken(form: BookingForm, trouble: Trouble) -> None:
    """The time is lost: the nearest free ones, each of which goes on with all else kept."""
    st.warning(_("{sentence} Your details are kept.").format(sentence=trouble.sentence))
    if trouble.nearest:
        st.markdown(_("Nearest:"))
        with st.container(horizontal=True, key="book_nearest"):
            for slot in trouble.nearest:
                answers = replace(
                    form.draft,
                    doctor_id=slot.doctor_id,
                    day=local_day(slot.starts_at, form.page.zone),
                    starts_at=slot.starts_at,
                )
                st.button(
                    _nearest_words(form, slot),
                    key=f"book_nearest_{int(slot.starts_at.timestamp())}",
                    on_click=booking_address.go_on,
                    args=(answers,),
                )
    with st.container(horizontal=True):
        if trouble.held:
            st.button(_("Try again"), key="book_try_again", icon=":material/refresh:")
        _other_times(form)
    _phone(form, trouble)


def show_trouble(form: BookingForm, trouble: Trouble) -> None:
    """Any other error, with what can be done about it."""
    advice = ""
    if trouble.by_own_appointments and trouble.another_time_helps:
        advice = _("Choose another time, or change the other appointment.")
    st.error(f"{trouble.sentence} {advice}".strip())
    _phone(form, trouble)
    with st.container(horizontal=True):
        if trouble.another_time_helps:
            _other_times(form)
        if not (trouble.by_own_appointments and form.page.may(Capability.SEE_OWN_APPOINTMENTS)):
            return
        if st.button(_("My appointments"), key="book_my_appointments", icon=":material/event:"):
            shell.go("my_appointments")


def _other_times(form: BookingForm) -> None:
    st.button(
        _("Other times"),
        key="book_other_times",
        on_click=booking_address.go_on,
        args=(form.draft.back_to(Question.DAY),),
    )


def _phone(form: BookingForm, trouble: Trouble) -> None:
    phone = form.page.clinic.phone
    if phone and phone not in trouble.sentence and not form.for_others:
        st.caption(_("The clinic's phone: {phone}").format(phone=plain(phone)))


def _nearest_words(form: BookingForm, slot: Slot) -> str:
    """Just the time on the day that was asked for, such as "09:45"; else with the day, such as "Wed 09:15"."""
    if local_day(slot.starts_at, form.page.zone) == form.draft.day:
        return clock_time(slot.starts_at, form.page.zone)
    return near_time(slot.starts_at, form.page.zone, form.page.clock())
