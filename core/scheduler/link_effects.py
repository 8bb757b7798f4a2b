"""What is done about one link after its event was found: each in the transaction that holds the link's row."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, null, update
from sqlalchemy.exc import IntegrityError

from core.domain.appointment import Status
from core.domain.calendar_changes import Cause, Clash, Held, Mend, Verdict
from core.domain.errors import NotFound
from core.domain.policy import InThePast, Refusal
from core.domain.principal import CALENDAR
from core.scheduler import ddl, notices
from core.scheduler.booking import AppointmentScheduler
from core.scheduler.conflicts import Times, open_conflict, solve_conflicts
from core.scheduler.held import FREE, forget_reviewed
from core.scheduler.mends import record_mend
from core.scheduler.store import PatientBusy, SlotTaken, constraint_name
from core.scheduler.tables import calendar_links

_OVERLAPS = {ddl.DOCTOR_OVERLAP, ddl.PATIENT_OVERLAP}
_LINK = update(calendar_links).where(calendar_links.c.link_id == bindparam("this"))
# A past visit's event stays where its doctor was then; moved to a time to come, it belongs into the doctor's calendar now.
_AS_WANTED = case((calendar_links.c.wanted, calendar_links.c.wanted_revision), else_=calendar_links.c.mirrored_revision)
_DUE = {"wanted_revision": calendar_links.c.wanted_revision + 1, "attempts": 0}


@dataclass(frozen=True, slots=True)
class Known:
    """A link and its appointment; instants are aware, in UTC.

    `stands`: an event should stand there. `ahead`: something changed here that was not sent. `due`: it is about to be
    sent, for nothing holds it. `leased`: it is being sent right now. The agreed times are those of the event that was last sent.
    """

    link_id: int
    appointment_id: int
    user_id: int
    doctor_id: int
    calendar_id: str
    event_id: str
    generation: int
    stands: bool
    ahead: bool
    due: bool
    status: Status
    starts_at: datetime
    ends_at: datetime
    etag: str | None
    content_hash: str | None
    agreed_starts_at: datetime | None
    agreed_ends_at: datetime | None
    held: Held | None
    gone_at: datetime | None
    cancel_at: datetime | None
    synced_at: datetime | None
    mirrored_revision: int
    attempts: int
    leased: bool

    @property
    def version(self) -> tuple[object, ...]:
        """What a push changes: the same at two looks, neither of them leased, if none went on in between."""
        return self.event_id, self.etag, self.content_hash, self.mirrored_revision, self.attempts

    @property
    def ours(self) -> Times:
        """When the appointment is."""
        return self.starts_at, self.ends_at


class OpenLink:
    """A link whose row is held, and what may be done about it."""

    def __init__(self, connection: Connection, scheduler: AppointmentScheduler, known: Known, now: datetime) -> None:
        self._connection = connection
        self._scheduler = scheduler
        self.known = known
        self.now = now

    def same_as(self, seen: Known) -> bool:
        """Whether it still waits for what it waited for at an earlier look."""
        return (self.known.held, self.known.gone_at, self.known.cancel_at, self.known.version) == (
            seen.held,
            seen.gone_at,
            seen.cancel_at,
            seen.version,
        )

    def adopt(self, etag: str) -> None:
        """It says what was agreed: keep its etag, and let go of what was held for it."""
        self._write({"etag": etag, **FREE})
        if self.known.held is not None:
            self._solve("ours")
            self._mended(Mend.LET_BE, Cause.CAME_BACK)

    def overwrite(self, etag: str | None) -> None:
        """The clinic's change is about to be sent, whatever stands there."""
        self._write({"content_hash": null(), **({"etag": etag} if etag else {})})

    def both_changed(self, etag: str, theirs: Times) -> None:
        """The same, and what stood there is kept for people to see."""
        self.overwrite(etag)
        self._open(Clash.BOTH_CHANGED, theirs)

    def conflict(self, clash: Clash, etag: str, theirs: Times) -> None:
        """Send nothing until a person has decided."""
        self._write({"etag": etag, **FREE, "held": Held.CONFLICT.value})
        self._open(clash, theirs)

    def gone(self, cancel_at: datetime) -> None:
        """Send nothing, and cancel at an instant unless something comes between."""
        self._write({"held": Held.GONE.value, "gone_at": self.now, "cancel_at": cancel_at})
        self._solve("superseded")

    def put_back(self, cause: Cause, etag: str | None = None, *, due_at: datetime | None = None) -> None:
        """Send the event anew, now or from `due_at` on; `etag` is that of what stands there under its id now."""
        due = {**_DUE, "due_at": due_at or self.now, **FREE, "content_hash": null()}
        self._write({**due, **({"etag": etag} if etag else {})})
        self._solve("superseded")
        self._mended(Mend.PUT_BACK, cause)

    def send_now(self) -> None:
        """Let what is due wait no longer."""
        self._write({"due_at": self.now})

    def remove(self) -> None:
        """Take the event away again."""
        self._write({**_DUE, "due_at": self.now, "content_hash": null()})
        self._mended(Mend.REMOVED, Cause.UNWANTED)

    def move(self, theirs: Times, *, etag: str, content_hash: str | None, edited: bool, tell_at: datetime) -> Verdict:
        """Reschedule to the event's time, by the rules that bind staff, or tell why that can't be; then nothing is done.

        Unless its text was `edited` there or changed here too, it stands there as it should by that. The patient is to hear of another start at
        `tell_at`.
        """
        starts_at, ends_at = theirs
        number, before = self.known.appointment_id, self.known.starts_at
        untold = notices.untold_move(self._connection, number, self.now)
        minutes = int((ends_at - starts_at).total_seconds() // 60)
        try:
            with self._connection.begin_nested():
                self._scheduler.reschedule_within(self._connection, CALENDAR, number, starts_at, minutes=minutes)
        except InThePast:
            return Verdict.PAST
        except (SlotTaken, PatientBusy):
            return Verdict.TAKEN
        except (Refusal, NotFound):
            return Verdict.CLOSED
        except IntegrityError as error:
            if constraint_name(error) not in _OVERLAPS:
                raise
            return Verdict.TAKEN
        agreed = {"agreed_starts_at": starts_at, "agreed_ends_at": ends_at}
        in_step = {} if edited or self.known.ahead else {"mirrored_revision": _AS_WANTED, "synced_at": self.now}
        self._write({"etag": etag, "content_hash": content_hash, **agreed, **in_step})
        if starts_at != before:
            notices.note_move(self._connection, number, before, untold, self.now, tell_at)
        self._mended(Mend.RESCHEDULED, Cause.MOVED_THERE)
        return Verdict.FREE

    def cancel(self) -> None:
        """Cancel the appointment, for its event was deleted; the patient is to hear of it."""
        self._scheduler.cancel_within(self._connection, CALENDAR, self.known.appointment_id)
        notices.note_cancellation(self._connection, self.known.appointment_id, self.now)
        self._mended(Mend.CANCELLED, Cause.DELETED_THERE)

    def ask_again(self, cancel_at: datetime) -> None:
        """Leave the cancellation for later."""
        self._write({"cancel_at": cancel_at})

    def _write(self, values: dict[str, object]) -> None:
        self._connection.execute(_LINK.values(**values), {"this": self.known.link_id})
        if self.known.held is Held.VANISHED:
            forget_reviewed(self._connection)

    def _open(self, clash: Clash, theirs: Times) -> None:
        open_conflict(self._connection, self.known.link_id, clash, theirs, self.known.ours, self.now)

    def _solve(self, how: str) -> None:
        solve_conflicts(self._connection, self.known.appointment_id, how, self.now)

    def _mended(self, what: Mend, why: Cause) -> None:
        known = self.known
        record_mend(self._connection, known.calendar_id, known.appointment_id, what, why, self.now)
