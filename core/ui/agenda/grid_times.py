"""The grid's clock: wall time of the clinic without a zone, so that the browser's own zone never matters.

A change of clocks skips an hour or shows one twice. A skipped wall time means the instant of the change, one that comes
twice its first occurrence (core.domain.opening).
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.domain.opening import wall_instant

_SECONDS = 19  # of "2026-12-08T10:00:00", after which FullCalendar may write an offset that means nothing here


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """The clinic's wall time of an aware instant, without its zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def wall_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end on the clinic's clock; an end that the clock shows before the start comes its length after it."""
    start, end = wall(starts_at, zone), wall(ends_at, zone)
    return start, end if end > start else start + (ends_at - starts_at)


def instant_of(wall_time: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clinic's clock shows this wall time."""
    return datetime.fromtimestamp(wall_instant(wall_time.date(), wall_time.time(), zone), UTC)


def written(wall_time: datetime) -> str:
    """The wall time as FullCalendar reads it, such as "2026-12-08T10:00:00"."""
    return wall_time.isoformat(timespec="seconds")


def read_wall(text: object) -> datetime | None:
    """The wall time that FullCalendar wrote, None where it wrote none."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text[:_SECONDS]).replace(tzinfo=None)
    except ValueError:
        return None
