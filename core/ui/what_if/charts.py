"""Without and with the change, as two dots on one line: days by visit type, and utilisation by doctor."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from core.reports.export import Table
from core.reports.what_if_result import WhatIfResult
from core.ui.figures.colours import ChartColours
from core.ui.figures.numbers import number, percent, percentage, table_hours
from core.ui.figures.vega import Row, Spec, chart, layer, mute, told_apart
from core.ui.what_if.sentences import days, doctor_words, rounded
from core.ui.words import _

_ROW_HEIGHT = 54
_AXES_HEIGHT = 96
_NAME = 0.72
_LINE = 0.3
"""Where a row, of height 1, has its name and its dots."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of a chart: what it is about, the figure without (None where there was none) and with the change, in words."""

    name: str
    before: float | None
    after: float
    told: str


def waits_compared(result: WhatIfResult) -> list[Compared]:
    """Days to the third free time, by visit type."""
    return [
        Compared(
            wait.visit_type.name,
            wait.before.as_it_came,
            wait.after.as_it_came,
            _("{visit_type}: {before} without, {after} with the change").format(
                visit_type=wait.visit_type.name,
                before=days(wait.before.as_it_came),
                after=days(wait.after.as_it_came),
            ),
        )
        for wait in result.waits
    ]


def use_compared(result: WhatIfResult) -> list[Compared]:
    """Booked time in percent of bookable time, by doctor."""
    names = doctor_names(result)
    return [
        Compared(
            names[change.doctor.number],
            percentage(change.before.share),
            percentage(change.after.share) or 0,
            _("{doctor}: {before} without, {after} with the change").format(
                doctor=names[change.doctor.number],
                before=percent(change.before.share),
                after=percent(change.after.share),
            ),
        )
        for change in result.doctors
    ]


def doctor_names(result: WhatIfResult) -> dict[int, str]:
    """The doctors' names by number, told apart where two are the same."""
    return told_apart((change.doctor.number, doctor_words(change.doctor)) for change in result.doctors)


def waits_table(result: WhatIfResult) -> Table:
    """The numbers behind the days."""
    return Table(
        (
            _("Visit type"),
            _("Days without"),
            _("Days with"),
            _("Lowest with"),
            _("Highest with"),
            _("Sooner in replays"),
            _("Later in replays"),
            _("Days really"),
        ),
        tuple(
            (
                wait.visit_type.name,
                rounded(wait.before.as_it_came),
                rounded(wait.after.as_it_came),
                rounded(wait.after.low),
                rounded(wait.after.high),
                wait.sooner,
                wait.later,
                rounded(wait.real),
            )
            for wait in result.waits
        ),
    )


def use_table(result: WhatIfResult) -> Table:
    """The numbers behind the utilisation."""
    names = doctor_names(result)
    changes = [(names[change.doctor.number], change) for change in result.doctors]
    if result.all is not None:
        changes.append((_("All"), result.all))
    return Table(
        (
            _("Doctor"),
            _("Bookable without, h"),
            _("Bookable with, h"),
            _("Booked without, %"),
            _("Booked with, %"),
            _("Booked really, %"),
        ),
        tuple(
            (
                name,
                table_hours(change.before.bookable),
                table_hours(change.after.bookable),
                percentage(change.before.share),
                percentage(change.after.share),
                percentage(change.real.share),
            )
            for name, change in changes
        ),
    )


def drawn(title: str, compared: Sequence[Compared], unit: str, colours: ChartColours) -> Spec:
    """A row for each: its name, and a hollow and a full dot; `unit` stands behind the numbers of the axis."""
    count = len(compared)
    most = max(figure for row in compared for figure in (row.before or 0, row.after))
    rows: list[Row] = [
        {
            "name": row.name,
            "figures": _("{before} → {after}").format(
                before="" if row.before is None else number(row.before), after=number(row.after)
            ),
            "before": row.before,
            "after": row.after,
            "line": count - 1 - at + _LINE,
            "label": count - 1 - at + _NAME,
            "told": row.told,
        }
        for at, row in enumerate(compared)
    ]
    upwards = {"type": "quantitative", "scale": {"domain": [0, count], "nice": False}, "axis": None}
    line, label = {"field": "line", **upwards}, {"field": "label", **upwards}

    def across(field: str) -> Spec:
        axis = {"labelExpr": f"datum.label + '{unit}'", "format": "d", "tickCount": 5, "tickMinStep": 1}
        scale = {"domain": [0, max(1, ceil(most))], "nice": True}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}

    both = {"y": line, "x": across("before"), "x2": {"field": "after"}}
    return chart(
        title,
        _AXES_HEIGHT + _ROW_HEIGHT * count,
        colours,
        [
            layer(
                rows,
                [
                    mute("text", {"y": label, "x": {"value": 0}, "text": {"field": "name"}}, align="left"),
                    mute(
                        "text",
                        {"y": label, "x": {"value": "width"}, "text": {"field": "figures"}},
                        align="right",
                        fontWeight="bold",
                    ),
                    mute("rule", both, color=colours.line, strokeWidth=2),
                ],
            ),
            _dots(rows, "before", {"y": line, "x": across("before")}, colours),
            _dots(rows, "after", {"y": line, "x": across("after")}, colours),
        ],
    )


def _dots(rows: Sequence[Row], which: str, place: Spec, colours: ChartColours) -> Spec:
    """Hollow squares without the change, full circles with it; both tell the row when they are pointed at."""
    series = {"before": _("without"), "after": _("with the change")}

    def look(values: list[str]) -> Spec:
        return {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": list(series.values()), "range": values},
            "legend": {"orient": "top", "direction": "horizontal", "title": None, "symbolSize": 140},
        }

    looks = {
        "shape": look(["square", "circle"]),
        "fill": look([colours.page, colours.mark]),
        "stroke": look([colours.accent, colours.mark]),
    }
    return layer(
        [{**row, "series": series[which]} for row in rows if row[which] is not None],
        [
            {
                "mark": {"type": "point", "size": 140, "strokeWidth": 2.5, "opacity": 1},
                "encoding": {**place, **looks, "tooltip": {"field": "told"}, "description": {"field": "told"}},
            }
        ],
    )
