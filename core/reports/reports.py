"""The Clinic page's use cases: the report on a period, and the appointments behind a mark of its charts."""

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.errors import BadInput
from core.domain.kept import Kept
from core.domain.principal import Principal
from core.reports.key_figures import key_figures
from core.reports.report import Chart, Listing, Mark, Period, Question, Report, Visit
from core.reports.time_charts import bookable, busy_hours, free_time, use_of_time
from core.reports.visit_charts import attendance, availability, lead_group, waiting
from core.scheduler.figure_sums import OUTSIDE, Asked
from core.scheduler.figure_visits import (
    BookedInHour,
    Counted,
    CountedVisit,
    FigureVisits,
    PastVisits,
    PastWaits,
    TimeTaken,
)
from core.scheduler.figures import MOST_KEPT, Figures, StoredFigures
from core.scheduler.schedule import OPEN
from core.scheduler.store import Store


class Reports:
    """What the clinic's figures are. A doctor gets the own ones, a manager all, everybody else NotAllowed.

    Past days are those before today in the clinic's zone.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._figures = Figures(store, clock)
        self._visits = FigureVisits(store, clock)
        self._clock = clock
        self._kept: Kept[int, tuple[StoredFigures, Report]] = Kept(MOST_KEPT)

    def report(self, principal: Principal, question: Question) -> Report:
        """Charts and figures of a period, compared with the one before; a doctor's own whatever doctor is asked for.

        It is the very same value as before while it says the same.
        """
        stored = self._figures.read(principal, _asked(question))
        kept = self._kept.get(id(stored))  # which is nobody else's while it is kept here
        return kept[1] if kept is not None else self._kept.put(id(stored), (stored, self._made(stored)))[1]

    def _made(self, stored: StoredFigures) -> Report:
        times = bookable(stored)
        return Report(
            question=Question(
                Period(stored.asked.first, stored.asked.last), stored.asked.doctor_id, stored.asked.visit_type_id
            ),
            made_at=self._clock(),
            visits=sum(entry.visits for entry in stored.sums if entry.now and entry.asked and entry.status != OUTSIDE),
            free=free_time(stored),
            availability=availability(stored),
            use=use_of_time(stored, times),
            hours=busy_hours(stored, times),
            attendance=attendance(stored),
            waiting=waiting(stored),
            figures=key_figures(stored, times),
        )

    def behind(self, principal: Principal, question: Question, mark: Mark, limit: int = 200) -> Listing:
        """The appointments that a mark counts, by time, at most `limit` of them; none for a mark that no chart has."""
        asked, counted = _asked(question), _counted(mark)
        if counted is None:
            return Listing((), 0)
        found, count = self._visits.counted(principal, asked, counted, limit)
        return Listing(tuple(_visit(visit) for visit in found), count)


def _counted(mark: Mark) -> Counted | None:
    """What a mark counts."""
    match mark:
        case Mark(Chart.FREE, day=day, doctor_id=doctor_id) if day is not None and doctor_id is not None:
            return TimeTaken(doctor_id, day)
        case Mark(Chart.USE, part=part, doctor_id=doctor_id) if part in _PARTS:
            return PastVisits(_PARTS[part], doctor_id)
        case Mark(Chart.HOURS, weekday=weekday, hour=hour) if weekday is not None and hour is not None:
            return BookedInHour(weekday, hour)
        case Mark(Chart.ATTENDANCE, least=least) if (group := lead_group(least)) is not None:
            return PastVisits((Status.COMPLETED, Status.NO_SHOW), least=group[0], most=group[1])
        case Mark(Chart.WAITING, hour=hour) if hour is not None:
            return PastWaits(hour)
    return None


_PARTS = {"seen": (Status.COMPLETED,), "no_show": (Status.NO_SHOW,), "no_outcome": OPEN}


def _visit(found: CountedVisit) -> Visit:
    waited = None
    if found.checked_in_at is not None and found.started_at is not None:
        waited = max(0, int((found.started_at - found.checked_in_at).total_seconds()) // 60)
    return Visit(
        found.appointment_id,
        found.starts_at,
        found.ends_at,
        found.doctor_name,
        found.patient_name,
        found.visit_type,
        found.status,
        max(0, (found.starts_at - found.created_at).days),
        waited,
    )


def _asked(question: Question) -> Asked:
    period = question.period
    if period.last < period.first:
        raise BadInput("The last day must not be before the first.", "last")
    return Asked(period.before().first, period.first, period.last, question.doctor_id, question.visit_type_id)
