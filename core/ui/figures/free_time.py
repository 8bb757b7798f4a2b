"""Chart 1: how much of next week's time is free, by day and doctor."""

from core.reports.export import Table
from core.reports.report import Chart, FreeCell, FreeTime, Mark
from core.ui.figures.colours import ChartColours, shade
from core.ui.figures.marks import mark_text
from core.ui.figures.numbers import hours, percent, percentage, period_words, share_of, table_hours
from core.ui.figures.panel import Panel
from core.ui.figures.vega import heat_map, told_apart
from core.ui.times import date_words, day_label
from core.ui.words import _


def free_time(found: FreeTime, colours: ChartColours) -> Panel:
    """The chart with its sentence, table and marks."""
    names = told_apart((doctor.number, doctor.name) for doctor in found.doctors)
    rows = [
        {
            "x": _short_day(cell),
            "y": names[cell.doctor_id],
            "fill": shade(cell.free / cell.bookable, colours),
            "label": str(round(100 * cell.free / cell.bookable)),
            "mark": mark_text(Mark(Chart.FREE, day=cell.day, doctor_id=cell.doctor_id)),
            "told": _("{doctor}, {day}: {free} of {bookable} h free ({share})").format(
                doctor=names[cell.doctor_id],
                day=day_label(cell.day),
                free=hours(cell.free),
                bookable=hours(cell.bookable),
                share=percent(cell.free / cell.bookable),
            ),
        }
        for cell in _bookable(found)
    ]
    days = {cell.day: _short_day(cell) for cell in sorted(found.cells, key=lambda cell: cell.day) if cell.bookable}
    with_time = {cell.doctor_id for cell in _bookable(found)}
    lines = [name for number, name in names.items() if number in with_time]
    title = _("Free time by day and doctor, in % of bookable time")
    return Panel(
        name="free",
        sentence=sentence(found),
        caption=_(
            "{week}. Bookable time is a doctor's opening hours, less closures and less what the calendar shows as busy."
        ).format(week=period_words(found.week)),
        spec=heat_map(title, rows, list(days.values()), lines, colours) if rows else None,
        table=Table(
            (_("Day"), _("Doctor"), _("Bookable, h"), _("Free, h"), _("Free, %")),
            tuple(
                (
                    cell.day,
                    names[cell.doctor_id],
                    table_hours(cell.bookable),
                    table_hours(cell.free),
                    percentage(share_of(cell.free, cell.bookable)),
                )
                for cell in found.cells
            ),
        ),
        marks={row["mark"]: row["told"] for row in rows},
    )


def sentence(found: FreeTime) -> str:
    """Such as "Next week 34 of 120 h are free; most: Dr. Chen, Thursday."."""
    cells = _bookable(found)
    bookable, free = sum(cell.bookable for cell in cells), sum(cell.free for cell in cells)
    if not bookable:
        return _("Next week has no bookable time.")
    if not free:
        return _("Next week is full: none of {bookable} h are free.").format(bookable=hours(bookable))
    most = max(cells, key=lambda cell: cell.free)
    words = {"free": hours(free), "bookable": hours(bookable), "day": date_words(most.day, "EEEE")}
    if len(found.doctors) == 1:
        return _("Next week {free} of {bookable} h are free; most: {day}.").format(**words)
    doctor = next(doctor.name for doctor in found.doctors if doctor.number == most.doctor_id)
    return _("Next week {free} of {bookable} h are free; most: {doctor}, {day}.").format(doctor=doctor, **words)


def _bookable(found: FreeTime) -> list[FreeCell]:
    return [cell for cell in found.cells if cell.bookable]


def _short_day(cell: FreeCell) -> str:
    return date_words(cell.day, "EEE d")
