"""What every question of a booking works with: the page, the answers so far, and the names they stand for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import streamlit as st

from core.domain.principal import Capability, Scope
from core.scheduler.booking import Begun, SlotQuery
from core.scheduler.clinic import Doctor, VisitType
from core.ui.booking import address as booking_address
from core.ui.booking.draft import BookingDraft, Question, given
from core.ui.shell import Page
from core.ui.times import clock_time, day_label, local_day
from core.ui.words import _, plain


@dataclass(frozen=True)
class Offer:
    """What may be booked here, and with whom; read when it is first needed in a run, and once."""

    page: Page

    @cached_property
    def visit_types(self) -> dict[int, VisitType]:
        """In order: for patients only what is booked online, for doctors what they offer."""
        own = self.page.principal.scope(Capability.SEE_SCHEDULE) is Scope.OWN
        found = self.page.app.setup.visit_types(
            self.page.principal.doctor_id if own else None,
            None if self.page.may(Capability.MANAGE_PATIENTS) else True,
        )
        return {visit_type.visit_type_id: visit_type for visit_type in found}

    @cached_property
    def doctors(self) -> dict[int, Doctor]:
        """The doctors who see patients."""
        return {doctor.doctor_id: doctor for doctor in self.page.doctors}

    @cached_property
    def begun(self) -> Begun:
        """What there is of this very booking already; for whoever is signed in."""
        return self.page.app.scheduler.begun(self.page.principal, booking_address.booking_key(self.page.principal))


@dataclass(frozen=True)
class BookingForm:
    """The answers, as the visitor's role completes them, to what is on offer."""

    page: Page
    draft: BookingDraft
    offer: Offer

    @classmethod
    def opened(cls, page: Page) -> "BookingForm":
        """The form that the page's address describes."""
        form = cls(page, booking_address.draft(), Offer(page))
        if form.own_schedule and form.draft.visit_type_id is not None:
            return form.with_draft(replace(form.draft, doctor_id=page.principal.doctor_id, anyone=False))
        return form

    def with_draft(self, draft: BookingDraft) -> "BookingForm":
        """The same form with other answers."""
        return replace(self, draft=draft)

    @property
    def for_others(self) -> bool:
        """Whether staff book for a patient."""
        return self.page.may(Capability.MANAGE_PATIENTS)

    @property
    def own_schedule(self) -> bool:
        """Whether a doctor books into the own schedule, and is not asked with whom."""
        return self.page.principal.scope(Capability.SEE_SCHEDULE) is Scope.OWN

    @property
    def slot_query(self) -> SlotQuery:
        """The chosen day's slots; with any doctor where the first who is free will do."""
        doctor_id = None if self.draft.anyone else self.draft.doctor_id
        return SlotQuery(given(self.draft.visit_type_id), doctor_id, self.draft.day, self.draft.day)

    def checked(self) -> tuple["BookingForm", str]:
        """The form without answers that make no sense (any more), and a sentence that says which was taken back."""
        draft = self.draft
        if draft.visit_type_id is not None and draft.visit_type_id not in self.offer.visit_types:
            return self.back_to(Question.VISIT), _("This kind of visit can't be booked here any more. Choose again.")
        if draft.doctor_id is not None and draft.doctor_id not in self.offer.doctors:
            return self.back_to(Question.DOCTOR), _("This doctor can't be booked any more. Choose again.")
        if draft.starts_at is not None:
            draft = replace(draft, day=local_day(draft.starts_at, self.page.zone))
        now = self.page.clock()
        last = local_day(self.page.clinic.policy.latest(now), self.page.zone)
        if draft.day is not None and not local_day(now, self.page.zone) <= draft.day <= last:
            return self.back_to(Question.DAY), _("This day can't be booked. Choose another.")
        return self.with_draft(draft), ""

    def back_to(self, question: Question) -> "BookingForm":
        """The form with this answer and all later ones taken back."""
        return self.with_draft(self.draft.back_to(question))

    def answers(self) -> list[tuple[Question, str]]:
        """The answers so far, in words."""
        draft, found = self.draft, []
        if draft.visit_type_id is not None:
            found.append((Question.VISIT, visit_words(self.offer.visit_types[draft.visit_type_id])))
        if draft.doctor_id is not None and not self.own_schedule:
            found.append((Question.DOCTOR, plain(self.offer.doctors[draft.doctor_id].name)))
        elif draft.anyone:
            found.append((Question.DOCTOR, _("First available")))
        if draft.day is not None:
            found.append((Question.DAY, day_label(draft.day)))
        if draft.starts_at is not None:
            found.append((Question.TIME, clock_time(draft.starts_at, self.page.zone)))
        return found

    def show_answers(self, patient: str = "", ask_patient: Callable[[], None] | None = None) -> None:
        """The answers so far, each with a way to change it; for staff the patient as the last of them."""
        answers = self.answers()
        if not answers:
            return
        with st.container(border=True, gap="xxsmall", key="book_answers"):
            for question, words in answers:
                _answer(words, question.name.lower(), partial(booking_address.go_on, self.draft.back_to(question)))
            if patient and ask_patient is not None:
                _answer(patient, "patient", ask_patient)

    def show_way_back(self) -> None:
        """A way to the question before."""
        question = Question(max(self.draft.question - 1, Question.VISIT))
        if question is Question.DOCTOR and self.own_schedule:
            question = Question.VISIT
        if self.draft.question is not Question.VISIT:
            way_back(booking_address.go_on, self.draft.back_to(question))


def _answer(words: str, name: str, change: Callable[[], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(words, width="stretch")
        st.button(_("Change"), key=f"book_change_{name}", type="tertiary", on_click=change)


def way_back(take: Callable[..., None], *args: BookingDraft) -> None:
    """The Back link, which calls `take`."""
    st.button(
        _("Back"),
        key="book_back",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=take,
        args=args,
    )


def visit_words(visit_type: VisitType) -> str:
    """A visit type with its length, such as "Follow-up · 20 min"."""
    return _("{visit} · {minutes} min").format(visit=plain(visit_type.name), minutes=visit_type.minutes)
