"""Events of ours that stand where they should not: in another calendar, or under an id that they have outgrown."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from core.calendars.calendar import CalendarError, FoundEvent
from core.calendars.findings import Findings, Item
from core.calendars.metered import MeteredCalendar
from core.domain.calendar_changes import Cause, Held
from core.scheduler.link_effects import OpenLink
from core.scheduler.pull_leases import Reading
from core.scheduler.pulls import CalendarPulls

_MEANWHILE = timedelta(minutes=10)


class Strays:
    """Brings events back to where they belong, so that each stands there once."""

    def __init__(self, pulls: CalendarPulls, calendar_at: Callable[[str], MeteredCalendar]) -> None:
        self._pulls = pulls
        self._calendar_at = calendar_at

    def bring_home(
        self, reading: Reading, calendar: MeteredCalendar, findings: Findings
    ) -> tuple[list[FoundEvent], bool]:
        """Delete here what was moved away from its home, and put it back there; what is somebody else's copy.

        The second is false where a home could not be asked, so that all has to be read again.
        """
        copies, settled = [], True
        for stray in findings.strays:
            if stray.found is None:
                continue
            left_home = self._left_home(reading, calendar, stray)
            if left_home:
                self._return(reading, calendar, stray, stray.found)
            else:
                copies.append(stray.found)
                settled &= left_home is not None
        return copies, settled

    def clear_outgrown(
        self, reading: Reading, calendar: MeteredCalendar, foreign: Sequence[FoundEvent]
    ) -> list[FoundEvent]:
        """Delete what came back under an id, or bears the UID, of ours that has been replaced; all others."""
        living = [event for event in foreign if not event.cancelled]
        outgrown = self._pulls.outgrown({one for event in living for one in (event.event_id, event.uid) if one})
        others = []
        for event in foreign:
            link_id = outgrown.get(event.event_id, outgrown.get(event.uid))
            if event.cancelled or link_id is None:
                others.append(event)
                continue
            # First here: whoever brought the old one back does not want it cancelled.
            self._pulls.settle([link_id], _came_back, reading)
            calendar.delete(event.event_id)
        return others

    def _left_home(self, reading: Reading, calendar: MeteredCalendar, stray: Item) -> bool | None:
        """Whether it is gone from where it belongs; None where that can't be told."""
        home = calendar
        try:
            if stray.known.calendar_id != reading.calendar_id:
                home = self._calendar_at(stray.known.calendar_id)
            found = home.fetch(stray.known.event_id)
        except CalendarError:
            return None
        return found is None or found.cancelled

    def _return(self, reading: Reading, calendar: MeteredCalendar, stray: Item, found: FoundEvent) -> None:
        number = [stray.known.link_id]

        def expect(link: OpenLink) -> None:
            # Not sent before the one here is deleted: with both there, this one would pass for a copy.
            later = link.now + _MEANWHILE
            if link.known.stands and not link.known.due:
                link.put_back(Cause.OTHER_CALENDAR, due_at=later)
            else:
                link.overwrite(None)

        self._pulls.settle(number, expect, reading)
        calendar.delete(found.event_id)
        self._pulls.settle(number, OpenLink.send_now, reading)


def _came_back(link: OpenLink) -> None:
    if link.known.held in {Held.GONE, Held.VANISHED}:
        link.put_back(Cause.CAME_BACK)
