"""What a password costs a clinic; other tests pay less (tests/conftest.py)."""

import importlib.util
from types import ModuleType

import pytest

from core.scheduler import passwords


@pytest.fixture
def real() -> ModuleType:
    """The module as a clinic runs it, loaded anew because this process's is made cheap."""
    found = importlib.util.find_spec(passwords.__name__)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_a_password_is_hashed_in_two_to_the_twelfth_rounds(real: ModuleType) -> None:
    hashed = real.hash_password("pine on paper, calmly")
    assert hashed.startswith("$2b$12$")
    assert real.check_password("pine on paper, calmly", hashed)
    assert not real.check_password("pine on paper", hashed)


def test_an_unknown_address_costs_as_much_as_a_known_one(real: ModuleType) -> None:
    assert real.DUMMY_HASH.startswith("$2b$12$")
    assert not real.check_password("pine on paper, calmly", real.DUMMY_HASH)
    # The hash that is checked for an unknown address is one for which bcrypt does its whole work.
    assert len(real.DUMMY_HASH) == len(real.hash_password("pine on paper, calmly"))
