"""Feeds as calendar programs read them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from core.calendars.feed import feed_calendar
from core.scheduler.feed_contents import FeedContents, FeedVisit

NINE = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
VISIT = FeedVisit(
    appointment_id=11,
    patient_name="John Doe",
    patient_email="john.doe@example.com",
    doctor_name="Dr. Sarah Johnson",
    specialty="Family medicine",
    room="Room 2",
    colour_id="10",
    visit_type="Follow-up",
    place="",
    remote=False,
    reason="Persistent cough",
    starts_at=NINE,
    ends_at=NINE + timedelta(minutes=20),
    cancelled=False,
    revision=3,
    changed_at=NINE - timedelta(days=2),
)
FEED = FeedContents(
    clinic_name="Riverside Clinic",
    clinic_address="1 River Street",
    clinic_phone="555-0100",
    zone="Europe/London",
    installation="7d0d3b8e-3f67-4a57-9a0c-4a1f7d2f0c11",
    detail="full",
    doctor_name="Dr. Sarah Johnson",
    patient_name="",
    visits=(VISIT,),
)
PERSON = replace(FEED, doctor_name="", patient_name="John Doe", detail="private")


def parsed(contents: FeedContents) -> tuple[icalendar.Component, list[icalendar.Component]]:
    calendar = icalendar.Calendar.from_ical(feed_calendar(contents))
    events = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not any(event.errors for event in events)
    return calendar, events


def visible(contents: FeedContents) -> str:
    """The whole body, its folded lines put together and its escapes taken out."""
    return feed_calendar(contents).decode().replace("\r\n ", "").replace("\\,", ",").replace("\\n", "\n")


# What each level may tell, by the words of it.
SECRETS = {
    "the patient's name": "John Doe",
    "the family name": "Doe",
    "the email": "john.doe@example.com",
    "the reason": "Persistent cough",
    "the initials": "J.D.",
    "the doctor": "Sarah Johnson",
    "the specialty": "Family medicine",
    "the room": "Room 2",
    "the visit type": "Follow-up",
    "the number": "11",
}
TOLD = {
    "full": {"the patient's name", "the family name", "the email", "the reason", "the doctor", "the specialty"}
    | {"the room", "the number"},
    "initials": {"the initials", "the doctor", "the specialty", "the room", "the number"},
    "private": {"the number"},
    "patient": {"the initials", "the doctor", "the room", "the visit type", "the number"},
}


@pytest.mark.parametrize("cancelled", [False, True], ids=["standing", "cancelled"])
@pytest.mark.parametrize("level", TOLD)
def test_no_level_tells_more_than_it_may_and_each_tells_what_it_should(level: str, cancelled: bool) -> None:
    feed = PERSON if level == "patient" else replace(FEED, detail=level)
    text = visible(replace(feed, visits=(replace(VISIT, cancelled=cancelled),)))
    assert {name for name, words in SECRETS.items() if words in text} == TOLD[level]


@pytest.mark.parametrize("level", ["full", "initials", "private", "patient"])
def test_a_private_feed_says_no_more_in_any_line_than_its_number_and_time(level: str) -> None:
    feed = PERSON if level == "patient" else replace(FEED, detail=level)
    _, (event,) = parsed(feed)
    names = {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP"}
    names |= {"LAST-MODIFIED"}
    more = {"full": {"LOCATION"}, "initials": {"LOCATION"}, "private": set(), "patient": {"LOCATION"}}[level]
    colour = set() if level in {"patient", "private"} else {"COLOR", "X-CARESLOT-COLOUR-ID"}
    assert set(event) == names | more | colour
    if level == "private":
        assert (event["summary"], event["description"]) == ("Appointment #11", "")


def test_a_feed_is_published_and_says_its_name_and_how_often_to_ask() -> None:
    calendar, _ = parsed(FEED)
    assert calendar["method"] == "PUBLISH"
    assert calendar["version"] == "2.0"
    assert calendar["name"] == calendar["x-wr-calname"] == "Riverside Clinic: Dr. Sarah Johnson"
    lines = feed_calendar(FEED).decode().split("\r\n")
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "X-PUBLISHED-TTL:PT1H" in lines


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        (FEED, "Riverside Clinic: Dr. Sarah Johnson"),
        (replace(FEED, detail="initials"), "Riverside Clinic: Dr. Sarah Johnson"),
        (replace(FEED, detail="private"), "Riverside Clinic"),
        (PERSON, "Riverside Clinic: J.D."),
    ],
)
def test_a_feeds_name_tells_no_more_than_its_events(feed: FeedContents, name: str) -> None:
    assert parsed(feed)[0]["name"] == name


def test_a_name_with_a_comma_is_written_as_the_standard_wants() -> None:
    lines = feed_calendar(replace(PERSON, clinic_name="Moss, Fern & Co")).decode().split("\r\n")
    assert {r"NAME:Moss\, Fern & Co: J.D.", r"X-WR-CALNAME:Moss\, Fern & Co: J.D."} < set(lines)


def test_an_empty_feed_is_a_calendar_too() -> None:
    calendar, events = parsed(replace(FEED, visits=()))
    assert (calendar["method"], events) == ("PUBLISH", [])


@pytest.mark.parametrize(
    ("starts_at", "written"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "20260329T003000Z"),  # half an hour before summer time begins
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "20260329T013000Z"),  # half an hour after
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "20261025T003000Z"),  # 01:30, the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "20261025T013000Z"),  # 01:30 again
        (datetime(2026, 7, 8, 9, 0, tzinfo=UTC), "20260708T090000Z"),
    ],
)
def test_times_are_instants_in_utc_on_days_of_23_and_25_hours_too(starts_at: datetime, written: str) -> None:
    visit = replace(VISIT, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20))
    _, (event,) = parsed(replace(FEED, visits=(visit,)))
    assert event["dtstart"].dt == starts_at
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=20)
    assert f"DTSTART:{written}" in feed_calendar(replace(FEED, visits=(visit,))).decode().split("\r\n")
    assert b"TZID" not in feed_calendar(FEED)


def test_the_body_stays_the_same_and_a_change_shows_in_sequence_and_stamp() -> None:
    assert feed_calendar(FEED) == feed_calendar(replace(FEED))
    moved = replace(VISIT, starts_at=NINE + timedelta(hours=1), revision=4, changed_at=NINE - timedelta(days=1))
    before, after = parsed(FEED)[1][0], parsed(replace(FEED, visits=(moved,)))[1][0]
    assert before["uid"] == after["uid"] == "11@7d0d3b8e-3f67-4a57-9a0c-4a1f7d2f0c11"
    assert (before["sequence"], after["sequence"]) == (3, 4)
    for event, visit in ((before, VISIT), (after, moved)):
        assert event["dtstamp"].dt == event["last-modified"].dt == visit.changed_at


@pytest.mark.parametrize("feed", [FEED, PERSON], ids=["doctor", "patient"])
def test_what_was_cancelled_is_told_as_cancelled_takes_no_time_and_rings_no_bell(feed: FeedContents) -> None:
    _, (standing,) = parsed(feed)
    _, (event,) = parsed(replace(feed, visits=(replace(VISIT, cancelled=True),)))
    assert (standing["status"], standing["transp"]) == ("CONFIRMED", "OPAQUE")
    assert (event["status"], event["transp"]) == ("CANCELLED", "TRANSPARENT")
    assert event["summary"] == f"Cancelled: {standing['summary']}"
    assert event.walk("VALARM") == []


def test_a_patient_reads_with_whom_what_and_where() -> None:
    _, (event,) = parsed(PERSON)
    assert event["summary"] == "Dr. Sarah Johnson, Riverside Clinic"
    assert event["description"] == "Follow-up\nReference: 11\nTo change or cancel, call 555-0100."
    assert event["location"] == "Room 2, 1 River Street"


def _video(place: str) -> Callable[[], FeedContents]:
    return lambda: replace(PERSON, visits=(replace(VISIT, remote=True, place=place),))


@pytest.mark.parametrize(
    ("feed", "place"),
    [
        (_video("https://meet.example.com/r"), "https://meet.example.com/r"),
        (_video(""), "Online"),
        (lambda: replace(PERSON, clinic_address="", visits=(replace(VISIT, room=""),)), "Riverside Clinic"),
        (lambda: replace(PERSON, visits=(replace(VISIT, place="House 4"),)), "House 4, 1 River Street"),
    ],
)
def test_where_a_patient_has_to_be(feed: Callable[[], FeedContents], place: str) -> None:
    assert parsed(feed())[1][0]["location"] == place


def test_names_with_breaks_and_marks_break_no_line() -> None:
    odd = replace(VISIT, patient_name="Zoë;\r\nUID:1,\\", reason="a\r\nBEGIN:VEVENT", doctor_name="Dr. \r\nX")
    for feed in (replace(FEED, visits=(odd,)), replace(PERSON, clinic_name="A\r\nB", visits=(odd,))):
        _, events = parsed(feed)
        assert [event["uid"] for event in events] == ["11@7d0d3b8e-3f67-4a57-9a0c-4a1f7d2f0c11"]
