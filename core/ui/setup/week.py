"""A week's opening hours as people write them, such as "09:00-12:00, 13:00-17:00" for a day, and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from core.domain.errors import CareSlotError
from core.domain.opening import ClosesBeforeOpening, HoursOverlap, OpeningHours, refuse_overlapping
from core.ui.times import full_date
from core.ui.words import _, sentence_of

DAYS = 7
TO = "\N{EN DASH}"
USUAL_DAY = f"09:00{TO}12:00, 13:00{TO}17:00"
MONDAY, SATURDAY = 0, 5
NOON = 12
LAST_HOUR, HOURS_A_DAY, MINUTES_AN_HOUR = 23, 24, 60
UNTIL = "valid_until"

Problems = dict[tuple[int, int | str], str]
"""Sentences by plan and by weekday, or by plan and UNTIL."""

_APART = re.compile(r"\s*(?:[,;/&\n]|\band\b)\s*")
_DASH = re.compile(r"\s*(?:[-–—−]|\bto\b|\buntil\b)\s*")  # noqa: RUF001 - dashes that people type
_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm)?")
_CLOSED = {"", "-", "–", "—", "closed"}  # noqa: RUF001


class UnreadableHours(CareSlotError):
    """Write times such as 09:00-12:00, 13:00-17:00; leave it empty where the doctor doesn't work."""


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """One week's hours, a text for each weekday from Monday on, and the dates between which it holds (None: always)."""

    days: tuple[str, ...] = ("",) * DAYS
    valid_from: date | None = None
    valid_until: date | None = None


def usual_week(plan: WeekPlan) -> WeekPlan:
    """The plan with the usual hours from Monday to Friday and none at the weekend."""
    return replace(plan, days=(USUAL_DAY,) * SATURDAY + ("",) * (DAYS - SATURDAY))


def like_monday(plan: WeekPlan) -> WeekPlan:
    """The plan with Monday's hours from Monday to Friday."""
    return replace(plan, days=(plan.days[MONDAY],) * SATURDAY + plan.days[SATURDAY:])


def plans_of(hours: Sequence[OpeningHours]) -> tuple[WeekPlan, ...]:
    """A doctor's hours by the dates between which they hold; one empty plan where there are none."""
    found: dict[tuple[date | None, date | None], list[list[OpeningHours]]] = {}
    for entry in sorted(hours, key=lambda entry: entry.opens):
        week = found.setdefault((entry.valid_from, entry.valid_until), [[] for _day in range(DAYS)])
        week[entry.weekday].append(entry)
    plans = [
        WeekPlan(tuple(", ".join(_stretch(entry.opens, entry.closes) for entry in day) for day in week), first, last)
        for (first, last), week in found.items()
    ]
    return tuple(sorted(plans, key=_by_dates)) or (WeekPlan(),)


def hours_of(plans: Sequence[WeekPlan]) -> list[OpeningHours]:
    """The plans' hours; raises what problems_of tells of a text or of dates, but not HoursOverlap."""
    return [
        OpeningHours(weekday, opens, closes, plan.valid_from, plan.valid_until)
        for plan in plans
        for weekday, text in enumerate(plan.days)
        for opens, closes in stretches(text)
    ]


def problems_of(plans: Sequence[WeekPlan]) -> Problems:
    """What is wrong, where it stands: texts that are no times, reversed or overlapping ones, reversed dates."""
    problems: Problems = {}
    for index, plan in enumerate(plans):
        if plan.valid_from and plan.valid_until and plan.valid_until < plan.valid_from:
            problems[index, UNTIL] = _("The last day must not be before the first.")
    for weekday in range(DAYS):
        known: list[tuple[int, OpeningHours]] = []
        for index, plan in enumerate(plans):
            try:
                found = hours_of([replace(plan, days=_only(plan.days, weekday))])
            except (UnreadableHours, ClosesBeforeOpening) as error:
                problems[index, weekday] = sentence_of(error)
                continue
            if (index, UNTIL) in problems:
                continue
            for entry in found:
                if clash := _clash(index, entry, known):
                    problems.setdefault((index, weekday), clash)
                known.append((index, entry))
    return problems


def changed_for(plans: Sequence[WeekPlan], first: date, last: date | None) -> tuple[WeekPlan, ...]:
    """The plans with a new one from `first` to `last` (None: for good), which begins as a copy of what held on `first`.

    The others are cut so that none overlaps it; what lies wholly within it goes.
    """
    kept: list[WeekPlan] = []
    copied = WeekPlan()
    for plan in plans:
        if (plan.valid_from or date.min) <= first <= (plan.valid_until or date.max):
            copied = plan
        before = replace(plan, valid_until=min(plan.valid_until or date.max, first - timedelta(days=1)))
        if (before.valid_from or date.min) <= (before.valid_until or date.max):
            kept.append(before)
        if last is not None and last < (plan.valid_until or date.max):
            kept.append(replace(plan, valid_from=max(plan.valid_from or date.min, last + timedelta(days=1))))
    return tuple(sorted([*kept, replace(copied, valid_from=first, valid_until=last)], key=_by_dates))


def weekly_minutes(plan: WeekPlan) -> int:
    """The minutes of opening hours in such a week; raises what hours_of raises."""
    return sum(_minute(entry.closes, closing=True) - _minute(entry.opens) for entry in hours_of([plan]))


def tidied(text: str) -> str:
    """The text in the usual form, or as it is where it can't be read."""
    try:
        return ", ".join(_stretch(opens, closes) for opens, closes in sorted(stretches(text)))
    except UnreadableHours:
        return text


def stretches(text: str) -> list[tuple[time, time]]:
    """The times of a day: (opens, closes), where midnight closes at the end of the day; raises UnreadableHours.

    "9-12, 13-17", "9am to 12:30pm and 2-5pm", "0900-1200" and "Closed" are understood too.
    """
    text = text.strip().lower().replace("a.m.", "am").replace("p.m.", "pm").replace("noon", "12pm")
    if text in _CLOSED:
        return []
    return [_read(piece) for piece in _APART.split(text) if piece]


def dates_words(plan: WeekPlan) -> str:
    """Between which dates the plan holds."""
    first = full_date(plan.valid_from) if plan.valid_from else ""
    last = full_date(plan.valid_until) if plan.valid_until else ""
    if first and last:
        return _("From {first} to {last}").format(first=first, last=last)
    if first:
        return _("From {first} on").format(first=first)
    return _("Until {last}").format(last=last) if last else _("Every week")


def _read(piece: str) -> tuple[time, time]:
    ends = [_TIME.fullmatch(end) for end in _DASH.split(piece)]
    if len(ends) != len(("opens", "closes")) or ends[0] is None or ends[1] is None:
        raise UnreadableHours
    opens, closes = ends[0].groups(), ends[1].groups()
    # "2-5pm" and "2pm-5" mean the afternoon, "9-5pm" and "9am-5" go over noon.
    one_half = int(opens[0]) % NOON < int(closes[0]) % NOON
    opens_half, closes_half = opens[2], closes[2]
    if closes_half and not opens_half and int(opens[0]) <= NOON:
        opens_half = closes_half if one_half else "am"
    elif opens_half and not closes_half and int(closes[0]) <= NOON:
        closes_half = opens_half if one_half else "pm"
    return _time(opens[0], opens[1], opens_half), _time(closes[0], closes[1], closes_half, closing=True)


def _time(hour_text: str, minute_text: str | None, half: str | None, *, closing: bool = False) -> time:
    hour, minute = int(hour_text), int(minute_text or 0)
    if half:
        if not 1 <= hour <= NOON:
            raise UnreadableHours
        hour = hour % NOON + (NOON if half == "pm" else 0)
    if closing and hour == HOURS_A_DAY and minute == 0:
        hour = 0
    if hour > LAST_HOUR or minute >= MINUTES_AN_HOUR:
        raise UnreadableHours
    return time(hour, minute)


def _stretch(opens: time, closes: time) -> str:
    end = closes.strftime("%H:%M") if closes != time(0) else "24:00"
    return f"{opens.strftime('%H:%M')}{TO}{end}"


def _clash(index: int, entry: OpeningHours, known: Sequence[tuple[int, OpeningHours]]) -> str:
    for plan, other in known:
        try:
            refuse_overlapping([other, entry])
        except HoursOverlap:
            mine, others = _stretch(entry.opens, entry.closes), _stretch(other.opens, other.closes)
            if plan == index:
                return _("{hours} overlaps {other}.").format(hours=mine, other=others)
            dates = dates_words(WeekPlan(valid_from=other.valid_from, valid_until=other.valid_until))
            return _("{hours} overlaps {other} of the hours “{dates}”.").format(hours=mine, other=others, dates=dates)
    return ""


def _only(days: tuple[str, ...], weekday: int) -> tuple[str, ...]:
    return tuple(text if index == weekday else "" for index, text in enumerate(days))


def _by_dates(plan: WeekPlan) -> tuple[date, date]:
    return plan.valid_from or date.min, plan.valid_until or date.max


def _minute(wall: time, *, closing: bool = False) -> int:
    if closing and wall == time(0):
        return HOURS_A_DAY * MINUTES_AN_HOUR
    return wall.hour * MINUTES_AN_HOUR + wall.minute
