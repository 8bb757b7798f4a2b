"""Secrets of connections at rest: unreadable without their key, and a wrong key is said to be one."""

import pytest

from core.calendars.calendar import ReconnectNeeded
from core.calendars.seal import CalendarKeyMissing, CalendarKeyUnfit, Seal, SignInUnreadable, new_key

SECRET = {"refresh_token": "1//a-token-of-theirs"}


def test_a_secret_comes_back_with_its_key_and_shows_nothing_before() -> None:
    seal = Seal(new_key())
    stored = seal.close(SECRET)
    assert "token" not in stored
    assert seal.open(stored) == SECRET
    assert seal.close(SECRET) != stored
    assert seal.problem is None


@pytest.mark.parametrize("keys", ["", " , "])
def test_without_a_key_nothing_is_kept(keys: str) -> None:
    seal = Seal(keys)
    with pytest.raises(CalendarKeyMissing, match="calendar-key"):
        seal.close(SECRET)
    assert isinstance(seal.problem, CalendarKeyMissing)


@pytest.mark.parametrize("keys", ["secret", "ü" * 44, "a" * 40])
def test_what_is_no_key_is_refused_without_being_shown(keys: str) -> None:
    with pytest.raises(CalendarKeyUnfit) as refused:
        Seal(keys).close(SECRET)
    assert keys not in str(refused.value)


def test_another_key_or_none_asks_for_a_new_sign_in() -> None:
    stored = Seal(new_key()).close(SECRET)
    for other in (Seal(new_key()), Seal(""), Seal("secret")):
        with pytest.raises(SignInUnreadable) as refused:
            other.open(stored)
        assert isinstance(refused.value, ReconnectNeeded)
        assert refused.value.kind == "reconnect"


def test_a_secret_that_was_changed_in_the_database_is_not_believed() -> None:
    key = new_key()
    stored = Seal(key).close(SECRET)
    changed = stored[:30] + ("A" if stored[30] != "A" else "B") + stored[31:]
    with pytest.raises(SignInUnreadable):
        Seal(key).open(changed)


def test_keys_are_changed_by_putting_a_new_one_before_the_old() -> None:
    old, new = new_key(), new_key()
    stored = Seal(old).close(SECRET)
    both = Seal(f"{new}, {old}")
    assert both.open(stored) == SECRET
    assert Seal(new).open(both.close(SECRET)) == SECRET


def test_nothing_secret_is_in_what_may_be_logged() -> None:
    key = new_key()
    assert key not in repr(Seal(key))
