"""Chart 4: how much of each weekday's hours is booked, over the whole period."""

from collections.abc import Callable, Iterator, Sequence

from core.reports.export import Table
from core.reports.report import Chart, HourCell, Mark, Period
from core.ui.figures.colours import ChartColours, shade
from core.ui.figures.marks import mark_text
from core.ui.figures.numbers import (
    MINUTES_PER_HOUR,
    before_words,
    hour_label,
    hours,
    percent,
    percentage,
    share_of,
    short_weekday_name,
    table_hours,
    weekday_name,
)
from core.ui.figures.panel import Panel
from core.ui.figures.vega import Row, heat_map
from core.ui.words import _

LEAST_OPEN = 4 * MINUTES_PER_HOUR
_LEAST_HOURS = 2

Cells = Sequence[HourCell]


def busy_hours(cells: Cells, period: Period, colours: ChartColours, visit_type: str = "") -> Panel:
    """The chart with its sentence, table and marks; of one visit type where that is asked for."""
    shown = [cell for cell in cells if cell.open or cell.booked]
    rows = [_row(cell, colours) for cell in shown]
    weekdays = sorted({cell.weekday for cell in shown})
    span = [cell.hour for cell in shown]
    lines = [hour_label(hour) for hour in range(min(span), max(span) + 1)] if span else []
    title = _("Booked by weekday and hour, in % of open time")
    columns = [short_weekday_name(weekday) for weekday in weekdays]
    return Panel(
        name="hours",
        sentence=sentence(cells, visit_type),
        caption=_caption(cells, period, visit_type),
        spec=heat_map(title, rows, columns, lines, colours) if rows else None,
        table=Table(
            (
                _("Weekday"),
                _("Hour"),
                _("Open, h"),
                _("Booked, h"),
                _("Booked, %"),
                _("Open before, h"),
                _("Booked before, h"),
                _("Booked before, %"),
            ),
            tuple(
                (
                    weekday_name(cell.weekday),
                    hour_label(cell.hour),
                    table_hours(cell.open),
                    table_hours(cell.booked),
                    percentage(share_of(cell.booked, cell.open)),
                    table_hours(cell.open_before),
                    table_hours(cell.booked_before),
                    percentage(share_of(cell.booked_before, cell.open_before)),
                )
                for cell in cells
            ),
        ),
        marks={row["mark"]: row["told"] for row in rows},
    )


def sentence(cells: Cells, visit_type: str = "") -> str:
    """The emptiest beginning or end of a weekday, such as "Friday after 15:00 is 41 % booked."; or what a type takes."""
    stretches = list(_stretches(cells))
    if not stretches:
        return _("Too little open time to say how it is booked.")
    share, words, weekday, hour = min(stretches, key=lambda stretch: stretch[0])
    told = {"weekday": weekday_name(weekday), "time": hour_label(hour), "share": percent(share)}
    return words(visit_type).format(visit_type=visit_type, **told)


def _stretches(cells: Cells) -> Iterator[tuple[float, Callable[[str], str], int, int]]:
    """Ends and beginnings of weekdays, two hours of the clock or longer, with the share of them that is booked."""
    for weekday in sorted({cell.weekday for cell in cells}):
        day = sorted((cell for cell in cells if cell.weekday == weekday and cell.open), key=lambda cell: cell.hour)
        for cut in range(1, len(day)):
            for part, words, hour in ((day[cut:], _after, day[cut].hour), (day[:cut], _until, day[cut].hour)):
                opened = sum(cell.open for cell in part)
                if len(part) >= _LEAST_HOURS and opened >= LEAST_OPEN:
                    yield sum(cell.booked for cell in part) / opened, words, weekday, hour


def _after(visit_type: str) -> str:
    if visit_type:
        return _("{visit_type} takes {share} of {weekday} after {time}.")
    return _("{weekday} after {time} is {share} booked.")


def _until(visit_type: str) -> str:
    if visit_type:
        return _("{visit_type} takes {share} of {weekday} before {time}.")
    return _("{weekday} before {time} is {share} booked.")


def _row(cell: HourCell, colours: ChartColours) -> Row:
    share = share_of(cell.booked, cell.open)
    enough = share is not None and cell.open >= LEAST_OPEN
    told = (
        _("{weekday} {time}: {booked} of {open} open hours booked ({share}).")
        if enough
        else _("{weekday} {time}: {booked} h booked in {open} open hours, too few to say.")
    )
    return {
        "x": short_weekday_name(cell.weekday),
        "y": hour_label(cell.hour),
        "fill": shade(share or 0, colours) if enough else colours.few,
        "label": str(round(100 * (share or 0))) if enough else "",
        "mark": mark_text(Mark(Chart.HOURS, weekday=cell.weekday, hour=cell.hour)),
        "told": told.format(
            weekday=weekday_name(cell.weekday),
            time=hour_label(cell.hour),
            booked=hours(cell.booked),
            open=hours(cell.open),
            share=percent(share),
        ),
    }


def _caption(cells: Cells, period: Period, visit_type: str) -> str:
    opened, booked = sum(cell.open for cell in cells), sum(cell.booked for cell in cells)
    if not opened:
        return _("Nobody has opening hours in this period.")
    words = _("Of {open} open hours, {share} are booked.")
    if visit_type:
        words = _("Of {open} open hours, {visit_type} takes {share}; other visit types are not counted.")
    said = [
        words.format(open=hours(opened), share=percent(booked / opened), visit_type=visit_type),
        before_words(
            period,
            percent(share_of(sum(cell.booked_before for cell in cells), sum(cell.open_before for cell in cells))),
        ),
        _("Grey: fewer than {least} open hours.").format(least=hours(LEAST_OPEN)),
    ]
    return " ".join(said)
