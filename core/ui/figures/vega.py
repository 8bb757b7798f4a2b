"""What the charts have in common, in Vega-Lite: a frame, a heat map, columns, and marks that can be clicked.

Plain dictionaries, with the data inside them: objects of a charting library and data frames cost several times the CPU.
Every row of data bears its `mark` (what a click on it asks for) and `told` (the same in words, for hovering and reading).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.ui.figures.colours import ChartColours, ink_on

Spec = dict[str, Any]
Row = dict[str, Any]
Rows = Sequence[Row]

SELECTION = "clicked"
CHOSEN = "chosen"
_LABEL_SIZE = 12
_CELL_HEIGHT = 30
_AXIS_HEIGHT = 76


def chart(title: str, height: int, colours: ChartColours, layers: Sequence[Spec]) -> Spec:
    """A chart that says on its first line what its numbers are."""
    return {
        "title": {
            "text": title,
            "fontSize": 13,
            "fontWeight": "normal",
            "color": colours.quiet_text,
            "offset": 10,
            "frame": "bounds",
        },
        "height": height,
        "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
        "layer": list(layers),
        "config": {
            "axis": {
                "labelFontSize": _LABEL_SIZE,
                "labelColor": colours.text,
                "labelPadding": 6,
                "labelOverlap": False,
                "gridColor": colours.faint_line,
                "title": None,
            },
            "legend": {"labelFontSize": _LABEL_SIZE, "labelColor": colours.text, "labelPadding": 4, "padding": 0},
            "text": {"fontSize": _LABEL_SIZE, "color": colours.text},
            "scale": {"bandPaddingInner": 0.06, "bandPaddingOuter": 0},
        },
    }


def layer(rows: Rows, layers: Sequence[Spec]) -> Spec:
    """Layers over the same rows."""
    return {"data": {"values": list(rows)}, "layer": list(layers)}


def mute(kind: str, encoding: Spec, **look: Any) -> Spec:
    """Marks that are only seen: what is read and clicked lies over them."""
    return {"mark": {"type": kind, "aria": False, "tooltip": None, **look}, "encoding": encoding}


def touchable(encoding: Spec, colours: ChartColours, *, border: str = "transparent", can_click: bool = True) -> Spec:
    """Clear rectangles over the marks, that show what is told and say what was clicked; the chosen one is framed."""
    found: Spec = {
        "mark": {"type": "rect", "fill": "transparent", "cursor": "pointer" if can_click else "default"},
        "encoding": {
            **encoding,
            "tooltip": {"field": "told"},
            "description": {"field": "told"},
            "stroke": {"condition": {"test": f"datum.mark === {CHOSEN}", "value": colours.text}, "value": border},
            "strokeWidth": {"condition": {"test": f"datum.mark === {CHOSEN}", "value": 3}, "value": 1},
        },
    }
    if can_click:
        select = {"type": "point", "fields": ["mark"], "toggle": False, "on": "click"}
        found["params"] = [{"name": SELECTION, "select": select}]
    return found


def heat_map(title: str, rows: Rows, columns: Sequence[str], lines: Sequence[str], colours: ChartColours) -> Spec:
    """Cells by column and line, each with its number on it; rows hold x, y, fill and label too."""
    place = {
        "x": {
            "field": "x",
            "type": "ordinal",
            "scale": {"domain": list(columns)},
            "axis": {
                "orient": "top",
                "labelAngle": 0,
                "labelExpr": "split(datum.label, ' ')",  # a word a line, for phones
                "labelPadding": 6 + (_LABEL_SIZE + 2) * max((name.count(" ") for name in columns), default=0),
            },
        },
        "y": {"field": "y", "type": "ordinal", "scale": {"domain": list(lines)}, "axis": {"labelLimit": 130}},
    }
    inked = [{**row, "ink": ink_on(row["fill"])} for row in rows]
    return chart(
        title,
        _AXIS_HEIGHT + _CELL_HEIGHT * len(lines),
        colours,
        [
            layer(
                inked,
                [
                    mute("rect", {**place, "fill": {"field": "fill", "type": "nominal", "scale": None}}),
                    mute(
                        "text",
                        {
                            **place,
                            "text": {"field": "label"},
                            "color": {"field": "ink", "type": "nominal", "scale": None},
                        },
                    ),
                    touchable(place, colours, border=colours.line),
                ],
            )
        ],
    )


def words_for(values: Mapping[Any, str]) -> str:
    """An axis' labels by value, as Vega's expression; a label of several lines holds line breaks."""
    return f"split(({json.dumps({str(value): text for value, text in values.items()})})[datum.value], '\\n')"


def told_apart(names: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Names by number, with the number where two of them are the same, as a chart would put these into one."""
    named = dict(names)
    seen = list(named.values())
    return {number: name if seen.count(name) == 1 else f"{name} ({number})" for number, name in named.items()}
