"""PatientNotices: what patients are told of changes that began in the clinic's calendar."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.domain.clock import Clock
from core.domain.errors import NotFound
from core.domain.principal import Capability, Principal
from core.scheduler.access import refuse_others_appointment, require
from core.scheduler.store import Store
from core.scheduler.tables import account_users, appointments, doctors, notices, users


@dataclass(frozen=True, slots=True)
class Notice:
    """An appointment was moved or cancelled by the clinic; instants are aware, in UTC.

    `kind` is "moved" or "cancelled"; `before_starts_at` is when a moved one was, `starts_at` when the appointment is.
    """

    notice_id: int
    kind: str
    appointment_id: int
    patient_name: str
    doctor_name: str
    before_starts_at: datetime | None
    starts_at: datetime


class PatientNotices:
    """For the people of one's own account; nothing is told before its time."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def mine(self, principal: Principal) -> list[Notice]:
        """What has not been dismissed, oldest first."""

        def work(connection: Connection) -> list[Notice]:
            fresh = require(connection, principal, Capability.SEE_OWN_APPOINTMENTS, self._clock)
            people = select(account_users.c.user_id).where(account_users.c.account_id == fresh.account_id)
            query = (
                select(
                    notices.c.notice_id,
                    notices.c.kind,
                    notices.c.appointment_id,
                    users.c.name,
                    doctors.c.name,
                    notices.c.before_starts_at,
                    appointments.c.starts_at,
                )
                .select_from(notices)
                .join(appointments, appointments.c.appointment_id == notices.c.appointment_id)
                .join(users, users.c.user_id == appointments.c.user_id)
                .join(doctors, doctors.c.doctor_id == appointments.c.doctor_id)
                .where(
                    appointments.c.user_id.in_(people),
                    notices.c.tell_at <= self._clock(),
                    notices.c.withdrawn_at.is_(None),
                    notices.c.seen_at.is_(None),
                )
                .order_by(notices.c.tell_at, notices.c.notice_id)
            )
            return [Notice(*row) for row in connection.execute(query)]

        return self._store.read(work)

    def dismiss(self, principal: Principal, notice_id: int) -> None:
        """It was read; once more is no error. NotFound where there is none."""

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.SEE_OWN_APPOINTMENTS, self._clock)
            row = connection.execute(
                select(appointments.c.user_id, appointments.c.doctor_id)
                .join(notices, notices.c.appointment_id == appointments.c.appointment_id)
                .where(notices.c.notice_id == notice_id, notices.c.tell_at <= self._clock())
            ).first()
            if row is None:
                raise NotFound
            refuse_others_appointment(
                connection, fresh, Capability.SEE_OWN_APPOINTMENTS, user_id=row.user_id, doctor_id=row.doctor_id
            )
            unread = notices.c.notice_id == notice_id, notices.c.seen_at.is_(None)
            connection.execute(update(notices).where(*unread).values(seen_at=self._clock()))

        self._store.write(work)
