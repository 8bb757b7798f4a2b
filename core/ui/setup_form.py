"""What is wrong with a form: kept over the run that found it, so that it can stand under the fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from core.domain.errors import BadInput
from core.scheduler.store import AccountExists
from core.ui.failures import showing_errors
from core.ui.sign_in import field_problem
from core.ui.words import _, sentence_of

WIDTH = 720
"""Of forms, in pixels: wider fields are hard to read; a phone takes what it has."""


@dataclass(frozen=True, slots=True)
class FormProblems:
    """The problems that the last press of a form's button found, by field."""

    key: str
    problems: dict[str, str]

    @classmethod
    def of(cls, key: str) -> "FormProblems":
        """Those of the form with this key, once."""
        return cls(key, st.session_state.pop(_place(key), {}))

    def under(self, field: str) -> None:
        """Show the problem of a field, if any; called right after the field."""
        field_problem(field, {name: _(problem) for name, problem in self.problems.items()})

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep what is refused inside and run the page again, to show it under the fields; other errors are shown here.

        The fields need keys, so that what was typed into them stays.
        """
        with showing_errors():
            try:
                yield
            except BadInput as error:
                self._keep(error.problems)
            except AccountExists as error:
                self._keep({"email": sentence_of(error)})

    def _keep(self, problems: dict[str, str]) -> None:
        st.session_state[_place(self.key)] = problems
        st.rerun()


def _place(key: str) -> str:
    return f"{key}_problems"


def forget_form(key: str) -> None:
    """Let go of what was typed into a form that has done its work; for callbacks and before a rerun."""
    for name in [name for name in st.session_state if str(name).startswith(f"{key}_")]:
        del st.session_state[name]
