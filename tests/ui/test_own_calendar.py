from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from core.ui.own_calendar import OwnEvent, google_link, ics_file

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)
VISIT = OwnEvent(
    uid="7@clinic.example.com",
    revision=2,
    title="Visit & check-up; Dr. Chen",
    starts_at=datetime(2025, 12, 9, 9, 15, tzinfo=VIENNA),
    ends_at=datetime(2025, 12, 9, 9, 45, tzinfo=VIENNA),
    place="Room 2, Main Street 1",
)


def test_the_google_link_gives_the_time_in_utc():
    fields = parse_qs(urlsplit(google_link(VISIT)).query)
    assert fields["dates"] == ["20251209T081500Z/20251209T084500Z"]
    assert fields["text"] == [VISIT.title]
    assert fields["location"] == [VISIT.place]


def test_the_google_link_leaves_out_what_is_empty():
    assert "details" not in parse_qs(urlsplit(google_link(VISIT)).query, keep_blank_values=True)


def test_the_file_reads_back_as_the_same_event():
    calendar = Calendar.from_ical(ics_file(VISIT, NOW))
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert event["UID"] == VISIT.uid
    assert event["SEQUENCE"] == VISIT.revision
    assert event.decoded("DTSTART") == VISIT.starts_at
    assert event.decoded("DTEND") == VISIT.ends_at
    assert str(event["SUMMARY"]) == VISIT.title
    assert str(event["LOCATION"]) == VISIT.place
    assert event.decoded("DTSTAMP") == NOW


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        ics_file(VISIT, NOW.replace(tzinfo=None))
