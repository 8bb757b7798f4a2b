"""ClinicSetup: opening a clinic, and changing its details, doctors, visit types and hours."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, Table, delete, exists, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError, NotFound
from core.domain.policy import Policy
from core.domain.principal import Capability, Principal, Role
from core.scheduler.access import require
from core.scheduler.audit import record_access
from core.scheduler.clinic import (
    Clinic,
    ClinicNotSetUp,
    Doctor,
    VisitType,
    load_clinic,
    load_doctors,
    load_visit_type,
    load_visit_types,
)
from core.scheduler.hours import Closure, WorkingTimes
from core.scheduler.links import touch_doctor_links, touch_visit_type_links
from core.scheduler.store import Store
from core.scheduler.tables import accounts, calendars, doctor_visit_types, doctors, opening_hours, visit_types
from core.scheduler.tables import clinic as clinic_table

__all__ = ["Clinic", "ClinicExists", "ClinicNotSetUp", "ClinicSetup", "Closure", "Doctor", "VisitType"]

LONGEST_FIELD = 200
COLOURS = tuple(str(number) for number in range(1, 12))
"""Google Calendar's event colours."""

_POLICY_BOUNDS = {
    "notice_minutes": (0, 14 * 24 * 60),
    "horizon_days": (1, 730),
    "cutoff_minutes": (0, 14 * 24 * 60),
    "max_upcoming": (1, 100),
    "hold_minutes": (1, 60),
    "grid_minutes": (5, 60),
}


class ClinicExists(CareSlotError):
    """This clinic has been opened already."""


class ClinicSetup(WorkingTimes):
    """The clinic's facts, public to read; managers change them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def clinic(self) -> Clinic:
        """The clinic; ClinicNotSetUp where there is none yet."""
        return self._store.read(load_clinic)

    def doctors(self, active: bool = True) -> list[Doctor]:
        """The active doctors, or all, by number."""
        return self._store.read(lambda connection: load_doctors(connection, active=active))

    def visit_types(self, doctor_id: int | None = None, online: bool | None = None) -> list[VisitType]:
        """The active visit types in their order; of one doctor, or only those (not) booked online."""
        return self._store.read(lambda connection: load_visit_types(connection, doctor_id, online=online))

    def create_clinic(
        self, name: str, zone: str, *, address: str = "", phone: str = "", emergency: str = "", demo: bool = False
    ) -> Clinic:
        """Open the clinic, once, with the default policy and a calendar of its own; ClinicExists where there is one."""
        values = _texts(name=name, address=address, phone=phone, emergency=emergency)
        if zone not in available_timezones():
            raise BadInput("Choose a time zone such as Europe/London.", "zone")

        def work(connection: Connection) -> Clinic:
            if connection.execute(select(exists().where(clinic_table.c.clinic_id == 1))).scalar_one():
                raise ClinicExists
            connection.execute(
                insert(clinic_table).values(
                    clinic_id=1,
                    installation=str(uuid4()),
                    zone=ZoneInfo(zone).key,
                    demo=demo,
                    **values,
                    **asdict(Policy()),
                )
            )
            if not connection.execute(select(exists().where(calendars.c.calendar_id == "clinic"))).scalar_one():
                connection.execute(
                    insert(calendars).values(calendar_id="clinic", name=values["name"], provider="embedded")
                )
            return load_clinic(connection)

        return self._store.write(work)

    def save_clinic(
        self, principal: Principal, *, name: str, address: str, phone: str, emergency: str, policy: Policy
    ) -> Clinic:
        """Change the clinic's details and rules; the zone stays, for appointments keep wall time in it."""

        def work(connection: Connection) -> Clinic:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            values = _texts(name=name, address=address, phone=phone, emergency=emergency)
            rules = asdict(policy)
            for field, (least, most) in _POLICY_BOUNDS.items():
                _refuse_outside(rules[field], least, most, field)
            load_clinic(connection)
            connection.execute(update(clinic_table).values(**values, **rules))
            self._log(connection, fresh, "change_clinic", "clinic")
            return load_clinic(connection)

        return self._store.write(work)

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

        What changed of it follows into the calendars for appointments to come.
        """

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            values: dict[str, Any] = _texts(name=name, specialty=specialty, room=room)
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
            self._log(connection, fresh, "save_doctor", f"doctor {number}")
            return number

        return self._store.write(work)

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
    ) -> int:
        """Add (None) or change a visit type; its number. Appointments that are booked keep their length."""

        def work(connection: Connection) -> int:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            _refuse_outside(minutes, 1, 480, "minutes")
            _refuse_outside(buffer_minutes, 0, 120, "buffer_minutes")
            values: dict[str, Any] = _texts(name=name, place=place)
            values |= {
                "minutes": minutes,
                "buffer_minutes": buffer_minutes,
                "online": online,
                "remote": remote,
                "active": active,
                "position": position,
            }
            number = _save(connection, visit_types, visit_type_id, values)
            touch_visit_type_links(connection, number, self._clock())
            self._log(connection, fresh, "save_visit_type", f"visit type {number}")
            return number

        return self._store.write(work)

    def checklist(self) -> list[tuple[str, bool]]:
        """What a clinic needs before its first booking, and whether it is there."""

        def work(connection: Connection) -> list[tuple[str, bool]]:
            try:
                clinic = load_clinic(connection)
            except ClinicNotSetUp:
                named = False
            else:
                named = bool(clinic.name and clinic.phone and clinic.emergency)
            active = {doctor.doctor_id for doctor in load_doctors(connection)}
            offering = set(
                connection.execute(
                    select(doctor_visit_types.c.doctor_id)
                    .join(visit_types, visit_types.c.visit_type_id == doctor_visit_types.c.visit_type_id)
                    .where(visit_types.c.active)
                ).scalars()
            )
            open_doctors = set(connection.execute(select(opening_hours.c.doctor_id).distinct()).scalars())
            return [
                ("The clinic has a name, a phone number and an emergency number", named),
                ("There is at least one doctor", bool(active)),
                ("A doctor offers a visit type", bool(active & offering)),
                ("Every doctor has opening hours", bool(active) and active <= open_doctors),
                ("There is a calendar", bool(connection.execute(select(exists(select(calendars)))).scalar_one())),
            ]

        return self._store.read(work)

    def _log(self, connection: Connection, fresh: Principal, action: str, subject: str) -> None:
        record_access(connection, fresh, action, None, subject, self._clock())


def _texts(**fields: str) -> dict[str, Any]:
    texts = {field: value.strip() for field, value in fields.items()}
    if not texts["name"]:
        raise BadInput("Enter a name.", "name")
    for field, value in texts.items():
        if len(value) > LONGEST_FIELD:
            raise BadInput(f"Please keep this under {LONGEST_FIELD} characters.", field)
    return texts


def _refuse_outside(value: int, least: int, most: int, field: str) -> None:
    if not least <= value <= most:
        raise BadInput(f"Choose a number from {least} to {most}.", field)


def _refuse_unfit_doctor(connection: Connection, values: dict[str, Any], doctor_id: int | None) -> None:
    if values["colour_id"] not in COLOURS:
        raise BadInput("Choose one of the calendar's colours.", "colour_id")
    calendar_id, account_id = values["calendar_id"], values["account_id"]
    if calendar_id is not None:
        known = select(exists().where(calendars.c.calendar_id == calendar_id))
        if not connection.execute(known).scalar_one():
            raise BadInput("This calendar is not known here.", "calendar_id")
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
