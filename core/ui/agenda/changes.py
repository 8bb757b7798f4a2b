"""Moving, shortening and cancelling an appointment: asked first, refused with a way out, and undone again.

Dragging in the grid and the forms in the details come through here, so both end the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.policy import InThePast, Refusal, TooLong
from core.domain.principal import Capability, SignInNeeded
from core.domain.slots import Slot
from core.scheduler.booking import SlotQuery
from core.scheduler.rows import Row
from core.scheduler.store import SlotTaken
from core.scheduler.terms import NotOffered
from core.ui.address import instant_in, number_in
from core.ui.agenda.grid_colours import palette
from core.ui.agenda.grid_events import MOVABLE
from core.ui.agenda.grid_intentions import Change
from core.ui.agenda.state import AgendaState, Asked, Refused, Said, agenda_state
from core.ui.agenda.words import done_words, is_move, question, stays_words
from core.ui.shell import Page, showing_errors
from core.ui.times import clock_time, day_and_time, near_time
from core.ui.words import _, plain, sentence_of

Names = Mapping[int, str]
"""Doctors' names by number."""

ABOVE = "agenda_above"
"""The key of the container above the grid."""

_NEAR = timedelta(days=7)
_OFFERED = 3
LONGEST_WHY = 200


def ask(state: AgendaState, row: Row, change: Change) -> None:
    """Let the page ask before it makes a change; one that changes nothing is forgotten."""
    state.clear()
    if change.alters(row):
        state.asked = Asked(row, change)


def make(
    page: Page, names: Names, row: Row, change: Change, *, override_reason: str = "", from_details: bool = False
) -> None:
    """Within a callback: make the change and say so, or keep why it was refused."""
    state = agenda_state(page)
    with showing_errors():
        try:
            done = page.app.scheduler.reschedule(
                page.principal,
                change.appointment_id,
                change.starts_at,
                doctor_id=change.doctor_id,
                minutes=None if change.minutes == row.minutes else change.minutes,
                expected_revision=change.revision,
                override_reason=override_reason,
            )
        except SignInNeeded:  # the page gives way to the sign-in, which says so
            return
        except CareSlotError as error:
            refused = _refused(page, names, row, change, error)
            state.clear()
            state.refused, state.from_details = refused, from_details
            return
        sentence = done_words(row, change, names.get(done.doctor_id, row.doctor_name), page.zone)
        said = Said(sentence, "success", done.appointment_id, done.revision, row.patient_name)
        state.tell(said, from_details=from_details)


def offer_times(page: Page, state: AgendaState) -> None:
    """Where the address asks to move an appointment: the free times nearest to that instant, beside its form.

    A run of its own, for they are many questions; the next one draws the page.
    """
    wanted = st.query_params.pop("move", None)
    number, moment = number_in(st.query_params.get("appointment")), instant_in(wanted)
    if number is None or moment is None or not page.may(Capability.BOOK):
        return
    try:
        row = page.app.schedule.details(page.principal, number)
    except CareSlotError:  # the page says so where it opens the appointment
        return
    if row.status not in MOVABLE:
        return
    change = Change(number, row.revision, moment, row.minutes)
    nearest = _nearest(page, row, change)
    state.clear()
    state.refused = Refused(
        row, change, _("Choose another time; nothing changes until then."), nearest, overridable=False
    )
    state.from_details = True
    st.rerun()


def call_off(page: Page, state: AgendaState, row: Row, why: str, asked_by_patient: bool) -> None:
    """Within a callback: cancel the appointment as it was shown and say so, or why it can't be."""
    with showing_errors():
        try:
            done = page.app.scheduler.cancel(
                page.principal,
                row.appointment_id,
                why,
                expected_revision=row.revision,
                asked_by_patient=asked_by_patient,
            )
        except SignInNeeded:
            return
        except CareSlotError as error:
            state.tell(Said(sentence_of(error), "warning"), from_details=True)
            return
        told = _("Cancelled {name}, {when}.").format(
            name=plain(row.patient_name), when=day_and_time(row.starts_at, page.zone)
        )
        said = Said(told, "success", done.appointment_id, done.revision, row.patient_name)
        state.tell(said, from_details=True)


def take_back(page: Page, state: AgendaState, said: Said) -> None:
    """A callback: undo what was done last, if nobody changed the appointment since."""
    if said.appointment_id is None:
        return
    with showing_errors():
        try:
            done = page.app.scheduler.undo(page.principal, said.appointment_id, expected_revision=said.revision)
        except SignInNeeded:
            return
        except CareSlotError as error:
            state.tell(Said(sentence_of(error), "warning"), from_details=state.from_details)
            return
        told = _("Undone. {name} is at {when} again.").format(
            name=plain(said.patient_name), when=day_and_time(done.starts_at, page.zone)
        )
        state.tell(Said(told, "info"), from_details=state.from_details)


def keep_in_sight() -> None:
    """Let what stands above the grid stay on the screen: the grid is taller, and a drag may end far below."""
    behind = palette(st.context.theme.type).page
    st.html(
        f"<style>[data-testid=stLayoutWrapper]:has(> .st-key-{ABOVE}) "
        f"{{ position: sticky; top: 3.75rem; z-index: 5; background: {behind}; "
        f"max-height: calc(100vh - 5rem); overflow-y: auto; }}</style>"
    )


def show_changes(page: Page, state: AgendaState, names: Names, rows: list[Row], *, in_details: bool) -> None:
    """What is asked, refused or done: above the grid, or in the details where it began there."""
    if state.from_details is not in_details:
        return
    if state.asked is not None:
        _show_asked(page, state, names, state.asked)
    if state.refused is not None:
        _show_refused(page, state, names, state.refused)
    if state.said is not None:
        _show_said(page, state, state.said, rows)


def _show_asked(page: Page, state: AgendaState, names: Names, asked: Asked) -> None:
    row, change = asked.row, asked.change
    with st.container(border=True, key="agenda_question"):
        st.markdown(f"**{question(row, change, names.get(change.doctor_id or row.doctor_id, ''), page.zone)}**")
        with st.container(horizontal=True):
            st.button(
                _("Move") if is_move(row, change) else _("Change"),
                key="agenda_yes",
                type="primary",
                icon=":material/check:",
                on_click=make,
                args=(page, names, row, change),
            )
            st.button(_("Put back"), key="agenda_no", icon=":material/undo:", on_click=state.clear)


def _show_refused(page: Page, state: AgendaState, names: Names, refused: Refused) -> None:
    row, change, inside = refused.row, refused.change, state.from_details
    with st.container(border=True, key="agenda_refused"):
        st.warning(f"{refused.sentence} {stays_words(row, page.zone)}", icon=":material/info:")
        if refused.nearest:
            st.caption(_("Nearest free times:"))
        with st.container(horizontal=True, vertical_alignment="center"):
            for number, slot in enumerate(refused.nearest):
                st.button(
                    near_time(slot.starts_at, page.zone, page.clock()),
                    key=f"agenda_near_{number}",
                    on_click=make,
                    args=(page, names, row, replace(change, starts_at=slot.starts_at, doctor_id=slot.doctor_id)),
                    kwargs={"from_details": inside},
                )
            st.button(_("Close"), key="agenda_refused_close", type="tertiary", on_click=state.clear)
        if refused.overridable:
            _offer_override(page, names, refused, from_details=inside)


def _offer_override(page: Page, names: Names, refused: Refused, *, from_details: bool) -> None:
    def insist() -> None:
        why = str(st.session_state["agenda_override_why"] or "").strip()
        if not why:
            agenda_state(page).refused = replace(refused, problem=_("Enter a reason."))
            return
        make(page, names, refused.row, refused.change, override_reason=why, from_details=from_details)

    with st.form("agenda_override", border=False):
        st.text_input(
            _("Reason for moving it all the same"),
            key="agenda_override_why",
            max_chars=LONGEST_WHY,
            help=_("It stands in the appointment's history. Another appointment is never moved aside."),
        )
        if refused.problem:
            st.error(refused.problem, icon=":material/error:")
        st.form_submit_button(_("Move anyway"), key="agenda_override_go", on_click=insist)


def _show_said(page: Page, state: AgendaState, said: Said, rows: list[Row]) -> None:
    changed_since = any(row.appointment_id == said.appointment_id and row.revision != said.revision for row in rows)
    with st.container(horizontal=True, vertical_alignment="center", key="agenda_said"):
        getattr(st, said.kind)(said.sentence)
        if said.revision is not None and not changed_since:
            st.button(
                _("Undo"), key="agenda_undo", icon=":material/undo:", on_click=take_back, args=(page, state, said)
            )
        st.button(_("Close"), key="agenda_said_close", type="tertiary", icon=":material/close:", on_click=state.clear)


def _refused(page: Page, names: Names, row: Row, change: Change, error: CareSlotError) -> Refused:
    sentence = sentence_of(error)
    if isinstance(error, NotOffered) and change.doctor_id not in {None, row.doctor_id}:
        doctor = plain(names.get(change.doctor_id or 0, ""))
        sentence = _("{doctor} doesn't offer this kind of visit.").format(doctor=doctor)
    nearest: tuple[Slot, ...] = ()
    if isinstance(error, SlotTaken):
        # Its own sentence is for patients, who saw the time free a moment ago.
        nearest = error.nearest
        sentence = _("{time} is taken.").format(time=clock_time(change.starts_at, page.zone))
    policy = isinstance(error, Refusal) and not isinstance(error, TooLong)
    if policy and not isinstance(error, InThePast):
        nearest = _nearest(page, row, change)
    return Refused(row, change, sentence, nearest, policy and page.may(Capability.OVERRIDE_POLICY))


def _nearest(page: Page, row: Row, change: Change) -> tuple[Slot, ...]:
    """The free times nearest to where the appointment was to go, by time."""
    day = change.starts_at.date()  # UTC's, at most a day off the clinic's, which would have to be asked for
    query = SlotQuery(
        row.visit_type_id,
        change.doctor_id or row.doctor_id,
        day - _NEAR,
        day + _NEAR,
        moving=row.appointment_id,
        minutes=change.minutes,
    )
    found = page.app.scheduler.find_slots(page.principal, query)
    slots = [slot for slot in found if (slot.starts_at, slot.doctor_id) != (row.starts_at, row.doctor_id)]
    return tuple(sorted(sorted(slots, key=lambda slot: abs(slot.starts_at - change.starts_at))[:_OFFERED]))
