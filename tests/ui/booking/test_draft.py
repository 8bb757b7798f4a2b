from datetime import UTC, date, datetime

import pytest

from core.ui.booking.draft import BookingDraft, Question

WHOLE = BookingDraft(2, 3, anyone=False, day=date(2025, 12, 9), starts_at=datetime(2025, 12, 9, 8, 15, tzinfo=UTC))
ANYONE = BookingDraft(2, 3, anyone=True, day=date(2025, 12, 9), starts_at=datetime(2025, 12, 9, 8, 15, tzinfo=UTC))


@pytest.mark.parametrize("question", Question)
@pytest.mark.parametrize("draft", [WHOLE, ANYONE])
def test_going_back_asks_that_question_and_survives_the_address(draft, question):
    back = draft.back_to(question)
    assert back.question is question
    assert BookingDraft.read(back.address()) == back


def test_going_back_to_the_time_forgets_whom_the_first_free_time_named():
    assert ANYONE.back_to(Question.TIME).doctor_id is None
    assert WHOLE.back_to(Question.TIME).doctor_id == 3


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "²", "1.5", "9" * 30, "9999999999"])
@pytest.mark.parametrize(
    ("name", "question"),
    [("visit", Question.VISIT), ("doctor", Question.DOCTOR), ("at", Question.TIME)],
)
def test_what_cannot_be_read_is_asked_again(name, question, text):
    assert BookingDraft.read({**WHOLE.address(), name: text}).question is question


@pytest.mark.parametrize("text", ["", "2025-02-30", "tomorrow"])
def test_a_day_that_does_not_exist_is_asked_again(text):
    draft = BookingDraft.read({**WHOLE.address(), "day": text})
    assert draft.question is Question.DAY
    assert draft.starts_at is None


def test_the_address_holds_ids_and_instants_only():
    assert WHOLE.address() == {"visit": "2", "doctor": "3", "day": "2025-12-09", "at": "1765268100"}
