"""What the discovery document does not know is refused and noted."""

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.stand_ins.google.discovery import possible_values
from tests.stand_ins.google_raw_client import body


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
        ("POST", "events", body(recurringEventId="abcde"), "not built"),
        ("POST", "events/quickAdd?text=Lunch", None, "not built"),
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
