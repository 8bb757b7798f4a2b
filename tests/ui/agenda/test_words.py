from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.appointment import Status
from core.ui.agenda.grid_intentions import Change
from core.ui.agenda.words import done_words, question, stays_words
from tests.ui.grid_rows import TEN, row

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHEN = "Dr. Michael Chen"


@pytest.mark.parametrize(
    ("change", "asked", "done"),
    [
        (
            Change(7, 3, TEN + HOUR, 20),
            "Move Jane Smith from 10:00 to 11:00?",
            "Moved Jane Smith to Tuesday 8 December, 11:00.",
        ),
        (
            Change(7, 3, TEN + DAY, 20),
            "Move Jane Smith from Tuesday 8 December, 10:00 to Wednesday 9 December, 10:00?",
            "Moved Jane Smith to Wednesday 9 December, 10:00.",
        ),
        (
            Change(7, 3, TEN, 40),
            "Change Jane Smith's visit to 40 minutes?",
            "Jane Smith's visit now lasts 40 minutes.",
        ),
        (
            Change(7, 3, TEN + HOUR, 40),
            "Move Jane Smith from 10:00 to 11:00? The visit then lasts 40 minutes.",
            "Moved Jane Smith to Tuesday 8 December, 11:00.",
        ),
        (
            Change(7, 3, TEN + HOUR, 20, doctor_id=2),
            "Move Jane Smith from 10:00 to 11:00 with Dr. Michael Chen?",
            "Moved Jane Smith to Tuesday 8 December, 11:00 with Dr. Michael Chen.",
        ),
    ],
)
def test_a_change_is_asked_and_told_in_a_sentence(change: Change, asked: str, done: str) -> None:
    assert question(row(), change, CHEN, LONDON) == asked
    assert done_words(row(), change, CHEN, LONDON) == done


def test_a_name_is_never_read_as_formatting() -> None:
    odd = row(patient_name="*Jane* {name} [x](y)")
    assert "\\*Jane\\*" in question(odd, Change(7, 3, TEN + HOUR, 20), "", LONDON)
    assert "{name}" in stays_words(odd, LONDON)


def test_what_was_refused_stays_where_it_was() -> None:
    assert stays_words(row(), LONDON) == "Jane Smith stays at Tuesday 8 December, 10:00."


def test_the_question_says_that_another_day_ends_the_waiting() -> None:
    here = row(status=Status.CHECKED_IN)
    told = "The patient is then no longer checked in."
    assert question(here, Change(7, 3, TEN + DAY, 20), CHEN, LONDON).endswith(told)
    assert told not in question(here, Change(7, 3, TEN + HOUR, 20), CHEN, LONDON)
