"""Believing a Principal only after its session was read again, in the use case's own transaction.

Fragments, dialogs and callbacks of the web page run without its entry, so a Principal may have been signed out, demoted
or closed since it was captured.
"""

from dataclasses import replace

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from core.domain.appointment import Status
from core.domain.clock import Clock
from core.domain.principal import Capability, NotAllowed, Principal, Role, Scope, SignedOut, SignInNeeded
from core.scheduler.prepared import Prepared
from core.scheduler.tables import account_users, accounts, appointments, doctors, sessions

_SESSION = Prepared(
    select(
        accounts.c.role,
        accounts.c.user_id,
        doctors.c.doctor_id,
    )
    .select_from(
        sessions.join(accounts, sessions.c.account_id == accounts.c.account_id).outerjoin(
            doctors, and_(doctors.c.account_id == accounts.c.account_id, doctors.c.active)
        )
    )
    .where(
        sessions.c.session_id == bindparam("session_id"),
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.expires_at > bindparam("now"),
        sessions.c.revoked_at.is_(None),
        sessions.c.session_epoch == accounts.c.session_epoch,
        accounts.c.active,
    )
)
_ACTS_FOR = select(
    exists().where(
        account_users.c.account_id == bindparam("account_id"), account_users.c.user_id == bindparam("user_id")
    )
)

_SEES = (appointments.c.user_id == bindparam("user_id"), appointments.c.doctor_id == bindparam("doctor_id"))
_TOOK_TIME = appointments.c.status != Status.CANCELLED.value
# What a doctor booked and cancelled alone makes nobody the doctor's patient.
_MAY_BOOK = select(
    or_(
        exists().where(*_SEES, or_(_TOOK_TIME, appointments.c.created_by.is_distinct_from(bindparam("account_id")))),
        ~exists().where(
            appointments.c.user_id == bindparam("user_id"), appointments.c.doctor_id != bindparam("doctor_id")
        ),
    )
)
_MAY_READ_NOTES = select(exists().where(*_SEES, _TOOK_TIME))


class NotYourPatient(NotAllowed):
    """This person is a patient of another doctor. Reception can book the first visit with you."""


def require(connection: Connection, principal: Principal, capability: Capability, clock: Clock) -> Principal:
    """The principal as it stands now, if its role grants the capability at all.

    Raises SignInNeeded for an anonymous visitor, SignedOut where the session has ended, NotAllowed otherwise.
    """
    fresh = believed(connection, principal, clock)
    if not fresh.may(capability):
        raise SignInNeeded if fresh.role is Role.ANONYMOUS else NotAllowed
    return fresh


def believed(connection: Connection, principal: Principal, clock: Clock) -> Principal:
    """The principal with the role, doctor and person that the database says now; SignedOut where its session has ended."""
    if principal.role in {Role.ANONYMOUS, Role.CALENDAR, Role.SYSTEM}:
        return principal
    row = _SESSION.first(
        connection, {"session_id": principal.session_id, "account_id": principal.account_id, "now": clock()}
    )
    if row is None:
        raise SignedOut
    role, user_id, doctor_id = row
    return replace(principal, role=Role(role), user_id=user_id, doctor_id=doctor_id)


def require_doctor(
    connection: Connection, principal: Principal, capability: Capability, doctor_id: int | None, clock: Clock
) -> Principal:
    """Like require, for a capability over a doctor's schedule; a scope of OWN reaches one's own only."""
    fresh = require(connection, principal, capability, clock)
    if fresh.scope(capability) is Scope.OWN and (doctor_id is None or fresh.doctor_id != doctor_id):
        raise NotAllowed
    return fresh


def require_appointment(
    connection: Connection,
    principal: Principal,
    capability: Capability,
    *,
    user_id: int,
    doctor_id: int,
    clock: Clock,
) -> Principal:
    """Like require, for an appointment of a person with a doctor: OWN means one's people, or one's schedule."""
    fresh = require(connection, principal, capability, clock)
    refuse_others_appointment(connection, fresh, capability, user_id=user_id, doctor_id=doctor_id)
    return fresh


def refuse_others_appointment(
    connection: Connection, fresh: Principal, capability: Capability, *, user_id: int, doctor_id: int
) -> None:
    """NotAllowed where the capability of a principal, as it stands now, does not reach this person with this doctor."""
    if fresh.scope(capability) is Scope.OWN and not _is_own(connection, fresh, user_id=user_id, doctor_id=doctor_id):
        raise NotAllowed


def require_patient(
    connection: Connection, principal: Principal, capability: Capability, user_id: int, clock: Clock
) -> Principal:
    """Like require, for a person: OWN means one's people, or for a doctor the patients that they have or had."""
    fresh = require(connection, principal, capability, clock)
    refuse_others_patient(connection, fresh, capability, user_id)
    return fresh


def refuse_others_patient(connection: Connection, fresh: Principal, capability: Capability, user_id: int) -> None:
    """NotAllowed where the capability of a principal, as it stands now, does not reach this person."""
    if fresh.scope(capability) is not Scope.OWN:
        return
    if fresh.role is Role.DOCTOR:
        own = connection.execute(
            select(exists().where(appointments.c.user_id == user_id, appointments.c.doctor_id == fresh.doctor_id))
        ).scalar_one()
    else:
        own = acts_for(connection, fresh, user_id)
    if not own:
        raise NotAllowed


def refuse_unknown_patient(connection: Connection, fresh: Principal, user_id: int) -> None:
    """NotYourPatient where a doctor would book for somebody whom only other doctors see; nobody else is refused.

    For a booking opens the person's record and notes to the doctor.
    """
    if fresh.role is not Role.DOCTOR:
        return
    asked = {"user_id": user_id, "doctor_id": fresh.doctor_id, "account_id": fresh.account_id}
    if not connection.execute(_MAY_BOOK, asked).scalar_one():
        raise NotYourPatient


def refuse_others_notes(connection: Connection, fresh: Principal, *, user_id: int, doctor_id: int) -> None:
    """NotAllowed unless the notes of this person's visit to this doctor are the principal's to read.

    A doctor reads those of the own visits, and all of patients with a visit to them that was not cancelled.
    """
    if fresh.role is not Role.DOCTOR:
        refuse_others_patient(connection, fresh, Capability.READ_NOTES, user_id)
        return
    asked = {"user_id": user_id, "doctor_id": fresh.doctor_id}
    if fresh.doctor_id != doctor_id and not connection.execute(_MAY_READ_NOTES, asked).scalar_one():
        raise NotAllowed


def acts_for(connection: Connection, principal: Principal, user_id: int) -> bool:
    """Whether the account may act for the person."""
    who = {"account_id": principal.account_id, "user_id": user_id}
    return bool(connection.execute(_ACTS_FOR, who).scalar_one())


def _is_own(connection: Connection, fresh: Principal, *, user_id: int, doctor_id: int) -> bool:
    if fresh.role is Role.DOCTOR:
        return fresh.doctor_id is not None and fresh.doctor_id == doctor_id
    return acts_for(connection, fresh, user_id)
