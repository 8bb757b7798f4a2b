"""Who acts, and what each role may do."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.errors import CareSlotError


class Role(StrEnum):
    """What an account is for; roles grant capabilities and code asks for capabilities."""

    ANONYMOUS = "anonymous"
    PATIENT = "patient"
    DOCTOR = "doctor"
    RECEPTION = "reception"
    MANAGER = "manager"
    CALENDAR = "calendar"
    SYSTEM = "system"


class Scope(StrEnum):
    """Whose records a capability reaches: one's own (people or schedule), or anybody's."""

    OWN = "own"
    ANY = "any"


class Capability(StrEnum):
    """Something one may be allowed to do."""

    SEE_SLOTS = "see_slots"
    BOOK = "book"
    OVERRIDE_POLICY = "override_policy"
    SEE_APPOINTMENT = "see_appointment"
    SEE_OWN_APPOINTMENTS = "see_own_appointments"
    READ_NOTES = "read_notes"
    WRITE_NOTES = "write_notes"
    RUN_VISIT = "run_visit"
    UNDO = "undo"
    SEE_SCHEDULE = "see_schedule"
    EDIT_HOURS = "edit_hours"
    MANAGE_PATIENTS = "manage_patients"
    SEE_FIGURES = "see_figures"
    SYNC = "sync"
    ADMINISTER = "administer"
    CONNECT = "connect"
    OWN_ACCOUNT = "own_account"


_C, _S = Capability, Scope

GRANTS: dict[Role, dict[Capability, Scope]] = {
    Role.ANONYMOUS: {_C.SEE_SLOTS: _S.ANY},
    Role.PATIENT: {
        _C.SEE_SLOTS: _S.ANY,
        _C.BOOK: _S.OWN,
        _C.SEE_APPOINTMENT: _S.OWN,
        _C.SEE_OWN_APPOINTMENTS: _S.OWN,
        _C.OWN_ACCOUNT: _S.OWN,
        _C.READ_NOTES: _S.OWN,
        _C.SYNC: _S.OWN,
    },
    Role.DOCTOR: {
        _C.SEE_SLOTS: _S.ANY,
        _C.OWN_ACCOUNT: _S.OWN,
        _C.BOOK: _S.OWN,
        _C.SEE_APPOINTMENT: _S.OWN,
        _C.READ_NOTES: _S.OWN,
        _C.WRITE_NOTES: _S.OWN,
        _C.RUN_VISIT: _S.OWN,
        _C.UNDO: _S.OWN,
        _C.SEE_SCHEDULE: _S.OWN,
        _C.EDIT_HOURS: _S.OWN,
        _C.MANAGE_PATIENTS: _S.OWN,
        _C.SEE_FIGURES: _S.OWN,
        _C.SYNC: _S.OWN,
        _C.CONNECT: _S.OWN,
    },
    Role.RECEPTION: {
        _C.SEE_SLOTS: _S.ANY,
        _C.OWN_ACCOUNT: _S.OWN,
        _C.BOOK: _S.ANY,
        _C.SEE_APPOINTMENT: _S.ANY,
        _C.RUN_VISIT: _S.ANY,
        _C.UNDO: _S.ANY,
        _C.SEE_SCHEDULE: _S.ANY,
        _C.MANAGE_PATIENTS: _S.ANY,
        _C.SYNC: _S.ANY,
    },
    Role.MANAGER: {
        _C.SEE_SLOTS: _S.ANY,
        _C.OWN_ACCOUNT: _S.OWN,
        _C.BOOK: _S.ANY,
        _C.OVERRIDE_POLICY: _S.ANY,
        _C.SEE_APPOINTMENT: _S.ANY,
        _C.RUN_VISIT: _S.ANY,
        _C.UNDO: _S.ANY,
        _C.SEE_SCHEDULE: _S.ANY,
        _C.EDIT_HOURS: _S.ANY,
        _C.MANAGE_PATIENTS: _S.ANY,
        _C.SEE_FIGURES: _S.ANY,
        _C.SYNC: _S.ANY,
        _C.ADMINISTER: _S.ANY,
        _C.CONNECT: _S.ANY,
    },
    Role.CALENDAR: {_C.BOOK: _S.ANY},
    Role.SYSTEM: dict.fromkeys(Capability, _S.ANY),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: an account in a session and a role, as they were when the page was opened.

    It may be stale, so every use case reads the session again before it believes it. `visitor` is a random token of
    the browser's visit, which holds belong to; `doctor_id` is set for a doctor's account, `user_id` for the account's own
    person. `name` is the account's, for showing only: it stands in no representation that could be logged.
    """

    role: Role = Role.ANONYMOUS
    account_id: int | None = None
    session_id: int | None = None
    visitor: str = ""
    doctor_id: int | None = None
    user_id: int | None = None
    name: str = field(default="", compare=False, repr=False)

    def may(self, capability: Capability) -> bool:
        """Whether the role grants the capability at all; use cases also check whose record it is."""
        return capability in GRANTS[self.role]

    def scope(self, capability: Capability) -> Scope | None:
        """Whose records the capability reaches for this role, or None where it is not granted."""
        return GRANTS[self.role].get(capability)


SYSTEM = Principal(role=Role.SYSTEM)
"""The clinic's own programs: the worker and the command line."""

CALENDAR = Principal(role=Role.CALENDAR)
"""Whoever moves or deletes an event in a calendar: bound by the same rules as staff, and without a right to override."""


class SignInNeeded(CareSlotError):
    """Please sign in."""


class SignedOut(SignInNeeded):
    """You were signed out to protect your details. Sign in to go on."""


class NotAllowed(CareSlotError):
    """Your account may not do this."""
