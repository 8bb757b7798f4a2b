"""The real google-api-python-client at the stand-in, with nothing of ours in between."""

import json
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccountCredentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.stand_ins.google import GoogleStandIn

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

    def insert(self, **changes: Any) -> Any:
        return self.events.insert(calendarId=self.calendar_id, body=body(**changes)).execute()

    def get(self, event_id: str = EVENT_ID) -> Any:
        return self.events.get(calendarId=self.calendar_id, eventId=event_id).execute()

    def update(self, etag: str | None = None, **changes: Any) -> Any:
        request = self.events.update(calendarId=self.calendar_id, eventId=EVENT_ID, body=body(**changes))
        if etag:
            request.headers["If-Match"] = etag
        return request.execute()

    def patch(self, **changes: Any) -> Any:
        return self.events.patch(calendarId=self.calendar_id, eventId=EVENT_ID, body=changes).execute()

    def delete(self, event_id: str = EVENT_ID, etag: str | None = None) -> None:
        request = self.events.delete(calendarId=self.calendar_id, eventId=event_id)
        if etag:
            request.headers["If-Match"] = etag
        request.execute()

    def list(self, **query: Any) -> Any:
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


def person(server: GoogleStandIn, **changes: str) -> Any:
    given = {
        "refresh_token": "refresh-token",
        "client_id": "1234-clinic.apps.googleusercontent.com",
        "client_secret": "client-secret",
    } | changes
    return Credentials(None, token_uri=server.token_endpoint, **given)  # type: ignore[no-untyped-call]


def robot(server: GoogleStandIn, scope: str = ALL, **changes: str) -> Any:
    info = server.service_account_info() | {"token_uri": server.token_endpoint} | changes
    return ServiceAccountCredentials.from_service_account_info(info, scopes=[scope])  # type: ignore[no-untyped-call]


def refusal(call: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as raised:
        call()
    error = json.loads(raised.value.content)["error"]
    assert error["code"] == raised.value.resp.status
    return error["code"], error["errors"][0]["reason"]


def ids(listed: dict[str, Any]) -> list[str]:
    return [event["id"] for event in listed["items"]]
