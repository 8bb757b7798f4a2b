from datetime import UTC, datetime, timedelta

import pytest

from core.ui.refresh import Drawn, is_stale

AT = datetime(2026, 12, 7, 10, 0, 20, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


STILL = Drawn(7, AT)
TICKING = Drawn(7, AT, ticking=True)
SOON = Drawn(7, AT, moments=(after(-60), AT, after(30)))

STALE = [
    # drawn, revision now, seconds later, stale
    (STILL, 7, 3600, False),  # nothing happens, nothing is drawn
    (STILL, 8, 1, True),  # somebody changed something
    (STILL, 6, 1, True),  # a restored database
    (TICKING, 7, 39, False),  # still the same minute
    (TICKING, 7, 40, True),
    (TICKING, 7, 3600, True),
    (SOON, 7, 29, False),  # what had come already was drawn
    (SOON, 7, 30, True),
    (SOON, 7, 31, True),
]


@pytest.mark.parametrize(("drawn", "revision", "seconds", "stale"), STALE)
def test_the_page_is_drawn_anew_only_where_it_would_look_different(drawn, revision, seconds, stale):
    assert is_stale(drawn, revision, after(seconds)) is stale
