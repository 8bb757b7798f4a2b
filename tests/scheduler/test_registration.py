"""Registration: a new person and account at once, no claim on old records, and one answer for known addresses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from core.domain.errors import BadFields, BadInput
from core.domain.principal import SYSTEM, Role
from core.scheduler import passwords, registration
from core.scheduler.accounts import Accounts, SignInRefused
from core.scheduler.patients import Patients
from core.scheduler.registration import Registration, RegistrationRefused, TooManyRegistrations
from core.scheduler.store import Store
from core.scheduler.tables import account_users, accounts, users
from core.scheduler.tables import clinic as clinic_table
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

PASSWORD = "pine on paper, calmly"
BORN = date(1990, 5, 17)


@pytest.fixture
def desk(store: Store, clock: HandClock, clinic: MadeClinic) -> Registration:
    return Registration(store, clock)


def register(desk: Registration, **other: Any) -> int:
    details = {"email": "ada@example.com", "name": "Ada Novak", "phone": "555-0123", "date_of_birth": BORN}
    return desk.register(**{**details, "password": PASSWORD, "visit": "visit", **other})


def count(store: Store, table: Any) -> int:
    return store.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


def test_registering_makes_a_person_and_an_account_that_acts_for_them(
    desk: Registration, store: Store, clock: HandClock
) -> None:
    account_id = register(desk, email=" Ada@EXAMPLE.com ", name="  Ada \n Novak ")
    signed_in = Accounts(store, clock)
    principal = signed_in.principal_of(signed_in.sign_in("ada@example.com", PASSWORD), "visit")
    assert principal is not None
    assert (principal.account_id, principal.role) == (account_id, Role.PATIENT)
    (person,) = Patients(store, clock).mine(principal)
    assert (person.user_id, person.name, person.email) == (principal.user_id, "Ada Novak", "Ada@example.com")
    assert (person.phone, person.date_of_birth) == ("555-0123", BORN)
    relation = select(account_users.c.relation).where(account_users.c.account_id == account_id)
    assert store.read(lambda c: c.execute(relation).scalar_one()) == "self"


def test_one_may_be_born_on_the_clinics_date_but_not_later(desk: Registration, store: Store, clock: HandClock) -> None:
    store.write(lambda connection: connection.execute(update(clinic_table).values(zone="Pacific/Auckland")) and None)
    clock.now = datetime(2026, 12, 7, 21, tzinfo=UTC)  # ten o'clock on the next morning
    assert register(desk, date_of_birth=date(2026, 12, 8))
    with pytest.raises(BadFields):
        register(desk, email="eve@example.com", date_of_birth=date(2026, 12, 9))


def test_registering_never_claims_somebody_booked_by_phone(desk: Registration, store: Store, clock: HandClock) -> None:
    by_phone = Patients(store, clock).create(SYSTEM, "Ada Novak", "ada@example.com", "555-0123", BORN)
    account_id = register(desk)
    own = select(accounts.c.user_id).where(accounts.c.account_id == account_id)
    assert store.read(lambda c: c.execute(own).scalar_one()) != by_phone.user_id


def test_all_problems_of_the_form_are_named_at_once(desk: Registration, store: Store) -> None:
    before = count(store, users)
    with pytest.raises(BadFields) as refused:
        register(desk, email="ada", name=" ", phone="12", date_of_birth=None, password="short")
    assert isinstance(refused.value, BadInput)
    assert refused.value.problems == {
        "email": "Enter an email address such as name@example.com.",
        "name": "Enter a name.",
        "phone": "Enter a phone number such as 555-0123 or +44 20 7946 0123.",
        "date_of_birth": "Enter your date of birth: a day from 1900 until today.",
        "password": "Use 12 characters or more.",
    }
    assert refused.value.field == "email"
    assert count(store, users) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada@localhost"),
        ("email", "ada novak@example.com"),
        ("email", "Ada <ada@example.com>"),
        ("email", "ada@example.com\nbcc: b@example.com"),
        ("name", "x" * 201),
        ("phone", ""),
        ("phone", "+1 2"),
        ("phone", "+++"),
        ("phone", "five five five"),
        ("phone", "5" * 21),
        ("date_of_birth", date(2026, 12, 8)),
        ("date_of_birth", date(1899, 12, 31)),
        ("password", "aaaaaaaaaaaaaaaaaaaa"),
        ("password", "password123456"),
        ("password", "ada novak 555-0123"),
        ("password", PASSWORD * 100),
    ],
)
def test_what_can_not_be_right_is_refused_by_its_field(desk: Registration, field: str, value: Any) -> None:
    with pytest.raises(BadFields) as refused:
        register(desk, **{field: value})
    assert list(refused.value.problems) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada@clinic.example"),
        ("email", "ada+visits@sub.example.org"),
        ("name", "Ó"),
        ("phone", "+44 20 7946 0123"),
        ("phone", "(555) 010-0123"),
        ("date_of_birth", date(2026, 12, 7)),
        ("date_of_birth", date(1900, 1, 1)),
        ("password", "correct horse battery staple"),
        ("password", PASSWORD * 10),
    ],
)
def test_what_may_be_right_is_taken(desk: Registration, field: str, value: Any) -> None:
    assert register(desk, **{field: value})


def test_a_known_address_is_refused_unless_the_password_is_its_own(
    desk: Registration, store: Store, clock: HandClock
) -> None:
    account_id = register(desk)
    people = count(store, users)
    assert register(desk, email="ADA@example.com", name="Somebody Else") == account_id
    with pytest.raises(RegistrationRefused):
        register(desk, password="another long one, calmly")
    assert count(store, users) == people
    assert Accounts(store, clock).sign_in("ada@example.com", PASSWORD)


def test_registering_again_does_not_get_past_the_delay_after_wrong_passwords(
    desk: Registration, store: Store, clock: HandClock
) -> None:
    register(desk)
    for _ in range(5):
        with pytest.raises(RegistrationRefused):
            register(desk, password="another long one, calmly")
    with pytest.raises(RegistrationRefused):
        register(desk)
    with pytest.raises(SignInRefused):
        Accounts(store, clock).sign_in("ada@example.com", PASSWORD)
    clock.advance(seconds=2)
    assert register(desk)
    assert Accounts(store, clock).sign_in("ada@example.com", PASSWORD)


def test_a_closed_account_can_not_be_registered_again(desk: Registration, store: Store, clock: HandClock) -> None:
    Accounts(store, clock).set_active(SYSTEM, register(desk), active=False)
    with pytest.raises(RegistrationRefused):
        register(desk)


def test_known_new_and_waiting_addresses_cost_one_bcrypt_each(
    desk: Registration, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("hashpw", "checkpw"):
        real = getattr(passwords.bcrypt, name)
        monkeypatch.setattr(passwords.bcrypt, name, lambda *given, real=real: (done.append("bcrypt"), real(*given))[1])
    register(desk)
    for _ in range(6):
        with pytest.raises(RegistrationRefused):
            register(desk, password="another long one, calmly")
    assert len(done) == 7


def test_the_same_form_sent_twice_at_once_makes_one_account(desk: Registration, store: Store) -> None:
    def send(_: int) -> int | None:
        try:
            return register(desk)
        except RegistrationRefused:
            return None

    with ThreadPoolExecutor(2) as threads:
        made = {number for number in threads.map(send, range(2)) if number}
    assert len(made) == 1
    query = select(func.count()).where(users.c.email == "ada@example.com")
    assert store.read(lambda c: c.execute(query).scalar_one()) == 1


def test_a_flood_of_registrations_is_stopped_and_told_when_to_come_back(
    desk: Registration, store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(hours=2)
    monkeypatch.setattr(registration, "MOST_BY_A_VISIT", 1)
    register(desk)
    with pytest.raises(TooManyRegistrations):
        register(desk, email="ben@example.com")
    register(desk, email="ben@example.com", visit="other")
    rows = [
        {"email": f"flood{number}@example.com", "password_hash": "-", "role": "patient", "name": "Flood"}
        for number in range(registration.MOST_BY_THE_CLINIC - 2)
    ]
    store.write(lambda c: c.execute(insert(accounts).values(created_at=clock.now), rows) and None)
    with pytest.raises(TooManyRegistrations, match="in an hour"):
        register(desk, email="clara@example.com", visit="third")
    clock.advance(hours=1)
    assert register(desk, email="clara@example.com")
