"""What a decision came to: a message that stays until something else is decided."""

from collections.abc import Callable

import streamlit as st

from core.domain.errors import CareSlotError
from core.domain.principal import SignInNeeded
from core.ui.shell import Page, showing_errors
from core.ui.words import _, sentence_of

_SAID = "decisions_said"


def decide(page: Page, use_case: Callable[[], str]) -> None:
    """Within a callback: do it and keep the sentence that it returns, or why it can't be done."""
    with showing_errors():
        try:
            said = ("success", use_case())
        except SignInNeeded:  # the page gives way to the sign-in, which says so
            return
        except CareSlotError as error:
            said = ("warning", sentence_of(error))
        st.session_state[_SAID] = (page.principal.account_id, *said)


def show_decided(page: Page) -> None:
    """What was decided last, for the account that decided it."""
    said = st.session_state.get(_SAID)
    if not isinstance(said, tuple) or said[0] != page.principal.account_id:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="decisions_said"):
        getattr(st, said[1])(said[2])
        st.button(_("Close"), key="decisions_said_close", type="tertiary", icon=":material/close:", on_click=_hush)


def _hush() -> None:
    st.session_state.pop(_SAID, None)
