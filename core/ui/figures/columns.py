"""Marks over columns, such as hours: each column as a whole shows what is told and can be clicked."""

from collections.abc import Mapping

from core.ui.figures.colours import ChartColours
from core.ui.figures.vega import Rows, Spec, chart, layer, touchable, words_for

HEIGHT = 290


def columns_of(title: str, labels: Mapping[str, str], rows: Rows, marks: Spec, colours: ChartColours) -> Spec:
    """The columns of these labels, with marks in them; rows hold x, and y's axis begins with 0."""
    x = {
        "field": "x",
        "type": "ordinal",
        "scale": {"type": "band", "domain": list(labels)},
        "axis": {"labelExpr": words_for(labels), "labelAngle": 0},
    }
    frame = {
        "data": {"values": [{"x": name} for name in labels]},
        "mark": {"type": "rule", "opacity": 0, "aria": False},
        "encoding": {"x": x},
    }
    return chart(title, HEIGHT, colours, [frame, marks, layer(rows, [touchable({"x": x}, colours)])])
