"""Chart 2: in how many days each visit type has its third free time, now and in the weeks before."""

from collections.abc import Iterator, Sequence
from datetime import date

from core.reports.export import Table
from core.reports.report import Availability, VisitTypeWait
from core.ui.figures.colours import ChartColours
from core.ui.figures.numbers import NOTHING, days_words, number
from core.ui.figures.panel import Panel
from core.ui.figures.vega import Rows, Spec, chart, layer, mute, words_for
from core.ui.times import date_words, full_date
from core.ui.words import _

NOW = "now"
_ROW_HEIGHT = 72
_AXIS_HEIGHT = 70
_BASE, _TOP, _NAME = 0.1, 0.62, 0.86
"""Where a visit type's strip, of height 1, has its zero, its most days and its name."""


def availability(found: Availability, colours: ChartColours) -> Panel:
    """The chart with its sentence and table; no visits stand behind it."""
    measured = [wait for wait in found.visit_types if wait.measured_on is not None]
    return Panel(
        name="availability",
        sentence=sentence(found),
        caption=_caption(found),
        spec=_drawn(measured, found, colours) if measured else None,
        table=Table(
            (_("Visit type"), _("Week from"), _("Days to the third free time")),
            tuple(
                row
                for wait in found.visit_types
                for row in (
                    *((wait.name, week, days) for week, days in wait.weeks),
                    *([(wait.name, wait.measured_on, wait.days)] if wait.measured_on is not None else []),
                )
            ),
        ),
    )


def sentence(found: Availability) -> str:
    """Which visit type waits longest, such as "First visit waits longest: 9 days; the target is 7."."""
    measured = [wait for wait in found.visit_types if wait.measured_on is not None]
    if not found.visit_types:
        return _("There are no visit types yet.")
    if not measured:
        return _("How long patients wait has not been measured yet.")
    full = [wait for wait in measured if wait.days is None]
    if full:
        return _("{visit_type}: fewer than three free times within {days}.").format(
            visit_type=full[0].name, days=days_words(found.horizon_days)
        )
    longest = max(measured, key=lambda wait: wait.days or 0)
    if not longest.days:
        words = _("Every visit type has three free times today; the target is {target}.")
        if len(found.visit_types) == 1:
            words = _("{visit_type} has three free times today; the target is {target}.")
        return words.format(visit_type=longest.name, target=days_words(found.target_days))
    words = _("{visit_type}: {days} to the third free time; the target is {target}.")
    if len(measured) > 1:
        words = _("{visit_type} waits longest: {days} to the third free time; the target is {target}.")
    return words.format(visit_type=longest.name, days=days_words(longest.days or 0), target=number(found.target_days))


def _caption(found: Availability) -> str:
    said = [_("Calendar days, weekends included, counted once a day and whenever this page is open.")]
    weeks = [week for wait in found.visit_types for week, _days in wait.weeks]
    if weeks:
        said.append(
            _("Dot: now. Line: each week's median since {day}. Dashed: the target.").format(day=full_date(min(weeks)))
        )
    else:
        said.append(_("Measured from today on: in a week the line begins. Dashed: the target."))
    return " ".join(said)


def _drawn(waits: Sequence[VisitTypeWait], found: Availability, colours: ChartColours) -> Spec:
    """One strip for each visit type, over the same weeks and to the same scale."""
    weeks = sorted({week for wait in waits for week, _days in wait.weeks})
    most = max(
        [found.target_days, *(days or 0 for wait in waits for days in (wait.days, *(of for _week, of in wait.weeks)))]
    )

    def height(strip: int, days: float) -> float:
        return len(waits) - 1 - strip + _BASE + (_TOP - _BASE) * days / (most or 1)

    points = [
        {"x": x, "y": height(strip, days), "strip": strip, "told": told, "now": x == NOW}
        for strip, wait in enumerate(waits)
        for x, days, told in _points(wait)
    ]
    strips = [
        {
            "name": wait.name,
            "days": NOTHING if wait.days is None else days_words(wait.days),
            "y": len(waits) - 1 - strip + _NAME,
            "zero": height(strip, 0),
            "target": height(strip, found.target_days),
        }
        for strip, wait in enumerate(waits)
    ]
    return chart(
        _("Days to the third free time, by week"),
        _AXIS_HEIGHT + _ROW_HEIGHT * len(waits),
        colours,
        [_frame(strips, colours), _lines(points, weeks, len(waits), colours)],
    )


def _points(wait: VisitTypeWait) -> Iterator[tuple[str, float, str]]:
    for week, days in wait.weeks:
        if days is not None:
            told = _("{visit_type}, week from {day}: {days}").format(
                visit_type=wait.name, day=full_date(week), days=days_words(days)
            )
            yield week.isoformat(), days, told
    if wait.days is not None:
        yield NOW, wait.days, _("{visit_type}, now: {days}").format(visit_type=wait.name, days=days_words(wait.days))


def _frame(strips: Rows, colours: ChartColours) -> Spec:
    """Name and present days of each strip, its zero and its target."""
    name = {"y": {"field": "y", "type": "quantitative"}}
    return layer(
        strips,
        [
            mute("rule", {"y": {"field": "zero", "type": "quantitative"}}, color=colours.faint_line),
            mute("rule", {"y": {"field": "target", "type": "quantitative"}}, color=colours.line, strokeDash=[5, 4]),
            mute("text", {**name, "x": {"value": 0}, "text": {"field": "name"}}, align="left"),
            mute(
                "text", {**name, "x": {"value": "width"}, "text": {"field": "days"}}, align="right", fontWeight="bold"
            ),
        ],
    )


def _lines(points: Rows, weeks: Sequence[date], strips: int, colours: ChartColours) -> Spec:
    labels = {week.isoformat(): date_words(week, "d MMM") for week in weeks} | {NOW: _("now")}
    place = {
        "x": {
            "field": "x",
            "type": "ordinal",
            "scale": {"type": "point", "domain": list(labels), "padding": 0.5},
            "axis": {"labelExpr": words_for(labels), "labelAngle": 0, "labelOverlap": "greedy", "labelBound": True},
        },
        "y": {"field": "y", "type": "quantitative", "scale": {"domain": [0, strips]}, "axis": None},
    }
    return layer(
        points,
        [
            mute("line", {**place, "detail": {"field": "strip"}}, color=colours.mark, strokeWidth=2),
            mute("point", place, color=colours.mark, filled=True, size=14),
            {
                **mute("point", place, color=colours.mark, filled=True, size=110, opacity=1),
                "transform": [{"filter": "datum.now"}],
            },
            _touchable_points(place),
        ],
    )


def _touchable_points(place: Spec) -> Spec:
    """Clear, larger dots that show what is told."""
    return {
        "mark": {"type": "point", "filled": True, "size": 400, "opacity": 0},
        "encoding": {**place, "tooltip": {"field": "told"}, "description": {"field": "told"}},
    }
