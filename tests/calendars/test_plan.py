from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.calendar import Event, FoundEvent
from core.calendars.plan import Action, Agreed, Step, plan_push, seconds_to_wait

STARTS = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
EVENT = Event("abc", "Appointment", "Appointment ID: 1", STARTS, STARTS + timedelta(minutes=20), "Europe/London", "10")
FOUND = FoundEvent("abc", '"2"', False, EVENT.title, EVENT.description, EVENT.starts_at, EVENT.ends_at, "", "10", (30,))
MOVED = replace(FOUND, starts_at=STARTS + timedelta(hours=1))
TOMBSTONE = FoundEvent("abc", '"2"', cancelled=True)
SAME, OTHER, NONE = Agreed('"1"', EVENT.content_hash()), Agreed('"1"', "0" * 64), Agreed()


@pytest.mark.parametrize(
    ("agreed", "looked", "found", "action"),
    [
        (NONE, False, None, Action(Step.CREATE)),
        (SAME, False, None, Action(Step.NOTHING, '"1"')),
        (OTHER, False, None, Action(Step.UPDATE, '"1"')),
        (Agreed('"1"', None), False, None, Action(Step.UPDATE, '"1"')),
        (NONE, True, FOUND, Action(Step.ADOPT, '"2"')),
        (OTHER, True, FOUND, Action(Step.ADOPT, '"2"')),
        (NONE, True, MOVED, Action(Step.UPDATE, '"2"')),
        (OTHER, True, MOVED, Action(Step.UPDATE, '"2"')),
        (NONE, True, TOMBSTONE, Action(Step.RENEW)),
        (OTHER, True, TOMBSTONE, Action(Step.RENEW)),
        (NONE, True, None, Action(Step.RENEW)),
        (SAME, True, None, Action(Step.RENEW)),
    ],
)
def test_the_next_step_follows_from_what_is_wanted_agreed_and_found(
    agreed: Agreed, looked: bool, found: FoundEvent | None, action: Action
) -> None:
    assert plan_push(EVENT, agreed, looked=looked, found=found) == action


@pytest.mark.parametrize("agreed", [NONE, SAME, OTHER])
def test_an_unwanted_event_is_deleted_even_where_none_is_known(agreed: Agreed) -> None:
    assert plan_push(None, agreed) == Action(Step.DELETE)


def test_what_passes_waits_twice_as_long_each_time_up_to_an_hour() -> None:
    assert [seconds_to_wait("passing", tries, None, 1.0) for tries in (0, 1, 2, 3)] == [5, 10, 20, 40]
    assert seconds_to_wait("passing", 500, None, 1.0) == 3600


def test_a_calendar_that_asks_for_patience_gets_it() -> None:
    assert seconds_to_wait("passing", 0, 90.0, 0.1) == 90


def test_what_a_person_has_to_cure_is_tried_once_an_hour() -> None:
    assert {seconds_to_wait(kind, 0, None, 0.0) for kind in ("refused", "reconnect", "missing")} == {3600}
