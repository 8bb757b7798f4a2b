"""Google's failures, one by one at each call, and what each means to the clinic."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.calendars.calendar import (
    CalendarMissing,
    CalendarRefused,
    CalendarUnreachable,
    EventChanged,
    EventExists,
    EventGone,
    ReconnectNeeded,
)
from tests.calendars.google_clinic import CALLS, EVENT, Clinic, create, failure, fetch
from tests.stand_ins.google import Fault, GoogleStandIn

PASSING = {
    "rateLimitExceeded": Fault.answer(403, "rateLimitExceeded", retry_after="7"),
    "userRateLimitExceeded": Fault.answer(403, "userRateLimitExceeded", retry_after="7"),
    "429": Fault.answer(429, "rateLimitExceeded", retry_after="7"),
    "500": Fault.answer(500, "backendError", retry_after="7"),
    "501": Fault.answer(501, "notImplemented", retry_after="7"),
    "502": Fault.html(502),
    "503": Fault.answer(503, "backendError", retry_after="7"),
    "504": Fault.html(504),
    "html-200": Fault.html(200),
    "html-302": Fault.html(302),
    "html-401-after-refresh": Fault.html(401).repeated(2),
    "html-403": Fault.html(403),
    "html-404": Fault.html(404),
    "html-410": Fault.html(410),
    "html-412": Fault.html(412),
    "foreign-json": Fault.answer(200, "welcome"),
    "conflict": Fault.answer(409, "conflict"),
    "truncated": Fault.truncated(),
    "silence": Fault.silence(),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_unreachable_and_never_read_as_absence(google, google_call, name) -> None:
    operation, act = google_call
    google.server.faults.append(PASSING[name].at(operation))
    error = failure(google, act)
    assert type(error) is CalendarUnreachable
    assert error.retry_after == (7.0 if PASSING[name].retry_after else None)
    assert len(google.server.faults) == 0


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_used_up_quota_pauses_for_an_hour(google, google_call, reason) -> None:
    operation, act = google_call
    google.server.faults.append(Fault.answer(403, reason).at(operation))
    error = failure(google, act)
    assert isinstance(error, CalendarUnreachable)
    assert error.retry_after == 3600


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (403, "requiredAccessLevel", "Make changes to events"),
        (403, "accessNotConfigured", "Switch on the Google Calendar API"),
        (403, "insufficientPermissions", "allow access to calendars"),
        (403, "forbiddenForServiceAccounts", "Remove the guests"),
        (403, "forbidden", "Google answered 403 forbidden"),
        (400, "invalid", "Google answered 400 invalid"),
    ],
)
def test_a_refusal_names_its_cure(google, google_call, status, reason, words) -> None:
    operation, act = google_call
    google.server.faults.append(Fault.answer(status, reason).at(operation))
    error = failure(google, act)
    assert type(error) is CalendarRefused
    assert words in str(error)


def test_a_stale_token_is_refreshed_once_and_unseen(google, google_call) -> None:
    operation, act = google_call
    google.server.tokens.expire_access_tokens()
    act(google)
    statuses = [one.status for one in google.server.requests if one.operation == operation]
    assert statuses[-2:] in ([401, 200], [401, 204])


def test_a_token_refused_twice_needs_a_new_sign_in(google, google_call) -> None:
    operation, act = google_call
    google.server.faults.append(Fault.answer(401, "authError").at(operation).repeated(2))
    assert type(failure(google, act)) is ReconnectNeeded


def test_a_revoked_consent_needs_a_new_sign_in(google, google_call) -> None:
    google.server.tokens.revoke()
    assert type(failure(google, google_call[1])) is ReconnectNeeded


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fetch", None), ("create", CalendarMissing), ("update", EventGone), ("delete", CalendarUnreachable)],
)
@pytest.mark.parametrize(("status", "reason"), [(404, "notFound"), (410, "deleted")])
def test_a_missing_event_is_gone_while_its_calendar_answers(google, name, expected, status, reason) -> None:
    operation, act = CALLS[name]
    google.etag = google.calendar.create(EVENT)
    google.server.faults.append(Fault.answer(status, reason).at(operation))
    if expected is None:
        assert act(google) is None
    else:
        assert type(failure(google, act)) is expected


def test_a_deletion_is_believed_once_the_event_cannot_be_found_either(google) -> None:
    google.etag = google.calendar.create(EVENT)
    google.server.faults.append(Fault.answer(410, "deleted").at("calendar.events.delete"))
    assert type(failure(google, CALLS["delete"][1])) is CalendarUnreachable
    google.calendar.delete(EVENT.event_id)
    assert google.server.events(google.calendar_id) == []
    assert google.calendar.delete(EVENT.event_id) is None


@pytest.mark.parametrize("loss", ["removed", "unshared"])
def test_a_missing_calendar_is_never_read_as_a_missing_event(google, google_call, loss) -> None:
    if loss == "removed":
        google.server.remove_calendar(google.calendar_id)
    else:
        google.server.share(google.calendar_id, "none")
    assert type(failure(google, google_call[1])) is CalendarMissing


def test_a_missing_event_is_not_believed_while_the_calendar_is_silent(google) -> None:
    google.server.faults.append(Fault.html(502).at("calendar.events.list"))
    assert type(failure(google, fetch)) is CalendarUnreachable


def test_a_missing_event_is_not_believed_once_we_may_only_read(google) -> None:
    google.server.share(google.calendar_id, "reader")
    assert type(failure(google, fetch)) is CalendarRefused


@pytest.mark.parametrize("kind", ["silence", "truncated", "html", "500", "429"])
@pytest.mark.parametrize(("name", "left"), [("create", 1), ("update", 1), ("delete", 0)])
def test_a_lost_answer_leaves_one_outcome(google, name, left, kind) -> None:
    losses = {
        "silence": Fault.silence(),
        "truncated": Fault.truncated(),
        "html": Fault.html(502),
        "500": Fault.answer(500, "backendError"),
        "429": Fault.answer(429, "rateLimitExceeded"),
    }
    operation, act = CALLS[name]
    if name != "create":
        google.etag = google.calendar.create(EVENT)
    google.server.faults.append(losses[kind].at(operation).after_commit())
    assert type(failure(google, act)) is CalendarUnreachable
    again = {"create": EventExists, "update": EventChanged}.get(name)
    if again:
        assert type(failure(google, act)) is again
    else:
        act(google)
    assert len(google.server.events(google.calendar_id)) == left


def test_a_late_answer_is_given_up_and_leaves_one_event(google) -> None:
    impatient = google.connect(timeout=0.3)
    assert impatient.health().ok
    google.server.faults.append(Fault.latency(5).at("calendar.events.insert").after_commit())
    with pytest.raises(CalendarUnreachable):
        impatient.create(EVENT)
    with pytest.raises(EventExists):
        impatient.create(EVENT)
    assert len(google.server.events(google.calendar_id)) == 1


def test_a_late_answer_is_never_taken_for_the_next_one(google) -> None:
    google.calendar.create(EVENT)
    google.calendar.create(replace(EVENT, event_id="another", title="Another"))
    impatient = google.connect(timeout=0.3)
    assert impatient.health().ok
    google.server.faults.append(Fault.latency(0.6).at("calendar.events.get"))
    with pytest.raises(CalendarUnreachable):
        impatient.fetch(EVENT.event_id)
    found = impatient.fetch("another")
    assert found is not None
    assert found.title == "Another"


def test_a_connection_that_went_stale_is_replaced(google) -> None:
    assert google.calendar.health().ok
    google.server.faults.append(replace(Fault.silence(), times=1))
    assert google.calendar.health().ok


def test_a_server_that_is_down_is_unreachable() -> None:
    with GoogleStandIn() as server:
        google = Clinic(server)
    assert type(failure(google, create)) is CalendarUnreachable
    assert not google.calendar.health().ok


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.answer(400, "invalid_grant"), ReconnectNeeded),
        (Fault.answer(401, "invalid_client"), ReconnectNeeded),
        (Fault.answer(503, "backendError", retry_after="9"), CalendarUnreachable),
        (Fault.answer(429, "rate", retry_after="9"), CalendarUnreachable),
        (Fault.html(200), CalendarUnreachable),
        (Fault.html(403), CalendarUnreachable),
        (Fault.truncated(), CalendarUnreachable),
        (Fault.silence(), CalendarUnreachable),
    ],
)
@pytest.mark.parametrize("way", ["service_access", "refresh_access"])
def test_the_sign_in_server_is_judged_as_carefully(google, way, fault, expected) -> None:
    calendar = google.connect(getattr(google.server, way)())
    google.server.faults.append(fault.at("token"))
    with pytest.raises(expected) as raised:
        calendar.fetch(EVENT.event_id)
    assert type(raised.value) is expected
    if fault.retry_after:
        assert raised.value.retry_after == 9.0
    assert [one.operation for one in google.server.requests] == ["token"] * (2 if fault.kind == "silence" else 1)


def test_retry_after_may_be_a_date(google) -> None:
    date = (google.server.store.clock() + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    google.server.faults.append(Fault.answer(503, "backendError", retry_after=date).at("calendar.events.get"))
    error = failure(google, fetch)
    assert isinstance(error, CalendarUnreachable)
    assert error.retry_after is not None
    assert 290 <= error.retry_after <= 301
