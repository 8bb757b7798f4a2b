from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.ui.agenda.grid_intentions import Change, Drag, Open, ShowDay, Take, change_of, read_intention
from tests.ui.grid_rows import TEN, row

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")


def dragged(old: tuple[str, str | None], new: tuple[str, str | None], **differences: Any) -> dict[str, Any]:
    def event(times: tuple[str, str | None]) -> dict[str, Any]:
        made = {"id": "7", "start": times[0], "end": times[1], "extendedProps": {"revision": 3}}
        return {name: value for name, value in (made | differences).items() if value is not None}

    return {"callback": "eventChange", "eventChange": {"oldEvent": event(old), "event": event(new)}}


def drag(old: tuple[str, str | None], new: tuple[str, str | None]) -> Drag:
    read = read_intention(dragged(old, new))
    assert isinstance(read, Drag)
    return read


def test_clicks_open_an_appointment_a_time_or_a_day() -> None:
    assert read_intention({"callback": "eventClick", "eventClick": {"event": {"id": "7"}}}) == Open(7)
    click = {"allDay": False, "date": "2026-12-08T10:15:00.000Z"}
    assert read_intention({"callback": "dateClick", "dateClick": click}) == Take(datetime(2026, 12, 8, 10, 15))  # noqa: DTZ001
    click = {"allDay": True, "date": "2026-12-08T00:00:00.000Z"}
    assert read_intention({"callback": "dateClick", "dateClick": click}) == ShowDay(date(2026, 12, 8))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "eventClick",
        {},
        {"callback": 7},
        {"callback": "eventClick"},
        {"callback": "eventClick", "eventClick": {"event": {}}},  # closed time has no number
        {"callback": "eventClick", "eventClick": {"event": {"id": "7; drop"}}},
        {"callback": "eventsSet", "eventsSet": {"events": []}},
        {"callback": "dateClick", "dateClick": {"date": "soon"}},
        {"callback": "eventChange", "eventChange": {"event": {"id": "7"}}},
        dragged(("2026-12-08T10:00:00", None), ("soon", None)),
        dragged(("2026-12-08T10:00:00", None), ("2026-12-08T11:00:00", None), extendedProps={"revision": "3"}),
    ],
)
def test_anything_else_that_a_browser_sends_means_nothing(sent: object) -> None:
    assert read_intention(sent) is None


@pytest.mark.parametrize(
    ("old", "new", "starts_at", "minutes"),
    [
        # moved
        (("10:00", "10:20"), ("11:00", "11:20"), TEN + timedelta(hours=1), 20),
        # made longer, made shorter
        (("10:00", "10:20"), ("10:00", "10:40"), TEN, 40),
        (("10:00", "10:20"), ("10:00", "10:15"), TEN, 15),
        # dropped where it was
        (("10:00", "10:20"), ("10:00", "10:20"), TEN, 20),
        # without an end the length stays
        (("10:00", None), ("11:00", None), TEN + timedelta(hours=1), 20),
        (("10:00", "10:20"), ("11:00", None), TEN + timedelta(hours=1), 20),
    ],
)
def test_a_drag_tells_where_to_and_how_long(
    old: tuple[str, str | None], new: tuple[str, str | None], starts_at: datetime, minutes: int
) -> None:
    day = "2026-12-08T"
    (old_start, old_end), (new_start, new_end) = old, new
    read = drag((day + old_start, old_end and day + old_end), (day + new_start, new_end and day + new_end))
    change = change_of(read, row(), LONDON)
    assert change == Change(7, 3, starts_at, minutes)
    assert change.alters(row()) is ((starts_at, minutes) != (TEN, 20))


def test_a_second_drag_adds_to_one_that_waits_for_its_answer() -> None:
    waiting = Change(7, 3, TEN + timedelta(hours=1), 20)
    longer = drag(("2026-12-08T11:00:00", "2026-12-08T11:20:00"), ("2026-12-08T11:00:00", "2026-12-08T11:40:00"))
    assert change_of(longer, row(), LONDON, waiting) == Change(7, 3, TEN + timedelta(hours=1), 40)
    others = Change(8, 1, TEN + timedelta(hours=5), 60)
    assert change_of(longer, row(), LONDON, others) == Change(7, 3, TEN, 40)


def test_a_move_onto_the_day_of_23_hours_keeps_wall_time() -> None:
    saturday = row(starts_at=datetime(2026, 3, 28, 10, tzinfo=UTC))
    moved = drag(("2026-03-28T10:00:00", "2026-03-28T10:20:00"), ("2026-03-29T10:00:00", "2026-03-29T10:20:00"))
    assert change_of(moved, saturday, LONDON).starts_at == datetime(2026, 3, 29, 9, tzinfo=UTC)
    new_york = row(starts_at=datetime(2026, 3, 7, 15, tzinfo=UTC))
    moved = drag(("2026-03-07T10:00:00", "2026-03-07T10:20:00"), ("2026-03-08T10:00:00", "2026-03-08T10:20:00"))
    assert change_of(moved, new_york, NEW_YORK).starts_at == datetime(2026, 3, 8, 14, tzinfo=UTC)


def test_resizing_in_the_hour_that_comes_twice_keeps_the_start() -> None:
    second = row(starts_at=datetime(2026, 11, 1, 6, 10, tzinfo=UTC))  # 01:10 for the second time
    longer = drag(("2026-11-01T01:10:00", "2026-11-01T01:30:00"), ("2026-11-01T01:10:00", "2026-11-01T01:50:00"))
    assert change_of(longer, second, NEW_YORK) == Change(7, 3, second.starts_at, 40)


def test_another_doctor_alters_and_the_same_one_does_not() -> None:
    assert Change(7, 3, TEN, 20, doctor_id=2).alters(row())
    assert not Change(7, 3, TEN, 20, doctor_id=1).alters(row())
