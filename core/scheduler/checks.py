"""CalendarChecks: what should stand in a calendar from now on, what is known of it, and what a comparison came to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, null, or_, select, update

from core.domain.calendar_changes import Cause, Mend
from core.domain.clock import Clock
from core.domain.principal import Capability, Principal
from core.scheduler.access import require
from core.scheduler.due import Due, load_wanted
from core.scheduler.held import FREE
from core.scheduler.link_requests import event_id
from core.scheduler.mends import record_mend
from core.scheduler.pull_leases import SKEW
from core.scheduler.store import Store
from core.scheduler.tables import appointments, calendar_links, calendars, clinic, external_busy, link_requests
from core.scheduler.waiting import OUT_OF_STEP

_BEYOND, _GENERATIONS = 1000, 3  # after a restore events may stand there of appointments with later numbers
_ASKED = 500  # so many in one statement


@dataclass(frozen=True, slots=True)
class Checked:
    """A calendar that can be compared, with the clinic's IANA zone."""

    calendar_id: str
    name: str
    provider: str
    connection_id: int | None
    zone: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What should stand there: `settled` links as they are, while the numbers of the others are not compared."""

    settled: tuple[Due, ...]
    on_their_way: int
    undecided: int


class CalendarChecks:
    """For managers and the command line."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def calendars(self, principal: Principal) -> list[Checked]:
        """All calendars, by name."""

        def work(connection: Connection) -> list[Checked]:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            return [
                Checked(*row)
                for row in connection.execute(
                    select(
                        calendars.c.calendar_id,
                        calendars.c.name,
                        calendars.c.provider,
                        calendars.c.connection_id,
                        clinic.c.zone,
                    )
                    .join(clinic, clinic.c.clinic_id == 1)
                    .order_by(calendars.c.name, calendars.c.calendar_id)
                )
            ]

        return self._store.read(work)

    def expected(self, calendar_id: str, since: datetime) -> Expected:
        """The calendar's links from now on; what was sent after an instant may not have been there to be found."""

        def work(connection: Connection) -> Expected:
            now = self._clock()
            links = calendar_links.c
            free = or_(links.lease_until.is_(None), links.lease_until <= now)
            sent_before = or_(links.synced_at.is_(None), links.synced_at < since - SKEW)
            settled = and_(~OUT_OF_STEP, links.held.is_(None), free, sent_before)
            of_calendar = and_(links.calendar_id == calendar_id, appointments.c.ends_at > now)
            found = load_wanted(connection, settled, of_calendar)
            held = connection.execute(
                select(func.count())
                .select_from(calendar_links.join(appointments))
                .where(of_calendar, links.held.is_not(None))
            ).scalar_one()
            requested = connection.execute(
                select(func.count()).select_from(link_requests).where(link_requests.c.calendar_id == calendar_id)
            ).scalar_one()
            ready = tuple(due for due, is_settled in found if is_settled)
            return Expected(ready, len(found) + requested - len(ready) - held, held)

        return self._store.read(work)

    def busy(self, calendar_id: str, until: datetime) -> dict[str, frozenset[tuple[datetime, datetime]]]:
        """When somebody else's events are known to take time from now on, by event, of those that begin before `until`."""
        query = select(external_busy.c.event_id, external_busy.c.starts_at, external_busy.c.ends_at).where(
            external_busy.c.calendar_id == calendar_id,
            external_busy.c.ends_at > self._clock(),
            external_busy.c.starts_at < until,
        )
        known: dict[str, set[tuple[datetime, datetime]]] = defaultdict(set)
        for event, starts_at, ends_at in self._store.read(lambda connection: connection.execute(query).all()):
            known[event].add((starts_at, ends_at))
        return {event: frozenset(spans) for event, spans in known.items()}

    def made_here(self, calendar_id: str, event_ids: Collection[str]) -> set[str]:
        """Those of the ids that this clinic would give to an appointment of its own in this calendar, known here or not."""
        if not event_ids:
            return set()
        last = func.coalesce(func.max(appointments.c.appointment_id), 0)
        installation, latest = self._store.read(
            lambda connection: connection.execute(select(clinic.c.installation, select(last).scalar_subquery())).one()
        )
        return set(event_ids) & {
            event_id(installation, calendar_id, number, generation)
            for number in range(1, latest + _BEYOND + 1)
            for generation in range(1, _GENERATIONS + 1)
        }

    def record(self, calendar_id: str, drift: int) -> None:
        """The calendar was compared just now, and so much differed."""
        done = update(calendars).where(calendars.c.calendar_id == calendar_id)
        self._store.write(
            lambda connection: connection.execute(done.values(checked_at=self._clock(), drift=drift)) and None
        )

    def send_again(self, principal: Principal, calendar_id: str, link_ids: Collection[int]) -> int:
        """Let these links be sent anew, or removed anew, whatever stands there; how many that still applied to."""

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            now, numbers, done = self._clock(), sorted(link_ids), 0
            for first in range(0, len(numbers), _ASKED):
                these = and_(
                    calendar_links.c.link_id.in_(numbers[first : first + _ASKED]),
                    calendar_links.c.calendar_id == calendar_id,
                    calendar_links.c.held.is_(None),
                    ~OUT_OF_STEP,
                )
                links = connection.execute(
                    select(calendar_links.c.link_id, calendar_links.c.appointment_id, calendar_links.c.wanted)
                    .where(these)
                    .order_by(calendar_links.c.link_id)
                    .with_for_update()
                ).all()
                connection.execute(
                    update(calendar_links)
                    .where(calendar_links.c.link_id.in_([link.link_id for link in links]))
                    .values(
                        wanted_revision=calendar_links.c.wanted_revision + 1,
                        due_at=now,
                        attempts=0,
                        content_hash=null(),
                        **FREE,
                    )
                )
                for link in links:
                    what = Mend.PUT_BACK if link.wanted else Mend.REMOVED
                    record_mend(
                        connection,
                        calendar_id,
                        link.appointment_id,
                        what,
                        Cause.COMPARED,
                        now,
                        account_id=fresh.account_id,
                    )
                done += len(links)
            return done

        return self._store.write(work)

    def may_remove(self, principal: Principal, calendar_id: str, appointment_id: int | None) -> None:
        """Note that an event which belongs to no link is removed from the calendar; before it is."""

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            record_mend(
                connection,
                calendar_id,
                appointment_id,
                Mend.REMOVED,
                Cause.COMPARED,
                self._clock(),
                account_id=fresh.account_id,
            )

        self._store.write(work)

    def read_anew(self, principal: Principal, calendar_id: str) -> None:
        """Let all of the calendar be read as soon as a worker is free."""

        def work(connection: Connection) -> None:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            connection.execute(
                update(calendars)
                .where(calendars.c.calendar_id == calendar_id)
                .values(cursor=None, listed_at=None, pull_due_at=self._clock())
            )

        self._store.write(work)
