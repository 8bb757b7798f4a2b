"""What the clinic's cut-off means for an appointment, in sentences: until when a change is free, and what a late one is."""

from core.scheduler.rows import Row
from core.ui.shell import Page
from core.ui.times import day_and_time
from core.ui.words import _, ngettext


def is_late(page: Page, row: Row) -> bool:
    """Whether a change now would count as late."""
    return page.clinic.policy.is_late(row.starts_at, page.clock())


def free_until_words(page: Page, row: Row) -> str:
    """Until when the appointment may be changed without a late mark."""
    if is_late(page, row):
        return _("A change now counts as late.")
    until = page.clinic.policy.free_until(row.starts_at)
    return _("Change or cancel without a late mark until {when}.").format(when=day_and_time(until, page.zone))


def cancel_consequence(page: Page, row: Row) -> str:
    """What cancelling now would mean."""
    if is_late(page, row):
        return _("This is less than {length} before, so it counts as a late cancellation.").format(length=_cutoff(page))
    return _("No late mark.")


def move_consequence(page: Page, row: Row) -> str:
    """What moving now would mean."""
    if is_late(page, row):
        return _("This is less than {length} before, so moving it counts as late.").format(length=_cutoff(page))
    return _("No late mark.")


def _cutoff(page: Page) -> str:
    minutes = page.clinic.policy.cutoff_minutes
    if minutes % 60:
        return ngettext("{count} minute", "{count} minutes", minutes)
    return ngettext("{count} hour", "{count} hours", minutes // 60)
