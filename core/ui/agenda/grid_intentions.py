"""What a person meant by clicking or dragging in the grid, read from what the calendar component sends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.scheduler.rows import Row
from core.ui.agenda.grid_times import instant_of, read_wall

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Open:
    """Show this appointment."""

    appointment_id: int


@dataclass(frozen=True, slots=True)
class Drag:
    """An appointment was moved or made longer; wall times of the clinic, `revision` as the browser knew it."""

    appointment_id: int
    revision: int
    from_start: datetime
    from_end: datetime
    to_start: datetime
    to_end: datetime


@dataclass(frozen=True, slots=True)
class Take:
    """An empty time was clicked; wall time of the clinic."""

    wall: datetime


@dataclass(frozen=True, slots=True)
class ShowDay:
    """A day of the month was clicked."""

    day: date


Intention = Open | Drag | Take | ShowDay


@dataclass(frozen=True, slots=True)
class Change:
    """Where an appointment is to go; `starts_at` is aware, in UTC; `doctor_id` is None where the doctor stays."""

    appointment_id: int
    revision: int
    starts_at: datetime
    minutes: int
    doctor_id: int | None = None

    @property
    def ends_at(self) -> datetime:
        """The instant at which it would end, in UTC."""
        return self.starts_at + self.minutes * MINUTE

    def alters(self, row: Row) -> bool:
        """Whether it would change anything."""
        stays = self.doctor_id in {None, row.doctor_id}
        return not (stays and self.starts_at == row.starts_at and self.minutes == row.minutes)


def read_intention(sent: object) -> Intention | None:
    """The intention behind a callback of the calendar; None for anything else that a browser may send."""
    callback = sent.get("callback") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(callback, str):
        return None
    content = _part(sent, callback)
    if callback == "eventClick":
        number = _number(_part(content, "event").get("id"))
        return None if number is None else Open(number)
    if callback == "eventChange":
        return _drag(_part(content, "oldEvent"), _part(content, "event"))
    return _clicked(content) if callback == "dateClick" else None


def change_of(drag: Drag, row: Row, zone: ZoneInfo, pending: Change | None = None) -> Change:
    """The change that a drag asks for; it adds to a change of the same appointment that is still to be confirmed.

    A start that was not touched keeps its instant, which its wall time alone could not tell where an hour comes twice.
    """
    earlier = pending if pending is not None and pending.appointment_id == row.appointment_id else None
    starts_at, minutes = (earlier.starts_at, earlier.minutes) if earlier else (row.starts_at, row.minutes)
    if drag.to_start != drag.from_start:
        starts_at = instant_of(drag.to_start, zone)
    longer = (drag.to_end - drag.to_start) - (drag.from_end - drag.from_start)
    return Change(row.appointment_id, drag.revision, starts_at, minutes + longer // MINUTE)


def _clicked(content: dict[str, Any]) -> Take | ShowDay | None:
    clicked = read_wall(content.get("date"))
    if clicked is None:
        return None
    return ShowDay(clicked.date()) if content.get("allDay") else Take(clicked)


def _drag(old: dict[str, Any], new: dict[str, Any]) -> Drag | None:
    number, revision = _number(new.get("id")), _part(new, "extendedProps").get("revision")
    from_start, from_end = read_wall(old.get("start")), read_wall(old.get("end"))
    to_start, to_end = read_wall(new.get("start")), read_wall(new.get("end"))
    if number is None or not isinstance(revision, int) or from_start is None or to_start is None:
        return None
    # Without an end on both sides the length is taken as it was.
    if from_end is None or to_end is None:
        from_end, to_end = from_start, to_start
    return Drag(number, revision, from_start, from_end, to_start, to_end)


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else None
