"""When an event takes time, as people's calendars write it; a truth table in a zone two hours off UTC in summer."""

from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.calendar import FoundEvent, Window
from core.calendars.own_zones import with_zones_of_its_own
from core.calendars.vevent_told import salvaged_event, told_event
from core.domain.timespan import Timespan

WINDOW = Window(Timespan(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)), "Europe/Zurich")


def hers() -> frozenset[str]:
    return frozenset({"anna@example.com"})


NEW_YORK = """BEGIN:VTIMEZONE
TZID:Somewhere of our own
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""


def body(*events: str, before: str = "") -> bytes:
    items = "".join(
        f"BEGIN:VEVENT\nUID:1@example.com\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n" for event in events
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Somebody//EN\n{before}{items}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def told(*events: str, before: str = "") -> FoundEvent:
    return told_event(body(*events, before=before), "1@example.com", '"1"', WINDOW, hers)


def taken(found: FoundEvent) -> list[str]:
    """Each span in UTC as "month-day hour:minute/minutes"."""
    return [f"{span.start:%m-%d %H:%M}/{span.duration // timedelta(minutes=1)}" for span in found.spans]


TIMED = "DTSTART:20261208T090000Z\nDTEND:20261208T093000Z"
DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (TIMED, ["12-08 09:00/30"]),
        ("DTSTART:20261208T090000Z\nDURATION:PT45M", ["12-08 09:00/45"]),
        ("DTSTART:20261208T090000Z", []),  # lasts no time
        ("DTSTART:20261208T090000Z\nDTEND:20261208T090000Z", []),
        ("DTSTART:20261208T090000Z\nDTEND:20261208T080000Z", []),
        ("DTSTART;TZID=Europe/Zurich:20261208T100000\nDTEND;TZID=Europe/Zurich:20261208T103000", ["12-08 09:00/30"]),
        ("DTSTART;TZID=America/New_York:20261208T100000\nDURATION:PT1H", ["12-08 15:00/60"]),
        ("DTSTART;TZID=W. Europe Standard Time:20261208T100000\nDURATION:PT1H", ["12-08 09:00/60"]),
        ("DTSTART;TZID=Nowhere/At_All:20261208T100000\nDURATION:PT1H", ["12-08 09:00/60"]),  # as if it bore no zone
        ("DTSTART:20261208T100000\nDTEND:20261208T110000", ["12-08 09:00/60"]),  # floating: the window's zone
        ("DTSTART;VALUE=DATE:20261208\nDTEND;VALUE=DATE:20261209", ["12-07 23:00/1440"]),
        ("DTSTART;VALUE=DATE:20261208", ["12-07 23:00/1440"]),
        ("DTSTART;VALUE=DATE:20261208\nDURATION:P2D", ["12-07 23:00/2880"]),
        ("DTSTART;VALUE=DATE:20261025", ["10-24 22:00/1500"]),  # the day of 25 hours
        ("DTSTART;TZID=Europe/Zurich:20261024T230000\nDURATION:P1D", ["10-24 21:00/1500"]),  # to the same wall time
        ("DTSTART;TZID=Europe/Zurich:20261024T230000\nDURATION:PT23H", ["10-24 21:00/1380"]),  # elapsed hours
        ("DTSTART:20250101T090000Z\nDTEND:20250101T093000Z", []),  # outside the window
        ("DTSTART:20260930T230000Z\nDTEND:20261001T010000Z", ["09-30 23:00/120"]),  # reaches into it
        (f"{TIMED}\nTRANSP:TRANSPARENT", []),
        (f"{TIMED}\nTRANSP:OPAQUE\nSTATUS:TENTATIVE", ["12-08 09:00/30"]),
        (f"{TIMED}\nSTATUS:CANCELLED", []),
        (f"{TIMED}\n{DECLINED}Anna@Example.com", []),
        (f"{TIMED}\n{DECLINED}ben@example.com", ["12-08 09:00/30"]),
        (f"{TIMED}\n{DECLINED}ben@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com", ["12-08 09:00/30"]),
        (f"{TIMED}\n{DECLINED}ben@example.com\n{DECLINED}anna@example.com", []),
        (f"{TIMED}\nATTENDEE;EMAIL=anna@example.com;PARTSTAT=DECLINED:/1234/principal/", []),
    ],
)
def test_a_single_event_takes_the_time_that_it_says(event: str, expected: list[str]) -> None:
    found = told(event)
    assert (taken(found), found.recurring) == (expected, False)


ZURICH = "DTSTART;TZID=Europe/Zurich:20261022T090000\nDTEND;TZID=Europe/Zurich:20261022T100000"
WEEKLY = f"{ZURICH}\nRRULE:FREQ=WEEKLY;COUNT=3"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([WEEKLY], ["10-22 07:00/60", "10-29 08:00/60", "11-05 08:00/60"]),
        ([f"{WEEKLY}\nEXDATE;TZID=Europe/Zurich:20261029T090000"], ["10-22 07:00/60", "11-05 08:00/60"]),
        ([f"{ZURICH}\nRDATE;TZID=Europe/Zurich:20261030T110000"], ["10-22 07:00/60", "10-30 10:00/60"]),
        ([f"{WEEKLY}\nTRANSP:TRANSPARENT"], []),
        (
            [WEEKLY, "RECURRENCE-ID;TZID=Europe/Zurich:20261029T090000\nDTSTART:20261030T120000Z\nDTEND:20261030T140000Z"],
            ["10-22 07:00/60", "10-30 12:00/120", "11-05 08:00/60"],
        ),
        (
            [WEEKLY, f"RECURRENCE-ID;TZID=Europe/Zurich:20261022T090000\n{ZURICH}\nSTATUS:CANCELLED"],
            ["10-29 08:00/60", "11-05 08:00/60"],
        ),
        (
            [WEEKLY, f"RECURRENCE-ID;TZID=Europe/Zurich:20261022T090000\n{ZURICH}\n{DECLINED}anna@example.com"],
            ["10-29 08:00/60", "11-05 08:00/60"],
        ),
        (
            [f"{WEEKLY}\n{DECLINED}anna@example.com", f"RECURRENCE-ID;TZID=Europe/Zurich:20261022T090000\n{ZURICH}"],
            ["10-22 07:00/60"],  # declined but for one
        ),
        ([f"RECURRENCE-ID;TZID=Europe/Zurich:20261022T090000\n{ZURICH}"], ["10-22 07:00/60"]),  # invited to one
        (
            ["DTSTART;VALUE=DATE:20261024\nRRULE:FREQ=DAILY;COUNT=3"],
            ["10-23 22:00/1440", "10-24 22:00/1500", "10-25 23:00/1440"],
        ),
        (["DTSTART:20261023T090000\nDTEND:20261023T100000\nRRULE:FREQ=WEEKLY;COUNT=2"], ["10-23 07:00/60", "10-30 08:00/60"]),
        (["DTSTART:20261023T090000Z\nDTEND:20261023T100000Z\nRRULE:FREQ=WEEKLY;COUNT=2"], ["10-23 09:00/60", "10-30 09:00/60"]),
        (  # an endless series from long ago has no more than the window
            ["DTSTART:20160101T090000Z\nDTEND:20160101T100000Z\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"],
            ["12-24 09:00/60"],
        ),
        (  # a night over the window's edge
            ["DTSTART:20260929T220000Z\nDTEND:20260930T040000Z\nRRULE:FREQ=DAILY;COUNT=3"],
            ["09-30 22:00/360", "10-01 22:00/360"],
        ),
        (["DTSTART:20261008T090000Z\nDTEND:20261008T100000Z\nRRULE:FREQ=WEEKLY;UNTIL=20261015"], ["10-08 09:00/60"]),
    ],
)  # fmt: skip
def test_a_series_takes_the_time_of_each_occurrence(events: list[str], expected: list[str]) -> None:
    found = told(*events)
    assert (taken(found), found.recurring, found.cancelled) == (expected, True, False)


def test_a_zone_that_the_event_brings_along_is_kept_over_its_own_change() -> None:
    lines = "DTSTART;TZID=Somewhere of our own:20261031T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"
    assert taken(told(lines, before=NEW_YORK)) == ["10-31 13:00/60", "11-01 14:00/60"]


def test_a_zone_that_an_event_brings_along_is_that_events_alone() -> None:
    lines = "DTSTART;TZID=Customized Time Zone:20261208T090000\nDURATION:PT1H"
    zone = "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\nEND:VTIMEZONE\n"
    for offset, expected in (("-0300", "12-08 12:00/60"), ("+0100", "12-08 08:00/60"), ("-0300", "12-08 12:00/60")):
        assert taken(told(lines, before=zone.format(offset))) == [expected]
        quoted = lines.replace("Customized Time Zone", '"Customized Time Zone"')
        assert taken(told(quoted, before=zone.format(offset))) == [expected]


def test_zones_that_never_end_are_looked_through_once() -> None:
    never = b"BEGIN:VTIMEZONE\r\n" * 50_000
    assert with_zones_of_its_own(never) == never
    one_of_many = with_zones_of_its_own(never + b"TZID:A\r\nEND:VTIMEZONE\r\n" + never)
    assert one_of_many.count(b"TZID:A-") == 1


def test_what_is_no_event_is_told_as_one_that_does_not_stand_there() -> None:
    task = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:1\r\nSUMMARY:Call\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    assert told_event(task, "1", '"1"', WINDOW, hers) == FoundEvent("1", '"1"', cancelled=True)


ENDLESS = "DTSTART:19700101T000000Z\nDTEND:19700101T000030Z\nRRULE:FREQ="


@pytest.mark.parametrize("frequency", ["SECONDLY", "MINUTELY", "HOURLY"])
def test_a_rule_that_would_be_counted_for_ages_is_not_counted(frequency: str) -> None:
    with pytest.raises(ValueError, match="too often"):
        told(ENDLESS + frequency)


EVERY_SECOND = ";".join(f"BY{unit}={','.join(map(str, range(most)))}" for unit, most in (("HOUR", 24), ("MINUTE", 60)))


@pytest.mark.parametrize(
    "series",
    [
        f"{TIMED}\nRRULE:FREQ=DAILY;{EVERY_SECOND}",
        f"{TIMED}\nRRULE:FREQ=YEARLY;BYMONTH=12;{EVERY_SECOND}",
        f"{TIMED}\nRDATE:{','.join(f'20261208T{hour:02}{minute:02}{second:02}Z' for hour in range(3) for minute in range(60) for second in range(60))}",
    ],
)
def test_a_few_lines_that_stand_for_ages_are_not_counted(series: str) -> None:
    with pytest.raises(ValueError, match="too often"):
        told(series)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        body(f"{TIMED}\nRRULE:FREQ=SOMETIMES"),
        body(f"{TIMED}\nRRULE:FREQ=WEEKLY;BYDAY=XX"),
        body("DTSTART;VALUE=DATE:20261208\nRRULE:FREQ=WEEKLY;UNTIL=soon"),
        body("SUMMARY:no times\nRRULE:FREQ=WEEKLY"),
        body(f"{TIMED}\nRRULE:FREQ=DAILY;INTERVAL=0"),
        body(f"{TIMED}\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"),
        body(f"{TIMED}\nRRULE:FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=-31"),
        body(f"{TIMED}\nRRULE:FREQ=DAILY;BYMONTH=13;BYMONTHDAY=1"),
        body("DTSTART;VALUE=DATE:99991231"),
        body("DTSTART;VALUE=DATE:00010101"),
        body("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=YEARLY"),
        body("DTSTART:20261208T090000Z\nDURATION:P99999999D"),
        body("DTSTART:20261208T090000Z\nDTEND:20261208T240000Z"),
        body("DTSTART:20261208T090060Z\nDTEND:20261208T100000Z"),
        body("DTSTART:2026-12-08T09:00:00Z\nDTEND:2026-12-08T10:00:00Z"),
        body("DTSTART:20261208T090000Z\nDTSTART:20261208T093000Z\nDTEND:20261208T100000Z"),
    ],
)
def test_what_cannot_be_read_is_one_kind_of_error(broken: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the parser and the library say
        told_event(broken, "1", '"1"', WINDOW, hers)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (TIMED, ["12-08 09:00/30"]),
        (f"{TIMED}\nRRULE:FREQ=SOMETIMES", ["12-08 09:00/30"]),
        ('DTSTART;TZID=Europe/Zurich:20261208T100000\nDTEND;TZID="Europe/Zurich":20261208T103000', ["12-08 09:00/30"]),
        ("DTSTART;X-A=1;TZID=Nowhere/At_All:20261208T100000\nDTEND:20261208T103000", ["12-08 09:00/30"]),
        ("DTSTART;VALUE=DATE:20261208", ["12-07 23:00/1440"]),
        ("DTSTART:20261208T090000Z\nDTEND:20269908T090000Z", []),
        ("DTSTART:tomorrow\nDTEND:later", []),
        ("DTSTART;VALUE=DATE:20261208\nDTEND:20261208T110000Z", ["12-07 23:00/720"]),
        ("DTSTART:99991231T235959Z\nDTEND;VALUE=DATE:00010101", []),
        ("DTSTART:20261208T230000Z\nDTEND:20261208T240000Z", ["12-08 23:00/60"]),
        ("DTSTART:20261208T090060Z\nDTEND:20261208T100000Z", ["12-08 09:01/59"]),
        ("DTSTART:2026-12-08T09:00:00Z\nDTEND:2026-12-08T10:00:00Z", ["12-08 09:00/60"]),
        ("DTSTART:20261208T090000Z\nDTSTART:20261208T093000Z\nDTEND:20261208T100000Z", ["12-08 09:00/60"]),
        ("", []),
    ],
)  # fmt: skip
def test_unknown_is_not_free_as_far_as_a_time_can_be_read(event: str, expected: list[str]) -> None:
    found = salvaged_event(b"\xff\xfe" + body(event), "1@example.com", '"1"', WINDOW)
    assert taken(found) == expected
    assert (found.etag, found.uid, found.title, found.cancelled) == ('"1"', "1@example.com", "", False)
