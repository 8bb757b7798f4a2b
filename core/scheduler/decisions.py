"""CalendarDecisions: what people decide where a calendar and the clinic disagree. Each is one transaction.

For staff within the doctor's schedule that they may change; what concerns a whole calendar is for managers. Whoever comes
too late gets AlreadySettled.
"""

from typing import Any

from sqlalchemy import Connection, select

from core.domain.appointment import Appointment, Status
from core.domain.calendar_changes import Cause, Clash, Held, Mend
from core.domain.clock import Clock
from core.domain.errors import AlreadySettled, CareSlotError, NotFound
from core.domain.principal import Capability, Principal, Role
from core.scheduler import ddl, notices
from core.scheduler.access import refuse_others_appointment, require, require_doctor
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.conflicts import solve_conflicts
from core.scheduler.history import load_row, lock, lock_team
from core.scheduler.links import touch_links
from core.scheduler.mends import record_mend
from core.scheduler.store import ConstraintBroken, PatientBusy, SlotTaken, Store
from core.scheduler.tables import appointment_history, appointments, calendar_conflicts, calendar_links
from core.scheduler.undecided import Undecided, load_undecided

_AWAY = (Held.GONE.value, Held.VANISHED.value)
_ROW = (
    calendar_links.c.link_id,
    calendar_links.c.calendar_id,
    calendar_links.c.held,
    appointments.c.appointment_id,
    appointments.c.user_id,
    appointments.c.doctor_id,
    appointments.c.status,
    appointments.c.starts_at,
)
_LINK = select(*_ROW).select_from(calendar_links.join(appointments))
_LOCKED = _LINK.with_for_update(of=calendar_links)
_CONFLICT = select(
    *_ROW,
    calendar_conflicts.c.kind,
    calendar_conflicts.c.their_starts_at,
    calendar_conflicts.c.their_ends_at,
    calendar_conflicts.c.solved_at,
).select_from(calendar_links.join(appointments).join(calendar_conflicts))


class TakenByAnother(CareSlotError):
    """Another appointment is at that time. Keep the clinic's time or choose another one."""


class CalendarDecisions:
    """The buttons beside conflicts, deleted events and moves."""

    def __init__(self, store: Store, clock: Clock, scheduler: AppointmentScheduler) -> None:
        self._store = store
        self._clock = clock
        self._scheduler = scheduler

    def undecided(self, principal: Principal, doctor_id: int | None = None) -> Undecided:
        """What waits about one doctor's appointments, or about all."""

        def work(connection: Connection) -> Undecided:
            require_doctor(connection, principal, Capability.SEE_SCHEDULE, doctor_id, self._clock)
            return load_undecided(connection, doctor_id)

        return self._store.read(work)

    def keep(self, principal: Principal, link_id: int) -> None:
        """Cancel nothing: the deleted event is put back."""

        def work(connection: Connection) -> None:
            fresh, link = self._gone(connection, principal, link_id)
            self._put_back(connection, fresh, link)

        self._store.write(work)

    def cancel_now(self, principal: Principal, link_id: int) -> Appointment:
        """Cancel at once the appointment whose event was deleted; the patient is to hear of it."""

        def work(connection: Connection) -> Appointment:
            fresh, link = self._gone(connection, principal, link_id)
            return self._cancel(connection, fresh, link)

        return self._store.write(work)

    def put_all_back(self, principal: Principal, calendar_id: str) -> int:
        """Put back all events that vanished from a calendar at once; how many."""

        def work(connection: Connection) -> int:
            fresh, vanished = self._vanished(connection, principal, calendar_id)
            for link in vanished:
                self._put_back(connection, fresh, link)
            return len(vanished)

        return self._store.write(work)

    def cancel_all(self, principal: Principal, calendar_id: str) -> int:
        """Cancel the appointments of all events that vanished from a calendar at once; how many.

        Whoever has arrived by now, or whose time has come, is not cancelled: that event is put back.
        """

        def work(connection: Connection) -> int:
            fresh, vanished = self._vanished(connection, principal, calendar_id)
            cancelled = 0
            for link in vanished:
                if link.status == Status.SCHEDULED.value and link.starts_at > self._clock():
                    self._cancel(connection, fresh, link)
                    cancelled += 1
                else:
                    self._put_back(connection, fresh, link)
            return cancelled

        return self._store.write(work)

    def keep_ours(self, principal: Principal, conflict_id: int) -> None:
        """Keep the clinic's time: it is sent to the calendar."""

        def work(connection: Connection) -> None:
            fresh, conflict = self._conflict(connection, principal, conflict_id)
            now = self._clock()
            solve_conflicts(connection, conflict.appointment_id, "ours", now, fresh.account_id)
            if conflict.kind != Clash.BOTH_CHANGED.value:  # there it was sent already
                self._put_back(connection, fresh, conflict)

        self._store.write(work)

    def take_theirs(self, principal: Principal, conflict_id: int, override_reason: str = "") -> Appointment:
        """Reschedule to the calendar's time; the patient is to hear of it.

        Closed time and the past need the right to override policy, and a reason. Raises TakenByAnother where another
        appointment is then, and like AppointmentScheduler.reschedule.
        """

        def work(connection: Connection) -> Appointment:
            fresh, conflict = self._conflict(connection, principal, conflict_id)
            if conflict.kind == Clash.TAKEN.value:
                raise TakenByAnother
            now, number = self._clock(), conflict.appointment_id
            solve_conflicts(connection, number, "theirs", now, fresh.account_id)
            minutes = int((conflict.their_ends_at - conflict.their_starts_at).total_seconds() // 60)
            untold = notices.untold_move(connection, number, now)
            moved = self._scheduler.reschedule_within(
                connection,
                principal,
                number,
                conflict.their_starts_at,
                minutes=minutes,
                override_reason=override_reason,
            )
            if moved.starts_at != conflict.starts_at:
                notices.note_move(connection, number, conflict.starts_at, untold, now, now)
            self._mended(connection, fresh, conflict, Mend.RESCHEDULED, Cause.TAKEN_OVER)
            return moved

        try:
            return self._store.write(work)
        except ConstraintBroken as broken:
            if broken.name not in {ddl.PATIENT_OVERLAP, ddl.DOCTOR_OVERLAP}:
                raise
            raise TakenByAnother from broken
        except (SlotTaken, PatientBusy) as taken:
            raise TakenByAnother from taken

    def withdraw_move(self, principal: Principal, appointment_id: int) -> Appointment:
        """Take back a move that was made in the calendar, before the patient hears of it."""

        def revision(connection: Connection) -> int:
            row = load_row(connection, appointment_id)
            self._staff(connection, principal, row["user_id"], row["doctor_id"])
            last = connection.execute(
                select(appointment_history.c.role, appointment_history.c.action)
                .where(appointment_history.c.appointment_id == appointment_id)
                .order_by(appointment_history.c.history_id.desc())
                .limit(1)
            ).one()
            untold = notices.untold_move(connection, appointment_id, self._clock())
            if untold is None or (last.role, last.action) != (Role.CALENDAR.value, "reschedule"):
                raise AlreadySettled
            return int(row["revision"])

        return self._scheduler.undo(principal, appointment_id, expected_revision=self._store.read(revision))

    # What the use cases above are made of.

    def _staff(self, connection: Connection, principal: Principal, user_id: int, doctor_id: int) -> Principal:
        fresh = require_doctor(connection, principal, Capability.SEE_SCHEDULE, doctor_id, self._clock)
        refuse_others_appointment(connection, fresh, Capability.BOOK, user_id=user_id, doctor_id=doctor_id)
        return fresh

    def _gone(self, connection: Connection, principal: Principal, link_id: int) -> tuple[Principal, Any]:
        found = connection.execute(_LINK.where(calendar_links.c.link_id == link_id)).first()
        if found is None:
            raise NotFound
        fresh = self._staff(connection, principal, found.user_id, found.doctor_id)
        lock(connection, {found.doctor_id}, found.user_id)
        link = connection.execute(_LOCKED.where(calendar_links.c.link_id == link_id)).first()
        if link is None or link.held not in _AWAY:
            raise AlreadySettled
        return fresh, link

    def _vanished(self, connection: Connection, principal: Principal, calendar_id: str) -> tuple[Principal, list[Any]]:
        fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
        lock_team(connection, None)
        vanished = _LOCKED.where(
            calendar_links.c.calendar_id == calendar_id, calendar_links.c.held == Held.VANISHED.value
        )
        links = list(connection.execute(vanished.order_by(calendar_links.c.link_id)))
        if not links:
            raise AlreadySettled
        return fresh, links

    def _conflict(self, connection: Connection, principal: Principal, conflict_id: int) -> tuple[Principal, Any]:
        one = _CONFLICT.where(calendar_conflicts.c.conflict_id == conflict_id)
        found = connection.execute(one).first()
        if found is None:
            raise NotFound
        fresh = self._staff(connection, principal, found.user_id, found.doctor_id)
        lock(connection, {found.doctor_id}, found.user_id)
        conflict = connection.execute(one.with_for_update(of=[calendar_links, calendar_conflicts])).one()
        if conflict.solved_at is not None:
            raise AlreadySettled
        return fresh, conflict

    def _put_back(self, connection: Connection, fresh: Principal, link: Any) -> None:
        touch_links(connection, link.appointment_id, self._clock())
        self._mended(connection, fresh, link, Mend.PUT_BACK, Cause.KEPT)

    def _cancel(self, connection: Connection, fresh: Principal, link: Any) -> Appointment:
        cancelled = self._scheduler.cancel_within(connection, fresh, link.appointment_id)
        notices.note_cancellation(connection, link.appointment_id, self._clock())
        self._mended(connection, fresh, link, Mend.CANCELLED, Cause.DELETED_THERE)
        return cancelled

    def _mended(self, connection: Connection, fresh: Principal, link: Any, what: Mend, why: Cause) -> None:
        number = link.appointment_id
        record_mend(connection, link.calendar_id, number, what, why, self._clock(), account_id=fresh.account_id)
