"""The calendar grid: the one place that draws with streamlit-calendar, and that hears what was done in it.

The component keeps its last callback over runs that have nothing to do with it, and says the same twice where the same
is clicked twice. So it stands in a fragment, and the page's own runs are counted: a run of the fragment alone means that
the calendar has just spoken.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit_calendar import calendar

from core.ui.agenda.grid_intentions import Intention, read_intention
from core.ui.failures import showing_errors
from core.ui.scripts import run_script

_HEARD = "agenda_grid_heard"

_CALLBACKS = ["eventClick", "eventChange", "dateClick"]


@dataclass(frozen=True, slots=True)
class Grid:
    """What is drawn; another `key` begins the calendar anew."""

    events: list[dict[str, Any]]
    options: dict[str, Any]
    css: str
    key: str


@dataclass(slots=True)
class _Heard:
    """How many runs the page has had, the one in which the grid was last drawn, and what was last heard from it."""

    page_runs: int = 0
    drawn_in: int = 0
    last: dict[str, Any] = field(default_factory=dict)


def draw_grid(grid: Grid, act: Callable[[Intention], None]) -> None:
    """Draw the grid; what is done in it is handed to `act`, and then the page runs anew."""
    heard: _Heard = st.session_state.setdefault(_HEARD, _Heard())
    heard.page_runs += 1
    _frame(grid, act)
    run_script("let_go")


@st.fragment
def _frame(grid: Grid, act: Callable[[Intention], None]) -> None:
    with showing_errors():
        heard: _Heard = st.session_state.setdefault(_HEARD, _Heard())
        alone = heard.drawn_in == heard.page_runs
        heard.drawn_in = heard.page_runs
        sent = calendar(grid.events, grid.options, grid.css, _CALLBACKS, key=grid.key) or {}
        # A callback may also come with a run of the whole page, where both fell together.
        spoke = bool(sent) and (alone or sent != heard.last)
        if sent:
            heard.last = sent
        intention = read_intention(sent) if spoke else None
        if intention is not None:
            act(intention)
            st.rerun()
