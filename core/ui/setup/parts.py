"""The parts of the page Setup: which one is open stands in the address, so that links lead to each."""

from enum import StrEnum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.ui.words import _

_TABS = "setup_part"


class Part(StrEnum):
    """A part of the page, as the address names it."""

    CLINIC = "clinic"
    DOCTORS = "doctors"
    STAFF = "staff"
    VISIT_TYPES = "visits"
    HOURS = "hours"
    CLOSURES = "closures"


def part_title(part: Part) -> str:
    """What the part's tab says."""
    return {
        Part.CLINIC: _("Clinic"),
        Part.DOCTORS: _("Doctors"),
        Part.STAFF: _("Staff"),
        Part.VISIT_TYPES: _("Visit types"),
        Part.HOURS: _("Weekly hours"),
        Part.CLOSURES: _("Closures"),
    }[part]


def asked_part() -> Part:
    """The part that the address asks for, or the first."""
    asked = st.query_params.get("part", "")
    return Part(asked) if asked in set(Part) else Part.CLINIC


def open_part(part: Part, **query: str) -> None:
    """Turn the address to a part; for callbacks, after which the page runs anew."""
    st.query_params.from_dict({"part": part.value, **query})


def link_to_part(key: str, part: Part, label: str, icon: str | None = None, **query: str) -> None:
    """A way to a part of Setup. A button, for st.page_link to the page that is open leaves the browser's address as it was."""
    st.button(label, key=key, icon=icon, type="tertiary", on_click=open_part, args=(part,), kwargs=query)


def part_tabs() -> tuple[Part, DeltaGenerator]:
    """Draw the tabs; the part that is open, and the place for its content."""
    titles = {part: part_title(part) for part in Part}
    chosen = asked_part()
    st.session_state[_TABS] = titles[chosen]

    def turn() -> None:
        by_title = {title: part for part, title in titles.items()}
        open_part(by_title.get(st.session_state[_TABS], Part.CLINIC))

    tabs = st.tabs(list(titles.values()), key=_TABS, on_change=turn)
    return chosen, tabs[list(titles).index(chosen)]
