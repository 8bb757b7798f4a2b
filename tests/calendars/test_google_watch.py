"""Google's calls about changes, asked for and ended."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.calendar import CalendarError, CalendarRefused, CalendarUnreachable
from core.calendars.google import GoogleCalendar
from tests.calendars.google_clinic import ADDRESS, EVENT, Clinic, failure, watch
from tests.calendars.scripted import Answer, scripted
from tests.stand_ins.google import Fault


def test_google_calls_with_our_token_until_the_channel_is_ended(google) -> None:
    with scripted(POST=Answer(200)) as clinic:
        google.server.channels.routes["https://clinic.example.com"] = clinic.url
        channel = google.calendar.watch("channel-1", "secret", ADDRESS)
        google.calendar.create(EVENT)
        google.server.channels.settle()
        google.calendar.unwatch("channel-1", channel.resource_id)
        google.calendar.delete(EVENT.event_id)
        google.server.channels.settle()
        told = [(path, headers["X-Goog-Resource-State"]) for _, path, headers, _ in clinic.asked]
        tokens = {headers["X-Goog-Channel-Token"] for _, _, headers, _ in clinic.asked}
    assert told == [("/hooks/google", "sync"), ("/hooks/google", "exists")]
    assert tokens == {"secret"}


def test_a_channel_has_an_end_and_the_vendors_name_for_it(google) -> None:
    channel = google.calendar.watch("channel-1", "secret", ADDRESS)
    (opened,) = google.server.channels.living
    assert channel.resource_id == opened.resource_id
    assert abs(channel.expires_at - opened.expires_at) < timedelta(seconds=1)
    assert channel.expires_at.tzinfo is UTC


def test_ending_a_channel_that_has_ended_is_no_error(google) -> None:
    channel = google.calendar.watch("channel-1", "secret", ADDRESS)
    for _ in range(2):
        google.calendar.unwatch("channel-1", channel.resource_id)
    assert google.server.channels.living == []


@pytest.mark.parametrize(
    "fault",
    [Fault.html(404), Fault.answer(503, "backendError"), Fault.truncated(), Fault.silence()],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_channel_is_not_taken_for_ended_by_a_failure(google, fault) -> None:
    channel = google.calendar.watch("channel-1", "secret", ADDRESS)
    google.server.faults.append(fault.at("calendar.channels.stop"))
    with pytest.raises(CalendarUnreachable):
        google.calendar.unwatch("channel-1", channel.resource_id)


@pytest.mark.parametrize(("status", "reason"), [(400, "push.webhookUrlNotHttps"), (401, "push.webhookUrlUnauthorized")])
def test_an_address_that_google_does_not_call_names_its_cure(google, status, reason) -> None:
    google.server.faults.append(Fault.answer(status, reason).at("calendar.events.watch").repeated(2))
    error = failure(google, watch)
    assert type(error) is CalendarRefused
    assert "PUBLIC_URL" in str(error)


def test_an_address_without_https_is_refused(google) -> None:
    with pytest.raises(CalendarRefused, match="https"):
        google.calendar.watch("channel-1", "secret", "http://clinic.example.com/hooks/google")


def test_an_id_is_used_once(google) -> None:
    watch(google)
    assert isinstance(failure(google, watch), CalendarError)


@pytest.mark.parametrize(
    "answer", [{"id": "channel-1"}, {"resourceId": "r", "expiration": "soon"}, {"resourceId": "r", "expiration": None}]
)
def test_a_channel_without_an_end_is_no_channel(google: Clinic, answer: dict[str, str]) -> None:
    with scripted(POST=Answer(200, json.dumps(answer).encode())) as script:
        calendar = GoogleCalendar(
            calendar_id="clinic@example.com",
            access=google.server.service_access(),
            endpoint=script.url,
            token_endpoint=google.server.token_endpoint,
        )
        with pytest.raises(CalendarUnreachable):
            calendar.watch("channel-1", "secret", ADDRESS)


def test_a_channels_end_is_told_in_utc(google: Clinic) -> None:
    body = {"resourceId": "r", "expiration": "1796115600000"}
    with scripted(POST=Answer(200, json.dumps(body).encode())) as script:
        calendar = GoogleCalendar(
            calendar_id="clinic@example.com",
            access=google.server.service_access(),
            endpoint=script.url,
            token_endpoint=google.server.token_endpoint,
        )
        assert calendar.watch("channel-1", "secret", ADDRESS).expires_at == datetime.fromtimestamp(1796115600, UTC)
