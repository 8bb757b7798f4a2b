"""Putting all of a doctor's upcoming appointments into the calendar, one by one, with each failure named."""

from dataclasses import dataclass, field

import streamlit as st

from core.calendars.sync import Progress
from core.scheduler.links import Upcoming
from core.ui.shell import Page, showing_errors
from core.ui.times import day_and_time
from core.ui.words import _, ngettext, plain

_SYNCED = "agenda_sync_all_outcome"


@dataclass(slots=True)
class _Outcome:
    """How far one account's last round for a doctor came; it may have been left before its end."""

    account_id: int | None
    doctor_id: int
    tried: int = 0
    total: int = 0
    failures: list[Progress] = field(default_factory=list)

    @property
    def synced(self) -> int:
        return self.tried - len(self.failures)

    @property
    def left(self) -> bool:
        return self.tried < self.total


def sync_all(page: Page, doctor_id: int | None, upcoming: Upcoming | None) -> None:
    """The button with how many are left, the progress while it works, and what came of it."""
    if doctor_id is None or upcoming is None:
        st.caption(_("Choose a doctor to sync all of their upcoming appointments."))
        return
    outcome = _outcome(page, doctor_id)
    if upcoming.out_of_step:
        pressed = st.button(
            _("Sync all upcoming ({count})").format(count=upcoming.out_of_step),
            key="agenda_sync_all",
            icon=":material/sync:",
            help=_("You can leave while it works, and go on later with those that are left."),
        )
        if pressed:
            _work(page, doctor_id)
    elif upcoming.booked:
        st.caption(
            ngettext(
                "The upcoming appointment is in the calendar.",
                "All {count} upcoming appointments are in the calendar.",
                upcoming.booked,
            )
        )
    else:
        st.caption(_("No upcoming appointments to sync."))
    done_meanwhile = outcome is not None and outcome.left and not upcoming.out_of_step  # the worker went on
    if outcome is not None and not done_meanwhile:
        _show(page, outcome)


def _outcome(page: Page, doctor_id: int) -> _Outcome | None:
    found = st.session_state.get(_SYNCED)
    whose = (page.principal.account_id, doctor_id)
    return found if isinstance(found, _Outcome) and (found.account_id, found.doctor_id) == whose else None


def _work(page: Page, doctor_id: int) -> None:
    outcome = st.session_state[_SYNCED] = _Outcome(page.principal.account_id, doctor_id)
    bar = st.progress(0.0, text=_("Beginning…"))
    with showing_errors():
        for step in page.app.sync.sync_upcoming(page.principal, doctor_id):
            outcome.tried, outcome.total = step.tried, step.total
            if step.problem is not None:
                outcome.failures.append(step)
            bar.progress(step.tried / step.total, text=_count(outcome))
        if outcome.failures:  # the worker may have done one meanwhile
            left = {found.appointment_id for found in page.app.links.out_of_step(page.principal, doctor_id)}
            outcome.failures = [step for step in outcome.failures if step.appointment.appointment_id in left]
        st.rerun()


def _show(page: Page, outcome: _Outcome) -> None:
    if not outcome.total:
        return
    words = _count(outcome)
    if outcome.left:
        words = f"{words}. {_('Left before the end; press the button to go on.')}"
    with st.container(horizontal=True, vertical_alignment="center", key="agenda_sync_outcome"):
        (st.success if outcome.synced == outcome.total else st.warning)(words)
        st.button(_("Close"), key="agenda_sync_close", type="tertiary", icon=":material/close:", on_click=_forget)
    for failed in outcome.failures:
        who, when = plain(failed.appointment.patient_name), day_and_time(failed.appointment.starts_at, page.zone)
        st.markdown(f"- **{who}**, {when}: {plain(_(failed.problem or ''))}")


def _count(outcome: _Outcome) -> str:
    return _("{done}/{total} synced").format(done=outcome.synced, total=outcome.total)


def _forget() -> None:
    st.session_state.pop(_SYNCED, None)
