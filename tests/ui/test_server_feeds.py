"""What calendar programs get when they ask the server for a feed."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import icalendar
import pytest
from sqlalchemy import update

from core.bootstrap import App
from core.scheduler import tables
from core.scheduler.booking import Booking
from core.settings import Settings
from core.telemetry import logs, measurements
from core.ui import application
from core.ui.feeds.address import feed_address
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.asking import Answer, ask

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
Made = tuple[str, int]


@pytest.fixture
def made(app: App, clinic: MadeClinic) -> Made:
    """A doctor's feed in full with one appointment: its path and the appointment's number."""
    booking = Booking("one", clinic.patient, clinic.doctor, clinic.follow_up, NINE, reason="A private matter")
    number = app.scheduler.book_appointment(clinic["reception"], booking).appointment_id
    return path_of(app.feeds.make_for_doctor(clinic["doctor"], clinic.doctor, "full")), number


def path_of(token: str) -> str:
    return f"/feeds/{token}.ics"


def events(answer: Answer) -> list[icalendar.Component]:
    return icalendar.Calendar.from_ical(answer.body).walk("VEVENT")


def test_a_program_reads_a_feed_without_a_cookie_and_is_given_none(made: Made) -> None:
    answer = ask("GET", made[0])
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["content-length"] == str(len(answer.body.encode()))
    assert answer.cookies == {}
    assert [event["summary"] for event in events(answer)] == ["Appointment: Patient 1 with Dr. Sarah Johnson"]


def test_what_has_not_changed_is_answered_by_304(app: App, made: Made, clinic: MadeClinic, clock: HandClock) -> None:
    path, number = made
    first = ask("GET", path)
    etag = first.headers["etag"]
    clock.advance(hours=7)
    for asked in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = ask("GET", path, {"if-none-match": asked})
        assert (again.status, again.body, again.headers["etag"]) == (304, "", etag)
    for asked in ("", '"other"', etag.strip('"')):
        assert ask("GET", path, {"if-none-match": asked}).body == first.body
    app.scheduler.cancel(clinic["reception"], number)
    after = ask("GET", path, {"if-none-match": etag})
    assert after.status == 200
    assert after.headers["etag"] != etag
    assert [event["status"] for event in events(after)] == ["CANCELLED"]


def test_head_answers_as_get_does_without_the_body(made: Made) -> None:
    whole, head = ask("GET", made[0]), ask("HEAD", made[0])
    assert (head.status, head.body) == (200, "")
    assert head.headers == whole.headers


def test_nobody_learns_which_addresses_once_were_feeds(app: App, made: Made, clinic: MadeClinic) -> None:
    (feed,) = app.feeds.of_doctor(clinic["doctor"], clinic.doctor)
    gone = app.feeds.make_for_person(clinic["patient"], clinic.patient)
    app.feeds.revoke(clinic["patient"], app.feeds.of_people(clinic["patient"])[0].feed_id)
    left = app.feeds.make_for_doctor(clinic["manager"], clinic.other_doctor, "full")
    leave = update(tables.doctors).where(tables.doctors.c.doctor_id == clinic.other_doctor).values(active=False)
    app.store.write(lambda connection: connection.execute(leave) and None)
    addresses = [path_of(token) for token in (gone, left, "x" * 43, "x", "x" * 5000, "é")]
    addresses += [made[0].removesuffix(".ics"), f"{made[0]}.ics", "/feeds/.ics"]
    answers = [ask(method, address) for address in addresses for method in ("GET", "HEAD")]
    assert {answer.status for answer in answers} == {404}
    assert {str(sorted(answer.headers.items())) for answer in answers} == {str(sorted(answers[0].headers.items()))}
    assert feed.read_at is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND"])
def test_a_feed_is_only_read(made: Made, method: str) -> None:
    assert ask(method, made[0]).status == 405


def test_a_name_that_is_not_the_clinics_opens_no_feed(made: Made) -> None:
    assert ask("GET", made[0], {"host": "evil.example.com"}).status == 400


def test_no_log_line_and_no_count_holds_a_feeds_token(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    token = made[0].removeprefix("/feeds/").removesuffix(".ics")
    with caplog.at_level("DEBUG"):
        ask("GET", made[0])
        ask("GET", "/feeds/unknown.ics")
    access = logging.LogRecord("uvicorn.access", 20, __file__, 1, '%s - "%s %s"', ("127.0.0.1", "GET", made[0]), None)
    lines = [logs.formatter(json=True).format(record) for record in [*caplog.records, access]]
    assert not any(token in line for line in [*lines, caplog.text])
    counted = measurements.exposition().decode()
    assert 'route="feeds",status="200"' in counted.replace(" ", "")
    assert token not in counted


@pytest.mark.parametrize(
    ("public", "address"),
    [
        ("https://book.example.com", "https://book.example.com/feeds/token.ics"),
        ("https://book.example.com/", "https://book.example.com/feeds/token.ics"),
        ("", "http://localhost:8501/feeds/token.ics"),
    ],
)
def test_an_address_begins_with_the_clinics_own(public: str, address: str) -> None:
    assert feed_address(Settings(public_url=public, environment="development"), "token") == address


def test_behind_a_proxy_a_program_asks_by_the_public_name(app: App, made: Made) -> None:
    settings = Settings(public_url="https://book.example.com", environment="development")
    application.use(replace(app, settings=settings))
    assert ask("GET", made[0], {"host": "book.example.com"}).status == 200
    application.use(app)


LEAVES: dict[str, Callable[[App, MadeClinic], object]] = {
    "the feed was stopped": lambda app, clinic: app.feeds.revoke(clinic["doctor"], 1),
    "another address was made": lambda app, clinic: app.feeds.make_for_doctor(clinic["doctor"], 1, "private"),
}


@pytest.mark.parametrize("how", LEAVES)
def test_an_address_is_dead_at_once_when(app: App, clinic: MadeClinic, made: Made, how: str) -> None:
    assert ask("GET", made[0]).status == 200
    LEAVES[how](app, clinic)
    assert ask("GET", made[0]).status == 404
