"""The charts' colours in light and dark: each mark stands out from the page, each number from what it stands on."""

from dataclasses import dataclass
from functools import lru_cache

from core.ui.agenda.grid_colours import contrast

_DARK = "dark"
_INKS = ("#FFFFFF", "#000000")


@dataclass(frozen=True, slots=True)
class ChartColours:
    """Colours of one theme. `least` and `most` are the ends of what is shaded by a share, `few` is too little to say."""

    page: str
    text: str
    quiet_text: str
    line: str
    faint_line: str
    mark: str
    accent: str
    least: str
    most: str
    few: str
    parts: dict[str, str]


LIGHT = ChartColours(
    page="#FBFAF7",
    text="#1C2A2E",
    quiet_text="#4A5A5D",
    line="#7A8A8C",
    faint_line="#DDE2DF",
    mark="#0F5C63",
    accent="#B5520B",
    least="#EAF1EE",
    most="#0F5C63",
    few="#D3D7D5",
    parts={
        "seen": "#0F5C63",
        "no_show": "#B5520B",
        "no_outcome": "#803394",
        "other": "#5F6DB3",
        "buffer": "#7A8A8C",
        "blocked": "#3E4B4E",
        "unused": "#E6EBE8",
    },
)
DARK = ChartColours(
    page="#10191B",
    text="#E6EDEB",
    quiet_text="#B4C2C0",
    line="#66797B",
    faint_line="#2B383B",
    mark="#58C4BF",
    accent="#FF9D5C",
    least="#16282B",
    most="#58C4BF",
    few="#3A4446",
    parts={
        "seen": "#58C4BF",
        "no_show": "#FF9D5C",
        "no_outcome": "#D58BE8",
        "other": "#98A6E8",
        "buffer": "#7F9193",
        "blocked": "#C3CFCD",
        "unused": "#1D2A2D",
    },
)


def chart_colours(theme: str | None) -> ChartColours:
    """The colours of a theme, "light" or "dark"; light where it is not known."""
    return DARK if theme == _DARK else LIGHT


def shade(share: float, colours: ChartColours) -> str:
    """The colour of a share of 1 between `least` and `most`; what is more than 1 is shaded as 1."""
    strength = min(max(share, 0.0), 1.0)
    mixed = (
        round(least + (most - least) * strength)
        for least, most in zip(_parts(colours.least), _parts(colours.most), strict=True)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)


@lru_cache(maxsize=1024)
def ink_on(fill: str) -> str:
    """White or black, whichever is easier to read on the colour: always at least 4.5 to 1."""
    return max(_INKS, key=lambda ink: contrast(ink, fill))


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
