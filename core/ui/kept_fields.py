"""Fields that keep what was typed and not sent yet while other parts and pages are looked at; never for passwords.

Streamlit lets go of what stands in a field as soon as it is not drawn any more.
"""

from collections.abc import Collection
from typing import Any

import streamlit as st

_KEPT = "kept_fields"


def keep_typed(account_id: int | None) -> None:
    """Note what stands in the fields now, at the beginning of every run; another account finds nothing of it."""
    kept: dict[str, tuple[Any, Any]] = {}
    whose, before = st.session_state.get(_KEPT, (account_id, {}))
    if whose == account_id:
        kept = {key: (stored, st.session_state.get(key, typed)) for key, (stored, typed) in before.items()}
    st.session_state[_KEPT] = (account_id, kept)


def kept_field(key: str, stored: Any, among: Collection[Any] | None = None) -> str:
    """The key, for a widget that is drawn next without a value: it shows what was typed, or else what is stored.

    Where nothing was typed, what others stored meanwhile is shown; `among` are the only values that it may have.
    """
    kept = _kept()
    before, typed = kept.get(key, (stored, stored))
    now = st.session_state.get(key, typed)
    if now == before or (among is not None and now not in among):
        now = stored
    if key not in st.session_state or st.session_state[key] != now:
        st.session_state[key] = now
    kept[key] = (stored, now)
    return key


def is_typed(prefix: str) -> bool:
    """Whether a field whose key begins so differs from what is stored."""
    return any(typed != stored for key, (stored, typed) in _kept().items() if key.startswith(prefix))


def let_go(prefix: str) -> None:
    """Keep nothing any more of the fields whose keys begin so."""
    kept = _kept()
    for key in [key for key in kept if key.startswith(prefix)]:
        del kept[key]


def _kept() -> dict[str, tuple[Any, Any]]:
    kept: dict[str, tuple[Any, Any]] = st.session_state.setdefault(_KEPT, (None, {}))[1]
    return kept
