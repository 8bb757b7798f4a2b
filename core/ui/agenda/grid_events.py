"""What stands in the grid, as FullCalendar reads it: appointments as events, closed time behind them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from core.domain.appointment import Status
from core.scheduler.rows import Row
from core.scheduler.schedule import ClosedTime
from core.ui.agenda.grid_colours import Palette, bar_colour, fill_colour
from core.ui.agenda.grid_intentions import Change
from core.ui.agenda.grid_times import wall_span, written
from core.ui.status import AWAITS_DECISION, STATUS_ICONS, initials
from core.ui.words import _

MOVABLE = frozenset({Status.SCHEDULED, Status.CHECKED_IN})
"""What may still be moved; the use case decides again."""

_OVER = frozenset({Status.COMPLETED, Status.NO_SHOW})
_FAINT = 0.55
_MIDNIGHT = clock_time(0)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the same rows look different by: `pending` is drawn where it would go, `returned` counts what was put back.

    `without_hours` is for views that draw lines instead of hours, where nothing can stand behind the appointments.
    """

    zone: ZoneInfo
    colours: Palette
    with_initials: bool = False
    without_hours: bool = False
    editable: bool = True
    opened: int | None = None
    pending: Change | None = None
    returned: int = 0


def events_of(rows: Iterable[Row], drawing: Drawing) -> list[dict[str, Any]]:
    """The appointments as events; cancelled ones take no time and are left out."""
    return [_event(row, drawing) for row in rows if row.status is not Status.CANCELLED]


def closed_events(closed: Iterable[ClosedTime], doctors: Mapping[int, str], drawing: Drawing) -> list[dict[str, Any]]:
    """Closed time with its reason, behind the appointments; `doctors` are the names of those in view, by number."""
    return [
        _closed_event(time, doctors, drawing) for time in closed if time.doctor_id is None or time.doctor_id in doctors
    ]


def event_title(row: Row, *, with_initials: bool) -> str:
    """The event in words, after its time: icons where it is not simply scheduled, the patient, the visit type."""
    icon = "" if row.status is Status.SCHEDULED else STATUS_ICONS[row.status]
    icon = f"{AWAITS_DECISION}{icon}" if row.held else icon
    doctor = initials(row.doctor_name) if with_initials else ""
    return " ".join(part for part in (icon, doctor, f"{row.patient_name} · {row.visit_type}") if part)


def _event(row: Row, drawing: Drawing) -> dict[str, Any]:
    pending = drawing.pending
    if pending is not None and pending.appointment_id == row.appointment_id:
        start, end = wall_span(pending.starts_at, pending.ends_at, drawing.zone)
    else:
        pending = None
        start, end = wall_span(row.starts_at, row.ends_at, drawing.zone)
    over = row.status in _OVER
    classes = {
        "gone": row.status is Status.NO_SHOW,
        "quiet": over,
        "opened": row.appointment_id == drawing.opened,
        "waiting-for-answer": pending is not None,
    }
    return {
        "id": str(row.appointment_id),
        "title": event_title(row, with_initials=drawing.with_initials),
        "start": written(start),
        "end": written(end),
        "borderColor": bar_colour(row.colour_id, drawing.colours),
        "backgroundColor": fill_colour(row.colour_id, drawing.colours, _FAINT if over else 1.0),
        "textColor": drawing.colours.quiet_text if over else drawing.colours.text,
        "editable": drawing.editable and row.status in MOVABLE,
        "classNames": [name for name, holds in classes.items() if holds],
        # FullCalendar leaves a dragged event where it was dropped until its data changes.
        "extendedProps": {"revision": row.revision, "returned": drawing.returned},
    }


def _closed_event(time: ClosedTime, doctors: Mapping[int, str], drawing: Drawing) -> dict[str, Any]:
    start, end = wall_span(time.starts_at, time.ends_at, drawing.zone)
    words = time.reason or _("Closed")
    if drawing.without_hours and time.reason:
        words = _("Closed: {why}").format(why=time.reason)
    if time.doctor_id is not None and drawing.with_initials:
        words = f"{initials(doctors[time.doctor_id])} {words}"
    event: dict[str, Any] = {
        "title": words,
        "start": written(start),
        "end": written(end),
        "classNames": ["closed"],
        "editable": False,
    }
    if not drawing.without_hours:
        return event | {"display": "background"}
    colours = drawing.colours
    return event | {
        "allDay": start.time() == end.time() == _MIDNIGHT,
        "borderColor": colours.line,
        "backgroundColor": colours.closed,
        "textColor": colours.text,
    }
