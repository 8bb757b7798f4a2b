"""What the page tells of a report, made once for a language and a theme while the report stays the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.domain.kept import Kept
from core.reports.export import Table
from core.reports.report import Report
from core.ui.figures.all_figures import figures_shown, figures_table
from core.ui.figures.attendance import attendance
from core.ui.figures.availability import availability
from core.ui.figures.busy_hours import busy_hours
from core.ui.figures.colours import ChartColours, chart_colours
from core.ui.figures.free_time import free_time
from core.ui.figures.panel import Panel
from core.ui.figures.use_of_time import use_of_time
from core.ui.figures.waiting import waiting
from core.ui.words import language, plain

_MOST_KEPT = 16


@dataclass(frozen=True, slots=True)
class Told:
    """The charts in their order, the marks of each by its name as labels, and all figures on the page and in files."""

    report: Report
    panels: tuple[Panel, ...]
    choices: Mapping[str, Mapping[str, str]]
    shown: Mapping[str, list[str]]
    table: Table


_kept: Kept[tuple[int, str, str], Told] = Kept(_MOST_KEPT)


def told(report: Report) -> Told:
    """For whoever is visiting; nobody may change it."""
    theme = st.context.theme.type or ""
    key = id(report), language(), theme  # the number is nobody else's while the report is kept here
    return _kept.get(key) or _kept.put(key, _tell(report, chart_colours(theme)))


def _tell(report: Report, colours: ChartColours) -> Told:
    shown = panels(report, colours)
    return Told(
        report,
        tuple(shown),
        {panel.name: {mark: plain(words) for mark, words in panel.marks.items()} for panel in shown},
        figures_shown(report.figures),
        figures_table(report.figures),
    )


def panels(report: Report, colours: ChartColours) -> list[Panel]:
    """The charts in their order."""
    period, asked = report.question.period, report.question.visit_type_id
    names = {wait.visit_type_id: wait.name for wait in report.availability.visit_types}
    visit_type = "" if asked is None else names.get(asked, "")
    return [
        free_time(report.free, colours),
        availability(report.availability, colours),
        use_of_time(report.use, period, colours),
        busy_hours(report.hours, period, colours, visit_type),
        attendance(report.attendance, period, colours),
        waiting(report.waiting, period, colours),
    ]
