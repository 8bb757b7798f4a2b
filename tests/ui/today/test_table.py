import pytest

from core.ui.today.table import chosen_position, contact
from tests.ui.grid_rows import row

CHOICES = [
    # marked before, rows now, cells now, chosen
    ([], [2], [], 2),  # a box
    ([2], [], [], None),  # the same box again
    ([2], [4], [], 4),
    ([], [], [(3, "patient")], 3),  # a touch in a row
    ([2], [2], [(3, "patient")], 3),
    ([3], [3], [(3, "status")], 3),  # another touch in the same row
    ([3], [2], [(3, "status")], 2),  # a box, while the table still remembers an older touch
    ([3], [], [(3, "status")], None),
    ([3], [3], [], 3),  # the touch alone was taken away
    ([], [], [], None),
]


@pytest.mark.parametrize(("marked", "rows", "cells", "chosen"), CHOICES)
def test_whichever_selection_differs_was_meant(marked, rows, cells, chosen):
    assert chosen_position(marked, rows, cells) == chosen


CONTACTS = [
    # phone, email, what stands in the list
    ("555-1134", "p1@example.com", "555-1134\np1@example.com"),
    ("555-1134", "ben.patel.134@example.com", "555-1134\nben.patel.134\n@example.com"),
    ("", "ben.patel.134@example.com", "ben.patel.134\n@example.com"),
    ("555-1134", "", "555-1134"),
    ("", "", ""),
    ("+44 20 7946 0123 ext 17", "", "+44 20 7946 0123 ext 17"),
    ("", "bartholomew.fitzgerald@a-clinic-with-a-name.example", "bartholomew.fitzge…\n@a-clinic-with-a-n…"),
]


@pytest.mark.parametrize(("phone", "email", "shown"), CONTACTS)
def test_an_email_is_never_broken_amid_a_word(phone, email, shown):
    assert contact(row(patient_phone=phone, patient_email=email)) == shown
