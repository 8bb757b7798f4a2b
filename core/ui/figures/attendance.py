"""Chart 5: how many don't come, by how long before the visit was booked."""

from core.reports.export import Table
from core.reports.report import Attendance, Chart, LeadGroup, Mark, Period
from core.ui.figures.colours import ChartColours
from core.ui.figures.columns import columns_of
from core.ui.figures.marks import mark_text
from core.ui.figures.numbers import (
    LEAST_VISITS,
    before_words,
    percent,
    percentage,
    share_of,
    too_few,
    visits_words,
)
from core.ui.figures.panel import Panel
from core.ui.figures.vega import Row, Spec, layer, mute
from core.ui.words import _, ngettext

LONG_NOTICE_DAYS = 7


def attendance(found: Attendance, period: Period, colours: ChartColours) -> Panel:
    """The chart with its sentence, table and marks."""
    groups = [group for group in found.groups if group.rate is not None]
    rows = [_row(group) for group in groups]
    enough = _known(found.groups) >= LEAST_VISITS
    return Panel(
        name="attendance",
        sentence=sentence(found),
        caption=_caption(found, period),
        spec=_drawn(found, rows, colours) if enough else None,
        table=Table(
            (
                _("Booked ahead"),
                _("Completed"),
                _("No-shows"),
                _("No-shows, %"),
                _("At least, %"),
                _("At most, %"),
                _("Period before, %"),
            ),
            tuple(
                (
                    group_words(group),
                    group.completed,
                    group.no_show,
                    percentage(group.rate),
                    percentage(group.low),
                    percentage(group.high),
                    percentage(group.before),
                )
                for group in found.groups
            ),
        ),
        marks={row["mark"]: row["told"] for row in rows},
    )


def group_words(group: LeadGroup) -> str:
    """How long ahead the visits of a group were booked, such as "8+ days"."""
    if group.most == 0:
        return _("same day")
    if group.most is None:
        return ngettext("{count}+ day", "{count}+ days", group.least)
    if group.most == group.least:
        return ngettext("{count} day", "{count} days", group.least)
    return _("{least}\N{EN DASH}{most} days").format(least=group.least, most=group.most)


def sentence(found: Attendance) -> str:
    """Such as "Beyond 7 days' notice, 9 % don't come (n = 412)."."""
    known = _known(found.groups)
    if known < LEAST_VISITS:
        return too_few(known)
    late = [group for group in found.groups if group.least > LONG_NOTICE_DAYS]
    if _known(late) >= LEAST_VISITS:
        return _("Beyond {days} days' notice, {share} don't come (n = {count}).").format(
            days=LONG_NOTICE_DAYS, share=percent(_missed(late)), count=_known(late)
        )
    return _("{share} don't come (n = {count}); few book beyond {days} days.").format(
        share=percent(_missed(found.groups)), count=known, days=LONG_NOTICE_DAYS
    )


def _caption(found: Attendance, period: Period) -> str:
    said = []
    if known := _known(found.groups):
        said.append(
            _("Of {visits} that were completed or missed, {share} were missed.").format(
                visits=visits_words(known), share=percent(_missed(found.groups))
            )
        )
    known_before = [group for group in found.groups if group.before is not None]
    if known_before:
        told = ", ".join(f"{group_words(group)} {percent(group.before)}" for group in known_before)
        said.append(before_words(period, told))
    if found.unrecorded:
        said.append(
            ngettext(
                "{count} past visit has no outcome and is left out.",
                "{count} past visits have no outcome and are left out.",
                found.unrecorded,
            )
        )
    if known >= LEAST_VISITS:
        said.append(_("Lines: where the true rate lies with 95 % certainty."))
    return " ".join(said)


def _known(groups: list[LeadGroup] | tuple[LeadGroup, ...]) -> int:
    return sum(group.completed + group.no_show for group in groups)


def _missed(groups: list[LeadGroup] | tuple[LeadGroup, ...]) -> float | None:
    return share_of(sum(group.no_show for group in groups), _known(groups))


def _row(group: LeadGroup) -> Row:
    visits = group.completed + group.no_show
    return {
        "x": group_words(group),
        "rate": 100 * (group.rate or 0),
        "low": 100 * (group.low or 0),
        "high": 100 * (group.high or 0),
        "label": percent(group.rate),
        "mark": mark_text(Mark(Chart.ATTENDANCE, least=group.least)),
        "told": _("Booked {ahead} ahead: {share} of {visits} missed ({low} to {high})").format(
            ahead=group_words(group),
            share=percent(group.rate),
            visits=visits_words(visits),
            low=percent(group.low),
            high=percent(group.high),
        ),
    }


def _drawn(found: Attendance, rows: list[Row], colours: ChartColours) -> Spec:
    labels = {
        group_words(group): f"{group_words(group)}\nn = {group.completed + group.no_show}" for group in found.groups
    }
    x, y = {"field": "x", "type": "ordinal"}, {"field": "rate", "type": "quantitative"}
    interval = {"x": x, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    marks = layer(
        rows,
        [
            mute("rule", interval, color=colours.line, strokeWidth=3),
            mute("point", {"x": x, "y": y}, color=colours.mark, filled=True, size=120, opacity=1),
            mute("text", {"x": x, "y": y, "text": {"field": "label"}}, align="left", dx=9),
        ],
    )
    return columns_of(_("No-shows by how far ahead the visit was booked, in %"), labels, rows, marks, colours)
