"""Channels as they are kept: who begins one, which are superfluous, and what is believed of what comes through them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from core.scheduler.channels import LEASE, Answered, CalendarChannels, NewChannel
from core.scheduler.store import Store
from core.scheduler.tables import calendar_channels, calendars, clinic
from core.scheduler.tokens import digest
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

WEEK = timedelta(days=7)
GOOGLE = frozenset({"google", "pipedream"})


@pytest.fixture
def channels(store: Store, clock: HandClock, clinic: MadeClinic) -> CalendarChannels:
    """Those of a clinic with one calendar at Google, beside the built-in one."""
    change(store, insert(calendars).values(calendar_id="a@g", name="A", provider="google", pull_due_at=clock.now))
    return CalendarChannels(store, clock)


def change(store: Store, statement) -> None:
    store.write(lambda connection: connection.execute(statement) and None)


def begin(channels: CalendarChannels) -> NewChannel:
    begun = channels.begin("google")
    assert begun is not None
    return begun


def opened(channels: CalendarChannels, clock: HandClock, life: timedelta = WEEK) -> NewChannel:
    begun = begin(channels)
    channels.opened(begun.channel_id, f"res-{begun.channel_id}", clock.now + life)
    return begun


def due(store: Store) -> datetime:
    query = select(calendars.c.pull_due_at).where(calendars.c.calendar_id == "a@g")
    return store.read(lambda connection: connection.execute(query).scalar_one())


def test_a_calendar_of_the_vendor_gets_one_channel(channels: CalendarChannels, clock: HandClock) -> None:
    begun = opened(channels, clock)
    assert (begun.calendar_id, begun.name, begun.provider, begun.connection_id) == ("a@g", "A", "google", None)
    assert channels.begin("google") is None
    assert channels.begin("pipedream") is None
    assert channels.superfluous(GOOGLE) == []


def test_the_database_knows_a_channels_token_by_its_hash_only(channels: CalendarChannels, store: Store) -> None:
    begun = begin(channels)
    row = store.read(lambda connection: connection.execute(select(calendar_channels)).mappings().one())
    assert row["token_hash"] == digest(begun.token)
    assert begun.token not in str(dict(row))


def test_while_one_worker_opens_a_channel_no_other_does_until_it_may_be_dead(
    channels: CalendarChannels, clock: HandClock
) -> None:
    begun = begin(channels)
    assert channels.begin("google") is None
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert channels.begin("google") is None
    clock.advance(seconds=1)
    assert begin(channels).channel_id != begun.channel_id


def test_what_the_vendor_refused_may_be_begun_anew(channels: CalendarChannels) -> None:
    channels.failed(begin(channels).channel_id)
    assert channels.begin("google", but=frozenset({"a@g"})) is None
    assert begin(channels)


@pytest.mark.parametrize(
    ("life", "early"), [(WEEK, timedelta(days=1)), (timedelta(hours=4), timedelta(hours=1))], ids=["week", "hours"]
)
def test_the_next_channel_is_opened_before_the_last_one_ends_and_only_then_is_that_one_superfluous(
    channels: CalendarChannels, clock: HandClock, life: timedelta, early: timedelta
) -> None:
    first = opened(channels, clock, life)
    clock.now += life - early - timedelta(seconds=1)
    assert channels.begin("google") is None
    clock.advance(seconds=1)
    second = begin(channels)
    assert channels.superfluous(GOOGLE) == []
    assert channels.heard(first.channel_id, first.token) == (Answered.KNOWN, "a@g")
    assert channels.heard(second.channel_id, second.token) == (Answered.KNOWN, "a@g")
    channels.opened(second.channel_id, "res-2", clock.now + life)
    assert [channel.channel_id for channel in channels.superfluous(GOOGLE)] == [first.channel_id]
    channels.stopped(first.channel_id)
    assert channels.superfluous(GOOGLE) == []
    assert channels.heard(first.channel_id, first.token) == (Answered.STOPPED, None)


GONE = {
    "the calendar was removed": delete(calendars).where(calendars.c.calendar_id == "a@g"),
    "it is reached through another provider": update(calendars)
    .where(calendars.c.calendar_id == "a@g")
    .values(provider="pipedream"),
}


@pytest.mark.parametrize("how", GONE)
def test_a_channel_is_superfluous_when(channels: CalendarChannels, store: Store, clock: HandClock, how: str) -> None:
    begun = opened(channels, clock)
    change(store, GONE[how])
    (found,) = channels.superfluous(GOOGLE)
    assert (found.channel_id, found.provider, found.connection_id) == (begun.channel_id, "google", None)
    assert found.resource_id == f"res-{begun.channel_id}"


def test_without_an_address_to_be_called_at_every_channel_is_superfluous(
    channels: CalendarChannels, clock: HandClock
) -> None:
    begun = opened(channels, clock)
    assert [channel.channel_id for channel in channels.superfluous(frozenset())] == [begun.channel_id]


def test_while_syncing_is_paused_no_vendor_is_asked_anything(
    channels: CalendarChannels, store: Store, clock: HandClock
) -> None:
    opened(channels, clock)
    change(store, update(clinic).values(sync_paused_reason="Restored."))
    assert channels.superfluous(frozenset()) == []
    clock.now += WEEK
    assert channels.begin("google") is None
    change(store, update(clinic).values(sync_paused_reason=None))
    assert channels.begin("google") is not None


def test_only_the_right_token_is_believed_and_only_while_the_channel_lives(
    channels: CalendarChannels, clock: HandClock
) -> None:
    begun = opened(channels, clock)
    for channel_id, token, answered in (
        (begun.channel_id, begun.token, Answered.KNOWN),
        (begun.channel_id, begun.token[:-1], Answered.WRONG_TOKEN),
        (begun.channel_id, "", Answered.WRONG_TOKEN),
        (begun.channel_id, digest(begun.token), Answered.WRONG_TOKEN),
        (begun.channel_id.upper(), begun.token, Answered.UNKNOWN),
        ("", "", Answered.UNKNOWN),
        ("another", begun.token, Answered.UNKNOWN),
    ):
        assert channels.heard(channel_id, token)[0] is answered, (channel_id, token)
    clock.now += WEEK
    assert channels.heard(begun.channel_id, begun.token) == (Answered.STOPPED, None)


def test_a_calendar_that_was_asked_for_is_read_at_once_but_every_two_seconds_at_most(
    channels: CalendarChannels, store: Store, clock: HandClock
) -> None:
    this = calendars.c.calendar_id == "a@g"
    later = clock.now + timedelta(seconds=50)
    for pulled_ago, wanted in ((10, 0), (2, 0), (1, 1), (0, 2)):
        read_at = clock.now - timedelta(seconds=pulled_ago)
        change(store, update(calendars).where(this).values(pull_due_at=later, pulled_at=read_at))
        channels.ask("a@g")
        assert due(store) == clock.now + timedelta(seconds=wanted), pulled_ago
        channels.ask("a@g")
        assert due(store) == clock.now + timedelta(seconds=wanted), pulled_ago


def test_what_is_due_already_or_failed_lately_keeps_its_time(
    channels: CalendarChannels, store: Store, clock: HandClock
) -> None:
    this = calendars.c.calendar_id == "a@g"
    for attempts, ahead in ((0, -60), (3, 600)):
        when = clock.now + timedelta(seconds=ahead)
        change(store, update(calendars).where(this).values(pull_due_at=when, pull_attempts=attempts))
        channels.ask("a@g")
        assert due(store) == when
    channels.ask("gone@g")


def test_long_ended_channels_are_forgotten(channels: CalendarChannels, store: Store, clock: HandClock) -> None:
    first = opened(channels, clock)
    clock.now += WEEK
    second = opened(channels, clock)
    clock.advance(days=2)
    channels.stopped(second.channel_id)
    kept = store.read(lambda connection: connection.execute(select(calendar_channels.c.channel_id)).scalars().all())
    assert kept == [second.channel_id]
    assert channels.heard(first.channel_id, first.token) == (Answered.UNKNOWN, None)
