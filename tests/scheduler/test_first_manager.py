"""The first manager: by invitation, once, and only while the clinic has none."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.domain.errors import BadFields
from core.domain.principal import SYSTEM, Role
from core.scheduler.accounts import Accounts
from core.scheduler.first_manager import FirstManager, InvitationRefused, ManagerExists, invite
from core.scheduler.store import AccountExists, Store
from core.scheduler.tables import access_tokens
from tests.conftest import HandClock

EMAIL, NAME, PASSWORD = "morgan@example.com", "Morgan Lee", "pine on paper, calmly"


@pytest.fixture
def first(store: Store, clock: HandClock) -> FirstManager:
    return FirstManager(store, clock)


def test_an_invitation_creates_one_manager_and_is_spent(first: FirstManager, store: Store, clock: HandClock) -> None:
    token = invite(store, clock)
    assert first.is_valid(token)
    assert not first.is_valid("guess")
    first.create(token, EMAIL, NAME, PASSWORD)
    accounts = Accounts(store, clock)
    principal = accounts.principal_of(accounts.sign_in(EMAIL, PASSWORD), "visit")
    assert principal is not None
    assert principal.role is Role.MANAGER
    assert not first.is_valid(token)
    for used in (token, "guess"):
        with pytest.raises(InvitationRefused):
            first.create(used, "other@example.com", NAME, PASSWORD)
    with pytest.raises(ManagerExists):
        invite(store, clock)
    assert token not in store.read(lambda c: c.execute(select(access_tokens.c.token_hash)).scalars().all())


def test_a_wrong_field_or_a_known_address_leaves_the_invitation_good(
    first: FirstManager, store: Store, clock: HandClock
) -> None:
    Accounts(store, clock).create_account(SYSTEM, EMAIL, PASSWORD, Role.RECEPTION, NAME)
    token = invite(store, clock)
    with pytest.raises(BadFields) as refused:
        first.create(token, "morgan", " ", "short")
    assert list(refused.value.problems) == ["email", "name", "password"]
    with pytest.raises(AccountExists):
        first.create(token, EMAIL, NAME, PASSWORD)
    assert first.is_valid(token)


def test_an_invitation_ends_after_a_day_and_with_a_later_one(
    first: FirstManager, store: Store, clock: HandClock
) -> None:
    started, together = invite(store, clock), invite(store, clock)
    clock.advance(minutes=10)
    assert first.is_valid(started)
    assert first.is_valid(together)
    later = invite(store, clock)
    assert not first.is_valid(started)
    clock.advance(hours=24)
    assert not first.is_valid(later)
    with pytest.raises(InvitationRefused):
        first.create(later, EMAIL, NAME, PASSWORD)


def test_an_invitation_is_void_once_a_manager_came_another_way(
    first: FirstManager, store: Store, clock: HandClock
) -> None:
    token = invite(store, clock)
    Accounts(store, clock).create_account(SYSTEM, "other@example.com", PASSWORD, Role.MANAGER, "Other")
    assert not first.is_valid(token)
    with pytest.raises(InvitationRefused):
        first.create(token, EMAIL, NAME, PASSWORD)


def test_two_invitations_used_at_once_make_one_manager(first: FirstManager, store: Store, clock: HandClock) -> None:
    held = [invite(store, clock), invite(store, clock)]

    def use(number: int) -> bool:
        try:
            first.create(held[number], f"manager{number}@example.com", NAME, PASSWORD)
        except InvitationRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(use, range(2))) == [False, True]
