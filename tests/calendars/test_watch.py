"""Channels are opened, renewed and ended at Google as a worker does it, against the stand-in."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from core.bootstrap import App, build
from core.calendars.watch import LOOK_EVERY, TRY_AGAIN
from core.scheduler.tables import calendar_channels, calendars, clinic, doctors
from tests.calendars.google_mirror import google_settings
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic, make_clinic
from tests.stand_ins.google import Fault, GoogleStandIn

PUBLIC = "https://clinic.example.com"


class Watched:
    """A clinic with one calendar at Google, known to the world under an https address."""

    def __init__(self, server: GoogleStandIn, folder: Path, database_url: str, clock: HandClock) -> None:
        self.server, self.clock = server, clock
        server.store.clock = clock
        self._again: Callable[[str], App] = lambda public: build(
            google_settings(server, folder, database_url, public_url=public), clock
        )
        self.app = self._again(PUBLIC)
        self.clinic: MadeClinic = make_clinic(self.app.store, clock)
        self.address = server.new_calendar("Clinic")
        manager = self.clinic["manager"]
        self.app.calendars.save(manager, None, name="Clinic", provider="google", address=self.address, detail="full")

    def restart(self, public: str = PUBLIC) -> None:
        self.app.close()
        self.app = self._again(public)

    def look(self, after: timedelta = LOOK_EVERY) -> int:
        self.clock.now += after
        return self.app.watch.run_due()

    def at_google(self) -> list[str]:
        return [channel.id for channel in self.server.channels.living]

    def here(self) -> list[str]:
        standing = select(calendar_channels.c.channel_id).where(calendar_channels.c.stopped_at.is_(None))
        return self.app.store.read(lambda connection: list(connection.execute(standing).scalars()))

    def change(self, statement: object) -> None:
        self.app.store.write(lambda connection: connection.execute(statement) and None)  # type: ignore[call-overload]

    def watch_calls(self) -> int:
        return sum(request.path.endswith("/events/watch") for request in self.server.requests)


@pytest.fixture
def watched(tmp_path: Path, database_url: str, clock: HandClock) -> Iterator[Watched]:
    with GoogleStandIn() as server:
        made = Watched(server, tmp_path, database_url, clock)
        yield made
        made.app.close()
        assert server.violations == []


def test_a_calendar_at_google_gets_a_channel_to_the_clinics_address(watched: Watched) -> None:
    assert watched.look() == 1
    (channel,) = watched.server.channels.living
    assert channel.address == f"{PUBLIC}/google/notifications"
    assert channel.calendar_id == watched.address
    assert len(channel.token) == 43
    assert watched.here() == [channel.id]
    assert watched.look() == watched.look() == 0
    assert watched.watch_calls() == 1


@pytest.mark.parametrize("public", ["", "http://clinic.example.com"])
def test_where_google_can_not_call_nothing_is_opened_and_what_stands_is_ended(watched: Watched, public: str) -> None:
    watched.look()
    watched.restart(public)
    assert watched.look() == 1
    assert (watched.at_google(), watched.here()) == ([], [])
    assert watched.look() == 0


def test_a_channel_is_followed_by_the_next_one_a_day_before_its_end_without_a_gap(watched: Watched) -> None:
    watched.look()
    (first,) = watched.at_google()
    assert watched.look(timedelta(days=6) - timedelta(seconds=1)) == 0
    assert watched.look() == 2  # one opened, then one ended
    (second,) = watched.at_google()
    assert second != first
    assert watched.here() == [second]
    order = [request.path.rsplit("/", 1)[-1] for request in watched.server.requests]
    assert [name for name in order if name in {"watch", "stop"}] == ["watch", "watch", "stop"]


def test_where_the_old_channel_can_not_be_ended_it_is_tried_again(watched: Watched) -> None:
    watched.look()
    watched.server.faults.append(Fault.answer(503, "backendError").at("calendar.channels.stop").repeated(2))
    watched.look(timedelta(days=6))
    assert len(watched.at_google()) == 2
    assert watched.look() == 0
    assert watched.look(TRY_AGAIN) == 0
    assert watched.look(TRY_AGAIN) == 1
    assert len(watched.at_google()) == 1


def test_a_refusal_is_tried_again_a_quarter_of_an_hour_later_and_leaves_nothing_behind(watched: Watched) -> None:
    watched.server.faults.append(
        Fault.answer(401, "push.webhookUrlUnauthorized").at("calendar.events.watch").repeated(2)
    )
    assert watched.look() == 0
    calls = watched.watch_calls()
    assert (watched.at_google(), watched.here()) == ([], [])
    assert watched.look(TRY_AGAIN - timedelta(seconds=1)) == 0
    assert watched.watch_calls() == calls
    assert watched.look() == 1


def test_one_calendar_that_fails_keeps_no_other_from_its_channel(watched: Watched) -> None:
    another = watched.server.new_calendar("Another")
    manager = watched.clinic["manager"]
    watched.app.calendars.save(manager, None, name="B", provider="google", address=another, detail="full")
    watched.server.share(min(another, watched.address), "none")
    assert watched.look() == 1
    assert [channel.calendar_id for channel in watched.server.channels.living] == [max(another, watched.address)]


def test_a_worker_that_dies_between_the_two_sides_leaves_a_channel_that_is_opened_anew(watched: Watched) -> None:
    begun = watched.app.channels.begin("google")
    assert begun is not None
    watched.app.registry.calendar("google", watched.address, "Clinic").watch(  # type: ignore[attr-defined]
        begun.channel_id, begun.token, f"{PUBLIC}/google/notifications"
    )
    watched.restart()
    assert watched.look() == 0
    assert watched.look(timedelta(minutes=5)) == 1
    assert len(watched.at_google()) == 2  # the lost one ends by itself, and is answered 404 until then
    assert len([found for found in watched.here() if found != begun.channel_id]) == 1


def test_two_workers_open_one_channel(watched: Watched, tmp_path: Path, database_url: str) -> None:
    other = build(google_settings(watched.server, tmp_path, database_url, public_url=PUBLIC), watched.clock)
    try:
        assert watched.look() + other.watch.run_due() == 1
        assert len(watched.at_google()) == 1
    finally:
        other.close()


def test_when_the_calendar_is_removed_its_channel_is_ended(watched: Watched) -> None:
    watched.look()
    watched.change(update(doctors).values(calendar_id="clinic"))
    watched.app.calendars.remove(watched.clinic["manager"], watched.address, leave_events=True)
    assert watched.look() == 1
    assert (watched.at_google(), watched.here()) == ([], [])


def test_when_the_sign_in_is_gone_the_channel_is_given_up(watched: Watched) -> None:
    watched.look()
    watched.change(update(calendar_channels).values(connection_id=99))
    watched.change(delete(calendars).where(calendars.c.calendar_id == watched.address))
    assert watched.look() == 1
    assert watched.here() == []
    assert watched.look() == 0


def test_while_syncing_is_paused_google_is_left_alone(watched: Watched) -> None:
    watched.change(update(clinic).values(sync_paused_reason="Restored."))
    assert watched.look() == 0
    assert watched.server.requests == []
    watched.change(update(clinic).values(sync_paused_reason=None))
    assert watched.look() == 1
