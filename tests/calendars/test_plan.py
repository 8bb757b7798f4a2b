from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars.calendar import Event, FoundEvent
from core.calendars.plan import (
    Action,
    Agreed,
    Answer,
    Ours,
    Reaction,
    Step,
    plan_pull,
    plan_push,
    seconds_to_wait,
    too_many_gone,
)
from core.domain.calendar_changes import Cause, Clash, Held, Verdict

STARTS = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
EVENT = Event("abc", "Appointment", "Appointment ID: 1", STARTS, STARTS + timedelta(minutes=20), "Europe/London", "10")
FOUND = FoundEvent("abc", '"2"', False, EVENT.title, EVENT.description, EVENT.starts_at, EVENT.ends_at, "", "10", (30,))
MOVED = replace(FOUND, starts_at=STARTS + timedelta(hours=1), ends_at=STARTS + timedelta(minutes=80))
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
        (OTHER, True, replace(FOUND, recurring=True), Action(Step.UPDATE, '"2"')),
        (OTHER, True, replace(FOUND, all_day=True), Action(Step.UPDATE, '"2"')),
    ],
)
def test_the_next_step_follows_from_what_is_wanted_agreed_and_found(
    agreed: Agreed, looked: bool, found: FoundEvent | None, action: Action
) -> None:
    assert plan_push(EVENT, agreed, looked=looked, found=found) == action


@pytest.mark.parametrize("agreed", [NONE, SAME, OTHER])
def test_an_unwanted_event_is_deleted_even_where_none_is_known(agreed: Agreed) -> None:
    assert plan_push(None, agreed) == Action(Step.DELETE, agreed.etag)  # whoever wrote it anew wants it


def test_what_passes_waits_twice_as_long_each_time_up_to_an_hour() -> None:
    assert [seconds_to_wait("passing", tries, None, 1.0) for tries in (0, 1, 2, 3)] == [5, 10, 20, 40]
    assert seconds_to_wait("passing", 500, None, 1.0) == 3600


def test_a_calendar_that_asks_for_patience_gets_it() -> None:
    assert seconds_to_wait("passing", 0, 90.0, 0.1) == 90


def test_what_a_person_has_to_cure_is_tried_once_an_hour() -> None:
    assert {seconds_to_wait(kind, 0, None, 0.0) for kind in ("refused", "reconnect", "missing")} == {3600}


# What was found, against what both agreed on and what the clinic wants now.

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEFORE = STARTS - HOUR
ENDS = STARTS + timedelta(minutes=20)
AGREED = Agreed('"1"', EVENT.content_hash(), STARTS, ENDS)
UNTOUCHED = replace(FOUND, etag='"1"')
RENAMED = replace(FOUND, title="Lunch")
LONGER = replace(FOUND, ends_at=ENDS + HOUR)
ALL_DAY = replace(FOUND, all_day=True, starts_at=None, ends_at=None)
SERIES = replace(FOUND, recurring=True)
OCCURRENCE = replace(FOUND, event_id="abc_1", series_id="abc")
ODD = replace(MOVED, starts_at=STARTS + timedelta(seconds=30), ends_at=ENDS)
EMPTY = replace(FOUND, ends_at=STARTS)
OURS = Ours(STARTS, ENDS)
DUE = replace(OURS, due=True)
MOVED_HERE = Ours(STARTS + 2 * HOUR, ENDS + 2 * HOUR, due=True)
ARRIVED = replace(OURS, scheduled=False)
CANCELLED = replace(OURS, stands=False)
CONFLICT, GONE, VANISHED = (replace(OURS, held=held) for held in Held)
NOTHING, ADOPT, OVERWRITE = Answer(Reaction.NOTHING), Answer(Reaction.ADOPT), Answer(Reaction.OVERWRITE)
RESCHEDULE = Answer(Reaction.RESCHEDULE, Cause.MOVED_THERE)
BOTH = Answer(Reaction.BOTH_CHANGED, Clash.BOTH_CHANGED)
DELETED = Answer(Reaction.GONE, Cause.DELETED_THERE)
REMOVE = Answer(Reaction.REMOVE, Cause.UNWANTED)


def put_back(cause: Cause) -> Answer:
    return Answer(Reaction.PUT_BACK, cause)


@pytest.mark.parametrize(
    ("ours", "found", "answer"),
    [
        # our own echo, and what only looks like a change
        (OURS, UNTOUCHED, NOTHING),
        (DUE, UNTOUCHED, NOTHING),
        (OURS, FOUND, ADOPT),
        (DUE, FOUND, ADOPT),
        (MOVED_HERE, FOUND, ADOPT),
        (ARRIVED, FOUND, ADOPT),
        # moved, resized
        (OURS, MOVED, RESCHEDULE),
        (OURS, LONGER, RESCHEDULE),
        (ARRIVED, MOVED, put_back(Cause.NOT_OPEN_ANY_MORE)),
        (ARRIVED, LONGER, put_back(Cause.NOT_OPEN_ANY_MORE)),
        # deleted
        (OURS, TOMBSTONE, DELETED),
        (OURS, None, DELETED),
        (ARRIVED, None, put_back(Cause.NOT_OPEN_ANY_MORE)),
        (DUE, None, OVERWRITE),
        (MOVED_HERE, TOMBSTONE, OVERWRITE),
        # made all-day or recurring, or without a time that an appointment could have
        (OURS, ALL_DAY, put_back(Cause.ALL_DAY)),
        (OURS, SERIES, put_back(Cause.SERIES)),
        (OURS, OCCURRENCE, put_back(Cause.SERIES)),
        (OURS, ODD, put_back(Cause.NO_USABLE_TIME)),
        (OURS, EMPTY, put_back(Cause.NO_USABLE_TIME)),
        (MOVED_HERE, ALL_DAY, OVERWRITE),
        (MOVED_HERE, SERIES, OVERWRITE),
        # title or text edited
        (OURS, RENAMED, put_back(Cause.TEXT_EDITED)),
        (OURS, replace(FOUND, location="Elsewhere"), put_back(Cause.TEXT_EDITED)),
        (OURS, replace(FOUND, description=""), put_back(Cause.TEXT_EDITED)),
        (ARRIVED, RENAMED, put_back(Cause.TEXT_EDITED)),
        (MOVED_HERE, RENAMED, OVERWRITE),
        # both changed
        (DUE, MOVED, BOTH),
        (MOVED_HERE, MOVED, BOTH),
        (MOVED_HERE, LONGER, BOTH),
        (Ours(STARTS + HOUR, ENDS, due=True), replace(FOUND, starts_at=STARTS + HOUR), OVERWRITE),
        # what should not stand there
        (CANCELLED, UNTOUCHED, REMOVE),
        (CANCELLED, MOVED, REMOVE),
        (replace(CANCELLED, due=True), MOVED, OVERWRITE),
        (CANCELLED, TOMBSTONE, NOTHING),
        (CANCELLED, None, NOTHING),
        # held until somebody decides
        (CONFLICT, UNTOUCHED, NOTHING),
        (CONFLICT, FOUND, ADOPT),
        (CONFLICT, MOVED, RESCHEDULE),
        (CONFLICT, RENAMED, put_back(Cause.TEXT_EDITED)),
        (CONFLICT, None, DELETED),
        (GONE, None, NOTHING),
        (GONE, TOMBSTONE, NOTHING),
        (GONE, UNTOUCHED, ADOPT),
        (GONE, MOVED, RESCHEDULE),
        (GONE, RENAMED, put_back(Cause.TEXT_EDITED)),
        (VANISHED, None, NOTHING),
        (VANISHED, FOUND, ADOPT),
    ],
)
def test_what_is_done_here_follows_from_what_was_found_agreed_and_wanted(
    ours: Ours, found: FoundEvent | None, answer: Answer
) -> None:
    assert plan_pull(ours, AGREED, found, zone=EVENT.zone, now=BEFORE) == answer


@pytest.mark.parametrize("found", [MOVED, LONGER])
@pytest.mark.parametrize(
    ("verdict", "clash"), [(Verdict.CLOSED, Clash.CLOSED), (Verdict.PAST, Clash.PAST), (Verdict.TAKEN, Clash.TAKEN)]
)
def test_a_time_that_is_not_to_be_had_is_a_conflict(found: FoundEvent, verdict: Verdict, clash: Clash) -> None:
    answer = plan_pull(OURS, AGREED, found, zone=EVENT.zone, now=BEFORE, verdict=verdict)
    assert answer == Answer(Reaction.CONFLICT, clash)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (STARTS - MINUTE, DELETED),
        (STARTS, put_back(Cause.NOT_OPEN_ANY_MORE)),
        (ENDS - MINUTE, put_back(Cause.NOT_OPEN_ANY_MORE)),
        (ENDS, NOTHING),
    ],
)
def test_deleting_an_event_cancels_only_what_lies_ahead(now: datetime, answer: Answer) -> None:
    assert plan_pull(OURS, AGREED, None, zone=EVENT.zone, now=now) == answer


@pytest.mark.parametrize("ours", [OURS, DUE])
def test_what_never_stood_there_was_not_deleted(ours: Ours) -> None:
    assert plan_pull(ours, NONE, None, zone=EVENT.zone, now=BEFORE) == NOTHING


def test_the_answer_to_a_creation_that_was_lost_is_left_to_the_push() -> None:
    assert plan_pull(DUE, NONE, MOVED, zone=EVENT.zone, now=BEFORE) == OVERWRITE


@pytest.mark.parametrize(
    ("gone", "standing", "too_many"),
    [
        (0, 0, False),
        (1, 1, False),
        (1, 2, False),
        (2, 2, True),
        (2, 3, False),
        (2, 1000, False),
        (3, 14, True),
        (3, 15, False),
        (4, 15, True),
        (200, 1000, False),
        (201, 1000, True),
    ],
)
def test_nothing_is_cancelled_when_many_are_gone_at_once(gone: int, standing: int, too_many: bool) -> None:
    assert too_many_gone([BEFORE] * gone, standing, BEFORE) is too_many


def test_what_was_gone_ten_minutes_ago_does_not_count_as_gone_at_once() -> None:
    long_ago = BEFORE - timedelta(minutes=10)
    assert not too_many_gone([long_ago, BEFORE, BEFORE], 10, BEFORE)
    assert too_many_gone([long_ago + MINUTE, BEFORE, BEFORE], 10, BEFORE)


def after(ours: Ours, agreed: Agreed, found: FoundEvent | None, answer: Answer) -> tuple[Ours, Agreed]:
    """What both sides stand at once the answer was carried out here, before anything is sent."""
    etag = agreed.etag if found is None or found.cancelled or found.series_id else found.etag
    adopted = replace(agreed, etag=etag)
    there = Agreed(etag, None, found.starts_at, found.ends_at) if found else NONE
    return {
        Reaction.NOTHING: (ours, agreed),
        Reaction.ADOPT: (replace(ours, held=None), adopted),
        Reaction.OVERWRITE: (ours, replace(adopted, content_hash=None)),
        Reaction.BOTH_CHANGED: (ours, replace(adopted, content_hash=None)),
        Reaction.RESCHEDULE: (
            Ours(there.starts_at or STARTS, there.ends_at or ENDS, ours.stands, ours.scheduled, due=True),
            there,
        ),
        Reaction.CONFLICT: (replace(ours, held=Held.CONFLICT), adopted),
        Reaction.GONE: (replace(ours, held=Held.GONE), agreed),
        Reaction.PUT_BACK: (replace(ours, held=None, due=True), replace(adopted, content_hash=None)),
        Reaction.REMOVE: (replace(ours, due=True), replace(agreed, content_hash=None)),
    }[answer.reaction]


SITUATIONS = st.sampled_from([OURS, DUE, MOVED_HERE, ARRIVED, CANCELLED, CONFLICT, GONE, VANISHED])
FINDINGS = st.sampled_from([UNTOUCHED, FOUND, MOVED, LONGER, RENAMED, ALL_DAY, SERIES, ODD, EMPTY, TOMBSTONE, None])


@given(
    ours=SITUATIONS,
    agreed=st.sampled_from([AGREED, NONE, replace(AGREED, content_hash=None)]),
    found=FINDINGS,
    verdict=st.sampled_from(Verdict),
    minutes=st.integers(-120, 120),
)
def test_planning_again_after_acting_gives_nothing(
    ours: Ours, agreed: Agreed, found: FoundEvent | None, verdict: Verdict, minutes: int
) -> None:
    now = STARTS + minutes * MINUTE
    answer = plan_pull(ours, agreed, found, zone=EVENT.zone, now=now, verdict=verdict)
    ours, agreed = after(ours, agreed, found, answer)
    assert plan_pull(ours, agreed, found, zone=EVENT.zone, now=now, verdict=verdict) == NOTHING


@given(ours=SITUATIONS, found=FINDINGS, verdict=st.sampled_from(Verdict), minutes=st.integers(-120, 120))
def test_only_a_confirmed_deletion_of_a_scheduled_appointment_ahead_can_end_it(
    ours: Ours, found: FoundEvent | None, verdict: Verdict, minutes: int
) -> None:
    now = STARTS + minutes * MINUTE
    if plan_pull(ours, AGREED, found, zone=EVENT.zone, now=now, verdict=verdict).reaction is Reaction.GONE:
        assert found is None or found.cancelled
        assert (ours.scheduled, ours.stands, ours.due) == (True, True, False)
        assert ours.starts_at > now
