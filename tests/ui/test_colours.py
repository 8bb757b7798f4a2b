"""The badge of a doctor's initials: the colour is that of charts and grids, and the letters can be read on it."""

import re

import pytest

from core.ui.agenda.grid_colours import contrast
from core.ui.colours import COLOUR_IDS, badge


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour_id", COLOUR_IDS)
def test_initials_can_be_read_on_every_doctors_colour(colour_id: str, theme: str) -> None:
    told = badge("Dr. Sarah Johnson", colour_id, theme)
    fill, ink = re.findall(r"#[0-9A-F]{6}", told)
    assert contrast(fill, ink) >= 4.5
    assert ">SJ<" in told


def test_a_name_without_letters_has_a_badge_all_the_same() -> None:
    assert ">?<" in badge("<7>", "10", "light")
