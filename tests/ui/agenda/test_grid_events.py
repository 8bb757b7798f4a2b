from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.appointment import Status
from core.scheduler.schedule import ClosedTime
from core.ui.agenda.grid_colours import DARK, LIGHT
from core.ui.agenda.grid_events import Drawing, closed_events, event_title, events_of
from core.ui.agenda.grid_intentions import Change
from core.ui.status import STATUS_ICONS
from tests.ui.grid_rows import TEN, row

NEW_YORK = ZoneInfo("America/New_York")
PLAIN = Drawing(ZoneInfo("Europe/London"), LIGHT)


def test_an_appointment_is_an_event_on_the_clinics_clock() -> None:
    (event,) = events_of([row()], Drawing(NEW_YORK, LIGHT))
    assert (event["id"], event["title"]) == ("7", "Jane Smith · Follow-up")
    assert (event["start"], event["end"]) == ("2026-12-08T05:00:00", "2026-12-08T05:20:00")
    assert event["extendedProps"]["revision"] == 3


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CANCELLED])
def test_the_status_is_told_by_an_icon_unless_it_is_the_usual_one(status: Status) -> None:
    icon = "" if status is Status.SCHEDULED else f"{STATUS_ICONS[status]} "
    assert event_title(row(status=status), with_initials=False) == f"{icon}Jane Smith · Follow-up"


def test_initials_tell_doctors_apart() -> None:
    assert event_title(row(), with_initials=True) == "SJ Jane Smith · Follow-up"


def test_cancelled_appointments_are_left_out() -> None:
    assert events_of([row(status=Status.CANCELLED)], PLAIN) == []


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CANCELLED])
def test_only_what_may_still_move_can_be_dragged(status: Status) -> None:
    (event,) = events_of([row(status=status)], PLAIN)
    assert event["editable"] is (status in {Status.SCHEDULED, Status.CHECKED_IN})
    (event,) = events_of([row(status=status)], Drawing(PLAIN.zone, LIGHT, editable=False))
    assert event["editable"] is False


def test_what_waits_for_an_answer_is_drawn_where_it_would_go() -> None:
    waiting = Change(7, 3, TEN + timedelta(hours=2), 40)
    (event, other) = events_of([row(), row(appointment_id=8)], Drawing(PLAIN.zone, LIGHT, pending=waiting))
    assert (event["start"], event["end"]) == ("2026-12-08T12:00:00", "2026-12-08T12:40:00")
    assert "waiting-for-answer" in event["classNames"]
    assert (other["start"], other["classNames"]) == ("2026-12-08T10:00:00", [])


def test_putting_back_changes_the_data_so_that_the_grid_draws_it_anew() -> None:
    before = events_of([row()], PLAIN)
    assert events_of([row()], Drawing(PLAIN.zone, LIGHT, returned=1)) != before
    assert events_of([row()], PLAIN) == before


def test_a_no_show_is_struck_through_and_the_open_one_is_framed() -> None:
    gone, done = events_of(
        [row(status=Status.NO_SHOW), row(appointment_id=8, status=Status.COMPLETED)],
        Drawing(PLAIN.zone, LIGHT, opened=8),
    )
    assert gone["classNames"] == ["gone", "quiet"]
    assert done["classNames"] == ["quiet", "opened"]


def test_colours_follow_the_theme() -> None:
    light, dark = (events_of([row(colour_id="5")], Drawing(PLAIN.zone, colours))[0] for colours in (LIGHT, DARK))
    assert (light["borderColor"], dark["borderColor"]) == ("#B08407", "#FBE4A2")
    assert (light["textColor"], dark["textColor"]) == (LIGHT.text, DARK.text)


def test_closed_time_stands_behind_with_its_reason_and_whose_it_is() -> None:
    nine = datetime(2026, 12, 9, 9, tzinfo=UTC)
    closed = [
        ClosedTime(None, nine, nine + timedelta(days=1), "Holiday"),
        ClosedTime(1, nine, nine + timedelta(hours=1), ""),
        ClosedTime(2, nine, nine + timedelta(hours=1), "Leave"),
    ]
    one = closed_events(closed, {1: "Dr. Sarah Johnson"}, PLAIN)
    assert [(event["title"], event["display"]) for event in one] == [
        ("Holiday", "background"),
        ("Closed", "background"),
    ]
    assert (one[0]["start"], one[0]["end"]) == ("2026-12-09T09:00:00", "2026-12-10T09:00:00")
    everyone = {1: "Dr. Sarah Johnson", 2: "Dr. Michael Chen"}
    all_of_them = closed_events(closed, everyone, Drawing(PLAIN.zone, LIGHT, with_initials=True))
    assert [event["title"] for event in all_of_them] == ["Holiday", "SJ Closed", "MC Leave"]
    listed = closed_events(closed[:2], everyone, Drawing(PLAIN.zone, LIGHT, with_initials=True, without_hours=True))
    assert [(event["title"], event.get("display"), event["allDay"]) for event in listed] == [
        ("Closed: Holiday", None, False),
        ("SJ Closed", None, False),
    ]
    midnight = datetime(2026, 12, 9, tzinfo=UTC)
    whole = ClosedTime(None, midnight, midnight + timedelta(days=1), "Holiday")
    assert closed_events([whole], everyone, Drawing(PLAIN.zone, LIGHT, without_hours=True))[0]["allDay"]
