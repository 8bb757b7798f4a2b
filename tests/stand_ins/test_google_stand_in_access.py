"""Calendars of the Google stand-in, who may see them, and how one signs in."""

import json
import time
from datetime import UTC, datetime, timedelta

import google_auth_httplib2
import httplib2
import pytest
from google.auth.exceptions import RefreshError

from tests.stand_ins.google import PERSON, SERVICE_ACCOUNT, GoogleStandIn
from tests.stand_ins.google_raw_client import ALL, EVENT_ID, Client, at, ids, person, refusal, robot


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
