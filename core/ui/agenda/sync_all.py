"""Putting all of a doctor's upcoming appointments into the calendar, one by one, with each failure named.

How far it came is kept in this process's memory for the sign-in that began it, so that whoever leaves or reloads the page
in the middle finds it again.
"""

import threading
from dataclasses import dataclass, field

import streamlit as st

from core.calendars.sync import Progress
from core.scheduler.links import Upcoming
from core.ui.shell import Page, showing_errors
from core.ui.times import day_and_time
from core.ui.words import _, ngettext, plain

MOST = 1000
"""Rounds of all sign-ins together; the oldest make way."""


@dataclass(slots=True)
class Outcome:
    """How far a sign-in's last round came; it may have been left before its end."""

    doctor_id: int
    tried: int = 0
    total: int = 0
    failures: list[Progress] = field(default_factory=list)

    @property
    def synced(self) -> int:
        """How many are in the calendar now."""
        return self.tried - len(self.failures)

    @property
    def left(self) -> bool:
        """Whether it was left before its end."""
        return self.tried < self.total


class Outcomes:
    """The last round of each sign-in, by the session's number; safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int | None, Outcome] = {}

    def keep(self, session_id: int | None, outcome: Outcome) -> None:
        """Keep this in place of the one before."""
        with self._lock:
            self._kept.pop(session_id, None)
            self._kept[session_id] = outcome
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def find(self, session_id: int | None) -> Outcome | None:
        """What came of the last one, if there was one and nobody closed it."""
        with self._lock:
            return self._kept.get(session_id)

    def drop(self, session_id: int | None) -> None:
        """Let go of it."""
        with self._lock:
            self._kept.pop(session_id, None)


outcomes = Outcomes()
"""Those of this process."""


def sync_all(page: Page, doctor_id: int | None, upcoming: Upcoming | None) -> None:
    """The button with how many are left, the progress while it works, and what came of it."""
    outcome = outcomes.find(page.principal.session_id)
    if doctor_id is None or upcoming is None:
        st.caption(_("Choose a doctor to sync all of their upcoming appointments."))
        if outcome is not None and outcome.left:
            _show_left(page, outcome)
        return
    if outcome is not None and outcome.doctor_id != doctor_id:
        outcome = None
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


def _work(page: Page, doctor_id: int) -> None:
    outcome = Outcome(doctor_id)
    outcomes.keep(page.principal.session_id, outcome)
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


def _show_left(page: Page, outcome: Outcome) -> None:
    """A round that was left, while all doctors are in view."""
    name = next((doctor.name for doctor in page.doctors if doctor.doctor_id == outcome.doctor_id), "")
    left = _("Left before the end; choose the doctor to go on.")
    st.warning(f"{plain(name)}: {_count(outcome)}. {left}")


def _show(page: Page, outcome: Outcome) -> None:
    if not outcome.total:
        return
    words = _count(outcome)
    if outcome.left:
        words = f"{words}. {_('Left before the end; press the button to go on.')}"
    with st.container(horizontal=True, vertical_alignment="center", key="agenda_sync_outcome"):
        (st.success if outcome.synced == outcome.total else st.warning)(words)
        st.button(
            _("Close"),
            key="agenda_sync_close",
            type="tertiary",
            icon=":material/close:",
            on_click=outcomes.drop,
            args=(page.principal.session_id,),
        )
    for failed in outcome.failures:
        who, when = plain(failed.appointment.patient_name), day_and_time(failed.appointment.starts_at, page.zone)
        st.markdown(f"- **{who}**, {when}: {plain(_(failed.problem or ''))}")


def _count(outcome: Outcome) -> str:
    return _("{done}/{total} synced").format(done=outcome.synced, total=outcome.total)
