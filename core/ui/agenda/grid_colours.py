"""The grid's colours in light and dark: a doctor's bar and tint, and what FullCalendar draws around them.

The pages' own colours stand in .streamlit/config.toml; the calendar is a frame of its own, which does not see all of them.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit

_DARK = "dark"
_READABLE = 4.5
_LIGHT_ENOUGH = 0.5
_DARKER = 0.97


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme. `tint` is how much of a doctor's colour an event's fill takes, of 1."""

    page: str
    shade: str
    text: str
    quiet_text: str
    line: str
    faint_line: str
    primary: str
    now: str
    closed: str
    tint: float


LIGHT = Palette(
    page="#FBFAF7",
    shade="#EFF2EF",
    text="#1C2A2E",
    quiet_text="#4A5A5D",
    line="#A9B4B3",
    faint_line="#DDE2DF",
    primary="#0F5C63",
    now="#0F5C63",
    closed="#DDE2DF",
    tint=0.13,
)
DARK = Palette(
    page="#10191B",
    shade="#1A2628",
    text="#E6EDEB",
    quiet_text="#B4C2C0",
    line="#4A5C5E",
    faint_line="#243134",
    primary="#288380",
    now="#58C4BF",
    closed="#2B383B",
    tint=0.24,
)

# Google's event colours by id: (light, dark), each at least 3:1 against the page. The first four are those of the charts.
_DOCTORS = {
    "10": ("#17643C", "#1C7D4A"),  # Basil
    "5": ("#B08407", "#FBE4A2"),  # Banana
    "3": ("#803394", "#A92BCA"),  # Grape
    "7": ("#0399E3", "#AEE4FE"),  # Peacock
    "1": ("#5F6DB3", "#A4AEE8"),  # Lavender
    "2": ("#2A8757", "#6FD3A0"),  # Sage
    "4": ("#C4574D", "#F2A8A1"),  # Flamingo
    "6": ("#C8410F", "#FF8A65"),  # Tangerine
    "8": ("#616161", "#B0B0B0"),  # Graphite
    "9": ("#3F51B5", "#8C9BEA"),  # Blueberry
    "11": ("#B80000", "#FF7B73"),  # Tomato
}
_GRAPHITE = _DOCTORS["8"]


def palette(theme: str | None) -> Palette:
    """The palette of a theme, "light" or "dark"; light where it is not known."""
    return DARK if theme == _DARK else LIGHT


def bar_colour(colour_id: str, colours: Palette) -> str:
    """A doctor's own colour, for the bar at an event's side."""
    light, dark = _DOCTORS.get(colour_id, _GRAPHITE)
    return dark if colours is DARK else light


def fill_colour(colour_id: str, colours: Palette, strength: float = 1.0) -> str:
    """The page's colour with some of the doctor's in it, dark or light enough for text; `strength` of 1 is the usual."""
    share = colours.tint * strength
    mixed = (
        round(own * share + page * (1 - share))
        for own, page in zip(_parts(bar_colour(colour_id, colours)), _parts(colours.page), strict=True)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)


def pill_colour(colour_id: str, colours: Palette) -> str:
    """A doctor's colour under initials, which a list writes in black on what is light and in white on all else.

    Where white would be too faint it is darkened, for the same hue.
    """
    colour = bar_colour(colour_id, colours)
    while not writes_in_black(colour) and contrast(colour, "#FFFFFF") < _READABLE:
        colour = "#" + "".join(f"{round(part * _DARKER):02X}" for part in _parts(colour))
    return colour


def writes_in_black(colour: str) -> bool:
    """Whether Streamlit writes in black upon this colour."""
    return _luminance(colour) > _LIGHT_ENOUGH


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def grid_css(colours: Palette) -> str:
    """FullCalendar's look in these colours; the component takes no other way to set it."""
    return f"""
    --fc-page-bg-color: {colours.page};
    --fc-neutral-bg-color: {colours.shade};
    --fc-neutral-text-color: {colours.quiet_text};
    --fc-border-color: {colours.line};
    --fc-non-business-color: {colours.shade};
    --fc-today-bg-color: transparent;
    --fc-now-indicator-color: {colours.now};
    --fc-bg-event-color: {colours.closed};
    --fc-bg-event-opacity: 1;
    --fc-event-text-color: {colours.text};
    --fc-list-event-hover-bg-color: {colours.shade};
    --fc-highlight-color: {colours.faint_line};
    --fc-more-link-text-color: {colours.text};
    --fc-more-link-bg-color: {colours.shade};
    color: {colours.text};
    color-scheme: {"dark" if colours is DARK else "light"};
    {_font_face()}
    font-family: var(--font), "Source Sans", system-ui, sans-serif;
    font-size: 14px;
    .fc-scrollgrid, .fc-list {{ border-radius: 8px; overflow: hidden; }}
    .fc-col-header-cell-cushion, .fc-daygrid-day-number, .fc-list-day-cushion a {{
        color: {colours.text}; font-weight: 600; text-decoration: none; padding: 6px 4px;
    }}
    .fc-timegrid-slot {{ height: 24px; }}
    .fc-timegrid-slot-minor {{ border-top: 0; }}
    .fc-timegrid-slot-label-cushion {{ color: {colours.quiet_text}; font-size: 13px; }}
    .fc-day-today .fc-col-header-cell-cushion, .fc-day-today .fc-daygrid-day-number {{
        background: {colours.primary}; color: #FFFFFF; border-radius: 8px; padding: 4px 8px; margin: 2px;
        display: inline-block;
    }}
    .fc-timegrid-now-indicator-line {{ border-width: 2px 0 0; z-index: 4; }}
    .fc-event {{ border-width: 0 0 0 4px; border-radius: 4px; box-shadow: none; cursor: pointer; }}
    .fc-v-event, .fc-h-event {{ border-width: 0 0 0 4px; }}
    .fc-timegrid-event {{ box-shadow: 0 0 0 1px {colours.page}; }}
    .fc-event:focus, .fc-event:focus-visible {{ outline: 2px solid {colours.text}; outline-offset: 1px; }}
    .fc-event:focus::after, .fc-event-selected::after {{ background: none; }}
    .fc-timegrid-event .fc-event-main {{ padding: 1px 3px 0; font-size: 13px; line-height: 15px; overflow: hidden; }}
    .fc-timegrid-event .fc-event-main-frame {{ display: block; }}
    .fc-timegrid-event .fc-event-time, .fc-timegrid-event .fc-event-title-container,
    .fc-timegrid-event .fc-event-title {{
        display: inline; position: static; font-size: inherit; white-space: normal;
    }}
    .fc-timegrid-event .fc-event-time::after {{ content: " "; }}
    .fc-timegrid-event-short .fc-event-main-frame {{ display: flex; gap: 4px; line-height: 20px; overflow: hidden; }}
    .fc-timegrid-event-short .fc-event-time {{ flex-shrink: 0; }}
    .fc-timegrid-event-short .fc-event-title-container {{ display: block; flex: 1 1 0; min-width: 0; }}
    .fc-timegrid-event-short .fc-event-title {{
        display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
    }}
    .fc-timegrid-event-short .fc-event-time::after {{ content: ""; }}
    .fc-event-time {{ font-weight: 600; }}
    .fc-daygrid-event .fc-event-time {{ flex-shrink: 0; overflow: visible; }}
    .fc-daygrid-event {{ padding: 1px 2px; font-size: 13px; white-space: nowrap; }}
    .fc-daygrid-more-link {{ color: {colours.text}; padding: 2px 4px; }}
    .fc-popover {{ background: {colours.page}; border-color: {colours.line}; }}
    .gone .fc-event-title, .gone .fc-list-event-title {{ text-decoration: line-through; }}
    .waiting-for-answer {{ outline: 2px dashed {colours.text}; outline-offset: -2px; }}
    .opened {{ outline: 2px solid {colours.text}; outline-offset: 0; }}
    .quiet, .quiet .fc-event-main, .quiet .fc-event-title {{ color: {colours.quiet_text}; }}
    .fc-bg-event.closed {{
        background-image: repeating-linear-gradient(135deg, transparent 0 8px, {colours.page} 8px 9px);
    }}
    .fc-bg-event .fc-event-title {{ color: {colours.text}; font-style: normal; font-size: 13px; margin: 4px 6px; }}
    .fc-list-event td {{ padding: 10px 12px; color: {colours.text}; }}
    .fc-list-event:hover td {{ background: {colours.shade}; }}
    .fc-list-event-dot {{ border-width: 7px; border-radius: 3px; }}
    .fc-list-event.quiet td {{ color: {colours.quiet_text}; }}
    .fc-list-event:focus-within td {{ background: {colours.shade}; }}
    .fc-list-empty {{ background: {colours.page}; color: {colours.text}; }}
    .fc-list-day-side-text {{ display: none; }}
    .fc-daygrid-day.fc-day-other {{ background: {colours.shade}; }}
    """


@cache
def _font_face() -> str:
    """The pages' font for the grid's frame, which has none of its own: the file that Streamlit serves beside it."""
    media = Path(streamlit.__file__).with_name("static") / "static" / "media"
    found = next(media.glob("SourceSansVF-Upright*.woff2"), None)
    if found is None:
        return ""
    return (
        f'@font-face {{ font-family: "Source Sans"; src: url("../../static/media/{found.name}") format("woff2"); '
        "font-weight: 200 900; font-display: swap; }"
    )


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
