"""The comparison itself: what counts as a difference, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.calendars.calendar import Event, FoundEvent
from core.calendars.differences import Difference, Kind, Part, Wanted, compare_busy, compare_links, differing_parts
from core.domain.timespan import Timespan

NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENT = Event("e1", "Title", "Text", NINE, NINE + HOUR, "Europe/London", "10", (30,), "Room 1", 1)
FOUND = FoundEvent(
    "e1",
    "etag",
    cancelled=False,
    title="Title",
    description="Text",
    starts_at=NINE,
    ends_at=NINE + HOUR,
    location="Room 1",
    colour_id="10",
    reminder_minutes=(30,),
)
WANTED = Wanted(1, 11, "e1", "Dr. Chen", NINE, EVENT)
UNWANTED = replace(WANTED, event=None)
TOMBSTONE = replace(FOUND, cancelled=True)


def difference(kind: Kind, *parts: Part) -> list[Difference]:
    return [Difference(kind, "e1", 1, 11, "Dr. Chen", NINE, parts)]


@pytest.mark.parametrize(
    ("wanted", "found", "told"),
    [
        (WANTED, FOUND, []),
        (WANTED, None, difference(Kind.MISSING)),
        (WANTED, TOMBSTONE, difference(Kind.MISSING)),
        (WANTED, replace(FOUND, title="Other"), difference(Kind.DIFFERING, Part.TITLE)),
        (UNWANTED, None, []),
        (UNWANTED, TOMBSTONE, []),
        (UNWANTED, FOUND, difference(Kind.UNWANTED)),
    ],
)
def test_a_link_is_compared_with_its_event(wanted: Wanted, found: FoundEvent | None, told: list[Difference]) -> None:
    assert compare_links([wanted], {1: found}) == told


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"title": "x"}, Part.TITLE),
        ({"starts_at": NINE + HOUR}, Part.TIME),
        ({"ends_at": NINE + 2 * HOUR}, Part.TIME),
        ({"all_day": True}, Part.TIME),
        ({"recurring": True}, Part.TIME),
        ({"description": ""}, Part.TEXT),
        ({"location": ""}, Part.PLACE),
        ({"colour_id": "3"}, Part.COLOUR),
        ({"reminder_minutes": ()}, Part.REMINDER),
    ],
)
def test_every_part_that_people_see_is_compared(change: dict[str, object], part: Part) -> None:
    assert differing_parts(EVENT, replace(FOUND, **change)) == (part,)  # type: ignore[arg-type]


def busy(event_id: str, *hours: int) -> FoundEvent:
    spans = tuple(Timespan(NINE + hour * HOUR, NINE + (hour + 1) * HOUR) for hour in hours)
    return FoundEvent(event_id, "", cancelled=False, spans=spans)


def known(*hours: int) -> frozenset[tuple[datetime, datetime]]:
    return frozenset((NINE + hour * HOUR, NINE + (hour + 1) * HOUR) for hour in hours)


@pytest.mark.parametrize(
    ("found", "kept", "differing"),
    [
        ([busy("a", 1)], {"a": known(1)}, []),
        ([busy("a", 1)], {}, ["a"]),
        ([], {"a": known(1)}, ["a"]),
        ([busy("a", 1, 3)], {"a": known(1)}, ["a"]),
        ([busy("a", 1), busy("b", 2)], {"a": known(1), "b": known(3)}, ["b"]),
        ([busy("past", -2)], {}, []),
        ([busy("far", 24 * 395)], {}, []),
        ([replace(busy("a", 1), cancelled=True)], {}, []),
        ([busy("free")], {}, []),
    ],
)
def test_somebody_elses_time_is_compared_from_now_on(
    found: list[FoundEvent], kept: dict[str, frozenset[tuple[datetime, datetime]]], differing: list[str]
) -> None:
    assert [one.event_id for one in compare_busy(found, kept, NINE)] == differing
