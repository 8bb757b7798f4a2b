from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.scheduler.rows import SyncState
from core.ui.status import clinics_sync_words, initials, sync_words

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 12, 7, 14, 5, tzinfo=UTC)


def pending(minutes: int, attempts: int = 0, *, synced: bool = False) -> SyncState:
    synced_at = NOW - timedelta(hours=1) if synced else None
    return SyncState("pending", synced_at, requested_at=NOW - timedelta(minutes=minutes), attempts=attempts)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (SyncState("none"), "Not in the calendar."),
        (SyncState("synced", NOW - timedelta(minutes=3)), "In the calendar since 14:02"),
        (pending(0), "Adding to the calendar…"),
        (pending(2), "Adding to the calendar…"),
        (pending(3), "The calendar hasn't answered. We keep trying; the appointment is safe."),
        # a change of what stood there: asked for long ago, but not late yet
        (pending(90, synced=True), "Adding to the calendar…"),
        (pending(90, 3, synced=True), "The calendar hasn't answered. We keep trying; the appointment is safe."),
        (
            SyncState("failed", error_kind="reconnect", error="The calendar needs a new sign-in."),
            "Not in the calendar: The calendar needs a new sign-in.",
        ),
    ],
)
def test_the_state_in_the_calendar_is_told_in_words(state: SyncState, told: str) -> None:
    assert sync_words(state, LONDON, NOW) == told


def test_patients_are_told_whose_calendar_it_is_and_that_their_appointment_is_safe() -> None:
    for state in (SyncState("none"), SyncState("failed", error_kind="missing", error="x"), pending(0), pending(9)):
        told = clinics_sync_words(state, LONDON, NOW)
        assert "clinic's calendar" in told
        assert "our appointment is safe" in told


@pytest.mark.parametrize("state", [pending(0), pending(9), pending(90, 3, synced=True)])
def test_what_waits_for_syncing_to_go_on_says_so(state: SyncState) -> None:
    told = sync_words(state, LONDON, NOW, "We are moving *calendars*.")
    assert told == (
        r"Syncing is paused: We are moving \*calendars\*. The appointment is safe and is synced afterwards."
    )
    for_patients = clinics_sync_words(state, LONDON, NOW, "We are moving calendars.")
    assert for_patients == "The clinic has paused its calendar and adds it later. Your appointment is safe."


def test_what_stands_in_the_calendar_stands_there_though_syncing_is_paused() -> None:
    state = SyncState("synced", NOW - timedelta(minutes=3))
    assert sync_words(state, LONDON, NOW, "Moving.") == "In the calendar since 14:02"


@pytest.mark.parametrize(("name", "letters"), [("Dr. Sarah Johnson", "SJ"), ("Dr. Li, MD", "LM"), ("Ana", "A")])
def test_a_doctors_initials_leave_the_title_out(name: str, letters: str) -> None:
    assert initials(name) == letters
