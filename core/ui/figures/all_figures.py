"""All figures of the period in one table, each with what it means in one sentence."""

from collections.abc import Mapping

import streamlit as st

from core.reports.export import Table
from core.reports.report import Figure, Key, Period
from core.ui.figures.downloads import offer_downloads
from core.ui.figures.numbers import (
    NOTHING,
    days_words,
    hours_words,
    minutes_words,
    number,
    percent,
    percentage,
    table_hours,
)
from core.ui.words import _, ngettext, plain

_IN_HOURS = (Key.BOOKABLE_MINUTES, Key.OUTSIDE_MINUTES)


def show_all_figures(shown: Mapping[str, list[str]], table: Table, period: Period) -> None:
    """What figures_shown() gives, and the downloads of what figures_table() gives."""
    st.header(_("All figures"), anchor=False)
    st.table(shown, border="horizontal", hide_index=True)
    offer_downloads("all", table, period)


def figures_shown(figures: tuple[Figure, ...]) -> dict[str, list[str]]:
    """The columns of the table on the page, in Markdown."""
    return {
        _("Figure"): [f"**{figure_name(figure.key)}**  \n{meaning(figure.key)}" for figure in figures],
        _("Value"): [plain(value_words(figure, figure.value)) for figure in figures],
        _("Period before"): [plain(value_words(figure, figure.before)) for figure in figures],
        _("Out of"): [denominator_words(figure) for figure in figures],
    }


def figure_name(key: Key) -> str:
    """The figure's name."""
    return {
        Key.VISITS: _("Visits"),
        Key.BOOKABLE_MINUTES: _("Bookable time"),
        Key.UTILISATION_BOOKED: _("Utilisation, booked"),
        Key.UTILISATION_REALISED: _("Utilisation, realised"),
        Key.OUTSIDE_MINUTES: _("Outside bookable time"),
        Key.NO_SHOW_RATE: _("No-show rate"),
        Key.UNRECORDED: _("Visits without an outcome"),
        Key.CANCELLATION_RATE: _("Cancellation rate"),
        Key.LATE_CANCELLATION_RATE: _("Late cancellation rate"),
        Key.LEAD_TIME_MEDIAN: _("Lead time, median"),
        Key.LEAD_TIME_LOWER_QUARTILE: _("Lead time, lower quartile"),
        Key.LEAD_TIME_UPPER_QUARTILE: _("Lead time, upper quartile"),
        Key.THIRD_NEXT_AVAILABLE: _("Third next available"),
        Key.WAITING_MEDIAN: _("Waiting time, median"),
        Key.WAITING_P90: _("Waiting time, 90th percentile"),
        Key.CYCLE_TIME_MEDIAN: _("Cycle time, median"),
    }[key]


def meaning(key: Key) -> str:
    """What the figure is, in one sentence."""
    return {
        Key.VISITS: _("Appointments in the period that were not cancelled."),
        Key.BOOKABLE_MINUTES: _("Opening hours less closures."),
        Key.UTILISATION_BOOKED: _("Time of appointments that were not cancelled, as a share of bookable time."),
        Key.UTILISATION_REALISED: _("Time of completed visits, as a share of the bookable time of past days."),
        Key.OUTSIDE_MINUTES: _("Time of completed visits outside opening hours."),
        Key.NO_SHOW_RATE: _("No-shows, as a share of completed visits and no-shows."),
        Key.UNRECORDED: _("Past visits of which nobody has said what happened; no rate counts them."),
        Key.CANCELLATION_RATE: _("Cancelled appointments, as a share of all that were booked."),
        Key.LATE_CANCELLATION_RATE: _(
            "Appointments that patients cancelled after the cut-off, as a share of all that were booked."
        ),
        Key.LEAD_TIME_MEDIAN: _("Half of the visits were booked fewer days ahead, half more."),
        Key.LEAD_TIME_LOWER_QUARTILE: _("A quarter of the visits were booked fewer days ahead."),
        Key.LEAD_TIME_UPPER_QUARTILE: _("A quarter of the visits were booked more days ahead."),
        Key.THIRD_NEXT_AVAILABLE: _(
            "Days to a visit type's third free time, weekends counted: the median of all days."
        ),
        Key.WAITING_MEDIAN: _("From check-in to the start of the visit: half wait less."),
        Key.WAITING_P90: _("From check-in to the start of the visit: one in ten waits longer."),
        Key.CYCLE_TIME_MEDIAN: _("From check-in to the end of the visit: half take less."),
    }[key]


def value_words(figure: Figure, value: float | None) -> str:
    """A value with its unit, such as "71 %"."""
    if value is None:
        return NOTHING
    if figure.key in _IN_HOURS:
        return hours_words(value)
    return {"minutes": minutes_words, "share": percent, "days": days_words, "visits": number}[figure.unit](value)


def denominator_words(figure: Figure) -> str:
    """What the value is a part of, or how much it is taken from."""
    if figure.denominator is None:
        return NOTHING
    if figure.key in {Key.UTILISATION_BOOKED, Key.UTILISATION_REALISED}:
        return hours_words(figure.denominator)
    if figure.key is Key.THIRD_NEXT_AVAILABLE:
        return ngettext("{count} measurement", "{count} measurements", figure.denominator)
    return ngettext("{count} visit", "{count} visits", figure.denominator)


def figures_table(figures: tuple[Figure, ...]) -> Table:
    """The same for a file: plain numbers, with their unit in a column of its own."""
    return Table(
        (_("Figure"), _("Value"), _("Period before"), _("Unit"), _("Out of"), _("Meaning")),
        tuple(
            (
                figure_name(figure.key),
                _plain_number(figure, figure.value),
                _plain_number(figure, figure.before),
                _unit(figure),
                denominator_words(figure),
                meaning(figure.key),
            )
            for figure in figures
        ),
    )


def _plain_number(figure: Figure, value: float | None) -> float | None:
    if value is None:
        return None
    if figure.key in _IN_HOURS:
        return table_hours(value)
    return percentage(value) if figure.unit == "share" else value


def _unit(figure: Figure) -> str:
    if figure.key in _IN_HOURS:
        return _("hours")
    return {"minutes": _("minutes"), "share": "%", "days": _("days"), "visits": _("visits")}[figure.unit]
