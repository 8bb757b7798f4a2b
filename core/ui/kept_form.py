"""A form's fields: emptied once it has done its work, and until then with what is wrong under each."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.domain.errors import BadInput
from core.scheduler.store import AccountExists
from core.ui.failures import showing_errors
from core.ui.kept_fields import is_typed, kept_field, let_go
from core.ui.sign_in import field_problem
from core.ui.words import _, sentence_of

WIDTH = 720
"""Of forms, in pixels: wider fields are hard to read; a phone takes what it has."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """One use of a form: the key from which those of its fields are made, and what its last press found, by field."""

    form: str
    key: str
    problems: dict[str, str]

    @classmethod
    def of(cls, form: str) -> "KeptForm":
        """The form of this name as it stands now; its problems are shown once."""
        turn = st.session_state.get(_turn(form), 0)
        return cls(form, f"{form}_{turn}" if turn else form, st.session_state.pop(_place(form), {}))

    def field(self, name: str) -> str:
        """The key of a field's widget."""
        return f"{self.key}_{name}"

    def kept(self, name: str, stored: Any, among: Collection[Any] | None = None) -> str:
        """The key of a field that keeps what was typed over a look elsewhere; outside st.form, drawn without a value."""
        return kept_field(self.field(name), stored, among)

    @property
    def changed(self) -> bool:
        """Whether a field that keeps what was typed differs from what is stored."""
        return is_typed(f"{self.key}_")

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

    def done(self) -> None:
        """Let go of what was typed: the next run draws new fields, for a browser keeps what stands in the old ones."""
        for name in [name for name in st.session_state if str(name).startswith(f"{self.key}_")]:
            del st.session_state[name]
        let_go(f"{self.key}_")
        st.session_state[_turn(self.form)] = st.session_state.get(_turn(self.form), 0) + 1

    def _keep(self, problems: dict[str, str]) -> None:
        st.session_state[_place(self.form)] = problems
        st.rerun()


def _place(form: str) -> str:
    return f"problems_of_{form}"


def _turn(form: str) -> str:
    return f"turn_of_{form}"
