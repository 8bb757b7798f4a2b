"""How FullCalendar draws the days: which of them, between which hours, how high, and what counts as open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.domain.opening import OpeningHours
from core.ui.agenda.grid_times import written
from core.ui.agenda.range import Shown, View
from core.ui.words import _

SLOT_MINUTES = 15
SLOT_PIXELS = 24
HEAD_PIXELS = 36
USUAL_DAY = (8, 18)
"""Hours shown where nothing is open and nothing booked."""

MARGIN_HOURS = 1
WEEKEND = (5, 6)
_WEEK_PIXELS = 150
_LIST_LINE_PIXELS = 44
_NARROW_LINE_PIXELS = 64
_LIST_STEP_PIXELS = 132
_LIST_MOST_PIXELS = 2640

_BASE_VIEWS = {View.DAY: "timeGrid", View.WEEK: "timeGrid", View.MONTH: "dayGrid", View.LIST: "list"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the drawing depends on besides the events; `hours` are from and to, of 0 to 24; `height` is in pixels."""

    shown: Shown
    hours: tuple[int, int]
    weekend: bool
    height: int
    narrow: bool = False

    @property
    def key(self) -> str:
        """A name that changes where FullCalendar has to begin anew: its kind of view and its frame's height are fixed."""
        return f"agenda_grid_{_BASE_VIEWS[self.shown.view]}_{self.height}"


def layout(
    shown: Shown, hours: Iterable[OpeningHours], spans: Sequence[tuple[datetime, datetime]], *, narrow: bool = False
) -> Layout:
    """The layout for these opening hours and for what is booked in the days shown, as spans of wall time.

    `narrow` is for phones, where a list's lines take two rows.
    """
    hours = list(hours)
    window = hours_shown(shown, hours, spans)
    weekend = _weekend_needed(shown, hours, spans)
    if shown.view is View.MONTH:
        height = HEAD_PIXELS + _WEEK_PIXELS * (len(shown.days) // 7)
    elif shown.view is View.LIST:
        lines = len(spans) + len({start.date() for start, _end in spans})
        steps = -(-lines * (_NARROW_LINE_PIXELS if narrow else _LIST_LINE_PIXELS) // _LIST_STEP_PIXELS) or 1
        height = min(steps * _LIST_STEP_PIXELS, _LIST_MOST_PIXELS)
    else:
        height = HEAD_PIXELS + (window[1] - window[0]) * 60 // SLOT_MINUTES * SLOT_PIXELS
    return Layout(shown, window, weekend, height, narrow)


def hours_shown(
    shown: Shown, hours: Iterable[OpeningHours], spans: Iterable[tuple[datetime, datetime]]
) -> tuple[int, int]:
    """From and to which hour of the day: all that is open, with an hour around it, and all that is booked."""
    begins, ends = [], []
    for entry in hours:
        if any(entry.holds_on(day) for day in shown.days):
            begins.append(entry.opens.hour - MARGIN_HOURS)
            ends.append(_closing_hour(entry.closes) + MARGIN_HOURS)
    for start, end in spans:
        one_day = start.date() == end.date()
        begins.append(start.hour)
        ends.append(end.hour + (end.time() > time(end.hour)) if one_day else 24)
        if not one_day and end.time() > time(0):
            begins.append(0)
    if not begins:
        return USUAL_DAY
    return max(min(begins), 0), min(max(ends), 24)


def business_hours(hours: Iterable[OpeningHours]) -> list[dict[str, Any]]:
    """Opening hours as FullCalendar reads them, whose week begins with Sunday as 0 and whose last days are not included."""
    return [
        {
            "daysOfWeek": [(entry.weekday + 1) % 7],
            "startTime": f"{entry.opens:%H:%M}",
            "endTime": "24:00" if entry.closes == time(0) else f"{entry.closes:%H:%M}",
            **({} if entry.valid_from is None else {"startRecur": entry.valid_from.isoformat()}),
            **({} if entry.valid_until is None else {"endRecur": (entry.valid_until + timedelta(days=1)).isoformat()}),
        }
        for entry in hours
    ]


def options(made: Layout, hours: Iterable[OpeningHours], *, now: datetime, zone: str, locale: str) -> dict[str, Any]:
    """FullCalendar's options; `now` is the clinic's wall time, `zone` its IANA name."""
    shown = made.shown
    first, last = hours_bounds(made.hours)
    return {
        "initialView": _BASE_VIEWS[shown.view],
        "visibleRange": {
            "start": shown.first.isoformat(),
            "end": (shown.last + timedelta(days=1)).isoformat(),
        },
        "timeZone": zone,
        "now": written(now.replace(second=0, microsecond=0)),
        "nowIndicator": True,
        "headerToolbar": False,
        "locale": locale,
        "firstDay": 1,
        "hiddenDays": [] if made.weekend else [(day + 1) % 7 for day in WEEKEND],
        "height": made.height,
        "allDaySlot": False,
        "allDayText": _("All day"),
        "slotMinTime": first,
        "slotMaxTime": last,
        "scrollTime": first,
        "slotDuration": f"00:{SLOT_MINUTES}",
        "snapDuration": "00:15",  # finer times are set in the forms: a hand slips easily
        "slotLabelInterval": "01:00",
        "slotLabelFormat": _CLOCK,
        "eventTimeFormat": _CLOCK,
        "displayEventEnd": shown.view is View.LIST and not made.narrow,
        "dayHeaderFormat": _DAY_HEADS[shown.view],
        "listDayFormat": {"weekday": "long", "day": "numeric", "month": "long"},
        "listDaySideFormat": False,
        "businessHours": business_hours(hours) or False,
        "eventDisplay": "block" if shown.view is View.MONTH else "auto",
        "dayMaxEvents": True,
        "moreLinkClick": "popover",
        "eventInteractive": True,
        "editable": False,  # each event says it for itself
        "eventResizableFromStart": False,
        "slotEventOverlap": False,
        "noEventsText": _("No appointments in these days."),
        "longPressDelay": 400,
    }


_CLOCK = {"hour": "2-digit", "minute": "2-digit", "hour12": False}
_DAY_HEADS: dict[View, dict[str, str]] = {
    View.DAY: {"weekday": "long", "day": "numeric", "month": "long"},
    View.WEEK: {"weekday": "short", "day": "numeric"},
    View.MONTH: {"weekday": "short"},
    View.LIST: {"weekday": "long"},
}


def hours_bounds(hours: tuple[int, int]) -> tuple[str, str]:
    """From and to as FullCalendar reads them, such as "08:00" and "24:00"."""
    return f"{hours[0]:02d}:00", f"{hours[1]:02d}:00"


def _closing_hour(closes: time) -> int:
    return 24 if closes == time(0) else closes.hour + (closes > time(closes.hour))


def _weekend_needed(shown: Shown, hours: Iterable[OpeningHours], spans: Iterable[tuple[datetime, datetime]]) -> bool:
    """Whether Saturday and Sunday are drawn: always on their own, else only where something is open or booked then."""
    if shown.view in {View.DAY, View.LIST}:
        return True
    weekend: list[date] = [day for day in shown.days if day.weekday() in WEEKEND]
    booked = {day for span in spans for day in (span[0].date(), span[1].date())}
    return any(day in booked or any(entry.holds_on(day) for entry in hours) for day in weekend)
