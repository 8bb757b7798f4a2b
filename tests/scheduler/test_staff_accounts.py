"""Listing, closing and opening accounts, and that a clinic never loses its last manager."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.domain.errors import CareSlotError, NotFound
from core.domain.principal import SYSTEM, NotAllowed, Role
from core.scheduler.accounts import Accounts, LastManager, StaffAccount
from core.scheduler.store import Store
from core.scheduler.tables import audit_log
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic


@pytest.fixture
def kept(store: Store, clock: HandClock, clinic: MadeClinic) -> Accounts:
    return Accounts(store, clock)


def second_manager(kept: Accounts) -> int:
    return kept.create_account(SYSTEM, "second@example.com", "pine on paper, calmly", Role.MANAGER, "Second")


def test_the_staff_is_listed_with_its_doctors_and_without_patients(kept: Accounts, clinic: MadeClinic) -> None:
    assert kept.staff(clinic["manager"]) == [
        StaffAccount(3, "doctor@example.com", "doctor", Role.DOCTOR, active=True, doctor_id=1),
        StaffAccount(6, "manager@example.com", "manager", Role.MANAGER, active=True, doctor_id=None),
        StaffAccount(4, "other_doctor@example.com", "other_doctor", Role.DOCTOR, active=True, doctor_id=2),
        StaffAccount(5, "reception@example.com", "reception", Role.RECEPTION, active=True, doctor_id=None),
    ]
    with pytest.raises(NotAllowed):
        kept.staff(clinic["reception"])


def test_a_closed_account_is_signed_out_and_stays_so_when_opened_again(
    kept: Accounts, clinic: MadeClinic, store: Store
) -> None:
    kept.set_active(clinic["manager"], 5, active=False)
    assert kept.principal_of_session(5, "visit") is None
    assert [account.active for account in kept.staff(clinic["manager"]) if account.account_id == 5] == [False]
    kept.set_active(clinic["manager"], 5, active=True)
    assert kept.principal_of_session(5, "visit") is None
    logged = store.read(lambda c: c.execute(select(audit_log.c.action, audit_log.c.subject)).all())
    assert logged == [("close_account", "account 5"), ("open_account", "account 5")]


def test_only_a_manager_closes_accounts_and_only_ones_that_exist(kept: Accounts, clinic: MadeClinic) -> None:
    with pytest.raises(NotAllowed):
        kept.set_active(clinic["doctor"], 5, active=False)
    with pytest.raises(NotFound):
        kept.set_active(clinic["manager"], 99, active=False)


def test_the_last_manager_who_can_sign_in_is_never_closed(kept: Accounts, clinic: MadeClinic) -> None:
    with pytest.raises(LastManager):
        kept.set_active(clinic["manager"], 6, active=False)
    second = second_manager(kept)
    kept.set_active(clinic["manager"], 6, active=False)
    with pytest.raises(LastManager):
        kept.set_active(SYSTEM, second, active=False)
    kept.set_active(SYSTEM, 6, active=False)  # closed already


def test_two_managers_who_close_each_other_at_once_leave_one(kept: Accounts, clinic: MadeClinic) -> None:
    second = second_manager(kept)

    def close(account_id: int) -> bool:
        try:
            kept.set_active(SYSTEM, account_id, active=False)
        except CareSlotError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(close, (6, second))) == [False, True]
    assert [account.active for account in kept.staff(SYSTEM) if account.role is Role.MANAGER].count(True) == 1
