"""An appointment, its statuses and what may follow what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.errors import CareSlotError

LONGEST = timedelta(hours=8)
UNDO_FOR = timedelta(days=1)
UNDOABLE = frozenset({"check_in", "start", "complete", "mark_no_show", "record_outcome", "cancel", "reschedule"})
"""The changes that staff can take back, as history names them."""


class Status(StrEnum):
    """The states of an appointment; FHIR's booked, arrived, (in progress), fulfilled, cancelled and noshow."""

    SCHEDULED = "scheduled"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @property
    def occupies(self) -> bool:
        """Whether an appointment in this state keeps its doctor's and its patient's time."""
        return self in OCCUPYING

    @property
    def is_outcome(self) -> bool:
        """Whether it is known what became of the appointment."""
        return self in {Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}


OCCUPYING = (Status.SCHEDULED, Status.CHECKED_IN, Status.IN_PROGRESS, Status.COMPLETED)

ALLOWED: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.CHECKED_IN, Status.CANCELLED, Status.NO_SHOW}),
    Status.CHECKED_IN: frozenset({Status.IN_PROGRESS, Status.CANCELLED, Status.NO_SHOW}),
    Status.IN_PROGRESS: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.NO_SHOW: frozenset(),
}
"""What may follow what while a visit takes its course."""

OUTCOMES_AFTERWARDS = frozenset({Status.COMPLETED, Status.NO_SHOW})
"""What may be recorded of a visit whose time has passed, whatever was recorded of its course until then."""

_NEXT_STEP = {
    Status.SCHEDULED: Status.CHECKED_IN,
    Status.CHECKED_IN: Status.IN_PROGRESS,
    Status.IN_PROGRESS: Status.COMPLETED,
}


class NotPossibleNow(CareSlotError):
    """This appointment is {current}, so it can't be {wanted}."""


class NotOverYet(CareSlotError):
    """The time of this appointment has not passed yet."""


class NothingToUndo(CareSlotError):
    """There is nothing to undo: the last change is more than a day old or was undone already."""


_IN_WORDS = {
    Status.SCHEDULED: "scheduled",
    Status.CHECKED_IN: "checked in",
    Status.IN_PROGRESS: "in progress",
    Status.COMPLETED: "completed",
    Status.CANCELLED: "cancelled",
    Status.NO_SHOW: "marked as not attended",
}


def refuse_transition(current: Status, wanted: Status) -> None:
    """Raise NotPossibleNow unless `wanted` may follow `current`."""
    if wanted not in ALLOWED[current]:
        raise NotPossibleNow(current=_IN_WORDS[current], wanted=_IN_WORDS[wanted])


def may_be_cancelled(current: Status) -> bool:
    """Whether an appointment may still be cancelled: nobody has begun it, and its outcome is not known."""
    return Status.CANCELLED in ALLOWED[current]


def refuse_outcome(current: Status, wanted: Status, ends_at: datetime, now: datetime) -> None:
    """Raise unless `wanted` may be recorded afterwards of a visit that ended at an instant and is still `current`.

    NotOverYet before its end, NotPossibleNow where its outcome is known or `wanted` is none to be recorded afterwards.
    """
    if current.is_outcome or wanted not in OUTCOMES_AFTERWARDS:
        raise NotPossibleNow(current=_IN_WORDS[current], wanted=_IN_WORDS[wanted])
    if now < ends_at:
        raise NotOverYet


def next_step(current: Status) -> Status | None:
    """The one step that takes a visit on (check in, start, complete), None once its outcome is known."""
    return _NEXT_STEP.get(current)


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment as it stands; instants are aware, in UTC; `revision` rises with every change."""

    appointment_id: int
    user_id: int
    doctor_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    occupied_until: datetime
    status: Status
    reason: str
    revision: int
    created_at: datetime
    checked_in_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_late: bool = False
    calendar_event_id: str | None = None

    @property
    def minutes(self) -> int:
        """The length in whole minutes, without the buffer."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def buffer_minutes(self) -> int:
        """How long the doctor is kept after its end, in whole minutes: as it was booked, whatever its type asks for now."""
        return int((self.occupied_until - self.ends_at).total_seconds() // 60)
