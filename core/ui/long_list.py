"""Lists of a clinic's people that may grow long: the first rows, and a way to find the others by name."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.ui.words import _

MOST_ROWS = 30


def offer_to_find(key: str, title: str, names: Mapping[int, str], turn: Callable[[str], None]) -> None:
    """Where there are more than MOST_ROWS, a field that finds one of them by name and turns to its number."""
    if len(names) <= MOST_ROWS:
        return

    def open_found() -> None:
        if st.session_state[key] is not None:
            turn(str(st.session_state[key]))

    st.selectbox(
        title,
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Type a name"),
        key=key,
        on_change=open_found,
    )
    st.caption(_("The first {count} of {all} are listed.").format(count=MOST_ROWS, all=len(names)))
