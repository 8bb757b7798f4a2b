import re
from pathlib import Path

import pytest
import streamlit

from core.ui.agenda.grid_colours import (
    DARK,
    LIGHT,
    Palette,
    bar_colour,
    contrast,
    fill_colour,
    grid_css,
    palette,
    pill_colour,
    writes_in_black,
)

IDS = [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour_id", IDS)
def test_every_doctors_colour_can_be_seen_and_read_upon(colour_id: str, colours: Palette) -> None:
    assert contrast(bar_colour(colour_id, colours), colours.page) >= 3
    assert contrast(colours.text, fill_colour(colour_id, colours)) >= 4.5
    assert contrast(colours.quiet_text, fill_colour(colour_id, colours, 0.55)) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_initials_can_be_read_upon_every_doctors_colour(colours: Palette) -> None:
    pills = {colour_id: pill_colour(colour_id, colours) for colour_id in IDS}
    for pill in pills.values():
        assert contrast("#000000" if writes_in_black(pill) else "#FFFFFF", pill) >= 4.5
    assert len(set(pills.values())) == len(IDS)
    assert pills["10"] == bar_colour("10", colours)  # readable as it is


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_surrounds_the_events_can_be_read(colours: Palette) -> None:
    for behind in (colours.page, colours.shade, colours.closed):
        assert contrast(colours.text, behind) >= 4.5
    assert contrast(colours.quiet_text, colours.page) >= 4.5
    assert contrast(colours.now, colours.page) >= 3
    assert contrast("#FFFFFF", colours.primary) >= 4.5
    assert colours.page in grid_css(colours)


def test_the_grid_is_written_in_the_font_of_the_pages_from_this_server() -> None:
    (address,) = re.findall(r'@font-face {[^}]*url\("\.\./\.\./([^"]+)"\)', grid_css(LIGHT))
    assert (Path(streamlit.__file__).with_name("static") / address).is_file()


def test_an_unknown_colour_is_grey_and_an_unknown_theme_light() -> None:
    assert bar_colour("99", LIGHT) == bar_colour("8", LIGHT)
    assert (palette(None), palette("light"), palette("dark")) == (LIGHT, LIGHT, DARK)


def test_black_and_white_are_as_far_apart_as_it_gets() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
