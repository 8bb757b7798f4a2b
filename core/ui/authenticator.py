"""streamlit-authenticator on the clinic's own accounts: one account at a time, sessions in the database, no bare cookie.

The package keeps every user in a dictionary, tells unknown from known addresses by its speed, locks accounts for good
and writes a cookie that scripts can read and nobody can revoke. Its classes are kept, and those parts replaced.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController, CookieController
from streamlit_authenticator.models import AuthenticationModel, CookieModel

from core.bootstrap import App
from core.domain.errors import BadInput
from core.ui import visit
from core.ui.words import _


class ClinicAuthentication(AuthenticationModel):  # type: ignore[misc]  # the package has no types
    """Checks one address and password against the database, where delays and equal time are kept too."""

    def __init__(self, app: App) -> None:
        super().__init__(credentials={"usernames": {}}, auto_hash=False)
        self._app = app
        self.token = ""

    def check_credentials(self, username: str, password: str) -> bool:
        """Whether they belong together; raises SignInRefused where they don't, after the same time for all."""
        self.token = self._app.accounts.sign_in(username, password)
        self.credentials["usernames"] = {username: {"email": username, "name": username}}
        return True

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Counted in the database by sign_in, before the password is looked at."""


class SessionCookie(CookieModel):  # type: ignore[misc]  # the package has no types
    """A session row in place of a signed cookie; the browser gets its token by a ticket, in an HttpOnly cookie."""

    def __init__(self, app: App, authentication: ClinicAuthentication) -> None:
        # Not the parent's: it would draw a component that reads and writes cookies by script.
        self._app = app
        self._authentication = authentication

    def get_cookie(self) -> dict[str, Any] | None:
        """Nothing: who is signed in was read from the database before anything was drawn."""
        return None

    def set_cookie(self) -> None:
        """Begin the session in this visit; the next run hands the cookie over."""
        visit.begin_session(self._app, self._authentication.token)

    def delete_cookie(self) -> None:
        """Let go of the session in this visit."""
        visit.forget_session()


class ClinicAuthenticate(Authenticate):  # type: ignore[misc]  # the package has no types
    """The package's sign-in with the clinic's models behind it and a form that password managers understand."""

    def __init__(self, app: App) -> None:
        authentication = ClinicAuthentication(app)
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.authentication_controller = AuthenticationController.__new__(AuthenticationController)
        self.authentication_controller.authentication_model = authentication
        self.cookie_controller = CookieController.__new__(CookieController)
        self.cookie_controller.cookie_model = SessionCookie(app, authentication)

    def login(self, key: str = "sign_in", submit: Callable[[], str] = lambda: _("Sign in")) -> bool:
        """Draw the form; whether somebody signed in just now. Raises SignInRefused, BadInput."""
        with st.form(key, border=False):
            email = st.text_input(_("Email"), key=f"{key}_email", autocomplete="username", max_chars=200)
            password = st.text_input(
                _("Password"), key=f"{key}_password", type="password", autocomplete="current-password", max_chars=500
            )
            pressed = st.form_submit_button(submit(), type="primary", icon=":material/login:")
        if not pressed:
            return False
        if not email.strip() or not password:
            raise BadInput(_("Enter your email and your password."))
        # Straight to the model: the package's controller would strip spaces from the password.
        if not self.authentication_controller.authentication_model.login(email.strip(), password):
            return False
        self.cookie_controller.set_cookie()
        return True
