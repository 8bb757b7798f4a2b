from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.principal import Role
from core.scheduler.first_manager import invite
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

GOOD = "seven quiet herons wade"


def fill(visit: AppTest, name: str, email: str, password: str) -> AppTest:
    visit.text_input(key="first_manager_name").set_value(name)
    visit.text_input(key="first_manager_email").set_value(email)
    visit.text_input(key="first_manager_password").set_value(password)
    return visit.button(key="first_manager_submit").click().run()


def test_the_first_manager_is_made_signed_in_and_led_to_setup(app: App, clock: HandClock, open_page: OpenPage) -> None:
    token = invite(app.store, clock)
    visit = fill(open_page("welcome", token=token), "Morgan Lee", "morgan@example.com", GOOD)
    assert "Open your clinic" in words(visit)
    assert "Your account is ready, and you are signed in." in words(visit)
    assert "token" not in visit.query_params
    assert GOOD not in repr(visit.session_state)
    assert not app.first_manager.is_valid(token)
    principal = app.accounts.principal_of(app.accounts.sign_in("morgan@example.com", GOOD), "")
    assert principal is not None
    assert principal.role is Role.MANAGER


def test_what_is_wrong_stands_under_each_field_and_nothing_typed_is_lost(
    app: App, clock: HandClock, open_page: OpenPage
) -> None:
    token = invite(app.store, clock)
    visit = fill(open_page("welcome", token=token), "", "nobody", "short")
    assert [error.value for error in visit.error] == [
        "Enter a name.",
        "Enter an email address such as name\u2060@example.com.",
        "Use 12 characters or more.",
    ]
    visit = fill(visit, "Morgan Lee", "morgan@example.com", "morgan lee 2026")
    assert len(visit.error) == 1
    assert visit.text_input(key="first_manager_name").value == "Morgan Lee"
    assert visit.text_input(key="first_manager_password").value == "morgan lee 2026"
    assert app.first_manager.is_valid(token)


def test_a_wrong_or_expired_address_names_the_cure(app: App, clock: HandClock, open_page: OpenPage) -> None:
    token = invite(app.store, clock)
    assert "python -m core prepare" in words(open_page("welcome", token="another"))
    assert "python -m core prepare" in words(open_page("welcome"))
    clock.advance(hours=25)
    late = open_page("welcome", token=token)
    assert "python -m core prepare" in words(late)
    assert len(late.text_input) == 0


def test_an_address_that_ran_out_while_the_form_was_filled_in_is_refused(
    app: App, clock: HandClock, open_page: OpenPage
) -> None:
    visit = open_page("welcome", token=invite(app.store, clock))
    clock.advance(hours=25)
    visit = fill(visit, "Morgan Lee", "morgan@example.com", GOOD)
    assert "python -m core prepare" in words(visit)


def test_a_used_address_leads_to_the_sign_in(app: App, clock: HandClock, open_page: OpenPage) -> None:
    token = invite(app.store, clock)
    app.first_manager.create(token, "morgan@example.com", "Morgan Lee", GOOD)
    visit = open_page("welcome", token=token)
    assert "has a manager already" in words(visit)
    assert len(visit.get("page_link")) == 1
    assert len(visit.text_input) == 0


def test_a_manager_who_is_signed_in_is_led_to_setup(clinic: MadeClinic, open_page: OpenPage) -> None:
    assert "Setup" in words(open_page("welcome", clinic["manager"], token="any"))
