"""The Google stand-in has to earn trust: events by the real client."""

import pytest

from tests.stand_ins.google_raw_client import EVENT_ID, Client, at, refusal, robot


@pytest.mark.parametrize("event_id", ["abcd", "a" * 1025, "xyzxyz", "ABCDEF", "abc-def"])
def test_ids_outside_base32hex_are_refused(client, event_id) -> None:
    assert refusal(lambda: client.insert(id=event_id)) == (400, "invalid")


@pytest.mark.parametrize("event_id", ["abcde", "v" * 1024, "0123456789abcdefghijklmnopqrstuv"])
def test_a_chosen_id_is_kept(client, event_id) -> None:
    assert client.insert(id=event_id)["id"] == event_id


def test_a_taken_id_is_refused_even_after_deletion(client) -> None:
    client.insert()
    assert refusal(client.insert) == (409, "duplicate")
    client.delete()
    assert refusal(client.insert) == (409, "duplicate")


def test_an_id_is_made_up_where_none_is_chosen(client) -> None:
    assert client.insert(id=None)["id"] != client.insert(id=None)["id"]


def test_an_id_and_an_ical_uid_together_are_refused(client) -> None:
    assert refusal(lambda: client.insert(iCalUID="a@example.com")) == (400, "invalid")


def test_what_was_inserted_is_told_again(client) -> None:
    made = client.insert(colorId="11", description="Text", extendedProperties={"private": {"careslot": "1"}})
    assert made == client.get()
    assert made["status"] == "confirmed"
    assert made["start"] == {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich"}
    assert made["extendedProperties"] == {"private": {"careslot": "1"}}


def test_every_change_makes_a_new_etag_and_an_old_one_is_refused(client) -> None:
    first = client.insert()["etag"]
    second = client.update(first, summary="New")["etag"]
    assert second != first
    assert refusal(lambda: client.update(first)) == (412, "conditionNotMet")
    assert refusal(lambda: client.delete(etag=first)) == (412, "conditionNotMet")
    client.delete(etag=second)


def test_an_update_replaces_everything_and_a_patch_only_what_it_names(client) -> None:
    client.insert(description="Text", colorId="3")
    assert client.patch(colorId="4")["description"] == "Text"
    assert "description" not in client.patch(description=None)
    updated = client.update(summary="New")
    assert "colorId" not in updated


def test_a_patch_replaces_extended_properties_whole(client) -> None:
    client.insert(extendedProperties={"private": {"a": "1", "b": "2"}})
    patched = client.patch(extendedProperties={"private": {"a": "3"}})
    assert patched["extendedProperties"] == {"private": {"a": "3"}}


def test_a_deleted_event_is_a_tombstone_of_which_only_the_id_is_sure(client) -> None:
    client.insert()
    client.delete()
    assert client.get().keys() == {"kind", "etag", "id", "status"}
    assert client.get()["status"] == "cancelled"
    assert refusal(client.delete) == (410, "deleted")


def test_an_unknown_event_is_not_found(client) -> None:
    for call in (client.get, client.update, client.delete):
        assert refusal(call) == (404, "notFound")


def test_sequence_rises_with_a_move_and_may_not_fall(client) -> None:
    client.insert(sequence=2)
    assert client.update(sequence=2, summary="New")["sequence"] == 2
    assert client.update(sequence=2, end=at("01T11:00"))["sequence"] == 3
    assert client.update(sequence=7, end=at("01T12:00"))["sequence"] == 7
    assert refusal(lambda: client.update(sequence=6)) == (400, "invalid")
    assert refusal(client.update) == (400, "invalid")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": {"date": "2026-12-01"}}, "invalid"),
        ({"start": {"dateTime": "2026-12-01T10:00:00"}}, "required"),
        ({"start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "Mars/Base"}}, "invalid"),
        ({"start": {"dateTime": "2026-12-01T10:00:00Z", "date": "2026-12-01"}}, "invalid"),
        ({"end": at("01T09:59")}, "timeRangeEmpty"),
        ({"colorId": "12"}, "invalid"),
        ({"colorId": "0"}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 40321}]}}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": -1}]}}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 1}] * 6}}, "invalid"),
        ({"reminders": {"useDefault": False, "overrides": [{"method": "popup"}]}}, "required"),
        (
            {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 1}]}},
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
        ({"extendedProperties": {"private": {"k" * 45: "v"}}}, "invalid"),
        ({"extendedProperties": {"private": {"k": "v" * 1025}}}, "invalid"),
    ],
)
def test_content_that_google_refuses_is_refused(client, changes, reason) -> None:
    assert refusal(lambda: client.insert(**changes)) == (400, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}},
        {"start": {"dateTime": "2026-12-01T10:00:00", "timeZone": "Europe/Zurich"}},
        {"start": {"dateTime": "2026-12-01T09:00:00Z"}},
        {"reminders": {"useDefault": False, "overrides": [{"method": "email", "minutes": 40320}] * 5}},
        {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 0}]}},
        {"transparency": "transparent", "visibility": "private", "status": "tentative"},
    ],
)
def test_content_at_the_edge_is_taken(client, changes) -> None:
    assert client.insert(**changes)["id"] == EVENT_ID


def test_a_service_account_may_not_invite_but_a_person_may(server, client) -> None:
    guests = [{"email": "guest@example.com"}]
    assert client.insert(attendees=guests)["attendees"] == guests
    account = Client(server, robot(server))
    assert refusal(lambda: account.insert(attendees=guests)) == (403, "forbiddenForServiceAccounts")
    account.http.close()
