"""What was done last on the page of the day: a message that stays, with a way back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from core.domain.appointment import Appointment, Status
from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.scheduler.rows import Row
from core.ui.shell import Page, showing_errors
from core.ui.words import _, plain, sentence_of

_SAID = "today_said"


@dataclass(frozen=True, slots=True)
class WayBack:
    """The change that Undo takes back: the appointment as it stood after it, and the patient's name."""

    appointment_id: int
    revision: int
    name: str

    @classmethod
    def of(cls, row: Row) -> "WayBack":
        """The last change to the appointment as it is shown."""
        return cls(row.appointment_id, row.revision, row.patient_name)


@dataclass(frozen=True, slots=True)
class _Said:
    """For one account: another that signs in here must not read it."""

    account_id: int | None
    sentence: str
    kind: str
    way_back: WayBack | None


def say(page: Page, sentence: str, kind: str = "success", way_back: WayBack | None = None) -> None:
    """Show this until something else is done."""
    st.session_state[_SAID] = _Said(page.principal.account_id, sentence, kind, way_back)


def hush() -> None:
    """A callback: stop showing what was done last."""
    st.session_state.pop(_SAID, None)


def do(page: Page, use_case: Callable[[], Appointment], sentence: str, name: str) -> Appointment | None:
    """Within a callback: do it and say so with a way back, or say why it can't be done; None then."""
    with showing_errors():
        try:
            done = use_case()
        except SignInNeeded:  # the page gives way to the sign-in, which says so
            return None
        except CareSlotError as error:
            say(page, sentence_of(error), "error")
            return None
        say(page, sentence.format(name=plain(name)), way_back=WayBack(done.appointment_id, done.revision, name))
        return done
    return None


def take_back(page: Page, back: WayBack) -> None:
    """A callback: undo the change, if no other came after it."""
    with showing_errors():
        try:
            done = page.app.scheduler.undo(page.principal, back.appointment_id, expected_revision=back.revision)
        except SignInNeeded:
            return
        except CareSlotError as error:
            say(page, sentence_of(error), "error")
        else:
            say(page, _undone(done.status).format(name=plain(back.name)), "info")


def show_said(page: Page, rows: Iterable[Row] = ()) -> None:
    """What was done last; with Undo, unless `rows` show that somebody changed the appointment since."""
    said = st.session_state.get(_SAID)
    if not isinstance(said, _Said) or said.account_id != page.principal.account_id:
        return
    back = said.way_back
    if back is not None and any(
        row.appointment_id == back.appointment_id and row.revision != back.revision for row in rows
    ):
        back = None
    with st.container(horizontal=True, vertical_alignment="center", key="today_said"):
        getattr(st, said.kind)(said.sentence)
        if back is not None:
            st.button(_("Undo"), key="today_said_undo", icon=":material/undo:", on_click=take_back, args=(page, back))
        st.button(_("Close"), key="today_said_close", type="tertiary", icon=":material/close:", on_click=hush)


def _undone(status: Status) -> str:
    return {
        Status.SCHEDULED: _("Undone. {name} is scheduled again."),
        Status.CHECKED_IN: _("Undone. {name} is checked in again."),
        Status.IN_PROGRESS: _("Undone. The visit of {name} is in progress again."),
    }.get(status, _("Undone."))
