"""Series at the Google stand-in: occurrences as events of their own, moved ones, deleted ones, and what a sync tells."""

from datetime import UTC, datetime

import pytest

from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google_raw_client import EVENT_ID, Client, at, ids, person, refusal

NOW = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
DAYS = [f"{EVENT_ID}_202612{day:02}T090000Z" for day in (1, 2, 3)]


@pytest.fixture
def server():
    with GoogleStandIn(clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(server):
    made = Client(server, person(server))
    yield made
    made.http.close()
    assert server.violations == []


def series(client: Client, rule: str = "RRULE:FREQ=DAILY;COUNT=3", **changes) -> str:
    client.insert(recurrence=[rule], **changes)
    return str(client.list(singleEvents=True)["nextSyncToken"])


def test_a_series_is_one_event_or_its_occurrences(client) -> None:
    series(client)
    assert ids(client.list()) == [EVENT_ID]
    told = client.list(singleEvents=True)["items"]
    assert [one["id"] for one in told] == DAYS
    assert {one["recurringEventId"] for one in told} == {EVENT_ID}
    assert told[1]["start"]["dateTime"] == told[1]["originalStartTime"]["dateTime"] == "2026-12-02T10:00:00+01:00"
    assert len({one["iCalUID"] for one in told}) == 1
    assert not any("recurrence" in one for one in told)
    assert client.get(DAYS[2])["start"]["dateTime"] == "2026-12-03T10:00:00+01:00"
    assert refusal(lambda: client.get(f"{EVENT_ID}_20261204T090000Z")) == (404, "notFound")


def test_an_endless_series_is_told_for_two_years_and_keeps_its_wall_time(client) -> None:
    zone = "Europe/Zurich"
    start = {"dateTime": "2026-03-23T10:00:00", "timeZone": zone}
    series(client, "RRULE:FREQ=WEEKLY", start=start, end=start | {"dateTime": "2026-03-23T11:00:00"})
    told = [one["start"]["dateTime"] for one in client.list(singleEvents=True)["items"]]
    assert told[:2] == ["2026-03-23T10:00:00+01:00", "2026-03-30T10:00:00+02:00"]
    assert told[-1].startswith("2028-11")


def test_whole_days_and_excluded_dates(client) -> None:
    days = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
    client.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261202"], **days)
    told = client.list(singleEvents=True)["items"]
    assert [one["id"] for one in told] == [f"{EVENT_ID}_20261201", f"{EVENT_ID}_20261203"]
    assert told[1]["end"] == {"date": "2026-12-04"}


def test_a_moved_occurrence_keeps_its_id(client) -> None:
    token = series(client)
    client.server.edit(client.calendar_id, DAYS[1], start=at("02T14:00"), end=at("02T14:30"))
    (moved,) = client.list(singleEvents=True, syncToken=token)["items"]
    assert (moved["id"], moved["recurringEventId"]) == (DAYS[1], EVENT_ID)
    assert moved["start"]["dateTime"] == "2026-12-02T14:00:00+01:00"
    assert moved["originalStartTime"]["dateTime"] == "2026-12-02T10:00:00+01:00"
    assert sorted(ids(client.list(singleEvents=True))) == DAYS


def test_a_deleted_occurrence_is_a_tombstone_that_names_its_series(client) -> None:
    token = series(client)
    client.delete(DAYS[0])
    (gone,) = client.list(singleEvents=True, syncToken=token)["items"]
    assert (gone["id"], gone["status"], gone["recurringEventId"]) == (DAYS[0], "cancelled", EVENT_ID)
    assert ids(client.list(singleEvents=True)) == DAYS[1:]
    assert refusal(lambda: client.delete(DAYS[0])) == (410, "deleted")


def test_a_deleted_series_takes_all_its_occurrences_along(client) -> None:
    token = series(client)
    client.server.edit(client.calendar_id, DAYS[1], summary="Edited")
    client.delete()
    told = client.list(singleEvents=True, syncToken=token)["items"]
    assert {one["id"]: one["status"] for one in told} == dict.fromkeys(DAYS, "cancelled")
    assert ids(client.list(singleEvents=True)) == []


def test_a_changed_series_tells_new_occurrences_and_those_that_are_no_longer(client) -> None:
    token = series(client)
    client.server.edit(client.calendar_id, EVENT_ID, start=at("01T15:00"), end=at("01T15:30"))
    told = {one["id"]: one["status"] for one in client.list(singleEvents=True, syncToken=token)["items"]}
    assert told == dict.fromkeys(DAYS, "cancelled") | dict.fromkeys(
        [one.replace("T09", "T14") for one in DAYS], "confirmed"
    )


def test_an_event_that_becomes_a_series_is_told_by_its_occurrences_alone(client) -> None:
    client.insert()
    token = client.list(singleEvents=True)["nextSyncToken"]
    client.server.edit(client.calendar_id, EVENT_ID, recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    told = client.list(singleEvents=True, syncToken=token)
    assert ids(told) == DAYS[:2]
    client.server.edit(client.calendar_id, EVENT_ID, recurrence=None)
    told = client.list(singleEvents=True, syncToken=told["nextSyncToken"])["items"]
    assert {one["id"]: one["status"] for one in told} == {
        EVENT_ID: "confirmed",
        DAYS[0]: "cancelled",
        DAYS[1]: "cancelled",
    }


def test_occurrences_are_busy_time(client) -> None:
    series(client)
    asked = {
        "timeMin": "2026-12-02T00:00:00Z",
        "timeMax": "2026-12-03T00:00:00Z",
        "items": [{"id": client.calendar_id}],
    }
    told = client.service.freebusy().query(body=asked).execute()["calendars"][client.calendar_id]
    assert told["busy"] == [{"start": "2026-12-02T09:00:00.000Z", "end": "2026-12-02T09:30:00.000Z"}]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=DAILY"], "start": {"dateTime": "2026-12-01T09:00:00Z"}}, "required"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(client, changes, reason) -> None:
    assert refusal(lambda: client.insert(**changes)) == (400, reason)


def test_an_event_carried_to_another_calendar_keeps_its_id(server, client) -> None:
    client.insert()
    uid, source = client.get()["iCalUID"], client.calendar_id
    token = client.list()["nextSyncToken"]
    target = server.new_calendar("Another")
    server.move(source, EVENT_ID, target)
    assert [one["status"] for one in client.list(syncToken=token)["items"]] == ["cancelled"]
    client.calendar_id = target
    assert (client.get()["id"], client.get()["iCalUID"]) == (EVENT_ID, uid)


def test_a_guest_who_is_the_calendars_own_is_told_as_such(server, client) -> None:
    guests = [
        {"email": client.calendar_id, "responseStatus": "declined"},
        {"email": "guest@example.com", "responseStatus": "accepted"},
    ]
    client.insert(attendees=guests)
    assert [one.get("self", False) for one in client.get()["attendees"]] == [True, False]
