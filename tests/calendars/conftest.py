"""Fixtures of the calendars' tests."""

from collections.abc import Callable, Iterator

import pytest

from tests.calendars.google_clinic import CALLS, EVENT, Clinic
from tests.stand_ins.google import GoogleStandIn


@pytest.fixture
def google() -> Iterator[Clinic]:
    with GoogleStandIn() as server:
        yield Clinic(server)
        assert server.violations == []


@pytest.fixture(params=CALLS)
def google_call(request: pytest.FixtureRequest, google: Clinic) -> tuple[str, Callable[[Clinic], object]]:
    """An operation of Google's with the call of ours that uses it, ready to be made."""
    if request.param != "create":
        google.etag = google.calendar.create(EVENT)
    else:
        assert google.calendar.health().ok  # so that a token is there, as in the other cases
    return CALLS[request.param]
