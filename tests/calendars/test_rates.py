import pytest

from core.calendars.rates import GOOGLE_PROJECT_A_MINUTE, Rates, TokenBucket
from tests.conftest import HandClock

MINE, HERS = ("google", None), ("google", 7)


def test_a_bucket_holds_a_minutes_worth_and_fills_evenly(clock: HandClock) -> None:
    bucket = TokenBucket(600, clock)
    for _ in range(600):
        bucket.take()
    assert bucket.left() == 0
    clock.advance(seconds=0.05)
    assert bucket.left() == 0
    clock.advance(seconds=0.05)
    assert bucket.left() == 1
    clock.advance(hours=1)
    assert bucket.left() == 600


def test_what_was_taken_beyond_is_paid_back_first(clock: HandClock) -> None:
    bucket = TokenBucket(60, clock)
    for _ in range(70):
        bucket.take()
    clock.advance(seconds=10)
    assert bucket.left() == 0
    clock.advance(seconds=1)
    assert bucket.left() == 1


def test_a_clock_that_is_set_back_gives_and_takes_nothing(clock: HandClock) -> None:
    bucket = TokenBucket(60, clock)
    bucket.take()
    clock.advance(hours=-1)
    assert bucket.left() == 59


def test_never_more_than_the_quota_in_any_minute_after_the_first(clock: HandClock) -> None:
    bucket = TokenBucket(600, clock)
    taken = []
    for _ in range(1200):
        clock.advance(seconds=0.1)
        now = bucket.left()
        for _ in range(now):
            bucket.take()
        taken.append(now)
    assert taken[0] == 600
    assert sum(taken[1:601]) <= 600
    assert 595 <= sum(taken[601:]) <= 600


@pytest.mark.parametrize("provider", ["google", "pipedream"])
def test_each_account_at_google_has_its_own(clock: HandClock, provider: str) -> None:
    rates = Rates(clock, 2)
    for _ in range(2):
        rates.take((provider, None))
    assert rates.left((provider, None), 50) == 0
    assert rates.left((provider, 7), 50) == 2
    assert rates.left((provider, 7), 1) == 1


def test_all_accounts_share_the_projects(clock: HandClock) -> None:
    rates = Rates(clock, 600)
    for number in range(GOOGLE_PROJECT_A_MINUTE // 500):
        for _ in range(500):
            rates.take(("google", number))
    assert rates.left(("google", 0), 50) == 0
    assert rates.left(HERS, 50) == 0
    clock.advance(seconds=6)
    assert rates.left(MINE, 5000) == 600


def test_processes_share_the_quota_evenly(clock: HandClock) -> None:
    rates = Rates(clock, 600)
    assert rates.left(MINE, 1000) == 600
    rates.share(3)
    assert (rates.left(MINE, 1000), rates.left(HERS, 1000)) == (200, 200)
    for _ in range(200):
        rates.take(MINE)
    clock.advance(seconds=3)
    assert rates.left(MINE, 1000) == 10
    rates.share(0)
    rates.share(1)
    assert rates.left(MINE, 1000) == 10
    clock.advance(seconds=60)
    assert rates.left(MINE, 1000) == 600


def test_vendors_without_a_known_quota_have_none(clock: HandClock) -> None:
    rates = Rates(clock, 1)
    for _ in range(100):
        rates.take(("caldav", None))
    assert rates.left(("caldav", None), 50) == 50
