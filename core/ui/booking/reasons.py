"""The reason that somebody typed and did not book with yet: it outlives a reload of the page, for that sign-in only."""

import streamlit as st

from core.ui.booking import address as booking_address
from core.ui.drafts import Drafts
from core.ui.shell import Page

KEY = "book_reason"
"""The key of the field."""

_OF = "book_reason_of"


class ReasonDrafts(Drafts[tuple[int | None, str], str]):
    """Reasons by the sign-in and the booking's key."""


_drafts = ReasonDrafts()


def begin_reason(page: Page) -> None:
    """Before the field is drawn: it never shows what another account typed, and after a reload shows what this one did."""
    account_id = page.principal.account_id
    if st.session_state.get(_OF) != account_id:
        st.session_state.pop(KEY, None)
        st.session_state[_OF] = account_id
    if KEY not in st.session_state and (kept := _drafts.find(_whose(page), page.clock())) is not None:
        st.session_state[KEY] = kept


def keep_reason(page: Page, typed: str) -> None:
    """Keep what stands in the field, or that nothing does any more."""
    if typed:
        _drafts.keep(_whose(page), typed, page.clock())
    else:
        _drafts.drop(_whose(page))


def typed_reason() -> str:
    """What stands in the field."""
    return st.session_state.get(KEY) or ""


def drop_reason(page: Page) -> None:
    """It was booked with; called while the address still holds the booking's key."""
    _drafts.drop(_whose(page))
    for name in (KEY, _OF):
        st.session_state.pop(name, None)


def _whose(page: Page) -> tuple[int | None, str]:
    return page.principal.session_id, booking_address.booking_key(page.principal)
