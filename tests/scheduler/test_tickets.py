"""Sign-in tickets: once, quickly, and in the browser that signed in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from core.domain.principal import SYSTEM
from core.scheduler import tokens
from core.scheduler.accounts import Accounts
from core.scheduler.store import Store
from core.scheduler.tables import access_tokens
from core.scheduler.tickets import SignInTickets, TicketRefused
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

RECEPTION = 5


@pytest.fixture
def tickets(store: Store, clock: HandClock, clinic: MadeClinic) -> SignInTickets:
    return SignInTickets(store, clock)


@pytest.fixture
def accounts(store: Store, clock: HandClock, clinic: MadeClinic) -> Accounts:
    return Accounts(store, clock)


def test_a_ticket_gives_the_session_a_new_token_once(tickets: SignInTickets, accounts: Accounts, store: Store) -> None:
    password = "pine on paper, calmly"
    accounts.set_password(SYSTEM, "reception@example.com", password)
    before = accounts.sign_in("reception@example.com", password)
    principal = accounts.principal_of(before, "visit")
    assert principal is not None
    ticket = tickets.issue(principal.session_id or 0, "visit")
    after = tickets.redeem(ticket, "visit")
    assert accounts.principal_of(before, "visit") is None
    assert accounts.principal_of(after, "visit") == principal
    assert accounts.principal_of_session(principal.session_id or 0, "visit") == principal
    with pytest.raises(TicketRefused):
        tickets.redeem(ticket, "visit")
    assert accounts.principal_of(after, "visit") == principal
    kept = store.read(lambda c: c.execute(select(access_tokens.c.token_hash, access_tokens.c.binding_hash)).one())
    assert ticket not in kept
    assert "visit" not in kept


def test_a_ticket_is_refused_to_other_visits_unknown_ones_and_after_half_a_minute(
    tickets: SignInTickets, clock: HandClock
) -> None:
    ticket = tickets.issue(RECEPTION, "visit")
    for wrong, visit in ((ticket, "other"), (ticket, ""), ("guess", "visit"), ("", "visit")):
        with pytest.raises(TicketRefused):
            tickets.redeem(wrong, visit)
    with pytest.raises(TicketRefused):
        tickets.issue(RECEPTION, "")
    clock.advance(seconds=29)
    assert tickets.redeem(ticket, "visit")
    late = tickets.issue(RECEPTION, "visit")
    clock.advance(seconds=30)
    with pytest.raises(TicketRefused):
        tickets.redeem(late, "visit")


@pytest.mark.parametrize("how", ["signed out", "new password", "closed"])
def test_a_ticket_does_not_wake_a_session_that_has_ended(tickets: SignInTickets, accounts: Accounts, how: str) -> None:
    ticket = tickets.issue(RECEPTION, "visit")
    if how == "signed out":
        accounts.sign_out_session(RECEPTION)
    elif how == "new password":
        accounts.set_password(SYSTEM, RECEPTION, "pine on paper, calmly")
    else:
        accounts.set_active(SYSTEM, RECEPTION, active=False)
    with pytest.raises(TicketRefused):
        tickets.redeem(ticket, "visit")


def test_of_many_who_hand_in_one_ticket_at_once_one_gets_the_session(tickets: SignInTickets) -> None:
    ticket = tickets.issue(RECEPTION, "visit")

    def redeem(_: int) -> bool:
        try:
            tickets.redeem(ticket, "visit")
        except TicketRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(redeem, range(8))) == 1


def test_tokens_that_ran_out_are_forgotten(tickets: SignInTickets, store: Store, clock: HandClock) -> None:
    tickets.issue(RECEPTION, "visit")
    clock.advance(seconds=20)
    tickets.issue(RECEPTION, "visit")
    clock.advance(seconds=20)
    assert store.write(lambda c: tokens.drop_expired(c, clock.now)) == 1
    assert store.read(lambda c: c.execute(select(func.count()).select_from(access_tokens)).scalar_one()) == 1
