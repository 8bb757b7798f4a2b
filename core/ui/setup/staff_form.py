"""What making an account needs, wherever a manager makes one."""

import streamlit as st

from core.domain.principal import Role
from core.scheduler.password_advice import LONGEST_PASSWORD, SHORTEST_PASSWORD
from core.ui.kept_form import KeptForm
from core.ui.words import _


def password_field(form: KeptForm, label: str) -> str:
    """A new password with advice; the browser is told that it isn't the one that it knows."""
    typed = st.text_input(
        label, key=form.field("password"), type="password", autocomplete="new-password", max_chars=LONGEST_PASSWORD
    )
    st.caption(
        _("{length} characters or more; a few unrelated words are easy to remember and hard to guess.").format(
            length=SHORTEST_PASSWORD
        )
    )
    form.under("password")
    return typed


def role_may(role: Role) -> str:
    """What the role is for, in a sentence."""
    return {
        Role.DOCTOR: _("Sees their own schedule and patients, and writes medical notes."),
        Role.RECEPTION: _("Books, moves and checks in for every doctor; no medical notes, no settings."),
        Role.MANAGER: _("Everything that reception does, and this page; no medical notes."),
    }[role]
