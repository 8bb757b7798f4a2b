"""Searching slots by hand: sqlite3, epoch seconds, and one loop a doctor."""

import sqlite3
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOOK_BACK = 10 * 3600

Answer = list[tuple[datetime, int, datetime]]
"""Start, doctor and end of each slot, earliest first."""


class Floor:
    """Reads one snapshot a search, as the scheduler has to."""

    def __init__(self, path: str, now: datetime) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._now = int(now.timestamp())

    def find(self, visit_type: int, doctor: int | None, first: date, last: date) -> Answer:
        """All slots of one doctor or of everyone from one day to another."""
        query = self._connection.execute
        query("BEGIN")
        zone, start, end, grid, minutes, buffer = self._rules(visit_type, first, last)
        doctors = self._offering(visit_type, doctor)
        hours, closed, taken = self._time(doctors, start, end)
        query("COMMIT")
        found: dict[int, list[int]] = defaultdict(list)
        days = _days(zone, start, end)
        cache: dict[tuple[date, str], int] = {}
        for one in doctors:
            opening = _opening(hours[one], days, zone, cache)
            for begin in _free(opening, closed[one], taken[one], start, end, grid, minutes * 60, buffer * 60):
                found[begin].append(one)
        length = timedelta(minutes=minutes)
        answer: Answer = []
        for begin in sorted(found):
            starts = datetime.fromtimestamp(begin, UTC)
            ends = starts + length
            answer.extend((starts, one, ends) for one in found[begin])
        return answer

    def first_of_each(self, visit_type: int) -> Answer:
        """Each doctor's soonest slot: looks two days ahead, then two weeks, then everywhere, for those without one."""
        query = self._connection.execute
        query("BEGIN")
        zone, start, end, grid, minutes, buffer = self._rules(visit_type, None, None)
        waiting = self._offering(visit_type, None)
        answer: Answer = []
        cache: dict[tuple[date, str], int] = {}
        for reach in (2, 14, 3660):
            until = min(end, start + reach * 86400)
            days = _days(zone, start, until)
            hours, closed, taken = self._time(waiting, start, until)
            still = []
            for one in waiting:
                opening = _opening(hours[one], days, zone, cache)
                free = _free(opening, closed[one], taken[one], start, until, grid, minutes * 60, buffer * 60)
                begin = next(free, None)
                if begin is None:
                    still.append(one)
                else:
                    starts = datetime.fromtimestamp(begin, UTC)
                    answer.append((starts, one, starts + timedelta(minutes=minutes)))
            waiting = still
            if not waiting or until == end:
                break
        query("COMMIT")
        return sorted(answer)

    def _rules(self, visit_type: int, first: date | None, last: date | None):
        name, notice, horizon, grid, minutes, buffer = self._connection.execute(
            "SELECT zone, notice_minutes, horizon_days, grid_minutes, minutes, buffer_minutes "
            "FROM clinic, visit_types WHERE visit_type_id = ?",
            (visit_type,),
        ).fetchone()
        zone = ZoneInfo(name)
        start, end = self._now + notice * 60, self._now + horizon * 86400
        if first is not None and last is not None:
            start = max(start, _midnight(first, zone))
            end = min(end, _midnight(last + timedelta(days=1), zone))
        return zone, start, end, grid * 60, minutes, buffer

    def _offering(self, visit_type: int, doctor: int | None) -> list[int]:
        found = self._connection.execute(
            "SELECT d.doctor_id FROM doctors d JOIN doctor_visit_types o ON o.doctor_id = d.doctor_id "
            "WHERE o.visit_type_id = ? AND d.active AND (? IS NULL OR d.doctor_id = ?) ORDER BY d.doctor_id",
            (visit_type, doctor, doctor),
        )
        return [row[0] for row in found]

    def _time(self, doctors: list[int], start: int, end: int):
        """Hours, closed spans and taken spans, each by doctor, the spans ordered."""
        marks = ",".join("?" * len(doctors))
        query = self._connection.execute
        hours = defaultdict(list)
        for one, *entry in query(
            f"SELECT doctor_id, weekday, opens, closes, valid_from, valid_until FROM opening_hours "
            f"WHERE doctor_id IN ({marks}) ORDER BY doctor_id, weekday, opens",
            doctors,
        ):
            hours[one].append(entry)
        closed = defaultdict(list)
        for one, begins, until in query(
            f"SELECT doctor_id, starts_at, ends_at FROM closures WHERE ends_at > ? AND starts_at < ? "
            f"AND (doctor_id IS NULL OR doctor_id IN ({marks})) UNION ALL "
            "SELECT d.doctor_id, b.starts_at, b.ends_at FROM doctors d JOIN calendars c ON c.calendar_id = d.calendar_id "
            f"JOIN external_busy b ON b.calendar_id = c.calendar_id WHERE d.doctor_id IN ({marks}) "
            "AND c.foreign_blocks = 'everyone' AND b.ends_at > ? AND b.starts_at < ? ORDER BY 2",
            (start, end, *doctors, *doctors, start, end),
        ):
            for closing in doctors if one is None else (one,):
                closed[closing].append((begins, until))
        taken = defaultdict(list)
        for one, begins, until in query(
            f"SELECT doctor_id, starts_at, occupied_until FROM appointments WHERE doctor_id IN ({marks}) "
            "AND starts_at > ? AND starts_at < ? AND occupied_until > ? "
            "AND status IN ('scheduled', 'checked_in', 'in_progress', 'completed') UNION ALL "
            f"SELECT doctor_id, starts_at, occupied_until FROM holds WHERE doctor_id IN ({marks}) AND hold_until > ? "
            "ORDER BY 2",
            (*doctors, start - LOOK_BACK, end + LOOK_BACK, start, *doctors, self._now),
        ):
            taken[one].append((begins, until))
        return hours, closed, taken


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _days(zone: ZoneInfo, start: int, end: int) -> list[date]:
    first, last = datetime.fromtimestamp(start, zone).date(), datetime.fromtimestamp(end, zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _opening(hours, days: list[date], zone: ZoneInfo, cache: dict[tuple[date, str], int]) -> list[tuple[int, int]]:
    """Opening hours as spans; the cache spares the zone's arithmetic for doctors who share hours."""
    spans = []
    for day in days:
        weekday = day.weekday()
        for on, opens, closes, since, until in hours:
            if (
                on != weekday
                or (since and day < date.fromisoformat(since))
                or (until and day > date.fromisoformat(until))
            ):
                continue
            span = []
            for wall in (opens, closes):
                moment = cache.get((day, wall))
                if moment is None:
                    time = datetime(day.year, day.month, day.day, int(wall[:2]), int(wall[3:]), tzinfo=zone)
                    moment = cache[day, wall] = int(time.timestamp())
                span.append(moment)
            spans.append((span[0], span[1]))
    return spans


def _free(opening, closed, taken, earliest: int, latest: int, grid: int, length: int, buffer: int):
    shut = busy = 0
    for opens, closes in opening:
        start = opens if opens >= earliest else opens + -(-(earliest - opens) // grid) * grid
        last = min(closes - length, latest - 1)
        while start <= last:
            while shut < len(closed) and closed[shut][1] <= start:
                shut += 1
            while busy < len(taken) and taken[busy][1] <= start:
                busy += 1
            if shut < len(closed) and closed[shut][0] < start + length:
                moment = closed[shut][1]
            elif busy < len(taken) and taken[busy][0] < start + length + buffer:
                moment = taken[busy][1]
            else:
                yield start
                start += grid
                continue
            start = opens + -(-(moment - opens) // grid) * grid
