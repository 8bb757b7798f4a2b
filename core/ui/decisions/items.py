"""One thing to decide about an appointment, with its buttons; each item's key begins with the place it stands in."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.domain.calendar_changes import Clash
from core.domain.principal import Capability
from core.scheduler.awaited import Awaited, MoveMade
from core.scheduler.undecided import GoneEvent, OpenConflict
from core.ui import shell
from core.ui.decisions.said import Undoable, decide
from core.ui.decisions.words import choice_words, conflict_words, gone_words, move_words
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, plain

LONGEST_WHY = 200
Item = Callable[[], None]


def items_of(page: Page, awaited: Awaited, place: str, appointment_id: int | None = None) -> list[Item]:
    """What draws each item, the most urgent first: of one appointment, without its name and time, or of all in view.

    Of events that vanished together only those of one appointment are told.
    """
    single = appointment_id is not None
    vanished = awaited.undecided.vanished if single else ()
    return [
        *(
            partial(_gone, page, gone, place, single=single)
            for gone in (*awaited.undecided.gone, *vanished)
            if appointment_id in {None, gone.appointment_id}
        ),
        *(
            partial(_conflict, page, conflict, place, single=single)
            for conflict in awaited.undecided.conflicts
            if appointment_id in {None, conflict.appointment_id}
        ),
        *(
            partial(_move, page, move, place, single=single)
            for move in awaited.moves
            if appointment_id in {None, move.appointment_id}
        ),
    ]


def _conflict(page: Page, conflict: OpenConflict, place: str, *, single: bool) -> None:
    words = f":material/sync_problem: {conflict_words(conflict, page.zone, page.clock())}"
    st.markdown(words if single else f"{_whose(conflict.patient_name, conflict.doctor_name)}{words}")
    # Beside the open appointment stands the form that moves it.
    elsewhere = place != "agenda_details"
    conflict_buttons(page, conflict, f"{place}_conflict_{conflict.conflict_id}", other_time=elsewhere)


def conflict_buttons(page: Page, conflict: OpenConflict, key: str, *, other_time: bool = True) -> None:
    """Keeping ours, taking theirs where that is on offer, and the way to another time."""
    ours, theirs = choice_words(conflict, page.zone)
    name = plain(conflict.patient_name)

    def keep() -> str:
        page.app.decisions.keep_ours(page.principal, conflict.conflict_id)
        when = day_and_time(conflict.our_starts_at, page.zone)
        return _("Kept: {name} stays at {when}.").format(name=name, when=when)

    def take(why: str = "") -> str:
        moved = page.app.decisions.take_theirs(page.principal, conflict.conflict_id, why)
        when = day_and_time(moved.starts_at, page.zone)
        return _("Moved {name} to {when}.").format(name=name, when=when)

    with st.container(horizontal=True):
        st.button(
            _("Keep {time}").format(time=ours),
            key=f"{key}_keep",
            icon=":material/check:",
            on_click=decide,
            args=(page, keep),
        )
        if conflict.kind is Clash.BOTH_CHANGED:
            st.button(_("Take {time}").format(time=theirs), key=f"{key}_take", on_click=decide, args=(page, take))
        elif conflict.kind is not Clash.TAKEN and page.may(Capability.OVERRIDE_POLICY):
            with st.popover(_("Take {time}").format(time=theirs)):
                _with_reason(page, _("Take {time}").format(time=theirs), take, f"{key}_take")
        if other_time:
            _other_time(conflict, key)


def _with_reason(page: Page, label: str, take: Callable[[str], str], key: str) -> None:
    def insist() -> None:
        decide(page, partial(take, str(st.session_state[f"{key}_why"] or "").strip()))

    with st.form(f"{key}_form", border=False):
        st.text_input(
            _("Reason for taking it all the same"),
            key=f"{key}_why",
            max_chars=LONGEST_WHY,
            help=_("It stands in the appointment's history. Another appointment is never moved aside."),
        )
        st.form_submit_button(label, key=key, on_click=insist)


def _other_time(conflict: OpenConflict, key: str) -> None:
    """The way to the form that moves it, with the times nearest to where the calendar has it."""
    if st.button(_("Choose another time"), key=f"{key}_other", icon=":material/event_repeat:"):
        wanted = int(conflict.their_starts_at.timestamp())
        shell.go("agenda", appointment=str(conflict.appointment_id), move=str(wanted))


def _gone(page: Page, gone: GoneEvent, place: str, *, single: bool) -> None:
    key = f"{place}_gone_{gone.link_id}"
    words = f":material/event_busy: {gone_words(gone, page.zone, page.clock())}"
    st.markdown(words if single else f"{_whose(day_and_time(gone.starts_at, page.zone), gone.doctor_name)}{words}")
    gone_buttons(page, gone, key)


def gone_buttons(page: Page, gone: GoneEvent, key: str) -> None:
    """Cancelling now, or keeping the appointment."""
    name, when = plain(gone.patient_name), day_and_time(gone.starts_at, page.zone)

    def cancel() -> Undoable:
        done = page.app.decisions.cancel_now(page.principal, gone.link_id)
        told = _("Cancelled: {name}, {when}. {name} reads it under My appointments.").format(name=name, when=when)
        return Undoable(told, done.appointment_id, done.revision, gone.patient_name)

    def keep() -> str:
        page.app.decisions.keep(page.principal, gone.link_id)
        return _("Kept: {name}, {when}. The event goes back into the calendar.").format(name=name, when=when)

    with st.container(horizontal=True):
        st.button(f":red[{_('Cancel now')}]", key=f"{key}_cancel", on_click=decide, args=(page, cancel))
        st.button(_("Keep"), key=f"{key}_keep", icon=":material/check:", on_click=decide, args=(page, keep))


def _move(page: Page, move: MoveMade, place: str, *, single: bool) -> None:
    name = plain(move.patient_name)

    def put_back() -> str:
        done = page.app.decisions.withdraw_move(page.principal, move.appointment_id)
        when = day_and_time(done.starts_at, page.zone)
        return _("Put back: {name} is at {when} again, and hears nothing.").format(name=name, when=when)

    words = f":material/event_repeat: {move_words(move, page.zone)}"
    st.markdown(words if single else f"{_whose(move.patient_name, move.doctor_name)}{words}")
    st.button(
        _("Put back"),
        key=f"{place}_move_{move.appointment_id}_back",
        icon=":material/undo:",
        on_click=decide,
        args=(page, put_back),
    )


def _whose(first: str, doctor: str) -> str:
    """Whose it is, as the line before."""
    return f"**{plain(first)}** · {plain(doctor)}  \n"
