"""What the Clinic page shows, as values: six charts' data with their denominators, and the figures of the period.

Minutes are whole minutes, rates are fractions of 1 (None where there is nothing to divide by), dates are the clinic's,
hours are the clinic's wall clock (0 to 23), weekdays begin with 0 for Monday.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.domain.appointment import Status


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """The period of the same length that ends the day before this one."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a period, and a doctor or a visit type where not all are meant."""

    period: Period
    doctor_id: int | None = None
    visit_type_id: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A doctor or a visit type: number and name."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class FreeCell:
    """A doctor's day: minutes that could be booked (bookable less busy in the calendar) and those still free."""

    day: date
    doctor_id: int
    bookable: int
    free: int


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Chart 1: next week's free time by day and doctor; days without bookable time have no cell."""

    week: Period
    doctors: tuple[Named, ...]
    cells: tuple[FreeCell, ...]


@dataclass(frozen=True, slots=True)
class VisitTypeWait:
    """A visit type's third next available: days now, and (Monday, median of the week's days), oldest first.

    `days` is None where nothing was free within the horizon or nobody looked yet; such a week's median is None too.
    """

    visit_type_id: int
    name: str
    days: int | None
    measured_on: date | None
    weeks: tuple[tuple[date, float | None], ...]


@dataclass(frozen=True, slots=True)
class Availability:
    """Chart 2: calendar days to the third free slot by visit type; `horizon_days` is how far anyone can book."""

    visit_types: tuple[VisitTypeWait, ...]
    target_days: int
    horizon_days: int


@dataclass(frozen=True, slots=True)
class TimeUse:
    """What became of bookable minutes; together the parts may pass `bookable`, then `unused` is 0.

    `seen` are minutes of seen visits within bookable time, `outside` those of the same visits outside it; `ceiling` is the
    share of time that buffers leave for visits. `other` is what visits of the other types took, with their buffers, where one visit type was asked for; else 0.
    """

    bookable: int
    seen: int
    no_show: int
    no_outcome: int
    buffer: int
    blocked: int
    unused: int
    outside: int
    ceiling: float | None
    other: int = 0


@dataclass(frozen=True, slots=True)
class UseOfTime:
    """Chart 3: past days of the period only (`until` is the last of them, None where there is none)."""

    until: date | None
    doctors: tuple[tuple[Named, TimeUse], ...]
    all: TimeUse
    before: TimeUse


@dataclass(frozen=True, slots=True)
class HourCell:
    """A weekday's hour over the whole period: open (bookable) minutes and booked minutes in it."""

    weekday: int
    hour: int
    open: int
    booked: int
    booked_before: int
    open_before: int


@dataclass(frozen=True, slots=True)
class LeadGroup:
    """Chart 5's dot: visits booked `least` to `most` days ahead (most None: or more), past, with a known outcome.

    `rate` is the no-show rate, `low` and `high` its 95 % interval; `before` the rate of the period before.
    """

    least: int
    most: int | None
    completed: int
    no_show: int
    rate: float | None
    low: float | None
    high: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Chart 5: no-shows by lead time; `unrecorded` past visits have no outcome and are left out."""

    groups: tuple[LeadGroup, ...]
    unrecorded: int


@dataclass(frozen=True, slots=True)
class HourWait:
    """Minutes from check-in to the start of the visit in an hour: median and 90th percentile of `visits`."""

    hour: int
    visits: int
    median: int | None
    p90: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Chart 6: waiting by hour; visits with both stamps only, `unstamped` completed ones are left out."""

    hours: tuple[HourWait, ...]
    all: HourWait  # its hour means nothing
    before: HourWait
    unstamped: int


class Key(StrEnum):
    """The figures by name, in the order in which they are listed."""

    VISITS = "visits"
    BOOKABLE_MINUTES = "bookable_minutes"
    UTILISATION_BOOKED = "utilisation_booked"
    UTILISATION_REALISED = "utilisation_realised"
    OUTSIDE_MINUTES = "outside_minutes"
    NO_SHOW_RATE = "no_show_rate"
    UNRECORDED = "unrecorded"
    CANCELLATION_RATE = "cancellation_rate"
    LATE_CANCELLATION_RATE = "late_cancellation_rate"
    LEAD_TIME_MEDIAN = "lead_time_median"
    LEAD_TIME_LOWER_QUARTILE = "lead_time_lower_quartile"
    LEAD_TIME_UPPER_QUARTILE = "lead_time_upper_quartile"
    THIRD_NEXT_AVAILABLE = "third_next_available"
    WAITING_MEDIAN = "waiting_median"
    WAITING_P90 = "waiting_p90"
    CYCLE_TIME_MEDIAN = "cycle_time_median"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the period and of the one before, as core.reports.metrics defines it.

    `key` names it, `unit` is minutes, share, days or visits; `denominator` is what it is a part of, or how many visits
    (for third next available, measurements) it is taken from; None: neither.
    """

    key: Key
    unit: str
    value: float | None
    before: float | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows for one question; `visits` is how many appointments lie in the period at all.

    `made_at` may be a while ago: nothing that the figures are made of was changed since.
    """

    question: Question
    made_at: datetime
    visits: int
    free: FreeTime
    availability: Availability
    use: UseOfTime
    hours: tuple[HourCell, ...]
    attendance: Attendance
    waiting: Waiting
    figures: tuple[Figure, ...]


class Chart(StrEnum):
    """The charts whose marks lead to a list."""

    FREE = "free"
    USE = "use"
    HOURS = "hours"
    ATTENDANCE = "attendance"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that was clicked; which fields count depends on the chart.

    FREE: day, doctor_id. USE: doctor_id, part (seen, no_show, no_outcome). HOURS: weekday, hour.
    ATTENDANCE: least (of a LeadGroup). WAITING: hour.
    """

    chart: Chart
    day: date | None = None
    doctor_id: int | None = None
    part: str | None = None
    weekday: int | None = None
    hour: int | None = None
    least: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment behind a mark; instants are aware, in UTC; minutes are those that the chart counts."""

    appointment_id: int
    starts_at: datetime
    ends_at: datetime
    doctor_name: str
    patient_name: str
    visit_type: str
    status: Status
    lead_days: int
    waited_minutes: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The appointments behind a mark, by time; at most `len(visits)` of `count` are given."""

    visits: tuple[Visit, ...]
    count: int
