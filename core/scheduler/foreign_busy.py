"""When somebody else's events take time in a calendar: replaced event by event, and only from an instant on.

What lies before stays as it was known, for the figures of past weeks count it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

from core.domain.timespan import Timespan
from core.scheduler.tables import external_busy
from core.scheduler.types import epoch, from_epoch

_ASKED = 500  # so many ids in one question

# So Google names an occurrence of a series: by the series' id and the day or the instant at which it was to begin.
_OCCURRENCE = re.compile(r"(.+)_\d{8}(?:T\d{6}Z)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Busy:
    """An event of somebody else's and when it takes time; never what it is about."""

    event_id: str
    spans: tuple[Timespan, ...]


def replace_busy(connection: Connection, calendar_id: str, busy: Sequence[Busy], since: datetime) -> None:
    """Keep these spans of these events in place of what was known of them from `since` on.

    An event that takes no time any more may have been a series whose occurrences were told as events of their own: they
    go with it.
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
    _forget_occurrences(connection, calendar_id, {event.event_id for event in busy if not event.spans}, since)
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


def _forget_occurrences(connection: Connection, calendar_id: str, series: Collection[str], since: datetime) -> None:
    if not series:
        return
    ahead = and_(external_busy.c.calendar_id == calendar_id, external_busy.c.ends_at > since)
    known = connection.execute(select(external_busy.c.event_id).distinct().where(ahead)).scalars()
    _forget(connection, ahead, [one for one in known if (of := _OCCURRENCE.fullmatch(one)) and of[1] in series])


def forget_unlisted(connection: Connection, calendar_id: str, listed: Collection[str], since: datetime) -> None:
    """Only the listed events take time from `since` on."""
    ahead = and_(external_busy.c.calendar_id == calendar_id, external_busy.c.ends_at > since)
    known = connection.execute(select(external_busy.c.event_id).distinct().where(ahead)).scalars()
    _forget(connection, ahead, sorted(set(known) - set(listed)))


def _forget(connection: Connection, ahead: ColumnElement[bool], event_ids: Sequence[str]) -> None:
    for first in range(0, len(event_ids), _ASKED):
        some = external_busy.c.event_id.in_(event_ids[first : first + _ASKED])
        connection.execute(delete(external_busy).where(ahead, some))
