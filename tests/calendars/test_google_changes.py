"""What a calendar at Google tells of itself: pages, cursors, series, and when an event takes time."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.calendars import google_changes
from core.calendars.calendar import (
    CalendarError,
    CalendarRefused,
    CalendarUnreachable,
    Changes,
    CursorExpired,
    FoundEvent,
    Window,
)
from core.calendars.google import GoogleCalendar
from core.domain.timespan import Timespan
from tests.calendars.google_clinic import EVENT, STARTS, WINDOW, Clinic
from tests.calendars.scripted import Answer, scripted
from tests.stand_ins.google import Fault
from tests.stand_ins.google.refusals import error_body

LIST = "calendar.events.list"
SPAN = Timespan(STARTS, STARTS + timedelta(minutes=30))
ZONE = "Europe/Zurich"


def lists(google: Clinic) -> list[dict[str, list[str]]]:
    return [one.query for one in google.server.requests if one.operation == LIST]


def fill(google: Clinic, count: int) -> list[str]:
    return [google.server.put(google.calendar_id, **timed(f"event{number}")) for number in range(count)]


def timed(event_id: str, starts_at: datetime = STARTS, **more: Any) -> dict[str, Any]:
    edges = {"start": starts_at, "end": starts_at + timedelta(minutes=30)}
    told = {name: {"dateTime": at.isoformat(), "timeZone": ZONE} for name, at in edges.items()}
    return {"id": event_id, "summary": "Lunch with Anna"} | told | more


def told(changes: Changes) -> dict[str, FoundEvent]:
    return {event.event_id: event for event in changes.events}


def test_the_first_answer_tells_everything_and_the_next_what_changed_since(google) -> None:
    etag = google.calendar.create(EVENT)
    google.server.put(google.calendar_id, **timed("lunch"))
    first = google.calendar.changes(None, WINDOW)
    assert (first.complete, set(told(first))) == (True, {EVENT.event_id, "lunch"})
    ours = told(first)[EVENT.event_id]
    fetched = google.calendar.fetch(EVENT.event_id)
    assert fetched is not None
    assert ours == replace(fetched, spans=(SPAN,))
    assert (ours.etag, ours.uid, ours.all_day, ours.recurring, ours.series_id) == (
        etag,
        EVENT.event_id,
        False,
        False,
        "",
    )
    google.server.remove(google.calendar_id, EVENT.event_id)
    google.server.put(google.calendar_id, **timed("dinner"))
    second = google.calendar.changes(first.cursor, WINDOW)
    assert (second.complete, set(told(second))) == (False, {EVENT.event_id, "dinner"})
    assert told(second)[EVENT.event_id] == FoundEvent(EVENT.event_id, "", cancelled=True)
    assert google.calendar.changes(second.cursor, WINDOW).events == ()


def test_nothing_changed_is_one_small_request(google) -> None:
    fill(google, 20)
    cursor = google.calendar.changes(None, WINDOW).cursor
    google.server.requests.clear()
    for _ in range(3):
        answer = google.calendar.changes(cursor, WINDOW)
        assert (answer.events, answer.complete) == ((), False)
        cursor = answer.cursor
    assert len(google.server.requests) == 3


def test_a_hundred_changes_of_thousands_of_events_are_at_most_two_requests_and_a_second(google) -> None:
    ids = fill(google, 3_000)
    first = google.calendar.changes(None, WINDOW)
    assert len(first.events) == 3_000
    assert len(lists(google)) == 2
    for event_id in ids[::30]:
        google.server.edit(google.calendar_id, event_id, summary="Edited")
    google.server.requests.clear()
    begun = time.monotonic()
    assert len(google.calendar.changes(first.cursor, WINDOW).events) == 100
    assert time.monotonic() - begun < 1
    assert len(google.server.requests) <= 2


def test_all_requests_bear_the_same_parameters_and_no_bounds(google, monkeypatch) -> None:
    monkeypatch.setattr(google_changes, "_PAGE", 2)
    fill(google, 5)
    cursor = google.calendar.changes(None, WINDOW).cursor
    google.calendar.changes(cursor, WINDOW)
    asked = lists(google)
    assert ["pageToken" in one for one in asked] == [False, True, True, False]
    assert ["syncToken" in one for one in asked] == [False, False, False, True]
    lasting = [{name: one[name] for name in one.keys() - {"pageToken", "syncToken"}} for one in asked]
    assert lasting == [lasting[0]] * 4
    assert not {"timeMin", "timeMax", "q", "orderBy", "updatedMin"} & lasting[0].keys()


def test_what_changes_between_two_pages_is_told_once_and_as_it_is_now(google, monkeypatch) -> None:
    ids = fill(google, 5)
    cursor = google.calendar.changes(None, WINDOW).cursor
    monkeypatch.setattr(google_changes, "_PAGE", 2)
    for event_id in ids:
        google.server.edit(google.calendar_id, event_id, summary="Edited")
    changed = google.calendar.changes(cursor, WINDOW)
    assert len(changed.events) == len(told(changed)) == 5


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        Fault.html(),
        Fault.html(404),
        Fault.html(410),
        Fault.truncated(),
        Fault.silence(),
        Fault.answer(401, "authError").repeated(2),
        Fault.answer(403, "rateLimitExceeded"),
        Fault.answer(403, "quotaExceeded"),
        Fault.answer(403, "forbidden"),
        Fault.answer(429, "rateLimitExceeded", retry_after="7"),
        Fault.answer(500, "backendError"),
        Fault.answer(200, "welcome"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.reason}",
)
def test_a_page_that_fails_tells_nothing_and_the_cursor_stays_good(google, monkeypatch, page, fault) -> None:
    monkeypatch.setattr(google_changes, "_PAGE", 2)
    cursor = google.calendar.changes(None, WINDOW).cursor
    fill(google, 5)
    google.server.faults.append(replace(fault, skip=page).at(LIST))
    with pytest.raises(CalendarError) as raised:
        google.calendar.changes(cursor, WINDOW)
    if fault.retry_after:
        assert isinstance(raised.value, CalendarUnreachable)
        assert raised.value.retry_after == 7.0
    assert not isinstance(raised.value, CursorExpired)
    google.server.faults.clear()
    assert len(google.calendar.changes(cursor, WINDOW).events) == 5


@pytest.mark.parametrize("reason", ["fullSyncRequired", "updatedMinTooLongAgo"])
def test_a_stale_cursor_asks_for_a_list_of_everything(google, reason) -> None:
    cursor = google.calendar.changes(None, WINDOW).cursor
    google.server.faults.append(Fault.answer(410, reason).at(LIST))
    with pytest.raises(CursorExpired):
        google.calendar.changes(cursor, WINDOW)
    google.server.expire_sync_tokens(google.calendar_id)
    with pytest.raises(CursorExpired):
        google.calendar.changes(cursor, WINDOW)
    assert google.calendar.changes(None, WINDOW).complete


def test_a_cursor_that_google_never_gave_or_of_another_calendar_is_no_cursor(google) -> None:
    cursor = google.calendar.changes(None, WINDOW).cursor
    google.calendar_id = google.server.new_calendar("Another")
    another = google.connect()
    for wrong in (cursor, "made-up"):
        with pytest.raises(CursorExpired):
            another.changes(wrong, WINDOW)


@pytest.mark.parametrize(
    ("content", "spans"),
    [
        ({}, (SPAN,)),
        ({"status": "tentative"}, (SPAN,)),
        ({"visibility": "private"}, (SPAN,)),
        ({"transparency": "transparent"}, ()),
        ({"attendees": [{"email": "guest@example.com", "responseStatus": "declined"}]}, (SPAN,)),
        ({"start": {"dateTime": "2026-12-01T04:00:00-05:00"}, "end": {"dateTime": "2026-12-01T09:30:00Z"}}, (SPAN,)),
        ({"end": {"dateTime": STARTS.isoformat()}}, ()),  # an event of no length
    ],
)
def test_busy_is_what_is_neither_free_nor_cancelled(google, content, spans) -> None:
    google.server.put(google.calendar_id, **timed("lunch") | content)
    (event,) = google.calendar.changes(None, WINDOW).events
    assert event.spans == spans


@pytest.mark.parametrize(("answer", "busy"), [("declined", False), ("accepted", True), ("needsAction", True)])
def test_an_invitation_that_was_declined_takes_no_time(google, answer, busy) -> None:
    guests = [
        {"email": google.calendar_id, "responseStatus": answer},
        {"email": "guest@example.com", "responseStatus": "declined"},
    ]
    google.server.put(google.calendar_id, **timed("lunch", attendees=guests))
    (event,) = google.calendar.changes(None, WINDOW).events
    assert bool(event.spans) is busy


@pytest.mark.parametrize(
    ("zone", "starts_at", "hours"),
    [
        ("Europe/Zurich", datetime(2026, 12, 6, 23, tzinfo=UTC), 24),
        ("America/New_York", datetime(2026, 12, 7, 5, tzinfo=UTC), 24),
        ("Asia/Kathmandu", datetime(2026, 12, 6, 18, 15, tzinfo=UTC), 24),
    ],
)
def test_a_whole_day_is_one_of_the_calendars_zone(google, zone, starts_at, hours) -> None:
    google.calendar_id = google.server.new_calendar("Clinic", zone=zone)
    day = {"start": {"date": "2026-12-07"}, "end": {"date": "2026-12-08"}}
    google.server.put(google.calendar_id, summary="Away", **day)
    (event,) = google.connect().changes(None, WINDOW).events
    assert (event.all_day, event.starts_at, event.ends_at) == (True, None, None)
    assert event.spans == (Timespan(starts_at, starts_at + timedelta(hours=hours)),)


@pytest.mark.parametrize(("day", "hours"), [(29, 23), (28, 24)])
def test_a_whole_day_over_a_change_of_the_clock_is_an_hour_shorter(google, day, hours) -> None:
    window = Window(Timespan(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)), "UTC")
    edges = {"start": {"date": f"2026-03-{day}"}, "end": {"date": f"2026-03-{day + 1}"}}
    google.server.put(google.calendar_id, summary="Away", **edges)
    (event,) = google.calendar.changes(None, window).events
    (span,) = event.spans
    assert span.duration == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("starts_at", "busy"),
    [
        (WINDOW.span.start - timedelta(minutes=30), False),  # ends as the window begins
        (WINDOW.span.start - timedelta(minutes=29), True),
        (WINDOW.span.end - timedelta(minutes=1), True),
        (WINDOW.span.end, False),
    ],
)
def test_only_what_touches_the_window_has_spans(google, starts_at, busy) -> None:
    google.server.put(google.calendar_id, **timed("lunch", starts_at))
    (event,) = google.calendar.changes(None, WINDOW).events
    assert event.starts_at == starts_at
    assert bool(event.spans) is busy


def test_a_series_is_told_by_its_occurrences_over_a_change_of_the_clock(google) -> None:
    window = Window(Timespan(datetime(2026, 3, 24, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)), "UTC")
    first = timed("series", datetime(2026, 3, 2, 9, tzinfo=UTC), recurrence=["RRULE:FREQ=WEEKLY"])
    google.server.put(google.calendar_id, **first)
    found = google.calendar.changes(None, window).events
    assert {event.series_id for event in found} == {"series"}
    assert {event.uid for event in found} == {"series"}
    assert not any(event.recurring for event in found)
    spans = [span for event in found for span in event.spans]
    assert spans == [
        Timespan(starts, starts + timedelta(minutes=30)) for starts in [datetime(2026, 3, 30, 8, tzinfo=UTC)]
    ]


def test_moved_and_deleted_occurrences_are_told_apart(google) -> None:
    google.server.put(google.calendar_id, **timed("series", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    first = google.calendar.changes(None, WINDOW)
    ids = sorted(told(first))
    later = STARTS + timedelta(days=1, hours=5)
    google.server.edit(google.calendar_id, ids[1], **{key: timed("", later)[key] for key in ("start", "end")})
    google.server.remove(google.calendar_id, ids[2])
    changed = told(google.calendar.changes(first.cursor, WINDOW))
    assert set(changed) == set(ids[1:])
    assert changed[ids[1]].spans == (Timespan(later, later + timedelta(minutes=30)),)
    assert (changed[ids[2]].cancelled, changed[ids[2]].series_id) == (True, "series")


def test_an_event_of_ours_made_recurring_is_known_by_its_series(google) -> None:
    google.calendar.create(EVENT)
    cursor = google.calendar.changes(None, WINDOW).cursor
    google.server.edit(google.calendar_id, EVENT.event_id, recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    assert {one.series_id for one in google.calendar.changes(cursor, WINDOW).events} == {EVENT.event_id}
    found = google.calendar.fetch(EVENT.event_id)
    assert found is not None
    assert (found.recurring, found.series_id, found.spans) == (True, "", ())
    google.calendar.update(replace(EVENT, sequence=4), found.etag)
    again = google.calendar.fetch(EVENT.event_id)
    assert again is not None
    assert not again.recurring


def test_an_event_carried_to_another_calendar_is_known_by_its_uid(google) -> None:
    google.calendar.create(EVENT)
    cursor = google.calendar.changes(None, WINDOW).cursor
    target = google.server.new_calendar("Another")
    google.server.move(google.calendar_id, EVENT.event_id, target)
    (gone,) = google.calendar.changes(cursor, WINDOW).events
    assert (gone.event_id, gone.cancelled) == (EVENT.event_id, True)
    google.calendar_id = target
    (there,) = google.connect().changes(None, WINDOW).events
    assert (there.event_id, there.uid, there.cancelled) == (EVENT.event_id, EVENT.event_id, False)


def scripted_changes(google: Clinic, *pages: dict[str, Any], cursor: str | None = None) -> Changes:
    """What is made of pages that a well-behaved Google would not send."""
    answers = [Answer(page.get("error", {}).get("code", 200), json.dumps(page).encode()) for page in pages]
    with scripted(GET=answers) as script:
        calendar = GoogleCalendar(
            calendar_id="clinic@example.com",
            access=google.server.service_access(),
            endpoint=script.url,
            token_endpoint=google.server.token_endpoint,
        )
        return calendar.changes(cursor, WINDOW)


GOOD = {"accessRole": "writer", "timeZone": ZONE, "nextSyncToken": "C1", "items": []}
LUNCH = {**timed("lunch"), "etag": '"1"', "status": "confirmed"}


def without(page: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in page.items() if key != name}


@pytest.mark.parametrize(
    "page",
    [
        {},
        without(GOOD, "nextSyncToken"),
        without(GOOD, "accessRole"),
        GOOD | {"nextSyncToken": ""},
        GOOD | {"items": {}},
        GOOD | {"items": ["lunch"]},
        GOOD | {"items": [without(LUNCH, "id")]},
        GOOD | {"items": [without(LUNCH, "start")]},
        GOOD | {"items": [without(LUNCH, "etag")]},
        GOOD | {"items": [LUNCH | {"end": {}}]},
        GOOD | {"items": [LUNCH | {"start": {"dateTime": "tomorrow"}}]},
        GOOD | {"items": [LUNCH | {"start": {"date": "2026-12-01"}, "end": {"date": "someday"}}]},
        GOOD | {"nextPageToken": "again"},
    ],
)
def test_an_answer_of_another_form_is_never_read_as_an_empty_calendar(google, page) -> None:
    with pytest.raises(CalendarUnreachable):
        scripted_changes(google, page)


def test_a_calendar_that_tells_only_free_and_busy_is_refused(google) -> None:
    with pytest.raises(CalendarRefused) as refused:
        scripted_changes(google, GOOD | {"accessRole": "freeBusyReader"})
    assert "Make changes to events" in str(refused.value)


def test_what_google_may_leave_out_is_not_missed(google) -> None:
    assert scripted_changes(google, without(GOOD, "items"), cursor="C0").events == ()
    day = {"id": "lunch", "etag": '"1"', "start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    for odd in ({"timeZone": "Moon/Base"}, {"timeZone": None}, {"timeZone": "../etc"}):
        (event,) = scripted_changes(google, GOOD | odd | {"items": [day]}).events
        assert event.spans == (Timespan(midnight, midnight + timedelta(days=1)),)
    (gone,) = scripted_changes(google, GOOD | {"items": [{"id": "lunch", "status": "cancelled"}]}).events
    assert gone == FoundEvent("lunch", "", cancelled=True)


def test_a_page_that_google_has_forgotten_is_no_stale_cursor(google) -> None:
    first = without(GOOD, "nextSyncToken") | {"items": [LUNCH], "nextPageToken": "P1"}
    with pytest.raises(CalendarUnreachable):
        scripted_changes(google, first, error_body(400, "invalid", location="pageToken", locationType="parameter"))


def test_a_later_page_has_the_last_word(google) -> None:
    pages = [
        without(GOOD, "nextSyncToken") | {"items": [LUNCH], "nextPageToken": "P1"},
        GOOD | {"items": [{"id": "lunch", "status": "cancelled"}]},
    ]
    (event,) = scripted_changes(google, *pages).events
    assert event.cancelled
