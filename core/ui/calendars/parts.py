"""The parts of the page Calendars; which one is open stands in the address."""

from enum import StrEnum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.ui.words import _

_TABS = "calendars_part"


class Part(StrEnum):
    """A part of the page, as the address names it."""

    CALENDARS = "calendars"
    DOCTORS = "doctors"
    ADD = "add"


def part_title(part: Part) -> str:
    """What the part's tab says."""
    return {
        Part.CALENDARS: _("Calendars"),
        Part.DOCTORS: _("Who uses which"),
        Part.ADD: _("Add a calendar"),
    }[part]


def open_part(part: Part) -> None:
    """Turn the address to a part; for callbacks, after which the page runs anew."""
    st.query_params.from_dict({"part": part.value})


def part_tabs() -> tuple[Part, DeltaGenerator]:
    """Draw the tabs; the part that is open, and the place for its content."""
    titles = {part: part_title(part) for part in Part}
    asked = st.query_params.get("part", "")
    chosen = Part(asked) if asked in set(Part) else Part.CALENDARS
    st.session_state[_TABS] = titles[chosen]

    def turn() -> None:
        by_title = {title: part for part, title in titles.items()}
        open_part(by_title.get(st.session_state[_TABS], Part.CALENDARS))

    tabs = st.tabs(list(titles.values()), key=_TABS, on_change=turn)
    return chosen, tabs[list(titles).index(chosen)]
