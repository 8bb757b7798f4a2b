"""What a decision came to: a message that stays until something else is decided, with a way back where there is one."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.ui.shell import Page, showing_errors
from core.ui.times import day_and_time
from core.ui.words import _, plain, sentence_of

_SAID = "decisions_said"


@dataclass(frozen=True, slots=True)
class Undoable:
    """What was done in a sentence, and the appointment as it stood after it, for Undo."""

    sentence: str
    appointment_id: int
    revision: int
    patient_name: str


@dataclass(frozen=True, slots=True)
class _Said:
    """For one account: another that signs in here must not read it."""

    account_id: int | None
    kind: str
    sentence: str
    undoable: Undoable | None = None


def decide(page: Page, use_case: Callable[[], str | Undoable]) -> None:
    """Within a callback: do it and keep the sentence that it returns, or why it can't be done."""
    account_id = page.principal.account_id
    with showing_errors():
        try:
            done = use_case()
        except SignInNeeded:  # the page gives way to the sign-in, which says so
            return
        except CareSlotError as error:
            said = _Said(account_id, "warning", sentence_of(error))
        else:
            undoable = done if isinstance(done, Undoable) else None
            said = _Said(account_id, "success", done.sentence if isinstance(done, Undoable) else done, undoable)
        st.session_state[_SAID] = said


def show_decided(page: Page) -> None:
    """What was decided last, for the account that decided it."""
    said = st.session_state.get(_SAID)
    if not isinstance(said, _Said) or said.account_id != page.principal.account_id:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="decisions_said"):
        getattr(st, said.kind)(said.sentence)
        if said.undoable is not None:
            st.button(
                _("Undo"),
                key="decisions_said_undo",
                icon=":material/undo:",
                on_click=_take_back,
                args=(page, said.undoable),
            )
        st.button(_("Close"), key="decisions_said_close", type="tertiary", icon=":material/close:", on_click=_hush)


def _take_back(page: Page, back: Undoable) -> None:
    def undo() -> str:
        done = page.app.scheduler.undo(page.principal, back.appointment_id, expected_revision=back.revision)
        when = day_and_time(done.starts_at, page.zone)
        return _("Undone. {name} is at {when} again.").format(name=plain(back.patient_name), when=when)

    decide(page, undo)


def _hush() -> None:
    st.session_state.pop(_SAID, None)
