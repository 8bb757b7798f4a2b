"""Whose schedule is looked at: a doctor's own, or for reception and managers one of all, kept in the address."""

from dataclasses import dataclass

import streamlit as st

from core.domain.principal import Capability, Scope
from core.scheduler.clinic import Doctor
from core.ui.shell import Page
from core.ui.words import _


@dataclass(frozen=True, slots=True)
class Whose:
    """The doctors in view; `doctor_id` is None for all of them. `choices` are those who may be brought into view."""

    doctor_id: int | None
    doctors: tuple[Doctor, ...]
    choices: tuple[Doctor, ...]

    @property
    def everyone(self) -> bool:
        """Whether all doctors are in view."""
        return self.doctor_id is None


def choose_doctor(page: Page, key: str, forget: tuple[str, ...] = ()) -> Whose | None:
    """The doctor in view, chosen with a filter where the role may see them all; None where there is nobody to see.

    A doctor's account without a doctor's record, and a clinic without doctors, get a sentence that says what to do.
    Another choice drops the query parameters `forget`, which belong to the doctors in view until then.
    """
    doctors = tuple(page.doctors)
    if page.principal.scope(Capability.SEE_SCHEDULE) is Scope.OWN:
        own = tuple(doctor for doctor in doctors if doctor.doctor_id == page.principal.doctor_id)
        if not own:
            st.info(_("Your account is not linked to a doctor yet. A manager can do that on the page Setup."))
            return None
        return Whose(own[0].doctor_id, own, own)
    if not doctors:
        st.info(_("There are no doctors yet. A manager can add them on the page Setup."))
        return None
    names = {0: _("All doctors"), **{doctor.doctor_id: doctor.name for doctor in doctors}}
    # Kept in the address, which anyone may have typed: what is not a doctor's number counts as "all".
    asked = st.query_params.get("doctor", "")
    known = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in names else 0
    st.session_state.setdefault(key, known)

    def keep() -> None:
        for name in forget:
            st.query_params.pop(name, None)
        chosen = st.session_state[key]
        if chosen:
            st.query_params["doctor"] = str(chosen)
        else:
            st.query_params.pop("doctor", None)

    chosen = st.selectbox(_("Doctor"), list(names), format_func=names.__getitem__, key=key, on_change=keep)
    shown = doctors if not chosen else tuple(doctor for doctor in doctors if doctor.doctor_id == chosen)
    return Whose(chosen or None, shown, doctors)
