"""An appointment's status and its state in the calendar, in words and with an icon: never by colour alone."""

from datetime import datetime, timedelta, tzinfo

from core.domain.appointment import Status
from core.scheduler.leases import SyncPaused
from core.scheduler.rows import SyncState
from core.ui.times import clock_time, day_and_time
from core.ui.words import _, plain, sentence_of

STATUS_ICONS = {
    Status.SCHEDULED: "○",
    Status.CHECKED_IN: "◐",
    Status.IN_PROGRESS: "▶",
    Status.COMPLETED: "✓",
    Status.CANCELLED: "✕",
    Status.NO_SHOW: "∅",
}

AWAITS_DECISION = "⚠"
"""Stands before an appointment on which its calendar and the clinic disagree."""


def status_words(status: Status) -> str:
    """The status as people say it, such as "Checked in"."""
    return {
        Status.SCHEDULED: _("Scheduled"),
        Status.CHECKED_IN: _("Checked in"),
        Status.IN_PROGRESS: _("In progress"),
        Status.COMPLETED: _("Completed"),
        Status.CANCELLED: _("Cancelled"),
        Status.NO_SHOW: _("Did not come"),
    }[status]


def status_label(status: Status) -> str:
    """Icon and words, such as "✓ Completed"."""
    return f"{STATUS_ICONS[status]} {status_words(status)}"


SOON = timedelta(minutes=2)
_MANY_TRIES = 3


def is_slow(sync: SyncState, now: datetime) -> bool:
    """Whether the calendar has not answered for two minutes, or several times in a row."""
    waits = sync.requested_at is not None and sync.synced_at is None and now - sync.requested_at > SOON
    return sync.state == "pending" and (waits or sync.attempts >= _MANY_TRIES)


def sync_words(sync: SyncState, zone: tzinfo, now: datetime, paused: str | None = None) -> str:
    """How the appointment stands in the clinic's calendar, such as "In the calendar since 14:02".

    `paused` is why nothing is sent to any calendar for now, if that is so.
    """
    if sync.state == "synced" and sync.synced_at is not None:
        return _("In the calendar since {time}").format(time=clock_time(sync.synced_at, zone))
    if sync.state in {"conflict", "gone"}:
        there = _("The calendar says something else.") if sync.state == "conflict" else _("No longer in the calendar.")
        return f"{there} {_('Somebody has to decide.')}"
    if sync.state == "pending" and paused is not None:
        return sentence_of(SyncPaused(reason=plain(_(paused)) if paused else ""))
    if is_slow(sync, now):
        return _("The calendar hasn't answered. We keep trying; the appointment is safe.")
    if sync.state == "failed":
        return _("Not in the calendar: {why}").format(why=_(sync.error or ""))
    return _("Adding to the calendar…") if sync.state == "pending" else _("Not in the calendar.")


def clinics_sync_words(sync: SyncState, zone: tzinfo, now: datetime, paused: str | None = None) -> str:
    """The same for patients: whose calendar it is, and no faults that only the clinic can mend."""
    if sync.state == "synced" and sync.synced_at is not None:
        return _("In the clinic's calendar since {when}.").format(when=day_and_time(sync.synced_at, zone))
    if sync.state in {"conflict", "gone"}:
        return _("The clinic's calendar says something else. The clinic is looking at it.")
    if sync.state == "pending" and paused is not None:
        return _("The clinic has paused its calendar and adds it later. Your appointment is safe.")
    if is_slow(sync, now):
        return _("The clinic's calendar hasn't answered. We keep trying; your appointment is safe.")
    if sync.state == "pending":
        return _("Adding to the clinic's calendar… Your appointment is safe.")
    return _("Not in the clinic's calendar yet. Your appointment is safe all the same.")


SYNC_ICONS = {
    "none": ":material/cloud_off:",
    "pending": ":material/cloud_upload:",
    "synced": ":material/cloud_done:",
    "conflict": ":material/sync_problem:",
    "gone": ":material/sync_problem:",
    "failed": ":material/error:",
}
"""A sign beside the words for an appointment's state in the calendar."""


def initials(name: str) -> str:
    """A doctor's initials, which stand beside the colour: "Dr. Sarah Johnson" → "SJ"."""
    words = [word for word in name.replace(",", " ").split() if not word.endswith(".")]
    return "".join(word[0].upper() for word in words[:3] if word[0].isalpha())
