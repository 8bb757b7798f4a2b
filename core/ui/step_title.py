"""The heading of a step: it takes the focus when the step begins, so that eyes, screen readers and keyboards follow."""

import streamlit as st

from core.ui.scripts import run_script

_SHOWN = "careslot_step_shown"


def step_title(text: str, step: str) -> None:
    """The title of a step; `step` names it and its page, such as "book time", and holds nothing of a person."""
    with st.container(key="careslot_step"):
        st.title(text, anchor=False)
    before, count = st.session_state.get(_SHOWN, ("", 0))
    if before != step:
        count += 1
        st.session_state[_SHOWN] = (step, count)
    # A page that was just opened begins at its top by itself.
    if before and count > 1:
        run_script("focus_step", step=f"{step} {count}")
