"""Every page, asked for by everybody: the menu hides, the guard refuses, and the sign-in stands where it must."""

import pytest

from core.domain.principal import GRANTS, Capability, Role
from core.ui.menu import ENTRIES, Entry
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage

ROLES = ("patient", "doctor", "reception", "manager")
PAGES = [entry for entry in ENTRIES if entry.name not in {"home", "sign_in", "welcome"}]


def titles(visit: object) -> list[str]:
    return [str(title.value) for title in visit.title]  # type: ignore[attr-defined]


@pytest.mark.parametrize("entry", [entry for entry in PAGES if entry.name != "book"], ids=lambda entry: entry.name)
def test_a_page_that_needs_a_sign_in_shows_the_sign_in_in_its_place(
    clinic: MadeClinic, open_page: OpenPage, entry: Entry
) -> None:
    visit = open_page(entry.name)
    assert not visit.exception
    assert titles(visit) == ["Sign in to go on"]
    assert visit.text_input(key="sign_in_email").value == ""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_a_page_opens_for_the_roles_that_may_and_for_no_other(
    clinic: MadeClinic, open_page: OpenPage, entry: Entry, role: str
) -> None:
    visit = open_page(entry.name, clinic[role])
    assert not visit.exception
    refused = titles(visit) == ["This page is not for your account"]
    assert refused is (entry.capability not in GRANTS[Role(role)])


def test_every_capability_of_a_page_is_granted_to_somebody() -> None:
    for entry in ENTRIES:
        assert any(entry.capability in grants for role, grants in GRANTS.items() if role is not Role.SYSTEM)
    assert Capability.ADMINISTER not in GRANTS[Role.RECEPTION]


def test_a_page_that_home_did_not_open_sends_the_run_through_home_and_shows_nothing(
    clinic: MadeClinic, app: object
) -> None:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    page = Path(__file__).parents[2] / "pages" / "setup.py"
    visit = AppTest.from_file(str(page), default_timeout=3)
    with pytest.raises(RuntimeError, match="timed out"):
        visit.run()
