from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.appointment import UNDOABLE, Status
from core.scheduler.rows import Row
from core.ui.today.steps import Steps, outcomes_offered, step_words, steps_offered, undo_words
from tests.ui.grid_rows import row

S = Status
LONDON = ZoneInfo("Europe/London")
TEN = datetime(2026, 12, 7, 10, tzinfo=UTC)
AFTERWARDS = (S.COMPLETED, S.NO_SHOW)
ANY_OUTCOME = (*AFTERWARDS, S.CANCELLED)


def visit(status: Status, starts_at: datetime = TEN, minutes: int = 20) -> Row:
    return row(status=status, starts_at=starts_at, minutes=minutes)


MIDNIGHT = datetime(2026, 12, 8, 0, tzinfo=UTC)
BEFORE_MIDNIGHT = visit(S.SCHEDULED, MIDNIGHT - timedelta(minutes=10))

OFFERED = [
    # visit, minutes after 10:00, steps
    (visit(S.SCHEDULED), -24 * 60, Steps(cancel=True)),  # the day before
    (visit(S.SCHEDULED), -10 * 60 - 1, Steps(cancel=True)),
    (visit(S.CHECKED_IN), -24 * 60, Steps(cancel=True)),
    (visit(S.COMPLETED), -24 * 60, Steps()),
    (visit(S.SCHEDULED), -10 * 60, Steps(S.CHECKED_IN, cancel=True)),  # from midnight on
    (visit(S.SCHEDULED), -1, Steps(S.CHECKED_IN, cancel=True)),
    (visit(S.SCHEDULED), 0, Steps(S.CHECKED_IN, no_show=True, cancel=True)),  # its time has come
    (visit(S.SCHEDULED), 300, Steps(S.CHECKED_IN, no_show=True, cancel=True)),  # late, but the same day
    (visit(S.CHECKED_IN), -5, Steps(S.IN_PROGRESS, cancel=True)),
    (visit(S.CHECKED_IN), 5, Steps(S.IN_PROGRESS, no_show=True, cancel=True)),
    (visit(S.IN_PROGRESS), 5, Steps(S.COMPLETED)),
    (visit(S.COMPLETED), 5, Steps()),
    (visit(S.CANCELLED), 5, Steps()),
    (visit(S.NO_SHOW), 5, Steps()),
    (visit(S.SCHEDULED), 14 * 60, Steps(outcomes=ANY_OUTCOME)),  # the next day
    (visit(S.CHECKED_IN), 14 * 60, Steps(outcomes=ANY_OUTCOME)),
    (visit(S.IN_PROGRESS), 14 * 60, Steps(outcomes=AFTERWARDS)),
    (visit(S.COMPLETED), 14 * 60, Steps()),
    (BEFORE_MIDNIGHT, 14 * 60 + 5, Steps(S.CHECKED_IN, no_show=True, cancel=True)),  # still going on
    (BEFORE_MIDNIGHT, 14 * 60 + 10, Steps(outcomes=ANY_OUTCOME)),
]


@pytest.mark.parametrize(("row", "minutes", "steps"), OFFERED)
def test_which_steps_a_visit_offers(row, minutes, steps):
    assert steps_offered(row, TEN + timedelta(minutes=minutes), LONDON) == steps


def test_every_change_that_can_be_undone_has_its_words():
    assert {undo_words(action)[:6] for action in UNDOABLE} == {"Undo: "}
    assert len({undo_words(action) for action in UNDOABLE}) == len(UNDOABLE)


def test_every_step_has_its_words():
    assert [step_words(status) for status in (S.CHECKED_IN, S.IN_PROGRESS, S.COMPLETED)] == [
        "Check in",
        "Start",
        "Complete",
    ]
    assert outcomes_offered(S.SCHEDULED) == ANY_OUTCOME
