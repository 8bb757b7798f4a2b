"""The parts of the page Clinic for those who see all of its figures."""

from enum import StrEnum

from streamlit.delta_generator import DeltaGenerator

from core.ui.part_tabs import part_tabs
from core.ui.words import _


class Part(StrEnum):
    """A part of the page, as the address names it."""

    FIGURES = "figures"
    WHAT_IF = "what-if"


def clinic_tabs() -> tuple[Part, DeltaGenerator]:
    """Draw the page's tabs; the part that is open, and the place for its content."""
    return part_tabs("clinic_part", {Part.FIGURES: _("Figures"), Part.WHAT_IF: _("What if")})
