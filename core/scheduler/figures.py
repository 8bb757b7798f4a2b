"""Reading what the clinic's figures are made of, in few queries and one transaction.

The charts never read the appointments themselves, but for next week's free time; how many are outside the days that are
asked for makes no difference.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from core.domain.clock import Clock
from core.domain.kept import Kept
from core.domain.principal import Capability, NotAllowed, Principal, Scope
from core.scheduler.access import require
from core.scheduler.clinic import Clinic, load_clinic
from core.scheduler.figure_sums import (
    Asked,
    DoctorSum,
    HourSum,
    Measured,
    Tally,
    Window,
    select_hours,
    select_measured,
    select_sums,
    select_tallies,
    windows_of,
)
from core.scheduler.figure_times import DoctorTime, load_doctor_times
from core.scheduler.store import Store

MOST_KEPT = 16
"""Questions whose figures are kept; of fifty doctors they take about a third of a megabyte each."""
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """All that the figures of one question are made of; `asked` is what the principal may ask, `week` next week's days."""

    asked: Asked
    clinic: Clinic
    today: date
    week: tuple[date, date]
    windows: list[Window]
    doctors: list[DoctorTime]
    sums: list[DoctorSum]
    tallies: list[Tally]
    hours: list[HourSum]
    measured: list[Measured]


class Figures:
    """Reads the roll-up, and keeps what it read for as long as nothing at all was changed in the database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: Kept[tuple[Asked, date], tuple[object, StoredFigures]] = Kept(MOST_KEPT)

    def read(self, principal: Principal, asked: Asked) -> StoredFigures:
        """What there is on the days asked for; of a doctor's own, whatever doctor is asked for.

        It is the very same value as before while it says the same. Who may ask is looked at every time.
        """
        standing = self._store.standing.now()  # before anything is read: a later change then shows

        def work(connection: Connection) -> StoredFigures:
            own = within_scope(connection, principal, asked, self._clock)
            clinic = load_clinic(connection)
            today = self._clock().astimezone(clinic.zone).date()
            before, kept = self._kept.get((own, today)) or (None, None)
            if kept is not None and before == standing:
                return kept
            found = _load(connection, own, clinic, today)
            # What was changed is often not what the figures are made of: then whatever was made of them stays too.
            if kept is not None and kept == found:
                found = kept
            return self._kept.put((own, today), (standing, found))[1]

        return self._store.read(work)


def _load(connection: Connection, own: Asked, clinic: Clinic, today: date) -> StoredFigures:
    """Everything, from the database."""
    monday = today + _WEEK - timedelta(days=today.weekday())
    week = (monday, monday + 6 * _DAY)
    windows = windows_of(own, today)
    return StoredFigures(
        own,
        clinic,
        today,
        week,
        windows,
        load_doctor_times(connection, own.doctor_id, own.visit_type_id, clinic.zone, (own.earlier, own.last), week),
        [DoctorSum(*row) for row in connection.execute(select_sums(own, windows)).all()],
        [Tally(*row) for row in connection.execute(select_tallies(own, windows)).all()],
        [HourSum(*row) for row in connection.execute(select_hours(own)).all()],
        [Measured(*row) for row in connection.execute(select_measured(own, today)).all()],
    )


def within_scope(connection: Connection, principal: Principal, asked: Asked, clock: Clock) -> Asked:
    """What of it the principal may see as things stand now: a manager all, a doctor the own figures only.

    NotAllowed for everybody else, and for a doctor's account without a doctor.
    """
    fresh = require(connection, principal, Capability.SEE_FIGURES, clock)
    if fresh.scope(Capability.SEE_FIGURES) is not Scope.OWN:
        return asked
    if fresh.doctor_id is None:
        raise NotAllowed
    return replace(asked, doctor_id=fresh.doctor_id)
