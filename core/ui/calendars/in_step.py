"""How in step the calendars are: each one's state, comparing everything, conflicts, and what was mended."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.scheduler.calendar_health import CalendarState, InStep, MendMade
from core.scheduler.undecided import OpenConflict
from core.ui.address import number_in
from core.ui.calendars.compare import compare_everything
from core.ui.calendars.step_words import cause_words, mend_words
from core.ui.decisions.items import conflict_buttons
from core.ui.decisions.said import show_decided
from core.ui.decisions.words import why_words
from core.ui.shell import Page
from core.ui.times import clock_time, day_and_time, local_day, near_time
from core.ui.words import _, ngettext, plain

_BEFORE = "before"


def show_in_step(page: Page) -> None:
    """All of it; older mends by the address."""
    found = page.app.health.look(page.principal, number_in(st.query_params.get(_BEFORE)))
    show_decided(page)
    compare_everything(page)
    _states(page, found.calendars)
    if found.conflicts:
        st.header(_("Conflicts"), anchor=False)
        for conflict in found.conflicts:
            _conflict(page, conflict)
    _history(page, found)


def _states(page: Page, states: Sequence[CalendarState]) -> None:
    columns = {
        _("Calendar"): [state.name for state in states],
        _("Last read"): [_when(page, state.pulled_at) for state in states],
        _("Last push"): [_when(page, state.last_push_at) for state in states],
        _("Waiting"): [_waiting(page, state) for state in states],
        _("Trouble"): [_trouble(state) for state in states],
        _("Sign-in"): [_("needs a new one") if state.signed_out else _("valid") for state in states],
        _("Compared"): [_compared(page, state) for state in states],
    }
    st.dataframe(columns, hide_index=True, width="stretch", alt=_("How each calendar stands."))


def _when(page: Page, moment: datetime | None) -> str:
    if moment is None:
        return _("never")
    today = local_day(moment, page.zone) == local_day(page.clock(), page.zone)
    return (clock_time if today else day_and_time)(moment, page.zone)


def _waiting(page: Page, state: CalendarState) -> str:
    if not state.waiting:
        return _("nothing")
    words = ngettext("{count} event", "{count} events", state.waiting)
    if state.failing:
        words = f"{words}, {ngettext('{count} failed', '{count} failed', state.failing)}"
    late = 0 if state.waiting_since is None else int((page.clock() - state.waiting_since).total_seconds() // 60)
    return f"{words}, {ngettext('for {count} min', 'for {count} min', late)}" if late > 0 else words


def _trouble(state: CalendarState) -> str:
    said = dict.fromkeys(_(sentence) for sentence in (state.last_error, state.pull_error) if sentence)
    return " ".join(said) or _("none")


def _compared(page: Page, state: CalendarState) -> str:
    if state.checked_at is None:
        return _("never")
    count = ngettext("{count} differed", "{count} differed", state.drift) if state.drift else _("in step")
    return f"{_when(page, state.checked_at)}: {count}"


def _conflict(page: Page, conflict: OpenConflict) -> None:
    now = page.clock()
    with st.container(border=True, key=f"step_conflict_{conflict.conflict_id}"):
        st.markdown(f"**{plain(conflict.patient_name)}** · {plain(conflict.doctor_name)}")
        theirs, ours = st.columns(2)
        for column, title, begins, ends in (
            (theirs, _("In the calendar"), conflict.their_starts_at, conflict.their_ends_at),
            (ours, _("In CareSlot"), conflict.our_starts_at, conflict.our_ends_at),
        ):
            with column:
                st.caption(title)
                span = f"{near_time(begins, page.zone, now)}\N{EN DASH}{clock_time(ends, page.zone)}"
                st.markdown(f"**{span}**")
        st.markdown(why_words(conflict, page.zone))
        conflict_buttons(page, conflict, f"step_conflict_{conflict.conflict_id}")


def _history(page: Page, found: InStep) -> None:
    st.header(_("What was mended"), anchor=False)
    if not found.mends:
        st.caption(_("Nothing had to be mended so far."))
        return
    columns = {
        _("When"): [day_and_time(mend.at, page.zone) for mend in found.mends],
        _("Calendar"): [mend.calendar_name for mend in found.mends],
        _("Appointment"): [_number(mend) for mend in found.mends],
        _("What"): [mend_words(mend.what) for mend in found.mends],
        _("Why"): [cause_words(mend.why) for mend in found.mends],
        _("By"): [mend.by or _("CareSlot") for mend in found.mends],
    }
    st.dataframe(columns, hide_index=True, width="stretch", alt=_("What was mended, when, why and by whom."))
    st.caption(page.zone_words(local_day(mend.at, page.zone) for mend in found.mends))
    with st.container(horizontal=True):
        if _BEFORE in st.query_params:
            st.button(_("Latest"), key="step_latest", icon=":material/first_page:", on_click=_turn, args=(None,))
        if found.older:
            last = found.mends[-1].mend_id
            st.button(_("Older"), key="step_older", icon=":material/chevron_right:", on_click=_turn, args=(last,))


def _number(mend: MendMade) -> str:
    return "" if mend.appointment_id is None else f"#{mend.appointment_id}"


def _turn(before: int | None) -> None:
    if before is None:
        st.query_params.pop(_BEFORE, None)
    else:
        st.query_params[_BEFORE] = str(before)
