"""Signing in, in a real browser on a real server."""

import re

from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import PASSWORD, Server, fill_sign_in, go_to, settle


def session_cookie(context: BrowserContext) -> dict[str, object]:
    return next((dict(cookie) for cookie in context.cookies() if cookie["name"] == "careslot_session"), {})


def test_a_sign_in_keeps_the_deep_link_and_survives_a_reload_without_showing_the_form_again(
    demo_server: Server, visit: BrowserContext
) -> None:
    page = visit.new_page()
    go_to(page, demo_server, "agenda?view=list")
    expect(page.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    fill_sign_in(page, "sarah.johnson@example.com")
    expect(page).to_have_url(re.compile(r"/agenda\?view=list$"))
    expect(page.get_by_text("Signed in as Dr. Sarah Johnson")).to_be_visible()
    forms = []
    page.on("domcontentloaded", lambda _: forms.append(page.get_by_label("Password").count()))
    page.reload()
    settle(page)
    expect(page.get_by_text("Signed in as Dr. Sarah Johnson")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_count(0)
    assert forms == [0]


def test_scripts_cannot_read_the_session_cookie_and_signing_out_makes_a_stolen_one_worthless(
    demo_server: Server, visit: BrowserContext, chromium: Browser
) -> None:
    page = visit.new_page()
    go_to(page, demo_server, "sign_in")
    fill_sign_in(page, "reception@example.com")
    stolen = session_cookie(visit)
    assert stolen["httpOnly"]
    assert stolen["sameSite"] == "Lax"
    assert "careslot_session" not in page.evaluate("document.cookie")
    with page.expect_response("**/auth/end"):
        page.get_by_role("button", name="Sign out").click()
    settle(page)
    assert session_cookie(visit) == {}
    expect(page.get_by_text("Signed in as")).to_have_count(0)
    thief = chromium.new_context()
    thief.add_cookies([{"name": "careslot_session", "value": str(stolen["value"]), "url": demo_server.url}])
    replay = thief.new_page()
    go_to(replay, demo_server, "today")
    expect(replay.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    thief.close()


def test_whoever_signs_in_next_in_the_same_tab_is_still_signed_in_after_a_reload_or_told_why_not(
    demo_server: Server, visit: BrowserContext
) -> None:
    page = visit.new_page()
    go_to(page, demo_server, "today")
    fill_sign_in(page, "reception@example.com")
    with page.expect_response("**/auth/end"):
        page.get_by_role("button", name="Sign out").click()
    settle(page)
    fill_sign_in(page, "manager@example.com")
    page.reload()
    settle(page)
    expect(page.get_by_text("Signed in as")).to_be_visible()
    with page.expect_response("**/auth/end"):
        page.get_by_role("button", name="Sign out").click()
    settle(page)
    visit.clear_cookies()
    page.get_by_label("Email", exact=True).fill("manager@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    told = page.get_by_role("alertdialog")
    expect(told).to_contain_text("Your browser did not keep your sign-in")
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
    expect(page.get_by_text("Signed in as")).to_be_visible()


def test_a_wrong_password_is_told_in_a_sentence_and_opens_nothing(demo_server: Server, visit: BrowserContext) -> None:
    page = visit.new_page()
    go_to(page, demo_server, "sign_in")
    for email in ("manager@example.com", "nobody@example.com"):
        page.get_by_label("Email", exact=True).fill(email)
        page.get_by_label("Password", exact=True).fill("not the password")
        page.get_by_role("button", name="Sign in", exact=True).last.click()
        settle(page)
        expect(page.get_by_text("This address and password don't match")).to_be_visible()
    assert session_cookie(visit) == {}


def test_an_open_page_of_a_session_that_was_ended_elsewhere_says_so_and_shows_nothing(
    demo_server: Server, visit: BrowserContext, chromium: Browser
) -> None:
    here = visit.new_page()
    go_to(here, demo_server, "today")
    fill_sign_in(here, "michael.chen@example.com")
    other = chromium.new_context()
    there = other.new_page()
    go_to(there, demo_server, "account")
    fill_sign_in(there, "michael.chen@example.com")
    there.get_by_role("button", name="Sign out everywhere").click()
    settle(there)
    there.get_by_role("button", name=re.compile("Sign out everywhere|Yes, sign out")).last.click()
    settle(there)
    here.get_by_role("link", name="Agenda").click()
    settle(here)
    expect(here.get_by_text("You were signed out to protect your details.")).to_be_visible()
    expect(here.get_by_text("Signed in as")).to_have_count(0)
    other.close()


def test_a_new_patient_creates_an_account_and_is_signed_in(demo_server: Server, phone: BrowserContext) -> None:
    page = phone.new_page()
    go_to(page, demo_server, "sign_in")
    page.get_by_role("tab", name="Create an account").click()
    settle(page)
    page.get_by_label("Your name").fill("Robin Fresh")
    page.get_by_label("Email", exact=True).fill("robin.fresh@example.com")
    page.get_by_label("Phone").fill("555-0142")
    page.get_by_role("spinbutton", name="year, Date of birth").click()
    page.keyboard.type("19900417")
    page.get_by_label("Password", exact=True).fill("password1234")
    page.get_by_role("button", name="Create account").click()
    settle(page)
    expect(page.get_by_role("alert").first).to_be_visible()
    assert page.get_by_label("Your name").input_value() == "Robin Fresh"
    page.get_by_label("Password", exact=True).fill("seven quiet herons paddle")
    with page.expect_response("**/auth/session") as answer:
        page.get_by_role("button", name="Create account").click()
    assert answer.value.status == 204
    settle(page)
    expect(page).to_have_url(re.compile("/my_appointments$"))
    assert session_cookie(phone)["httpOnly"]
