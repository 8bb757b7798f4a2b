from datetime import UTC, datetime, timedelta

import pytest

from core.scheduler.awaited import Awaited
from core.scheduler.schedule import Glance
from core.scheduler.unread import UnreadCalendar
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
    assert is_stale(drawn, Glance(revision, Awaited(), 0), after(seconds)) is stale


def test_the_page_is_drawn_anew_where_its_calendars_say_something_else():
    for told in (Awaited(unread=(UnreadCalendar(1, "Dr. Sarah Johnson", AT),)), Awaited(signed_out=True)):
        assert is_stale(STILL, Glance(7, told, 0), AT)
        assert not is_stale(Drawn(7, AT, awaited=told), Glance(7, told, 0), AT)


def test_the_page_is_drawn_anew_as_soon_as_something_reached_its_calendar():
    pending = Drawn(7, AT, pending=(1, 2))
    assert not is_stale(pending, Glance(7, Awaited(), 2), AT)
    assert is_stale(pending, Glance(7, Awaited(), 1), AT)
