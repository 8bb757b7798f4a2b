"""A chart's mark as the address names it, such as "hours.4.15": what was clicked, and whose list is open."""

from core.reports.report import Chart, Mark
from core.ui.address import day_in, number_in

PARTS_WITH_VISITS = ("seen", "no_show", "no_outcome")
_LAST_HOUR, _LAST_WEEKDAY = 23, 6
_MOST_LEAD_DAYS = 9999


def mark_text(mark: Mark) -> str:
    """The mark as text that mark_in() understands."""
    fields: tuple[object, ...]
    match mark.chart:
        case Chart.FREE:
            fields = ("" if mark.day is None else mark.day.isoformat(), mark.doctor_id)
        case Chart.USE:
            fields = (mark.part, mark.doctor_id)
        case Chart.HOURS:
            fields = (mark.weekday, mark.hour)
        case Chart.ATTENDANCE:
            fields = (mark.least,)
        case Chart.WAITING:
            fields = (mark.hour,)
    return ".".join(str(field) for field in (mark.chart.value, *fields))


def mark_in(text: str | None) -> Mark | None:
    """The mark of an address that anyone may have typed, or None."""
    match (text or "").split("."):
        case ["free", day_text, doctor_text]:
            day, doctor = day_in(day_text), number_in(doctor_text)
            return None if day is None or doctor is None else Mark(Chart.FREE, day=day, doctor_id=doctor)
        case ["use", part, doctor_text] if part in PARTS_WITH_VISITS:
            doctor = number_in(doctor_text)
            return None if doctor is None else Mark(Chart.USE, doctor_id=doctor, part=part)
        case ["hours", weekday_text, hour_text]:
            weekday, hour = _up_to(_LAST_WEEKDAY, weekday_text), _up_to(_LAST_HOUR, hour_text)
            return None if weekday is None or hour is None else Mark(Chart.HOURS, weekday=weekday, hour=hour)
        case ["attendance", least_text]:
            least = _up_to(_MOST_LEAD_DAYS, least_text)
            return None if least is None else Mark(Chart.ATTENDANCE, least=least)
        case ["waiting", hour_text]:
            hour = _up_to(_LAST_HOUR, hour_text)
            return None if hour is None else Mark(Chart.WAITING, hour=hour)
    return None


def _up_to(largest: int, text: str) -> int | None:
    """A whole number from 0 on."""
    return 0 if text == "0" else number_in(text, largest)
