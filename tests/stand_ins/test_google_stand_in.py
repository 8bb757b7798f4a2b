"""The Google stand-in has to earn trust: the real client drives it here, with nothing of ours in between."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccountCredentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.stand_ins.google import PERSON, SERVICE_ACCOUNT, GoogleStandIn
from tests.stand_ins.google.discovery import possible_values

ALL = "https://www.googleapis.com/auth/calendar"
EVENT_ID = "0123456789abcdef"


class Client:
    """The real google-api-python-client at the stand-in, as one principal with one access token."""

    def __init__(self, server: GoogleStandIn, credentials: Any) -> None:
        self.server = server
        self.http = httplib2.Http(timeout=10)
        credentials.refresh(google_auth_httplib2.Request(self.http))
        signed = _Signed(self.http, credentials.token)
        options = {"api_endpoint": server.endpoint}
        self.service = build("calendar", "v3", http=signed, static_discovery=True, client_options=options)
        self.events = self.service.events()
        self.calendar_id = server.new_calendar("Clinic")

    def insert(self, **changes: Any) -> dict[str, Any]:
        return self.events.insert(calendarId=self.calendar_id, body=body(**changes)).execute()

    def get(self, event_id: str = EVENT_ID) -> dict[str, Any]:
        return self.events.get(calendarId=self.calendar_id, eventId=event_id).execute()

    def update(self, etag: str | None = None, **changes: Any) -> dict[str, Any]:
        request = self.events.update(calendarId=self.calendar_id, eventId=EVENT_ID, body=body(**changes))
        if etag:
            request.headers["If-Match"] = etag
        return request.execute()

    def patch(self, **changes: Any) -> dict[str, Any]:
        return self.events.patch(calendarId=self.calendar_id, eventId=EVENT_ID, body=changes).execute()

    def delete(self, event_id: str = EVENT_ID, etag: str | None = None) -> None:
        request = self.events.delete(calendarId=self.calendar_id, eventId=event_id)
        if etag:
            request.headers["If-Match"] = etag
        request.execute()

    def list(self, **query: Any) -> dict[str, Any]:
        return self.events.list(calendarId=self.calendar_id, **query).execute()


class _Signed:
    """Adds a token that is never refreshed, so that a 401 is seen as it comes."""

    def __init__(self, http: httplib2.Http, token: str) -> None:
        self.http, self.token = http, token

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **rest: Any) -> Any:
        signed = {**(headers or {}), "authorization": f"Bearer {self.token}"}
        return self.http.request(uri, method, body, signed, **rest)


def body(**changes: Any) -> dict[str, Any]:
    """An event's body; a change to None leaves that property out."""
    whole = {
        "id": EVENT_ID,
        "summary": "Appointment",
        "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich"},
        "end": {"dateTime": "2026-12-01T10:30:00+01:00", "timeZone": "Europe/Zurich"},
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def at(moment: str) -> dict[str, str]:
    return {"dateTime": f"2026-12-{moment}:00+01:00", "timeZone": "Europe/Zurich"}


@pytest.fixture
def server() -> Iterator[GoogleStandIn]:
    with GoogleStandIn() as running:
        yield running


def person(server: GoogleStandIn, **changes: str) -> Credentials:
    given = {
        "refresh_token": "refresh-token",
        "client_id": "1234-clinic.apps.googleusercontent.com",
        "client_secret": "client-secret",
    } | changes
    return Credentials(None, token_uri=server.token_endpoint, **given)


def robot(server: GoogleStandIn, scope: str = ALL, **changes: str) -> ServiceAccountCredentials:
    info = server.service_account_info() | {"token_uri": server.token_endpoint} | changes
    return ServiceAccountCredentials.from_service_account_info(info, scopes=[scope])


@pytest.fixture
def client(server: GoogleStandIn) -> Iterator[Client]:
    made = Client(server, person(server))
    yield made
    made.http.close()
    assert server.violations == []


def refusal(call: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as raised:
        call()
    error = json.loads(raised.value.content)["error"]
    assert error["code"] == raised.value.resp.status
    return error["code"], error["errors"][0]["reason"]


def ids(listed: dict[str, Any]) -> list[str]:
    return [event["id"] for event in listed["items"]]


# Identity


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


# Changes


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


# Content


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


# The discovery document


@pytest.mark.parametrize(
    ("verb", "address", "sent", "fault"),
    [
        ("GET", "events/abcde?maxResults=3", None, "unknown parameter maxResults"),
        ("GET", "events?maxResults=many", None, "no integer"),
        ("GET", "events?maxResults=0", None, "out of range"),
        ("GET", "events?singleEvents=yes", None, "no boolean"),
        ("GET", "events?orderBy=name", None, "none of startTime, updated"),
        ("GET", "events?timeMin=2026-12-01T00:00:00", None, "no RFC 3339 instant"),
        ("GET", "events?q=a&q=b", None, "given 2 times"),
        ("POST", "events", {"colour": "1"}, "body.colour is unknown"),
        ("POST", "events", body(colorId=1), "body.colorId is not of type string"),
        ("POST", "events", body(status="done"), "body.status is none of confirmed, tentative, cancelled"),
        ("POST", "events", body(start={"dateTime": "tomorrow"}), "no RFC 3339 instant"),
        ("POST", "events", body(start=None), "body.start is missing"),
        ("POST", "events", body(sequence=2**31), "out of range"),
        ("POST", "events", body(reminders={"overrides": [{"method": "sms"}]}), "none of email, popup"),
        ("POST", "events", body(extendedProperties={"private": {"a": 1}}), "not of type string"),
        ("POST", "events", None, "the body is missing"),
        ("POST", "acl", {"role": "boss", "scope": {"type": "default"}}, "body.role is none of"),
        ("POST", "events", body(recurrence=["RRULE:FREQ=DAILY"]), "not built"),
        ("POST", "events/watch", {"id": "1", "type": "web_hook"}, "not built"),
        ("GET", "nothing", None, "unknown address"),
        ("PUT", "events", {}, "unknown address"),
    ],
)
def test_what_the_document_does_not_know_is_a_violation(server, verb, address, sent, fault) -> None:
    calendar_id = urllib.parse.quote(server.new_calendar("Clinic"))
    token = server.tokens.issue(
        {
            "grant_type": "refresh_token",
            "client_id": "1234-clinic.apps.googleusercontent.com",
            "client_secret": "client-secret",
            "refresh_token": "refresh-token",
        }
    )["access_token"]
    request = urllib.request.Request(
        f"{server.endpoint}calendars/{calendar_id}/{address}",
        None if sent is None else json.dumps(sent).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=verb,
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    raised.value.close()
    assert raised.value.code in {400, 501}
    assert any(fault in violation for violation in server.violations)


def test_closed_lists_are_read_from_descriptions() -> None:
    told = 'Kind. Possible values are:  \n- "one" - First. \n- "two" - Second, see "three" - no. '
    assert possible_values(told) == ["one", "two"]
    assert possible_values('Some of the possible values are: \n- "one" - First.') == []


# Lists and sync


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


# Calendars and who may see them


def test_a_calendar_can_be_made_found_and_removed(client) -> None:
    calendars = client.service.calendars()
    made = calendars.insert(body={"summary": "Dr. Chen", "timeZone": "Europe/Zurich"}).execute()
    assert calendars.get(calendarId=made["id"]).execute()["timeZone"] == "Europe/Zurich"
    entry = client.service.calendarList().get(calendarId=made["id"]).execute()
    assert (entry["summary"], entry["accessRole"]) == ("Dr. Chen", "owner")
    calendars.delete(calendarId=made["id"]).execute()
    assert refusal(calendars.get(calendarId=made["id"]).execute) == (404, "notFound")


def test_sharing_puts_no_calendar_into_a_service_accounts_list(server, client) -> None:
    account = Client(server, robot(server))
    entries = account.service.calendarList()
    assert account.list()["accessRole"] == "writer"
    assert refusal(entries.get(calendarId=account.calendar_id).execute) == (404, "notFound")
    entries.insert(body={"id": account.calendar_id}).execute()
    assert [one["id"] for one in entries.list().execute()["items"]] == [account.calendar_id]
    account.http.close()


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("none", 404, 404),
        ("freeBusyReader", 403, 403),
        ("reader", 200, 403),
        ("writerWithoutPrivateAccess", 200, 200),
        ("writer", 200, 200),
        ("owner", 200, 200),
    ],
)
def test_roles_say_who_may_read_and_write(server, role, reads, writes) -> None:
    account = Client(server, robot(server))
    server.share(account.calendar_id, role)
    for call, expected in ((account.list, reads), (account.insert, writes)):
        if expected == 200:
            assert call()["kind"].startswith("calendar#event")
        else:
            assert refusal(call)[0] == expected
    account.http.close()


def test_an_owner_can_share_and_see_with_whom(server, client) -> None:
    acl = client.service.acl()
    rule = {"role": "reader", "scope": {"type": "user", "value": "desk@example.com"}}
    acl.insert(calendarId=client.calendar_id, body=rule, sendNotifications=False).execute()
    rules = {one["id"]: one["role"] for one in acl.list(calendarId=client.calendar_id).execute()["items"]}
    assert rules == {
        f"user:{PERSON}": "owner",
        f"user:{SERVICE_ACCOUNT}": "writer",
        "user:desk@example.com": "reader",
    }


def test_free_busy_merges_and_leaves_out_what_is_free_or_deleted(client) -> None:
    client.insert(id="first", start=at("01T09:00"), end=at("01T10:00"))
    client.insert(id="second", start=at("01T09:30"), end=at("01T11:00"))
    client.insert(id="free0", start=at("01T12:00"), end=at("01T13:00"), transparency="transparent")
    client.insert(id="gone0", start=at("01T14:00"), end=at("01T15:00"))
    client.delete("gone0")
    asked = {
        "timeMin": "2026-12-01T00:00:00Z",
        "timeMax": "2026-12-02T00:00:00Z",
        "items": [{"id": client.calendar_id}, {"id": "unknown@example.com"}],
    }
    told = client.service.freebusy().query(body=asked).execute()["calendars"]
    assert told[client.calendar_id] == {
        "busy": [{"start": "2026-12-01T08:00:00.000Z", "end": "2026-12-01T10:00:00.000Z"}]
    }
    assert told["unknown@example.com"]["errors"] == [{"domain": "global", "reason": "notFound"}]


def test_the_eleven_event_colours_are_googles(client) -> None:
    told = client.service.colors().get().execute()["event"]
    assert list(told) == [str(number) for number in range(1, 12)]
    assert told["7"]["background"] == "#46d6db"


# Sign-in


def test_an_unknown_or_expired_access_token_is_refused() -> None:
    now = datetime.fromtimestamp(time.time(), UTC)
    elapsed = timedelta(0)
    with GoogleStandIn(clock=lambda: now + elapsed) as server:
        client = Client(server, person(server))
        assert ids(client.list()) == []
        elapsed = timedelta(minutes=61)
        assert refusal(client.list) == (401, "authError")
        client.http.close()


def test_only_the_scopes_of_a_token_count(server) -> None:
    account = Client(server, robot(server, scope=f"{ALL}.events.readonly"))
    assert ids(account.list()) == []
    assert refusal(account.insert) == (403, "insufficientPermissions")
    account.http.close()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": "another"}, "invalid_grant"),
        ({"client_secret": "another"}, "invalid_client"),
    ],
)
def test_a_wrong_refresh_token_or_secret_is_refused(server, changes, error) -> None:
    http = httplib2.Http(timeout=10)
    with pytest.raises(RefreshError, match=error):
        person(server, **changes).refresh(google_auth_httplib2.Request(http))
    http.close()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_email": "stranger@clinic-calendars.iam.gserviceaccount.com"}, "account not found"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope"),
    ],
)
def test_a_wrong_assertion_is_refused(server, changes, error) -> None:
    http = httplib2.Http(timeout=10)
    with pytest.raises(RefreshError, match=error):
        robot(server, **changes).refresh(google_auth_httplib2.Request(http))
    http.close()


def test_an_assertion_signed_with_another_key_is_refused(server) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    http = httplib2.Http(timeout=10)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        robot(server, private_key=pem.decode()).refresh(google_auth_httplib2.Request(http))
    http.close()


def test_requests_are_recorded_as_they_came(client) -> None:
    client.insert()
    recorded = client.server.requests[-1]
    assert recorded.operation == "calendar.events.insert"
    assert json.loads(recorded.body)["id"] == EVENT_ID
    assert recorded.status == 200
