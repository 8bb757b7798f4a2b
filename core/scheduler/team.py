"""The team: doctors and the visit types that they offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, exists, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadFields, BadInput, NotFound
from core.domain.principal import Capability, Principal, Role
from core.domain.words import N_
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.clinic import (
    Doctor,
    VisitType,
    load_doctors,
    load_offers,
    load_visit_type,
    load_visit_types,
    load_visit_types_of,
)
from core.scheduler.links import touch_doctor_links, touch_visit_type_links
from core.scheduler.own_use import end_own_use, load_calendar_names_for, refuse_others_own
from core.scheduler.personal_details import all_checked
from core.scheduler.store import Store
from core.scheduler.tables import accounts, calendars, doctor_visit_types, doctors, visit_types

LONGEST_FIELD = 200
LONGEST_MINUTES, LONGEST_BUFFER = 480, 120
"""Of a visit and of the buffer after it, in minutes, as the tables allow."""
MINUTES_OUTSIDE, BUFFER_OUTSIDE = N_("Choose from 1 to 480 minutes."), N_("Choose from 0 to 120 minutes.")
COLOURS = tuple(str(number) for number in range(1, 12))
"""Google Calendar's event colours."""


@dataclass(frozen=True, slots=True)
class DoctorChoices:
    """All visit types, the numbers of those that the doctor offers, and the calendars to use: number and name."""

    visit_types: list[VisitType]
    offered: list[int]
    calendars: dict[str, str]


class Team:
    """Doctors and visit types, public to read; managers change them."""

    _store: Store
    _clock: Clock

    def doctors(self, active: bool = True) -> list[Doctor]:
        """The active doctors, or all, by number."""
        return self._store.read(lambda connection: load_doctors(connection, active=active))

    def visit_types(
        self, doctor_id: int | None = None, online: bool | None = None, *, active: bool = True
    ) -> list[VisitType]:
        """The active visit types, or all, in their order; of one doctor, or only those (not) booked online."""
        return self._store.read(
            lambda connection: load_visit_types(connection, doctor_id, online=online, active=active)
        )

    def offers(self) -> dict[int, list[int]]:
        """The numbers of the visit types that each doctor offers, no longer active ones too."""
        return self._store.read(load_offers)

    def doctor_choices(self, principal: Principal, doctor_id: int | None) -> DoctorChoices:
        """What there is to choose from for a doctor, or (None) for a new one."""

        def work(connection: Connection) -> DoctorChoices:
            require(connection, principal, Capability.ADMINISTER, self._clock)
            return DoctorChoices(
                *load_visit_types_of(connection, doctor_id), load_calendar_names_for(connection, doctor_id)
            )

        return self._store.read(work)

    def save_doctor(
        self,
        principal: Principal,
        doctor_id: int | None,
        *,
        name: str,
        specialty: str = "",
        room: str = "",
        calendar_id: str | None = "clinic",
        colour_id: str = "10",
        active: bool = True,
        account_id: int | None = None,
        visit_type_ids: Sequence[int] | None = None,
    ) -> int:
        """Add (None) or change a doctor and, unless None, the visit types offered; the doctor's number.

        What changed of it follows into the calendars for appointments to come. A doctor who is not active any more, or
        has another account, does not go on using a calendar of their own.
        """

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            values = texts_of(name=name, specialty=specialty, room=room)
            values |= {
                "calendar_id": calendar_id,
                "colour_id": colour_id,
                "active": active,
                "account_id": account_id,
            }
            _refuse_unfit_doctor(connection, values, doctor_id)
            number = _save(connection, doctors, doctor_id, values)
            if visit_type_ids is not None:
                _offer(connection, number, visit_type_ids)
            if doctor_id is not None:
                touch_doctor_links(connection, number, self._clock())
                end_own_use(connection, self._clock())
            self._log(connection, fresh, "save_doctor", f"doctor {number}")
            return number

        return self._store.write(work)

    def link_account(self, principal: Principal, doctor_id: int, account_id: int | None) -> None:
        """Let an account sign in as this doctor, or (None) none any more; the rest of the doctor stays as it is.

        A calendar of the account's own that the doctor used is used no more.
        """

        def work(connection: Connection) -> None:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            _refuse_unfit_account(connection, account_id, doctor_id)
            _save(connection, doctors, doctor_id, {"account_id": account_id})
            end_own_use(connection, self._clock())
            self._log(connection, fresh, "link_account", f"doctor {doctor_id}")

        self._store.write(work)

    def save_visit_type(
        self,
        principal: Principal,
        visit_type_id: int | None,
        *,
        name: str,
        minutes: int,
        buffer_minutes: int = 5,
        online: bool = True,
        remote: bool = False,
        place: str = "",
        active: bool = True,
        position: int = 0,
        doctor_ids: Sequence[int] | None = None,
    ) -> int:
        """Add (None) or change a visit type and, unless None, the doctors who offer it; its number.

        Appointments that are booked keep their length.
        """

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            values, *_ = all_checked(
                lambda: texts_of(name=name, place=place),
                lambda: refuse_outside(minutes, 1, LONGEST_MINUTES, "minutes", MINUTES_OUTSIDE),
                lambda: refuse_outside(buffer_minutes, 0, LONGEST_BUFFER, "buffer_minutes", BUFFER_OUTSIDE),
            )
            values |= {
                "minutes": minutes,
                "buffer_minutes": buffer_minutes,
                "online": online,
                "remote": remote,
                "active": active,
                "position": position,
            }
            number = _save(connection, visit_types, visit_type_id, values)
            if doctor_ids is not None:
                _offer_by(connection, number, doctor_ids)
            touch_visit_type_links(connection, number, self._clock())
            self._log(connection, fresh, "save_visit_type", f"visit type {number}")
            return number

        return self._store.write(work)

    def _log(self, connection: Connection, fresh: Principal, action: str, subject: str) -> None:
        record_access(connection, fresh, action, None, subject, self._clock())


def texts_of(**fields: str) -> dict[str, Any]:
    """The texts without spaces around them; BadFields where the name is missing or any is too long."""
    texts = {field: value.strip() for field, value in fields.items()}
    problems = {
        field: f"Please keep this under {LONGEST_FIELD} characters."
        for field, value in texts.items()
        if len(value) > LONGEST_FIELD
    }
    if not texts["name"]:
        problems["name"] = "Enter a name."
    if problems:
        raise BadFields(problems)
    return texts


def refuse_outside(value: int, least: int, most: int, field: str, sentence: str) -> None:
    """Raise BadInput with the sentence for the field unless the value lies between the two, both included."""
    if not least <= value <= most:
        raise BadInput(sentence, field)


def _refuse_unfit_doctor(connection: Connection, values: dict[str, Any], doctor_id: int | None) -> None:
    if values["colour_id"] not in COLOURS:
        raise BadInput("Choose one of the calendar's colours.", "colour_id")
    calendar_id = values["calendar_id"]
    if calendar_id is not None:
        known = select(exists().where(calendars.c.calendar_id == calendar_id))
        if not connection.execute(known).scalar_one():
            raise BadInput("This calendar is not known here.", "calendar_id")
        refuse_others_own(connection, doctor_id, calendar_id)
    _refuse_unfit_account(connection, values["account_id"], doctor_id)


def _refuse_unfit_account(connection: Connection, account_id: int | None, doctor_id: int | None) -> None:
    if account_id is not None:
        role = connection.execute(select(accounts.c.role).where(accounts.c.account_id == account_id)).scalar()
        if role != Role.DOCTOR:
            raise BadInput("Choose an account of a doctor.", "account_id")
        holder = connection.execute(select(doctors.c.doctor_id).where(doctors.c.account_id == account_id)).scalar()
        if holder not in {None, doctor_id}:
            raise BadInput("This account belongs to another doctor.", "account_id")


def _save(connection: Connection, table: Table, number: int | None, values: dict[str, Any]) -> int:
    (key,) = table.primary_key.columns
    if number is None:
        return int(connection.execute(insert(table).values(**values).returning(key)).scalar_one())
    if connection.execute(update(table).where(key == number).values(**values)).rowcount == 0:
        raise NotFound
    return number


def _offer(connection: Connection, doctor_id: int, visit_type_ids: Sequence[int]) -> None:
    connection.execute(delete(doctor_visit_types).where(doctor_visit_types.c.doctor_id == doctor_id))
    for visit_type_id in sorted(set(visit_type_ids)):
        load_visit_type(connection, visit_type_id)
        connection.execute(insert(doctor_visit_types).values(doctor_id=doctor_id, visit_type_id=visit_type_id))


def _offer_by(connection: Connection, visit_type_id: int, doctor_ids: Sequence[int]) -> None:
    connection.execute(delete(doctor_visit_types).where(doctor_visit_types.c.visit_type_id == visit_type_id))
    known = set(connection.execute(select(doctors.c.doctor_id).where(doctors.c.doctor_id.in_(doctor_ids))).scalars())
    for doctor_id in sorted(set(doctor_ids)):
        if doctor_id not in known:
            raise NotFound
        connection.execute(insert(doctor_visit_types).values(doctor_id=doctor_id, visit_type_id=visit_type_id))
