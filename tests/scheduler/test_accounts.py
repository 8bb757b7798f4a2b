import pytest
from sqlalchemy import select

from core.domain.errors import BadInput
from core.domain.principal import SYSTEM, NotAllowed, Principal, Role, SignedOut, SignInNeeded
from core.scheduler.accounts import Accounts, SignInRefused
from core.scheduler.store import AccountExists, Store
from core.scheduler.tables import sessions
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

EMAIL, PASSWORD = "desk@example.com", "pine on paper, calmly"


@pytest.fixture
def made(store: Store, clock: HandClock, clinic: MadeClinic) -> Accounts:
    accounts = Accounts(store, clock)
    accounts.create_account(clinic["manager"], EMAIL, PASSWORD, Role.RECEPTION, "Desk")
    return accounts


def signed_in(accounts: Accounts, token: str) -> Principal:
    principal = accounts.principal_of(token, "visit")
    assert principal is not None
    return principal


def test_a_session_stands_for_its_account_until_signed_out(made: Accounts, store: Store) -> None:
    token = made.sign_in(" DESK@example.com ", PASSWORD)
    principal = signed_in(made, token)
    assert (principal.role, principal.visitor) == (Role.RECEPTION, "visit")
    assert token not in store.read(lambda c: c.execute(select(sessions.c.token_hash)).scalars().all())
    made.sign_out(token)
    assert made.principal_of(token, "visit") is None
    assert made.principal_of("guess", "visit") is None


def test_a_session_is_also_known_by_its_number_until_signed_out(made: Accounts) -> None:
    principal = signed_in(made, made.sign_in(EMAIL, PASSWORD))
    number = principal.session_id or 0
    assert made.principal_of_session(number, "visit") == principal
    made.sign_out_session(number)
    assert made.principal_of_session(number, "visit") is None
    with pytest.raises(SignedOut):
        made.own(principal)


def test_one_sees_ones_own_account(made: Accounts, clock: HandClock) -> None:
    own = made.own(signed_in(made, made.sign_in(EMAIL, PASSWORD)))
    assert (own.email, own.name, own.role, own.zone) == (EMAIL, "Desk", Role.RECEPTION, None)
    assert own.last_signed_in_at == clock.now
    with pytest.raises(SignInNeeded):
        made.own(Principal(visitor="visit"))


def test_staff_sessions_end_when_idle_and_after_thirty_days(made: Accounts, clock: HandClock) -> None:
    token = made.sign_in(EMAIL, PASSWORD)
    for _ in range(65):
        clock.advance(hours=11)
        signed_in(made, token)
    clock.advance(hours=11)
    assert made.principal_of(token, "visit") is None
    token = made.sign_in(EMAIL, PASSWORD)
    clock.advance(hours=12)
    assert made.principal_of(token, "visit") is None


def test_signing_out_everywhere_ends_every_session(made: Accounts) -> None:
    first, second = made.sign_in(EMAIL, PASSWORD), made.sign_in(EMAIL, PASSWORD)
    principal = signed_in(made, first)
    made.sign_out_everywhere(principal)
    assert made.principal_of(first, "visit") is None
    assert made.principal_of(second, "visit") is None
    with pytest.raises(SignedOut):
        made.sign_out_everywhere(principal)
    with pytest.raises(SignInNeeded):
        made.sign_out_everywhere(Principal(visitor="visit"))


def test_wrong_unknown_and_delayed_sign_ins_get_one_answer(made: Accounts, clock: HandClock) -> None:
    with pytest.raises(SignInRefused):
        made.sign_in("nobody@example.com", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            made.sign_in(EMAIL, "wrong")
    with pytest.raises(SignInRefused):
        made.sign_in(EMAIL, PASSWORD)
    clock.advance(seconds=1)
    assert made.principal_of(made.sign_in(EMAIL, PASSWORD), "visit") is not None


def test_a_new_password_ends_old_sessions(made: Accounts) -> None:
    token = made.sign_in(EMAIL, PASSWORD)
    principal = signed_in(made, token)
    with pytest.raises(BadInput):
        made.change_password(principal, "wrong", "another long one")
    for weak in ("short", "desk desk desk desk"):
        with pytest.raises(BadInput) as refused:
            made.change_password(principal, PASSWORD, weak)
        assert refused.value.field == "password"
    made.change_password(principal, PASSWORD, "another long one")
    assert made.principal_of(token, "visit") is None
    with pytest.raises(SignInRefused):
        made.sign_in(EMAIL, PASSWORD)
    assert made.sign_in(EMAIL, "another long one")


def test_only_a_manager_adds_staff_and_an_address_once(made: Accounts, clinic: MadeClinic) -> None:
    with pytest.raises(NotAllowed):
        made.create_account(clinic["reception"], "new@example.com", PASSWORD, Role.MANAGER, "New")
    with pytest.raises(AccountExists):
        made.create_account(clinic["manager"], EMAIL.upper(), PASSWORD, Role.DOCTOR, "New")
    for email, password, role, name, field in (
        ("new", PASSWORD, Role.DOCTOR, "New", "email"),
        ("new@example.com", "short", Role.DOCTOR, "New", "password"),
        ("new@example.com", "aaaaaaaaaaaaaaaa", Role.DOCTOR, "New", "password"),
        ("new@example.com", PASSWORD, Role.PATIENT, "New", "role"),
        ("new@example.com", PASSWORD, Role.DOCTOR, " ", "name"),
    ):
        with pytest.raises(BadInput) as refused:
            made.create_account(clinic["manager"], email, password, role, name)
        assert refused.value.field == field


def test_all_wrong_fields_of_an_account_are_named_at_once(made: Accounts, clinic: MadeClinic) -> None:
    with pytest.raises(BadInput) as refused:
        made.create_account(clinic["manager"], "new", "short", Role.PATIENT, " ")
    assert list(refused.value.problems) == ["email", "name", "role", "password"]
    assert "Enter a name." in str(refused.value)


def test_a_password_set_by_a_manager_signs_out_everywhere_and_ends_the_delay(
    made: Accounts, clinic: MadeClinic
) -> None:
    token = made.sign_in(EMAIL, PASSWORD)
    for _ in range(8):
        with pytest.raises(SignInRefused):
            made.sign_in(EMAIL, "wrong")
    with pytest.raises(NotAllowed):
        made.set_password(clinic["reception"], EMAIL, "another long one")
    for email, password, field in (("nobody@example.com", "another long one", "email"), (EMAIL, "short", "password")):
        with pytest.raises(BadInput) as refused:
            made.set_password(SYSTEM, email, password)
        assert refused.value.field == field
    made.set_password(SYSTEM, EMAIL.upper(), "another long one")
    assert made.principal_of(token, "visit") is None
    account_id = signed_in(made, made.sign_in(EMAIL, "another long one")).account_id or 0
    assert made.set_password(clinic["manager"], account_id, PASSWORD)
    assert made.sign_in(EMAIL, PASSWORD)
    made.set_active(clinic["manager"], account_id, active=False)
    assert not made.set_password(SYSTEM, EMAIL, "another long one")
