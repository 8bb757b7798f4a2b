"""What every provider of calendars promises; all of them are held to the same sentences."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.calendars.calendar import CalendarMissing, Event, EventChanged, EventExists, EventGone
from tests.calendars.providers import PROVIDERS, Provider

STARTS = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)


def event(**more: Any) -> Event:
    values = {
        "event_id": uuid.uuid4().hex,
        "title": "Appointment: Zoë Müller, with Dr. O'Brien; 1/2 \\ 😀",
        "description": "Patient: Zoë\nReason: a, b; c\nAppointment ID: 11",
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(minutes=30),
        "zone": "Europe/London",
        "colour_id": "10",
        "location": "Room 2",
        **more,
    }
    return Event(**values)


@pytest.fixture(scope="module", params=PROVIDERS, ids=lambda make: make.__name__)
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with request.param(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.mark.parametrize(
    "starts_at", [STARTS, datetime(2026, 3, 29, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC)]
)
def test_an_event_reads_as_it_was_written(provider: Provider, starts_at: datetime) -> None:
    written = event(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
    etag = provider.calendar.create(written)
    found = provider.calendar.fetch(written.event_id)
    assert found is not None
    for name in (
        "event_id",
        "title",
        "description",
        "starts_at",
        "ends_at",
        "location",
        "colour_id",
        "reminder_minutes",
    ):
        assert getattr(found, name) == getattr(written, name)
    assert (found.etag, found.cancelled) == (etag, False)


def test_an_id_is_taken_once(provider: Provider) -> None:
    first = event()
    provider.calendar.create(first)
    with pytest.raises(EventExists):
        provider.calendar.create(replace(first, title="Another"))
    found = provider.calendar.fetch(first.event_id)
    assert found is not None
    assert found.title == first.title


def test_an_update_needs_the_etag_that_stands(provider: Provider) -> None:
    first = event()
    etag = provider.calendar.create(first)
    later = replace(first, starts_at=STARTS + timedelta(hours=1), ends_at=STARTS + timedelta(hours=2), sequence=1)
    newer = provider.calendar.update(later, etag)
    assert newer != etag
    with pytest.raises(EventChanged):
        provider.calendar.update(replace(first, sequence=2), etag)
    found = provider.calendar.fetch(first.event_id)
    assert found is not None
    assert (found.starts_at, found.etag) == (later.starts_at, newer)


def test_a_deleted_event_is_gone_and_deleting_again_is_no_error(provider: Provider) -> None:
    first = event()
    etag = provider.calendar.create(first)
    with pytest.raises(EventChanged):
        provider.calendar.delete(first.event_id, '"stale"')
    provider.calendar.delete(first.event_id, etag)
    provider.calendar.delete(first.event_id)
    found = provider.calendar.fetch(first.event_id)
    assert found is None or found.cancelled
    with pytest.raises((EventGone, EventChanged)):  # a tombstone is a change too: look, and see that it is gone
        provider.calendar.update(first, etag)


def test_a_deleted_event_comes_back_under_its_id_or_a_new_one(provider: Provider) -> None:
    first = event()
    provider.calendar.delete(first.event_id, provider.calendar.create(first))
    try:
        provider.calendar.create(first)
        again = first
    except EventExists:
        again = replace(first, event_id=uuid.uuid4().hex)
        provider.calendar.create(again)
    found = provider.calendar.fetch(again.event_id)
    assert found is not None
    assert not found.cancelled


def test_an_absent_event_is_none_but_an_absent_calendar_is_an_error(provider: Provider) -> None:
    assert provider.calendar.fetch(uuid.uuid4().hex) is None
    calls = [
        lambda: provider.absent.fetch(uuid.uuid4().hex),
        lambda: provider.absent.create(event()),
        lambda: provider.absent.update(event(), '"x"'),
        lambda: provider.absent.delete(uuid.uuid4().hex),
    ]
    for call in calls:
        with pytest.raises(CalendarMissing):
            call()


def test_health_tells_the_cure(provider: Provider) -> None:
    assert provider.calendar.health().ok
    bad = provider.absent.health()
    assert not bad.ok
    assert bad.cure.endswith(".")


def test_of_eight_who_create_one_event_one_succeeds(provider: Provider) -> None:
    wanted = event()
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def body() -> None:
        barrier.wait(10)
        try:
            provider.calendar.create(wanted)
            outcomes.append("made")
        except EventExists:
            outcomes.append("there")

    threads = [threading.Thread(target=body) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", *["there"] * 7]
