"""Google Calendar's eleven event colours by name: a doctor's events bear one of them, always beside the initials."""

from html import escape

import streamlit as st

from core.ui.agenda.grid_colours import bar_colour, palette
from core.ui.figures.colours import ink_on
from core.ui.status import initials
from core.ui.words import _

COLOUR_IDS = ("10", "5", "3", "7", "1", "2", "4", "6", "8", "9", "11")
"""First the four that everyone can tell apart."""

_PILL = "display: block; min-width: 2.2em; padding: 1px 8px; border-radius: 8px; text-align: center; font-size: 14px;"


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
    """The doctor's initials on the very colour that charts and grids show, and the colour's name."""
    st.html(badge(name, colour_id, st.context.theme.type), width="content")
    st.caption(colour_name(colour_id), width="content")


def badge(name: str, colour_id: str, theme: str | None) -> str:
    """The initials on the colour, as HTML."""
    fill = bar_colour(colour_id, palette(theme))
    style = f"{_PILL} background: {fill}; color: {ink_on(fill)};"
    return f'<span style="{style}">{escape(initials(name)) or "?"}</span>'
