"""Chart 6: how long patients wait from check-in to the start of the visit, by hour of the day."""

from core.reports.export import Table
from core.reports.report import Chart, HourWait, Mark, Period, Waiting
from core.ui.figures.colours import ChartColours
from core.ui.figures.columns import columns_of
from core.ui.figures.marks import mark_text
from core.ui.figures.numbers import LEAST_VISITS, before_words, hour_label, number, too_few, visits_words
from core.ui.figures.panel import Panel
from core.ui.figures.vega import Row, Spec, layer, mute
from core.ui.words import _, ngettext

LEAST_IN_HOUR = 5
"""A 90th percentile of fewer visits is merely the longest wait."""


def waiting(found: Waiting, period: Period, colours: ChartColours) -> Panel:
    """The chart with its sentence, table and marks."""
    shown = [hour for hour in found.hours if hour.visits >= LEAST_IN_HOUR and hour.median is not None]
    rows = [_row(hour) for hour in shown]
    enough = found.all.visits >= LEAST_VISITS
    return Panel(
        name="waiting",
        sentence=sentence(found),
        caption=_caption(found, period, left_out=len(shown) < sum(1 for hour in found.hours if hour.visits)),
        spec=_drawn(rows, colours) if rows and enough else None,
        table=Table(
            (_("Hour"), _("Visits"), _("Half wait up to, min"), _("One in ten waits over, min")),
            (
                *((hour_label(hour.hour), hour.visits, hour.median, hour.p90) for hour in found.hours),
                (_("All"), found.all.visits, found.all.median, found.all.p90),
                (_("All, the period before"), found.before.visits, found.before.median, found.before.p90),
            ),
        ),
        marks={row["mark"]: row["told"] for row in rows},
    )


def sentence(found: Waiting) -> str:
    """Such as "Half wait under 8 min; one in ten over 24."."""
    if found.all.visits < LEAST_VISITS or found.all.median is None or found.all.p90 is None:
        return too_few(found.all.visits)
    return _("Half wait under {median} min; one in ten over {p90}.").format(
        median=number(found.all.median), p90=number(found.all.p90)
    )


def _caption(found: Waiting, period: Period, *, left_out: bool) -> str:
    said = [_("{visits} with both check-in and start.").format(visits=visits_words(found.all.visits))]
    if found.before.median is not None and found.before.p90 is not None:
        told = _("half under {median} min, one in ten over {p90}").format(
            median=number(found.before.median), p90=number(found.before.p90)
        )
        said.append(before_words(period, told))
    if found.unstamped:
        said.append(
            ngettext(
                "{count} completed visit lacks one of them and is left out.",
                "{count} completed visits lack one of them and are left out.",
                found.unstamped,
            )
        )
    if left_out and found.all.visits >= LEAST_VISITS:
        said.append(_("Hours with fewer than {count} visits are not drawn.").format(count=LEAST_IN_HOUR))
    return " ".join(said)


def _row(hour: HourWait) -> Row:
    return {
        "x": str(hour.hour),
        "median": hour.median,
        "p90": hour.p90,
        "mark": mark_text(Mark(Chart.WAITING, hour=hour.hour)),
        "told": _("From {time}: half of {visits} wait under {median} min, one in ten over {p90}").format(
            time=hour_label(hour.hour), visits=visits_words(hour.visits), median=hour.median, p90=hour.p90
        ),
    }


def _drawn(rows: list[Row], colours: ChartColours) -> Spec:
    labels = {row["x"]: row["x"].zfill(2) for row in rows}
    x = {"field": "x", "type": "ordinal"}
    median, p90 = {"field": "median", "type": "quantitative"}, {"field": "p90", "type": "quantitative"}
    marks = layer(
        rows,
        [
            mute("rule", {"x": x, "y": median, "y2": {"field": "p90"}}, color=colours.line, strokeWidth=3),
            mute("point", {"x": x, "y": median}, color=colours.mark, filled=True, size=120, opacity=1),
            mute(
                "point",
                {"x": x, "y": p90},
                color=colours.accent,
                filled=True,
                size=110,
                opacity=1,
                shape="triangle-up",
            ),
            mute("text", {"x": x, "y": median, "text": {"field": "median"}}, dy=15),
            mute("text", {"x": x, "y": p90, "text": {"field": "p90"}}, dy=-13),
        ],
    )
    return columns_of(_("Minutes by hour: ● half wait less, ▲ one in ten waits longer"), labels, rows, marks, colours)
