"""What a booking keeps in the page's address besides its answers: its key, the patient, and the appointment it became.

The key is random, made with the first chosen time and kept while answers change, so that one booking is made once,
whatever is lost on the way. It opens nothing: an appointment is shown to those who may see it.
"""

import re
import secrets
from collections.abc import Mapping

import streamlit as st

from core.domain.principal import Principal
from core.ui.address import number_in
from core.ui.booking.draft import BookingDraft, Question

_KEY, _PATIENT, _BOOKED = "key", "patient", "booked"
_KEPT = (_KEY, _PATIENT)
_MADE_HERE = "book_key"
TROUBLE = "book_trouble"
"""Where this visit keeps what befell the answers, until they change."""

_READABLE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def draft() -> BookingDraft:
    """The answers so far."""
    return BookingDraft.read(st.query_params)


def go_on(answers: BookingDraft) -> None:
    """A callback: go on with these answers, whatever befell the ones before."""
    st.session_state.pop(TROUBLE, None)
    kept = {name: st.query_params[name] for name in _KEPT if name in st.query_params}
    if answers.question is Question.CHECK and not _key():
        kept[_KEY] = _made_key()
    _go_to({**answers.address(), **kept})


def begin_anew() -> None:
    """A callback: forget all answers."""
    st.query_params.clear()
    st.session_state.pop(_MADE_HERE, None)


def new_key() -> None:
    """Tell this booking from all others; with no key yet, or where one under the old key was cancelled since."""
    st.query_params[_KEY] = _made_key()


def booking_key(principal: Principal) -> str:
    """The key of this booking by this account; whoever was sent a copy of the address books under another."""
    if not _key():
        new_key()
    return f"{_key()}.{principal.account_id}"


def came_back() -> bool:
    """Whether the key was made in an earlier visit to the page: somebody returns to a booking, perhaps after a lost answer."""
    return bool(_key()) and st.session_state.get(_MADE_HERE) != _key()


def patient() -> int | None:
    """The patient's number, if one was chosen."""
    return number_in(st.query_params.get(_PATIENT))


def set_patient(user_id: int | None) -> None:
    """Keep the choice of a patient, or forget it."""
    if user_id is None:
        st.query_params.pop(_PATIENT, None)
    else:
        st.query_params[_PATIENT] = str(user_id)


def booked() -> int | None:
    """The number of the appointment that the booking became."""
    return number_in(st.query_params.get(_BOOKED))


def set_booked(appointment_id: int) -> None:
    """The booking is done: its address is the appointment's from now on."""
    st.session_state.pop(_MADE_HERE, None)
    _go_to({_BOOKED: str(appointment_id)})


def _go_to(query: Mapping[str, str]) -> None:
    """Change the address at once: every change is a step of the browser's Back."""
    st.query_params.from_dict(query)


def _made_key() -> str:
    key = secrets.token_urlsafe(12)
    st.session_state[_MADE_HERE] = key
    return key


def _key() -> str:
    key = st.query_params.get(_KEY, "")
    return key if _READABLE.fullmatch(key) else ""
