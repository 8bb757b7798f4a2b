"""ClinicSetup: opening a clinic, and changing its details, doctors, visit types and hours."""

from dataclasses import asdict
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, CareSlotError
from core.domain.policy import Policy
from core.domain.principal import Capability, Principal
from core.scheduler.access import require
from core.scheduler.checklist import ChecklistItem, Need, load_checklist
from core.scheduler.clinic import (
    Clinic,
    ClinicNotSetUp,
    Doctor,
    VisitType,
    load_clinic,
    load_clinic_and_doctors,
    zone_names,
)
from core.scheduler.clinic_details import checked_details, refuse_unfit_rules
from core.scheduler.hours import Closure, WorkingTimes
from core.scheduler.personal_details import all_checked
from core.scheduler.store import Store
from core.scheduler.tables import calendars
from core.scheduler.tables import clinic as clinic_table
from core.scheduler.team import Team

__all__ = [
    "ChecklistItem",
    "Clinic",
    "ClinicExists",
    "ClinicNotSetUp",
    "ClinicSetup",
    "Closure",
    "Doctor",
    "Need",
    "VisitType",
]


class ClinicExists(CareSlotError):
    """This clinic has been opened already."""


class ClinicSetup(Team, WorkingTimes):
    """The clinic's facts, public to read; managers change them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def clinic(self) -> Clinic:
        """The clinic; ClinicNotSetUp where there is none yet."""
        return self._store.read(load_clinic)

    def clinic_and_doctors(self) -> tuple[Clinic, list[Doctor]]:
        """The clinic with its active doctors by number; ClinicNotSetUp where there is none yet."""
        return self._store.read(load_clinic_and_doctors)

    def create_clinic(
        self,
        principal: Principal,
        name: str,
        zone: str,
        *,
        address: str = "",
        phone: str = "",
        emergency: str = "",
    ) -> Clinic:
        """Open the clinic, once, with the default policy and a calendar of its own; ClinicExists where there is one."""

        def work(connection: Connection) -> Clinic:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            values, _ = all_checked(
                lambda: checked_details(name=name, address=address, phone=phone, emergency=emergency),
                lambda: _refuse_unknown_zone(zone),
            )
            if connection.execute(select(exists().where(clinic_table.c.clinic_id == 1))).scalar_one():
                raise ClinicExists
            connection.execute(
                insert(clinic_table).values(
                    clinic_id=1,
                    installation=str(uuid4()),
                    zone=ZoneInfo(zone).key,
                    **values,
                    **asdict(Policy()),
                )
            )
            if not connection.execute(select(exists().where(calendars.c.calendar_id == "clinic"))).scalar_one():
                connection.execute(
                    insert(calendars).values(calendar_id="clinic", name=values["name"], provider="embedded")
                )
            self._log(connection, fresh, "open_clinic", "clinic")
            return load_clinic(connection)

        return self._store.write(work)

    def save_clinic(
        self, principal: Principal, *, name: str, address: str, phone: str, emergency: str, policy: Policy
    ) -> Clinic:
        """Change the clinic's details and rules; the zone stays, for appointments keep wall time in it."""

        def work(connection: Connection) -> Clinic:
            fresh = require(connection, principal, Capability.ADMINISTER, self._clock)
            rules = asdict(policy)
            values, _ = all_checked(
                lambda: checked_details(name=name, address=address, phone=phone, emergency=emergency),
                lambda: refuse_unfit_rules(rules),
            )
            load_clinic(connection)
            connection.execute(update(clinic_table).values(**values, **rules))
            self._log(connection, fresh, "change_clinic", "clinic")
            return load_clinic(connection)

        return self._store.write(work)

    def checklist(self) -> list[ChecklistItem]:
        """What the clinic needs before its first booking, and whether it is there."""
        return self._store.read(lambda connection: load_checklist(connection, self._clock()))


def _refuse_unknown_zone(zone: str) -> None:
    if zone not in zone_names():
        raise BadInput("Choose a time zone such as Europe/London.", "zone")
