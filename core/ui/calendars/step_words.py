"""Comparisons and mends in words."""

from core.calendars.check import Report
from core.calendars.differences import Difference, Kind
from core.calendars.differences import Part as EventPart
from core.domain.calendar_changes import Cause, Mend
from core.ui.words import _, ngettext, plain


def report_words(report: Report) -> str:
    """How one calendar compares."""
    name = plain(report.calendar.name)
    if report.problem:
        return _("{name}: not compared. {why}").format(name=name, why=_(report.problem))
    compared = ngettext("{count} event compared", "{count} events compared", report.compared)
    parts = [compared]
    if report.on_their_way:
        parts.append(ngettext("{count} on its way", "{count} on their way", report.on_their_way))
    if report.undecided:
        parts.append(ngettext("{count} needs a decision", "{count} need a decision", report.undecided))
    count = len(report.differences)
    verdict = ngettext("{count} differs", "{count} differ", count) if count else _("in step")
    return _("{name}: {verdict} ({details}).").format(name=name, verdict=verdict, details=", ".join(parts))


def difference_words(found: Difference) -> str:
    """What differs, without the event's content."""
    words = {
        Kind.MISSING: _("missing in the calendar"),
        Kind.DIFFERING: _("different in the calendar"),
        Kind.UNWANTED: _("should not stand in the calendar"),
        Kind.UNKNOWN: _("an event of CareSlot's that no appointment knows of"),
        Kind.BUSY: _("somebody else's event takes other times than are known here"),
    }[found.kind]
    parts = ", ".join(_part_words(part) for part in found.parts)
    return f"{words}: {parts}" if parts else words


def _part_words(part: EventPart) -> str:
    return {
        EventPart.TITLE: _("title"),
        EventPart.TIME: _("time"),
        EventPart.TEXT: _("description"),
        EventPart.PLACE: _("place"),
        EventPart.COLOUR: _("colour"),
        EventPart.REMINDER: _("reminder"),
    }[part]


def mend_words(what: Mend) -> str:
    """What was done."""
    return {
        Mend.RESCHEDULED: _("Rescheduled"),
        Mend.CANCELLED: _("Cancelled"),
        Mend.PUT_BACK: _("Put back"),
        Mend.REMOVED: _("Removed"),
        Mend.LET_BE: _("Left as it is"),
    }[what]


def cause_words(why: Cause) -> str:
    """Why it was done."""
    return {
        Cause.MOVED_THERE: _("it was moved in the calendar"),
        Cause.DELETED_THERE: _("it was deleted in the calendar"),
        Cause.TEXT_EDITED: _("its text was edited in the calendar"),
        Cause.ALL_DAY: _("it was made an all-day event"),
        Cause.SERIES: _("it was made a series"),
        Cause.NO_USABLE_TIME: _("it had no usable time"),
        Cause.NOT_OPEN_ANY_MORE: _("the visit had begun or was over"),
        Cause.OTHER_CALENDAR: _("it was moved into another calendar"),
        Cause.UNWANTED: _("it should not stand there"),
        Cause.KEPT: _("somebody kept the clinic's version"),
        Cause.TAKEN_OVER: _("somebody took the calendar's time"),
        Cause.CAME_BACK: _("it came back by itself"),
        Cause.COMPARED: _("both sides were compared"),
    }[why]
