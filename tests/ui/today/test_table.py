import pytest

from core.ui.today.table import chosen_position

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
