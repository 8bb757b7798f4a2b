"""A doctor's own calendar holds that doctor's appointments, and only as long as the doctor signs in here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import RowMapping, select, update

from core.calendars.seal import Seal, new_key
from core.domain.principal import Role
from core.scheduler import tables
from core.scheduler.accounts import Accounts
from core.scheduler.booking import AppointmentScheduler, Booking
from core.scheduler.clinic_calendars import ClinicCalendars
from core.scheduler.connections import Connections
from core.scheduler.links import CalendarLinks
from core.scheduler.own_calendar import OwnCalendar
from core.scheduler.own_use import SomebodysOwnCalendar
from core.scheduler.setup import ClinicSetup
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
ADDRESS = "sarah@example.com"
DOCTOR = {"name": "Dr. Sarah Johnson", "calendar_id": ADDRESS}


class Leaving:
    """The ways in which a doctor may leave, as managers enter them."""

    def __init__(self, store: Store, clock: HandClock, clinic: MadeClinic) -> None:
        self.setup, self.accounts = ClinicSetup(store, clock), Accounts(store, clock)
        self.manager, self.account = clinic["manager"], clinic["doctor"].account_id

    def close(self) -> None:
        assert self.account is not None
        self.accounts.set_active(self.manager, self.account, active=False)

    def unlink(self) -> None:
        self.setup.link_account(self.manager, 1, None)

    def deactivate(self) -> None:
        self.setup.save_doctor(self.manager, 1, **DOCTOR, account_id=self.account, active=False)  # type: ignore[arg-type]

    def another(self) -> None:
        made = self.accounts.create_account(self.manager, "new@example.com", "four unrelated words", Role.DOCTOR, "New")
        self.setup.save_doctor(self.manager, 1, **DOCTOR, account_id=made)  # type: ignore[arg-type]


WAYS: list[Callable[[Leaving], None]] = [Leaving.close, Leaving.unlink, Leaving.deactivate, Leaving.another]


@pytest.fixture
def own(store: Store, clock: HandClock, clinic: MadeClinic) -> OwnCalendar:
    connections = Connections(store, clock, Seal(new_key()))
    number = connections.add(
        clinic["doctor"], provider="google", kind="oauth", name=ADDRESS, account=ADDRESS, secret={"refresh_token": "1"}
    )
    own = OwnCalendar(store, clock)
    own.connect(clinic["doctor"], connection_id=number, address=ADDRESS, name="Sarah's", detail="full")
    return own


def rows(store: Store, table) -> list[RowMapping]:
    query = select(table).order_by(*table.primary_key)
    return store.read(lambda connection: list(connection.execute(query).mappings()))


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_who_has_left_gets_no_more_appointments_and_keeps_none(
    store: Store,
    clock: HandClock,
    clinic: MadeClinic,
    scheduler: AppointmentScheduler,
    own: OwnCalendar,
    leave: Callable[[Leaving], None],
) -> None:
    links, reception = CalendarLinks(store, clock), clinic["reception"]
    for user, starts_at in ((1, NINE), (2, NINE + timedelta(days=2))):
        number = scheduler.book_appointment(reception, Booking(f"{user}", user, 1, 1, starts_at)).appointment_id
        links.request(reception, number)
    for due in links.claim(10):
        assert links.record_success(due, etag="1", content_hash="a" * 64)
    clock.advance(days=2)  # one of the two is past
    awake = update(tables.sessions).values(seen_at=clock())
    store.write(lambda connection: connection.execute(awake) and None)
    leave(Leaving(store, clock, clinic))
    assert rows(store, tables.doctors)[0]["calendar_id"] is None
    assert [(due.calendar_id, due.wanted) for due in links.claim(10)] == [(ADDRESS, False)] * 2
    assert rows(store, tables.calendars)[-1]["calendar_id"] == ADDRESS  # it is still reached, to take them away


def test_who_comes_back_chooses_a_calendar_anew(
    store: Store, clock: HandClock, clinic: MadeClinic, own: OwnCalendar
) -> None:
    leaving, calendars = Leaving(store, clock, clinic), ClinicCalendars(store, clock)
    leaving.unlink()
    with pytest.raises(SomebodysOwnCalendar):
        calendars.assign(clinic["manager"], 1, ADDRESS)
    leaving.setup.link_account(clinic["manager"], 1, clinic["doctor"].account_id)
    assert rows(store, tables.doctors)[0]["calendar_id"] is None
    calendars.assign(clinic["manager"], 1, ADDRESS)
    mine = own.mine(clinic["doctor"])
    assert mine is not None
    assert mine.calendar_id == ADDRESS


def test_no_other_doctor_gets_it(store: Store, clock: HandClock, clinic: MadeClinic, own: OwnCalendar) -> None:
    manager, calendars, setup = clinic["manager"], ClinicCalendars(store, clock), ClinicSetup(store, clock)
    for asked in (
        lambda: calendars.assign(manager, 2, ADDRESS),
        lambda: calendars.one_for_all(manager, ADDRESS),
        lambda: setup.save_doctor(manager, 2, name="Dr. Michael Chen", calendar_id=ADDRESS),
        lambda: setup.save_doctor(manager, None, name="Dr. New", calendar_id=ADDRESS),
    ):
        with pytest.raises(SomebodysOwnCalendar):
            asked()
    for doctor, offered in ((1, True), (2, False), (None, False)):
        assert (ADDRESS in setup.doctor_choices(manager, doctor).calendars) is offered
    assert {one.calendar_id: one.own_of for one in calendars.list(manager)} == {ADDRESS: 1, "clinic": None}
    assert [doctor["calendar_id"] for doctor in rows(store, tables.doctors)] == [ADDRESS, "clinic"]
