"""Google Calendar's eleven event colours by name: a doctor's events bear one of them, always beside the initials."""

from typing import Literal

import streamlit as st

from core.ui.status import initials
from core.ui.words import _, plain

COLOUR_IDS = ("10", "5", "3", "7", "1", "2", "4", "6", "8", "9", "11")
"""First the four that everyone can tell apart."""

# The nearest of the colours that a badge can have; the name says which it is exactly.
_BADGES: dict[str, Literal["violet", "green", "red", "yellow", "orange", "blue", "gray"]] = {
    "1": "violet",
    "2": "green",
    "3": "violet",
    "4": "red",
    "5": "yellow",
    "6": "orange",
    "7": "blue",
    "8": "gray",
    "9": "blue",
    "10": "green",
    "11": "red",
}


def colour_name(colour_id: str) -> str:
    """The colour's name in Google Calendar, and what it looks like."""
    return {
        "1": _("Lavender (pale violet)"),
        "2": _("Sage (pale green)"),
        "3": _("Grape (purple)"),
        "4": _("Flamingo (pink)"),
        "5": _("Banana (yellow)"),
        "6": _("Tangerine (orange)"),
        "7": _("Peacock (light blue)"),
        "8": _("Graphite (grey)"),
        "9": _("Blueberry (dark blue)"),
        "10": _("Basil (dark green)"),
        "11": _("Tomato (red)"),
    }[colour_id]


def colour_badge(name: str, colour_id: str) -> None:
    """The doctor's initials on the colour, and its name."""
    st.badge(plain(initials(name)) or "?", color=_BADGES[colour_id])
    st.caption(colour_name(colour_id), width="content")
