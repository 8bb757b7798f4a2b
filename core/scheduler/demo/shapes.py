"""Believable visits from a seeded generator: weekdays, cancellations, no-shows, waiting, people who come again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.domain.errors import BadInput

DAYS_BACK = 270
DAYS_AHEAD = 60
EARLIEST = date(1900, 1, 1)
WEEKDAYS = (1.20, 1.28, 1.19, 1.10, 0.76)
CANCELLED = 0.16
# Days of lead: share of visits, chance of a no-show.
LEADS = (
    ((0, 0), 0.15, 0.02),
    ((1, 1), 0.12, 0.05),
    ((2, 7), 0.33, 0.07),
    ((8, 30), 0.30, 0.08),
    ((31, 60), 0.10, 0.09),
)
SESSIONS = ((time(9), time(12)), (time(13), time(17)))

_VISITS_A_DAY = 8.6
_UNRESOLVED = 3
_LEFT_OPEN = 0.4
_MOST_UPCOMING = 4
_SIGNING_IN = 2  # the first people have accounts: whoever tries the demo as one of them can still book
_THEIR_UPCOMING = 2
_DAY = 86400
_SKEW = 0.15  # how far from zero the squared draw of a person starts: the most frequent comes four times the average


class VisitShape(NamedTuple):
    """A visit type's number, its length and buffer in minutes, and its share of all visits."""

    visit_type_id: int
    minutes: int
    buffer_minutes: int
    share: float


class Visit(NamedTuple):
    """An appointment as the table holds it; instants in epoch seconds, date and times as ISO text of the wall."""

    user_id: int
    doctor_id: int
    visit_type_id: int
    starts_at: int
    ends_at: int
    occupied_until: int
    appointment_date: str
    start_time: str
    end_time: str
    status: str
    reason: str
    created_at: int
    checked_in_at: int | None
    started_at: int | None
    completed_at: int | None
    cancelled_at: int | None
    cancelled_by: str | None
    cancelled_late: bool


REASONS = (
    "Headaches for two weeks",
    "Follow-up after the last visit",
    "Dizziness when standing up",
    "Physiotherapy progress",
    "Blood pressure check",
    "Back pain",
    "Yearly check-up",
    "Numbness in the left hand",
    "Test results",
    "",
)


@dataclass(frozen=True)
class ClinicShape:
    """What visits are drawn for: the clinic's zone, how many doctors and people (numbered from 1), its visit types."""

    zone: ZoneInfo
    doctors: int
    people: int
    visit_types: tuple[VisitShape, ...]


def visits(shape: ClinicShape, now: datetime, seed: int, most: int | None = None) -> Iterator[Visit]:
    """Visits day by day from the last ahead into the past, the same for the same arguments.

    Without `most` they reach 270 days back; with it exactly so many come, however far back. No doctor and no person
    is booked twice at a time. BadInput where so many would reach before 1900.
    """
    draw = _Draw(shape, now, seed)
    today = now.astimezone(shape.zone).date()
    day = today + timedelta(days=DAYS_AHEAD)
    first = today - timedelta(days=DAYS_BACK)
    count = 0
    while most is not None or day >= first:
        if day < EARLIEST:
            raise BadInput(problem="These are too many for so few doctors. Ask for more doctors.", field="doctors")
        if day.weekday() < len(WEEKDAYS):
            for visit in draw.day(day):
                if count == most:
                    return
                count += 1
                yield visit
        day -= timedelta(days=1)


class _Draw:
    def __init__(self, shape: ClinicShape, now: datetime, seed: int) -> None:
        self._shape = shape
        self._random = Random(seed)  # noqa: S311 - invented visits are no secret
        self._now = int(now.timestamp())
        self._today = now.astimezone(shape.zone).date()
        self._upcoming: Counter[int] = Counter()
        self._unresolved: Counter[int] = Counter()
        self._shares = [kind.share for kind in shape.visit_types]

    def day(self, day: date) -> Iterator[Visit]:
        # Opening hours lie on one side of any change of the clocks, so one offset serves the whole day.
        nine = int(datetime.combine(day, time(9), self._shape.zone).astimezone(UTC).timestamp())
        midnight = nine - 9 * 3600
        seen: set[int] = set()
        for doctor_id in range(1, self._shape.doctors + 1):
            free_at = 0
            for minute, kind in self._plan(day):
                user_id = self._person(seen, upcoming=day > self._today)
                if user_id is None:
                    continue
                visit = self._visit(day, midnight, minute, kind, doctor_id, user_id, free_at)
                free_at = visit.completed_at or free_at
                yield visit

    def _plan(self, day: date) -> Iterator[tuple[int, VisitShape]]:
        """Minutes after midnight and kinds of one doctor's visits of a day, on the quarter hours, never touching."""
        ahead = max(0, (day - self._today).days)
        fullness = 0.1 + 0.9 * (1.0 - ahead / DAYS_AHEAD) ** 2
        wanted = _VISITS_A_DAY * WEEKDAYS[day.weekday()] * fullness
        quarters = [(closes.hour - opens.hour) * 4 for opens, closes in SESSIONS]
        for (opens, _), room in zip(SESSIONS, quarters, strict=True):
            number = max(0, round(self._random.gauss(wanted * room / sum(quarters), 0.7)))
            kinds = self._random.choices(self._shape.visit_types, self._shares, k=number)
            lengths = [-(-(kind.minutes + kind.buffer_minutes) // 15) for kind in kinds]
            while sum(lengths) > room:
                lengths.pop()
                kinds.pop()
            spare = room - sum(lengths)
            gaps = sorted(self._random.randint(0, spare) for _ in kinds)
            for gap, kind, before in zip(gaps, kinds, _running(lengths), strict=True):
                yield opens.hour * 60 + (gap + before) * 15, kind

    def _person(self, seen: set[int], *, upcoming: bool) -> int | None:
        """Someone without another visit that day; some come far more often than others."""
        people = self._shape.people
        for _ in range(30):
            squared = (_SKEW + self._random.random() * (1 - _SKEW)) ** 2
            user_id = 1 + min(people - 1, int(people * (squared - _SKEW**2) / (1 - _SKEW**2)))
            most = _THEIR_UPCOMING if user_id <= _SIGNING_IN else _MOST_UPCOMING
            if user_id in seen or (upcoming and self._upcoming[user_id] >= most):
                continue
            seen.add(user_id)
            self._upcoming[user_id] += upcoming
            return user_id
        return None

    def _visit(
        self, day: date, midnight: int, minute: int, kind: VisitShape, doctor_id: int, user_id: int, free_at: int
    ) -> Visit:
        draw = self._random
        starts = midnight + minute * 60
        ends = starts + kind.minutes * 60
        (least, longest), _, no_show = draw.choices(LEADS, [lead[1] for lead in LEADS])[0]
        lead = draw.randint(least, longest) * _DAY
        created = starts - lead - draw.randint(1800, 3600 * 3)
        if created > self._now:
            created = self._now - draw.randint(600, 20 * _DAY)
        status, checked_in, started, completed, cancelled = "scheduled", None, None, None, None
        cancelled_by = None
        chance = draw.random()
        if chance < CANCELLED:
            latest = min(starts, self._now)
            cancelled = draw.randint(created, max(created, latest - 60))
            status, cancelled_by = "cancelled", draw.choice(("patient", "patient", "reception"))
        elif draw.random() < no_show:
            # Someone who won't come looks like everyone else until their time has passed.
            status = "no_show" if starts + 1800 < self._now else "scheduled"
        else:
            arrives = starts - draw.randint(-4, 18) * 60
            begins = max(arrives + 120, starts - 300, free_at) + draw.randint(0, 5) * 60
            leaves = begins + int(kind.minutes * draw.uniform(0.7, 1.15)) * 60
            if self._left_open(day, doctor_id):
                pass
            elif leaves <= self._now:
                status, checked_in, started, completed = "completed", arrives, begins, leaves
            elif begins <= self._now:
                status, checked_in, started = "in_progress", arrives, begins
            elif arrives <= self._now:
                status, checked_in = "checked_in", arrives
        return Visit(
            user_id,
            doctor_id,
            kind.visit_type_id,
            starts,
            ends,
            ends + kind.buffer_minutes * 60,
            day.isoformat(),
            _wall(minute),
            _wall(minute + kind.minutes),
            status,
            draw.choice(REASONS),
            created,
            checked_in,
            started,
            completed,
            cancelled,
            cancelled_by,
            cancelled is not None and cancelled_by == "patient" and starts - cancelled < _DAY,
        )

    def _left_open(self, day: date, doctor_id: int) -> bool:
        """Whether nobody said what became of this past visit: three a doctor, in the last days."""
        if day >= self._today or self._unresolved[doctor_id] >= _UNRESOLVED or self._random.random() > _LEFT_OPEN:
            return False
        self._unresolved[doctor_id] += 1
        return True


def _running(lengths: list[int]) -> list[int]:
    return [sum(lengths[:index]) for index in range(len(lengths))]


def _wall(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
