"""Changing one's own password; afterwards every sign-in of the account has ended, the one of this visit too."""

import streamlit as st

from core.domain.errors import BadInput
from core.domain.principal import SignInNeeded
from core.scheduler.password_advice import LONGEST_PASSWORD, SHORTEST_PASSWORD
from core.ui import shell
from core.ui.cookies import forget_everything
from core.ui.shell import Page
from core.ui.sign_in import field_problem
from core.ui.words import _

FORM_WIDTH = 480

_CURRENT, _NEW, _PROBLEMS = "password_current", "password_new", "password_problems"


def password_form(page: Page) -> None:
    """The form with what is wrong under each field; what was typed stays until it is right."""
    problems: dict[str, str] = st.session_state.get(_PROBLEMS, {})
    with st.form("password_form", border=False, width=FORM_WIDTH):
        st.text_input(
            _("Current password"),
            key=_CURRENT,
            type="password",
            autocomplete="current-password",
            max_chars=LONGEST_PASSWORD,
        )
        field_problem("current", problems)
        st.text_input(
            _("New password"),
            key=_NEW,
            type="password",
            autocomplete="new-password",
            max_chars=LONGEST_PASSWORD,
        )
        field_problem("password", problems)
        st.caption(
            _(
                "{length} characters or more; a few unrelated words are easy to remember and hard to guess. "
                "Afterwards you sign in anew, here and on your other devices."
            ).format(length=SHORTEST_PASSWORD)
        )
        st.form_submit_button(
            _("Change password"), key="password_change", type="primary", on_click=_change, args=(page,)
        )


def _change(page: Page) -> None:
    """A callback, so that nothing of the account is drawn once its sessions have ended."""
    with shell.showing_errors():
        try:
            page.app.accounts.change_password(
                page.principal, st.session_state.get(_CURRENT, ""), st.session_state.get(_NEW, "")
            )
        except BadInput as error:
            st.session_state[_PROBLEMS] = error.problems
            return
        except SignInNeeded:  # the run that follows has the sign-in in place of the page, and says why
            return
        forget_everything(page.app)
        shell.tell(_("Your password is changed. Sign in with the new one."))
