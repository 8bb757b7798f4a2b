"""The parts of the page Calendars; which one is open stands in the address."""

from enum import StrEnum

from streamlit.delta_generator import DeltaGenerator

from core.ui.part_tabs import part_tabs
from core.ui.words import _


class Part(StrEnum):
    """A part of the page, as the address names it."""

    CALENDARS = "calendars"
    DOCTORS = "doctors"
    STEP = "step"
    ADD = "add"


def part_title(part: Part) -> str:
    """What the part's tab says."""
    return {
        Part.CALENDARS: _("Calendars"),
        Part.DOCTORS: _("Who uses which"),
        Part.STEP: _("In step?"),
        Part.ADD: _("Add a calendar"),
    }[part]


def calendar_tabs() -> tuple[Part, DeltaGenerator]:
    """Draw the page's tabs; the part that is open, and the place for its content."""
    return part_tabs("calendars_part", {part: part_title(part) for part in Part})
