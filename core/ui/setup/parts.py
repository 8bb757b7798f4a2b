"""The parts of the page Setup: which one is open stands in the address, so that links lead to each."""

from enum import StrEnum

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.ui.part_tabs import open_part, part_tabs
from core.ui.words import _


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


def link_to_part(key: str, part: Part, label: str, icon: str | None = None, **query: str) -> None:
    """A way to a part of Setup. A button, for st.page_link to the page that is open leaves the browser's address as it was."""
    st.button(label, key=key, icon=icon, type="tertiary", on_click=open_part, args=(part,), kwargs=query)


def setup_tabs() -> tuple[Part, DeltaGenerator]:
    """Draw the page's tabs; the part that is open, and the place for its content."""
    return part_tabs("setup_part", {part: part_title(part) for part in Part})
