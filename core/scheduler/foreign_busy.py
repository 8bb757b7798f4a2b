"""When somebody else's events take time in a calendar: replaced event by event, and only from an instant on.

What lies before stays as it was known, for the figures of past weeks count it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, and_, bindparam, delete, func, insert, or_, select

from core.domain.timespan import Timespan
from core.scheduler.tables import external_busy
from core.scheduler.types import epoch, from_epoch

_ASKED = 500  # so many ids in one question

_FORGET_SERIES = delete(external_busy).where(
    external_busy.c.calendar_id == bindparam("calendar"),
    external_busy.c.ends_at > bindparam("since"),
    func.substr(external_busy.c.event_id, 1, func.length(bindparam("series", type_=Text))) == bindparam("series"),
)


@dataclass(frozen=True, slots=True)
class Busy:
    """An event of somebody else's and when it takes time; never what it is about."""

    event_id: str
    spans: tuple[Timespan, ...]


def replace_busy(connection: Connection, calendar_id: str, busy: Sequence[Busy], since: datetime) -> None:
    """Keep these spans of these events in place of what was known of them from `since` on.

    An event that takes no time any more may have been a series whose occurrences were told as events of their own, under
    its id, an underscore and their time (so Google names them): they go with it.
    """
    if not busy:
        return
    rows: dict[tuple[str, int], int] = {}
    for event in busy:
        for span in event.spans:
            start, end = epoch(span.start), epoch(span.end)
            if end > start:
                key = event.event_id, start
                rows[key] = max(end, rows.get(key, end))
    starts = [from_epoch(start) for start in sorted({start for _, start in rows})]
    connection.execute(
        delete(external_busy).where(
            external_busy.c.calendar_id == calendar_id,
            external_busy.c.event_id.in_([event.event_id for event in busy]),
            or_(external_busy.c.ends_at > since, external_busy.c.starts_at.in_(starts)),
        )
    )
    for event in busy:
        if not event.spans:
            connection.execute(
                _FORGET_SERIES, {"calendar": calendar_id, "since": since, "series": f"{event.event_id}_"}
            )
    if rows:
        connection.execute(
            insert(external_busy),
            [
                {
                    "calendar_id": calendar_id,
                    "event_id": event,
                    "starts_at": from_epoch(start),
                    "ends_at": from_epoch(end),
                }
                for (event, start), end in rows.items()
            ],
        )


def forget_unlisted(connection: Connection, calendar_id: str, listed: Collection[str], since: datetime) -> None:
    """Only the listed events take time from `since` on."""
    ahead = and_(external_busy.c.calendar_id == calendar_id, external_busy.c.ends_at > since)
    known = connection.execute(select(external_busy.c.event_id).distinct().where(ahead)).scalars()
    gone = sorted(set(known) - set(listed))
    for first in range(0, len(gone), _ASKED):
        some = external_busy.c.event_id.in_(gone[first : first + _ASKED])
        connection.execute(delete(external_busy).where(ahead, some))
