"""What every provider of calendars promises about pulls; all of them are held to the same sentences."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.calendars.calendar import CalendarMissing, Changes, CursorExpired, EventChanged, FoundEvent, Window
from core.domain.timespan import Timespan
from tests.calendars.providers import PROVIDERS, Provider
from tests.calendars.test_contract import STARTS, event

ZURICH = ZoneInfo("Europe/Zurich")
WINDOW = Window(Timespan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)), "Europe/Zurich")
LUNCH = Timespan(STARTS + timedelta(hours=3), STARTS + timedelta(hours=4))
OURS = Timespan(STARTS, STARTS + timedelta(minutes=30))


@pytest.fixture(scope="module", params=PROVIDERS, ids=lambda make: make.__name__)
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with request.param(tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def cursor(provider: Provider) -> str:
    """From which on only the test's own changes are told."""
    return provider.calendar.changes(None, WINDOW).cursor


def told(changes: Changes) -> dict[str, FoundEvent]:
    by_id = {event.event_id: event for event in changes.events}
    assert len(by_id) == len(changes.events)
    return by_id


def spans(changes: Changes, event_id: str) -> list[Timespan]:
    """When an event takes time, whether it is told as one or occurrence by occurrence."""
    parts = [one for one in changes.events if event_id in {one.event_id, one.series_id}]
    return sorted(span for part in parts for span in part.spans)


def living(changes: Changes) -> set[str]:
    return {event.event_id for event in changes.events if not event.cancelled}


def test_everything_is_told_first_and_then_only_what_changed(provider: Provider) -> None:
    kept, lunch = event(), provider.somebody.add_foreign(LUNCH)
    etag = provider.calendar.create(kept)
    everything = provider.calendar.changes(None, WINDOW)
    assert everything.complete
    assert {kept.event_id, lunch} <= living(everything)
    assert told(everything)[kept.event_id].etag == etag
    later = event()
    provider.calendar.create(later)
    since = provider.calendar.changes(everything.cursor, WINDOW)
    assert not since.complete
    assert set(told(since)) == {later.event_id}
    assert provider.calendar.changes(everything.cursor, WINDOW).events == since.events  # asked again, told again


def test_where_nothing_changed_nothing_is_told_and_the_cursor_goes_on(provider: Provider, cursor: str) -> None:
    for _ in range(2):
        answer = provider.calendar.changes(cursor, WINDOW)
        assert (answer.events, answer.complete) == ((), False)
        cursor = answer.cursor
    made = event()
    provider.calendar.create(made)
    assert set(told(provider.calendar.changes(cursor, WINDOW))) == {made.event_id}


def test_our_own_writes_come_back_as_they_were_answered(provider: Provider, cursor: str) -> None:
    made, moved = event(), event()
    etag = provider.calendar.create(made)
    later = replace(moved, starts_at=LUNCH.start, ends_at=LUNCH.end, title="Later", sequence=1)
    newer = provider.calendar.update(later, provider.calendar.create(moved))
    found = told(provider.calendar.changes(cursor, WINDOW))
    assert {event_id: one.etag for event_id, one in found.items()} == {made.event_id: etag, moved.event_id: newer}
    assert [found[made.event_id].spans, found[moved.event_id].spans] == [(OURS,), (LUNCH,)]
    for one in found.values():
        assert replace(one, spans=()) == provider.calendar.fetch(one.event_id)
        assert (one.uid, one.all_day, one.recurring, one.series_id) == (one.event_id, False, False, "")


def test_deletions_are_told_by_id_whoever_deletes(provider: Provider) -> None:
    ours, theirs = event(), event()
    for one in (ours, theirs):
        provider.calendar.create(one)
    before = provider.calendar.changes(None, WINDOW)
    provider.calendar.delete(ours.event_id)
    provider.somebody.remove(theirs.event_id)
    found = told(provider.calendar.changes(before.cursor, WINDOW))
    assert set(found) == {ours.event_id, theirs.event_id}
    assert all(one.cancelled and not one.spans for one in found.values())
    assert not living(provider.calendar.changes(None, WINDOW)) & {ours.event_id, theirs.event_id}


def test_what_comes_and_goes_between_two_pulls_does_not_stand_there(provider: Provider, cursor: str) -> None:
    brief = event()
    provider.calendar.create(brief)
    provider.calendar.delete(brief.event_id)
    assert not living(provider.calendar.changes(cursor, WINDOW))


def test_what_somebody_else_moves_or_edits_is_seen_and_our_etag_is_stale(provider: Provider, cursor: str) -> None:
    moved, edited = event(), event()
    etags = {one.event_id: provider.calendar.create(one) for one in (moved, edited)}
    provider.somebody.move(moved.event_id, LUNCH)
    provider.somebody.edit(edited.event_id, "Renamed")
    found = told(provider.calendar.changes(cursor, WINDOW))
    assert (found[moved.event_id].starts_at, found[moved.event_id].ends_at) == (LUNCH.start, LUNCH.end)
    assert found[moved.event_id].spans == (LUNCH,)
    assert (found[edited.event_id].title, found[edited.event_id].spans) == ("Renamed", (OURS,))
    for one in (moved, edited):
        with pytest.raises(EventChanged):
            provider.calendar.update(replace(one, sequence=1), etags[one.event_id])
        with pytest.raises(EventChanged):
            provider.calendar.delete(one.event_id, etags[one.event_id])
        provider.calendar.update(replace(one, sequence=1), found[one.event_id].etag)
    assert spans(provider.calendar.changes(cursor, WINDOW), moved.event_id) == [OURS]


def test_a_cursor_that_is_forgotten_has_expired_and_a_full_list_goes_on(provider: Provider, cursor: str) -> None:
    made = event()
    provider.calendar.create(made)
    provider.somebody.forget_cursors()
    with pytest.raises(CursorExpired):
        provider.calendar.changes(cursor, WINDOW)
    everything = provider.calendar.changes(None, WINDOW)
    assert made.event_id in living(everything)
    assert provider.calendar.changes(everything.cursor, WINDOW).events == ()


def test_somebody_elses_event_takes_time_unless_it_is_free(provider: Provider, cursor: str) -> None:
    busy, free = provider.somebody.add_foreign(LUNCH), provider.somebody.add_foreign(LUNCH, busy=False)
    changes = provider.calendar.changes(cursor, WINDOW)
    assert spans(changes, busy) == [LUNCH]
    assert spans(changes, free) == []
    assert told(changes)[busy].uid


@pytest.mark.parametrize(
    ("first", "days", "begins", "hours"),
    [
        (date(2026, 12, 8), 1, datetime(2026, 12, 7, 23, tzinfo=UTC), 24),
        (date(2026, 3, 29), 1, datetime(2026, 3, 28, 23, tzinfo=UTC), 23),  # the clocks go forward
        (date(2026, 10, 24), 3, datetime(2026, 10, 23, 22, tzinfo=UTC), 73),  # and back, on the second day
    ],
)
def test_an_all_day_event_takes_the_days_of_the_calendars_zone(
    provider: Provider, cursor: str, first: date, days: int, begins: datetime, hours: int
) -> None:
    away = provider.somebody.add_foreign_days(first, days)
    changes = provider.calendar.changes(cursor, WINDOW)
    assert spans(changes, away) == [Timespan(begins, begins + timedelta(hours=hours))]
    found = told(changes)[away]
    assert (found.all_day, found.starts_at, found.ends_at) == (True, None, None)


def test_a_series_keeps_its_wall_time_over_a_change_of_daylight_saving_time(provider: Provider, cursor: str) -> None:
    begins = datetime(2026, 10, 18, 9, 0, tzinfo=ZURICH)
    series = provider.somebody.add_foreign_weekly(begins, timedelta(hours=1), 3)
    starts = [
        datetime(2026, 10, 18, 7, tzinfo=UTC),
        datetime(2026, 10, 25, 8, tzinfo=UTC),
        datetime(2026, 11, 1, 8, tzinfo=UTC),
    ]
    expected = [Timespan(start, start + timedelta(hours=1)) for start in starts]
    assert spans(provider.calendar.changes(cursor, WINDOW), series) == expected
    narrow = replace(WINDOW, span=Timespan(starts[1], starts[2]))
    assert spans(provider.calendar.changes(cursor, narrow), series) == expected[1:2]
    provider.somebody.remove(series)
    assert spans(provider.calendar.changes(cursor, WINDOW), series) == []
    assert spans(provider.calendar.changes(None, WINDOW), series) == []


def test_an_event_of_ours_made_all_day_is_seen_as_such(provider: Provider, cursor: str) -> None:
    ours = event()
    provider.calendar.create(ours)
    provider.somebody.make_all_day(ours.event_id)
    found = told(provider.calendar.changes(cursor, WINDOW))[ours.event_id]
    assert (found.all_day, found.starts_at, found.cancelled) == (True, None, False)
    provider.calendar.update(replace(ours, sequence=5), found.etag)
    assert spans(provider.calendar.changes(cursor, WINDOW), ours.event_id) == [OURS]


def test_an_event_of_ours_made_recurring_is_seen_as_such_and_can_be_put_back(provider: Provider, cursor: str) -> None:
    ours = event()
    provider.calendar.create(ours)
    provider.somebody.make_recurring(ours.event_id)
    changes = provider.calendar.changes(cursor, WINDOW)
    parts = [one for one in changes.events if ours.event_id in {one.event_id, one.series_id} and not one.cancelled]
    assert parts
    assert all(one.recurring or one.series_id == ours.event_id for one in parts)
    assert len(spans(changes, ours.event_id)) == 3
    found = provider.calendar.fetch(ours.event_id)
    assert found is not None
    assert found.recurring
    provider.calendar.update(replace(ours, sequence=5), found.etag)
    everything = provider.calendar.changes(None, WINDOW)
    assert spans(everything, ours.event_id) == [OURS]
    assert not told(everything)[ours.event_id].recurring
    stale = {one.event_id for one in parts} - {ours.event_id}
    assert not living(provider.calendar.changes(changes.cursor, WINDOW)) & stale


def test_an_absent_calendar_is_an_error_and_not_an_empty_one(provider: Provider, cursor: str) -> None:
    for known in (None, cursor):
        with pytest.raises(CalendarMissing):
            provider.absent.changes(known, WINDOW)


def test_a_calendar_that_can_be_watched_has_channels_with_an_end(provider: Provider) -> None:
    watch = getattr(provider.calendar, "watch", None)
    if watch is None:
        pytest.skip("it does not call; it is asked every minute")
    name = uuid.uuid4().hex
    channel = watch(name, "secret", "https://clinic.example.com/hooks/google")
    assert channel.resource_id
    assert channel.expires_at.tzinfo is not None
    for _ in range(2):
        provider.calendar.unwatch(name, channel.resource_id)  # type: ignore[attr-defined]
