from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, insert, update
from streamlit.testing.v1 import AppTest

from core.bootstrap import App
from core.domain.principal import Principal
from core.scheduler import tables
from core.scheduler.accounts import SignInRefused
from core.scheduler.passwords import hash_password
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words

OLD, NEW = "violet harbour lantern 7", "quiet maple orchestra 42"


@pytest.fixture(scope="module")
def old_hash() -> str:
    return hash_password(OLD)


@pytest.fixture
def patient(app: App, clinic: MadeClinic, old_hash: str) -> Principal:
    """The patient, who can also sign in by password."""
    change = update(tables.accounts).where(tables.accounts.c.account_id == 1).values(password_hash=old_hash)
    app.store.write(lambda connection: connection.execute(change))
    return clinic["patient"]


def press(visit: AppTest, key: str) -> AppTest:
    return visit.button(key=key).click().run()


def change_password(visit: AppTest, current: str, new: str) -> AppTest:
    visit.text_input(key="password_current").set_value(current)
    visit.text_input(key="password_new").set_value(new)
    return press(visit, "password_change")


def is_signed_in(app: App, principal: Principal) -> bool:
    assert principal.session_id is not None
    return app.accounts.principal_of_session(principal.session_id, "") is not None


def test_an_account_sees_itself_and_its_last_sign_in_with_the_zone(app: App, clinic: MadeClinic, open_page: OpenPage):
    seen = update(tables.accounts).values(last_signed_in_at=datetime(2026, 7, 6, 8, 30, tzinfo=UTC))
    app.store.write(lambda connection: connection.execute(seen))
    text = words(open_page("account", clinic["reception"]))
    for expected in (
        "Name: reception",
        "Email: reception@example.com",
        "Role: Reception",
        "Last sign-in: Monday 6 July 2026, 09:30 (British Summer Time)",
    ):
        assert expected in text, expected
    assert "Your details at the clinic" not in text


def test_a_patient_sees_what_the_clinic_has_noted_about_their_people(app: App, clinic: MadeClinic, open_page: OpenPage):
    known = update(tables.users).where(tables.users.c.user_id == 1)
    child = insert(tables.account_users).values(account_id=1, user_id=clinic.other_patient, relation="child")
    app.store.write(
        lambda connection: [
            connection.execute(known.values(date_of_birth=date(1980, 3, 12), phone="555-0199")),
            connection.execute(child),
        ]
    )
    text = words(open_page("account", clinic["patient"]))
    for expected in ("Date of birth: 12 March 1980", "Phone: 555-0199", "Name: Patient 2", "Phone: not noted"):
        assert expected in text, expected
    assert "Something wrong? Call 555-0100." in text


def test_a_manager_has_an_account_before_the_clinic_is_open(app: App, clinic: MadeClinic, open_page: OpenPage):
    app.store.write(lambda connection: connection.execute(delete(tables.clinic)))
    visit = open_page("account", clinic["manager"])
    assert not visit.exception
    assert not visit.error
    assert "Role: Manager" in words(visit)


def test_without_signing_in_there_is_only_the_sign_in(clinic: MadeClinic, open_page: OpenPage):
    visit = open_page("account")
    assert [title.value for title in visit.title] == ["Sign in to go on"]


def test_a_changed_password_ends_every_sign_in_and_is_the_one_to_sign_in_with(
    app: App, patient: Principal, open_page: OpenPage
):
    elsewhere = app.accounts.sign_in("patient@example.com", OLD)
    visit = change_password(open_page("account", patient), OLD, NEW)
    assert not visit.exception
    assert [box.value for box in visit.success] == ["Your password is changed. Sign in with the new one."]
    assert [title.value for title in visit.title] == ["Sign in to go on"]
    assert not is_signed_in(app, patient)
    assert app.accounts.principal_of(elsewhere, "") is None
    with pytest.raises(SignInRefused):
        app.accounts.sign_in("patient@example.com", OLD)
    assert app.accounts.sign_in("patient@example.com", NEW)
    assert not {"password_current", "password_new"} & set(visit.session_state.keys())


@pytest.mark.parametrize(
    ("current", "new", "problem"),
    [
        ("wrong", NEW, "This is not your current password"),
        (OLD, "short", "Use 12 characters or more."),
        (OLD, "patient@example.com", "first that others try"),
        ("", "", "Use 12 characters or more."),
    ],
)
def test_what_is_wrong_with_a_password_stands_under_its_field_and_nothing_is_lost(
    app: App, patient: Principal, open_page: OpenPage, current: str, new: str, problem: str
):
    visit = change_password(open_page("account", patient), current, new)
    assert len(visit.error) == 1
    assert problem in visit.error[0].value
    assert visit.text_input(key="password_current").value == current
    assert visit.text_input(key="password_new").value == new
    assert is_signed_in(app, patient)
    change_password(visit, OLD, NEW)
    assert visit.success


def test_signing_out_everywhere_asks_first_and_says_what_it_does(app: App, patient: Principal, open_page: OpenPage):
    elsewhere = app.accounts.sign_in("patient@example.com", OLD)
    visit = press(open_page("account", patient), "account_everywhere")
    assert "this one, and those on other phones and computers" in words(visit)
    press(visit, "account_stay")
    assert is_signed_in(app, patient)
    press(visit, "account_everywhere")
    press(visit, "account_everywhere_now")
    assert [box.value for box in visit.success] == ["You are signed out everywhere."]
    assert [title.value for title in visit.title] == ["Sign in to go on"]
    assert not is_signed_in(app, patient)
    assert app.accounts.principal_of(elsewhere, "") is None


def test_who_was_signed_out_elsewhere_changes_nothing_here(app: App, patient: Principal, open_page: OpenPage):
    visit = open_page("account", patient)
    app.accounts.sign_out_everywhere(patient)
    change_password(visit, OLD, NEW)
    assert not visit.exception
    assert "You were signed out to protect your details. Sign in to go on." in words(visit)
    assert not visit.success
    assert app.accounts.sign_in("patient@example.com", OLD)


def test_a_name_with_formatting_is_shown_as_it_was_typed(app: App, clinic: MadeClinic, open_page: OpenPage):
    change = update(tables.accounts).values(name="[Click](https://evil.example)")
    app.store.write(lambda connection: connection.execute(change))
    visit = open_page("account", clinic["manager"])
    assert "Name: [Click](https://evil.example)" in visit.text[0].value
    assert not any("](https://evil" in block.value for block in visit.markdown)
