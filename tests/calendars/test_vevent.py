from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.calendar import Event
from core.calendars.vevent import CSS3_OF_COLOUR_ID, from_ical, to_ical
from tests.calendars.providers import clock

STARTS = datetime(2026, 7, 8, 9, 0, 0, 250_000, tzinfo=UTC)
EVENT = Event(
    "0123456789abcdef",
    "Appointment: Zoë; Roe, 😀",
    "Patient: Zoë\nReason: \\n is no line break",
    STARTS,
    STARTS + timedelta(minutes=30),
    "Europe/London",
    "10",
    reminder_minutes=(30, 1440),
    location="Room 2, first floor",
    sequence=4,
)


def answered(*lines: str) -> bytes:
    body = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:x",
        "BEGIN:VEVENT",
        "UID:1",
        *lines,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join([*body, ""]).encode()


def test_an_event_is_written_with_all_that_the_standard_wants() -> None:
    lines = to_ical(EVENT, clock()).decode().split("\r\n")
    for line in (
        "UID:0123456789abcdef",
        "DTSTAMP:20261207T070000Z",
        "DTSTART:20260708T090000Z",
        "DTEND:20260708T093000Z",
        "SEQUENCE:4",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "COLOR:forestgreen",
        "X-CARESLOT-COLOUR-ID:10",
        "TRIGGER:-PT30M",
        "TRIGGER:-P1D",
        "LOCATION:Room 2\\, first floor",
    ):
        assert line in lines
    assert lines.count("ACTION:DISPLAY") == 2
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(line.startswith("BEGIN:VTIMEZONE") for line in lines)


def test_an_event_reads_as_it_was_written_to_the_second() -> None:
    found = from_ical(to_ical(EVENT, clock()), EVENT.event_id, '"1"')
    assert (found.title, found.description, found.location) == (EVENT.title, EVENT.description, EVENT.location)
    assert (found.starts_at, found.ends_at) == (
        STARTS.replace(microsecond=0),
        (STARTS + timedelta(minutes=30)).replace(microsecond=0),
    )
    assert (found.colour_id, found.reminder_minutes, found.cancelled) == ("10", (30, 1440), False)


def test_control_characters_are_left_out_for_servers_refuse_them() -> None:
    sly = Event("0123456789abcdef", "a\x00b\x1b", "one\r\ntwo\rthree\tend\x0b", STARTS, STARTS, "Europe/London", "10")
    found = from_ical(to_ical(sly, clock()), sly.event_id, '"1"')
    assert (found.title, found.description) == ("ab", "one\ntwo\nthree\tend")


WHEN = [
    (["DTSTART:20260708T090000Z", "DTEND:20260708T100000Z"], STARTS.replace(microsecond=0), 60),
    (["DTSTART:20260708T090000Z", "DURATION:PT45M"], STARTS.replace(microsecond=0), 45),
    (["DTSTART;TZID=Europe/London:20260708T100000", "DTEND;TZID=Europe/London:20260708T103000"], None, 30),
    (["DTSTART;VALUE=DATE:20260708", "DTEND;VALUE=DATE:20260709"], None, None),  # all-day
    (["DTSTART:20260708T090000", "DTEND:20260708T100000"], None, None),  # floating
    (["DTSTART:rubbish"], None, None),
    ([], None, None),
]


@pytest.mark.parametrize(("lines", "starts_at", "minutes"), WHEN)
def test_only_instants_are_read_as_times(lines: list[str], starts_at: datetime | None, minutes: int | None) -> None:
    found = from_ical(answered(*lines), "1", '"1"')
    if minutes is None:
        assert (found.starts_at, found.ends_at) == (None, None)
        return
    begins = STARTS.replace(microsecond=0)  # 09:00 UTC is 10:00 in London's summer
    assert starts_at in {None, begins}
    assert (found.starts_at, found.ends_at) == (begins, begins + timedelta(minutes=minutes))


COLOURS = [
    (["X-CARESLOT-COLOUR-ID:10", "COLOR:forestgreen"], "10"),
    (["X-CARESLOT-COLOUR-ID:10", "COLOR:ForestGreen"], "10"),
    (["X-CARESLOT-COLOUR-ID:10"], "10"),  # a server that drops COLOR
    (["COLOR:plum"], "3"),  # a server that drops what it does not know
    (["X-CARESLOT-COLOUR-ID:10", "COLOR:plum"], "3"),  # recoloured by a person
    (["X-CARESLOT-COLOUR-ID:10", "COLOR:red"], ""),
    ([], ""),
]


@pytest.mark.parametrize(("lines", "colour_id"), COLOURS)
def test_a_colour_is_ours_while_both_marks_agree(lines: list[str], colour_id: str) -> None:
    assert from_ical(answered(*lines), "1", '"1"').colour_id == colour_id


def test_every_colour_has_a_name_of_its_own() -> None:
    assert list(CSS3_OF_COLOUR_ID) == [str(number) for number in range(1, 12)]
    assert len(set(CSS3_OF_COLOUR_ID.values())) == 11


def test_a_cancelled_event_is_a_tombstone_and_an_override_is_not_the_event() -> None:
    assert from_ical(answered("STATUS:CANCELLED"), "1", '"1"').cancelled
    with pytest.raises(ValueError, match="no event"):
        from_ical(answered("RECURRENCE-ID:20260708T090000Z"), "1", '"1"')
