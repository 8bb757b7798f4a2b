"""Chart 3: what became of each doctor's bookable time on the past days of the period."""

from collections.abc import Iterator, Mapping

from core.domain.words import N_
from core.reports.export import Table
from core.reports.report import Chart, Mark, Named, Period, TimeUse, UseOfTime
from core.ui.figures.colours import ChartColours, ink_on
from core.ui.figures.marks import PARTS_WITH_VISITS, mark_text
from core.ui.figures.numbers import before_words, hours, percent, percentage, share_of, table_hours
from core.ui.figures.panel import Panel
from core.ui.figures.vega import Row, Rows, Spec, chart, layer, mute, told_apart, touchable
from core.ui.times import full_date
from core.ui.words import _

_PARTS = {
    "seen": N_("Seen"),
    "no_show": N_("No-show"),
    "no_outcome": N_("No outcome yet"),
    "other": N_("Other visit types"),
    "buffer": N_("Buffer"),
    "blocked": N_("Blocked"),
    "unused": N_("Unused"),
}
PARTS = tuple(_PARTS)
_ROW_HEIGHT = 64
_AXES_HEIGHT = 128
_BAR, _NAME = (0.08, 0.6), 0.82
"""Where a doctor's strip, of height 1, has its bar and its name."""
_LEAST_LABELLED = 0.07


def use_of_time(found: UseOfTime, period: Period, colours: ChartColours) -> Panel:
    """The chart with its sentence, table and marks."""
    names = told_apart((doctor.number, doctor.name) for doctor, _use in found.doctors)
    with_time = [(doctor, use) for doctor, use in found.doctors if _whole(use)]
    bars = [bar for strip, (doctor, use) in enumerate(with_time) for bar in _bars(strip, doctor, names, use, colours)]
    return Panel(
        name="use",
        sentence=sentence(found),
        caption=_caption(found, period),
        spec=_drawn(with_time, names, bars, colours) if bars and found.all.bookable else None,
        table=_table(found, names),
        marks={bar["mark"]: bar["told"] for bar in bars if bar["mark"]},
    )


def part_words(part: str) -> str:
    """A part of the time in words."""
    return _(_PARTS[part])


def sentence(found: UseOfTime) -> str:
    """Such as "Of 118 h, 71 % seen, 6 % lost to no-shows."."""
    if found.until is None:
        return _("No day of this period is past yet.")
    if not found.all.bookable:
        return _("No time could be booked in this period.")
    return _("Of {hours} h, {seen} seen, {lost} lost to no-shows.").format(
        hours=hours(found.all.bookable),
        seen=percent(found.all.seen / found.all.bookable),
        lost=percent(found.all.no_show / found.all.bookable),
    )


def _caption(found: UseOfTime, period: Period) -> str:
    if found.until is None or not found.all.bookable:
        return _("This counts bookable time of past days: opening hours less closures.")
    before = found.before
    told = _("nothing to compare with")
    if before.bookable:
        told = _("{seen} seen, {lost} lost").format(
            seen=percent(before.seen / before.bookable), lost=percent(before.no_show / before.bookable)
        )
    said = [
        _("Bookable time until {day}: opening hours less closures.").format(day=full_date(found.until)),
        before_words(period, told),
        _("The black and white line is the ceiling: more can't be seen, for buffers take the rest."),
    ]
    if found.all.outside:
        said.append(_("Another {hours} h were seen outside bookable time.").format(hours=hours(found.all.outside)))
    return " ".join(said)


def parts_of(use: TimeUse) -> dict[str, int]:
    """The minutes of each part, in the order in which they are drawn."""
    return {part: getattr(use, part) for part in PARTS}


def _whole(use: TimeUse) -> int:
    """What the bar is 100 % of: more than the bookable time where more was done."""
    return max(use.bookable, sum(parts_of(use).values()))


def _bars(strip: int, doctor: Named, names: Mapping[int, str], use: TimeUse, colours: ChartColours) -> Iterator[Row]:
    """The parts of a doctor's bar from left to right, in percent."""
    begins, whole = 0.0, _whole(use)
    for part, minutes in parts_of(use).items():
        share = minutes / whole
        if minutes:
            told = _("{doctor}: {part}, {hours} h ({share})").format(
                doctor=names[doctor.number], part=part_words(part), hours=hours(minutes), share=percent(share)
            )
            yield {
                "strip": strip,
                "part": part_words(part),
                "begins": 100 * begins,
                "ends": 100 * (begins + share),
                "label": str(round(100 * share)) if share >= _LEAST_LABELLED else "",
                "ink": ink_on(colours.parts[part]),
                "mark": _mark(part, doctor),
                "told": told,
            }
        begins += share


def _mark(part: str, doctor: Named) -> str:
    return mark_text(Mark(Chart.USE, doctor_id=doctor.number, part=part)) if part in PARTS_WITH_VISITS else ""


def _drawn(doctors: list[tuple[Named, TimeUse]], names: Mapping[int, str], bars: Rows, colours: ChartColours) -> Spec:
    """A strip for each doctor: the name, the bar, and the ceiling across it."""
    count = len(doctors)

    def up(strip: int, height: float) -> float:
        return count - 1 - strip + height

    bars = [{**bar, "y": up(bar["strip"], _BAR[0]), "y2": up(bar["strip"], _BAR[1])} for bar in bars]
    bars = [{**bar, "middle": (bar["begins"] + bar["ends"]) / 2} for bar in bars]
    strips = [
        {
            "name": names[doctor.number],
            "bookable": _("{hours} h").format(hours=hours(use.bookable)),
            "y": up(strip, _NAME),
            "ceiling": None if use.ceiling is None else 100 * use.ceiling * use.bookable / _whole(use),
            "from": up(strip, _BAR[0] - 0.06),
            "to": up(strip, _BAR[1] + 0.06),
        }
        for strip, (doctor, use) in enumerate(doctors)
    ]
    return chart(
        _("Bookable time by doctor, in %"),
        _AXES_HEIGHT + _ROW_HEIGHT * count,
        colours,
        [_parts_of_bars(bars, count, colours), _names_and_ceilings(strips, colours)],
    )


def _parts_of_bars(bars: Rows, count: int, colours: ChartColours) -> Spec:
    across = {"field": "begins", "type": "quantitative", "scale": {"domain": [0, 100], "nice": False}}
    place = {
        "x": {**across, "axis": {"values": [0, 25, 50, 75, 100], "labelExpr": "datum.label + ' %'"}},
        "x2": {"field": "ends"},
        "y": {"field": "y", "type": "quantitative", "scale": {"domain": [0, count], "nice": False}, "axis": None},
        "y2": {"field": "y2"},
    }
    shown = [part for part in PARTS if any(bar["part"] == part_words(part) for bar in bars)]
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {
            "domain": [part_words(part) for part in shown],
            "range": [colours.parts[part] for part in shown],
        },
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "columns": 3,
            "title": None,
            "symbolType": "square",
            "symbolSize": 140,
            "symbolStrokeColor": colours.line,
            "symbolStrokeWidth": 1,
            "offset": 8,
        },
    }
    label = {
        "x": {"field": "middle", "type": "quantitative"},
        "y": {"field": "y", "type": "quantitative"},
        "yOffset": {"value": -_ROW_HEIGHT * (_BAR[1] - _BAR[0]) / 2},
        "text": {"field": "label"},
        "color": {"field": "ink", "type": "nominal", "scale": None},
    }
    with_visits = [bar for bar in bars if bar["mark"]]
    without = [bar for bar in bars if not bar["mark"]]
    return {
        "layer": [
            layer(
                bars,
                [
                    mute("rect", {**place, "fill": colour}, stroke=colours.page, strokeWidth=1),
                    mute("text", label),
                ],
            ),
            layer(without, [touchable(place, colours, border=colours.line, can_click=False)]),
            layer(with_visits, [touchable(place, colours, border=colours.line)]),
        ]
    }


def _names_and_ceilings(strips: Rows, colours: ChartColours) -> Spec:
    name = {"y": {"field": "y", "type": "quantitative"}}
    ceiling = {
        "x": {"field": "ceiling", "type": "quantitative"},
        "y": {"field": "from", "type": "quantitative"},
        "y2": {"field": "to"},
    }
    return layer(
        strips,
        [
            mute("text", {**name, "x": {"value": 0}, "text": {"field": "name"}}, align="left"),
            mute("text", {**name, "x": {"value": "width"}, "text": {"field": "bookable"}}, align="right"),
            mute("rule", ceiling, color=colours.page, strokeWidth=6),
            mute("rule", ceiling, color=colours.text, strokeWidth=2.5),
        ],
    )


def _table(found: UseOfTime, names: Mapping[int, str]) -> Table:
    uses = [(names[doctor.number], use) for doctor, use in found.doctors]
    uses += [(_("All"), found.all), (_("All, the period before"), found.before)]
    return Table(
        (
            _("Doctor"),
            _("Bookable, h"),
            *(_("{part}, h").format(part=part_words(part)) for part in PARTS),
            _("Seen, %"),
            _("Ceiling, %"),
            _("Seen outside bookable time, h"),
        ),
        tuple(
            (
                name,
                table_hours(use.bookable),
                *map(table_hours, parts_of(use).values()),
                percentage(share_of(use.seen, use.bookable)),
                percentage(use.ceiling),
                table_hours(use.outside),
            )
            for name, use in uses
        ),
    )
