"""Lists and incremental sync of the Google stand-in."""

import pytest

from tests.stand_ins.google_raw_client import EVENT_ID, at, ids, refusal


def test_a_list_comes_in_pages_with_the_sync_token_on_the_last_only(client) -> None:
    for number in range(5):
        client.insert(id=f"event{number}")
    first = client.list(maxResults=2)
    second = client.list(maxResults=2, pageToken=first["nextPageToken"])
    last = client.list(maxResults=2, pageToken=second["nextPageToken"])
    assert ids(first) + ids(second) + ids(last) == [f"event{number}" for number in range(5)]
    assert "nextSyncToken" not in first.keys() | second.keys()
    assert "nextPageToken" not in last
    assert last["nextSyncToken"]


def test_a_sync_tells_what_changed_and_what_was_deleted_since(client) -> None:
    client.insert(id="remains")
    client.insert(id="leaves")
    token = client.list()["nextSyncToken"]
    assert ids(client.list(syncToken=token)) == []
    client.delete("leaves")
    client.insert(id="comes")
    changes = client.list(syncToken=token)
    assert {event["id"]: event["status"] for event in changes["items"]} == {"leaves": "cancelled", "comes": "confirmed"}
    assert ids(client.list(syncToken=changes["nextSyncToken"])) == []


def test_a_change_between_two_pages_comes_with_the_next_sync(client) -> None:
    for number in range(3):
        client.insert(id=f"event{number}")
    first = client.list(maxResults=2)
    client.insert(id="inside")
    last = client.list(maxResults=2, pageToken=first["nextPageToken"])
    assert ids(client.list(syncToken=last["nextSyncToken"])) == ["inside"]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a"},
        {"iCalUID": "a@example.com"},
        {"orderBy": "updated"},
        {"timeMin": "2026-12-01T00:00:00Z"},
        {"timeMax": "2026-12-01T00:00:00Z"},
        {"updatedMin": "2026-12-01T00:00:00Z"},
        {"privateExtendedProperty": "a=b"},
        {"sharedExtendedProperty": "a=b"},
        {"showDeleted": False},
        {"singleEvents": True},
    ],
)
def test_a_sync_token_bears_no_other_filter(client, query) -> None:
    token = client.list()["nextSyncToken"]
    assert refusal(lambda: client.list(syncToken=token, **query)) == (400, "invalid")


def test_a_stale_sync_token_asks_for_a_full_sync(client) -> None:
    token = client.list()["nextSyncToken"]
    client.server.expire_sync_tokens(client.calendar_id)
    assert refusal(lambda: client.list(syncToken=token)) == (410, "fullSyncRequired")
    assert ids(client.list(syncToken=client.list()["nextSyncToken"])) == []


def test_a_made_up_token_or_one_of_another_calendar_is_refused(client) -> None:
    token = client.list()["nextSyncToken"]
    client.calendar_id = client.server.new_calendar("Another")
    for wrong in (token, "made-up"):
        assert refusal(lambda given=wrong: client.list(syncToken=given)) == (400, "invalid")
    assert refusal(lambda: client.list(pageToken="made-up")) == (400, "invalid")


def test_deleted_events_are_listed_only_on_request(client) -> None:
    client.insert()
    client.delete()
    assert ids(client.list()) == []
    assert ids(client.list(showDeleted=True)) == [EVENT_ID]


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        ("10:00", "10:30", True),
        ("09:00", "10:00", False),  # timeMax is exclusive of the start
        ("09:00", "10:01", True),
        ("10:29", "11:00", True),
        ("10:30", "11:00", False),  # timeMin is exclusive of the end
    ],
)
def test_time_bounds_compare_with_the_other_edge_and_exclude_it(client, low, high, found) -> None:
    client.insert()
    listed = client.list(timeMin=f"2026-12-01T{low}:00+01:00", timeMax=f"2026-12-01T{high}:00+01:00")
    assert bool(listed["items"]) is found


def test_bounds_that_hold_no_time_are_refused(client) -> None:
    client.insert()
    backwards = {"timeMin": "2026-12-02T00:00:00Z", "timeMax": "2026-12-01T00:00:00Z"}
    assert refusal(lambda: client.list(**backwards)) == (400, "timeRangeEmpty")


def test_lists_can_be_ordered_and_searched(client) -> None:
    client.insert(id="later", start=at("03T10:00"), end=at("03T11:00"), summary="Physical exam")
    client.insert(id="sooner", extendedProperties={"private": {"careslot": "1"}})
    assert ids(client.list(orderBy="startTime", singleEvents=True)) == ["sooner", "later"]
    assert refusal(lambda: client.list(orderBy="startTime")) == (400, "invalid")
    assert ids(client.list(q="exam")) == ["later"]
    assert ids(client.list(privateExtendedProperty="careslot=1")) == ["sooner"]


def test_a_partial_answer_holds_only_what_was_asked_for(client) -> None:
    client.insert()
    listed = client.list(fields="items(id,start/dateTime),accessRole")
    start = {"dateTime": "2026-12-01T10:00:00+01:00"}
    assert listed == {"items": [{"id": EVENT_ID, "start": start}], "accessRole": "owner"}


def test_times_are_told_in_the_zone_that_was_asked_for(client) -> None:
    client.insert()
    (event,) = client.list(timeZone="America/New_York")["items"]
    assert event["start"]["dateTime"] == "2026-12-01T04:00:00-05:00"
