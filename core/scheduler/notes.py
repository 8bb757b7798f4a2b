"""Medical notes: versions that are only ever added to, for doctors, and for patients once released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, false, func, insert, literal_column, select, union_all

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError, NotFound
from core.domain.principal import Capability, NotAllowed, Principal, Role
from core.scheduler.access import refuse_others_appointment, refuse_others_notes, require
from core.scheduler.audit import record_access, record_accesses
from core.scheduler.rows import Row, load_rows
from core.scheduler.schedule import Change
from core.scheduler.store import Store
from core.scheduler.tables import accounts, appointment_history, appointments, medical_notes

LONGEST_NOTE = 20_000


class NotesChanged(CareSlotError):
    """Someone added a version meanwhile. Read it first; what you wrote is kept."""


@dataclass(frozen=True, slots=True)
class Note:
    """One version of an appointment's notes; `at` is aware, in UTC; patients see released versions only."""

    version: int
    author_name: str
    at: datetime
    body: str
    released: bool


_NOTE = select(
    medical_notes.c.version,
    medical_notes.c.author_name,
    medical_notes.c.at,
    medical_notes.c.body,
    medical_notes.c.released,
)


_CHANGE, _NOTED = "change", "note"
_TOLD = union_all(
    select(
        literal_column(f"'{_CHANGE}'"),
        appointment_history.c.history_id.label("number"),
        appointment_history.c.at,
        appointment_history.c.role,
        appointment_history.c.action,
        appointment_history.c.why,
        false(),
    ).where(appointment_history.c.appointment_id == bindparam("appointment_id")),
    select(
        literal_column(f"'{_NOTED}'"),
        medical_notes.c.version,
        medical_notes.c.at,
        medical_notes.c.author_name,
        literal_column("''"),
        medical_notes.c.body,
        medical_notes.c.released,
    ).where(medical_notes.c.appointment_id == bindparam("appointment_id")),
).order_by("number")


@dataclass(frozen=True, slots=True)
class OpenedVisit:
    """An appointment as its doctor opens it; changes and notes oldest first."""

    row: Row
    history: list[Change]
    notes: list[Note]


class MedicalNotes:
    """Notes stay in the clinic's database; managers and reception never read them. Staff's access is logged."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(
        self,
        principal: Principal,
        appointment_id: int,
        body: str,
        *,
        released: bool = False,
        after_version: int | None = None,
    ) -> Note:
        """Add a version to the notes of an appointment on the doctor's own schedule.

        With `after_version`, the last version that the author has read (0 for none), NotesChanged where there is a later one.
        """

        def work(connection: Connection) -> Note:
            fresh = require(connection, principal, Capability.WRITE_NOTES, self._clock)
            user_id, doctor_id = _whose(connection, appointment_id, lock=True)
            refuse_others_appointment(connection, fresh, Capability.WRITE_NOTES, user_id=user_id, doctor_id=doctor_id)
            if fresh.account_id is None:  # a note has an author
                raise NotAllowed
            if not body.strip():
                raise BadInput("Write a note first.", "body")
            if len(body) > LONGEST_NOTE:
                raise BadInput(f"Please keep the note under {LONGEST_NOTE} characters.", "body")
            now = self._clock()
            own = medical_notes.c.appointment_id == appointment_id
            last = connection.execute(select(func.max(medical_notes.c.version)).where(own)).scalar() or 0
            if after_version is not None and last != after_version:
                raise NotesChanged
            version = last + 1
            author = connection.execute(
                select(accounts.c.name).where(accounts.c.account_id == fresh.account_id)
            ).scalar_one()
            note = Note(version, author, now, body.strip(), released)
            connection.execute(
                insert(medical_notes).values(
                    appointment_id=appointment_id,
                    version=version,
                    author_id=fresh.account_id,
                    author_name=author,
                    at=now,
                    body=note.body,
                    released=released,
                )
            )
            record_access(connection, fresh, "write_notes", user_id, f"appointment {appointment_id}", now)
            return note

        return self._store.write(work)

    def versions(self, principal: Principal, appointment_id: int) -> list[Note]:
        """All versions, oldest first: for a doctor who sees or saw the patient; for the patient those released."""

        def work(connection: Connection) -> list[Note]:
            fresh = require(connection, principal, Capability.READ_NOTES, self._clock)
            user_id, doctor_id = _whose(connection, appointment_id)
            refuse_others_notes(connection, fresh, user_id=user_id, doctor_id=doctor_id)
            query = _NOTE.where(medical_notes.c.appointment_id == appointment_id).order_by(medical_notes.c.version)
            if fresh.role is Role.PATIENT:
                query = query.where(medical_notes.c.released)
            record_access(connection, fresh, "read_notes", user_id, f"appointment {appointment_id}", self._clock())
            return [Note(*row) for row in connection.execute(query)]

        return self._store.write(work)

    def opened(self, principal: Principal, appointment_id: int) -> OpenedVisit:
        """An appointment on the doctor's own schedule, with what happened to it and all its notes, oldest first."""

        def work(connection: Connection) -> OpenedVisit:
            fresh = require(connection, principal, Capability.WRITE_NOTES, self._clock)
            rows = load_rows(connection, appointments.c.appointment_id == appointment_id)
            if not rows:
                raise NotFound
            (row,) = rows
            refuse_others_appointment(
                connection, fresh, Capability.WRITE_NOTES, user_id=row.user_id, doctor_id=row.doctor_id
            )
            read, subject = ("read_appointment", "read_notes"), f"appointment {appointment_id}"
            record_accesses(connection, fresh, read, row.user_id, subject, self._clock())
            told = connection.execute(_TOLD, {"appointment_id": appointment_id}).all()
            return OpenedVisit(
                row,
                [Change(*entry) for kind, _, *entry, _ in told if kind == _CHANGE],
                [
                    Note(version, who, at, body, released)
                    for kind, version, at, who, _, body, released in told
                    if kind == _NOTED
                ],
            )

        return self._store.write(work)

    def written(self, principal: Principal, appointment_ids: Sequence[int]) -> frozenset[int]:
        """Which of these appointments on the doctor's own schedule have notes; not what the notes say."""

        def work(connection: Connection) -> frozenset[int]:
            fresh = require(connection, principal, Capability.WRITE_NOTES, self._clock)
            found = connection.execute(
                select(medical_notes.c.appointment_id)
                .distinct()
                .join(appointments, appointments.c.appointment_id == medical_notes.c.appointment_id)
                .where(medical_notes.c.appointment_id.in_(appointment_ids), appointments.c.doctor_id == fresh.doctor_id)
            )
            return frozenset(found.scalars())

        return self._store.read(work)


def _whose(connection: Connection, appointment_id: int, *, lock: bool = False) -> tuple[int, int]:
    query = select(appointments.c.user_id, appointments.c.doctor_id).where(
        appointments.c.appointment_id == appointment_id
    )
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound
    return row.user_id, row.doctor_id
