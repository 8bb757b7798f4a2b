"""CalendarCheck: compares a calendar with the clinic completely, and mends what differs when a person says so."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from core.calendars.calendar import CalendarError, FoundEvent, Window
from core.calendars.differences import COMPARED, Difference, Kind, Wanted, compare_busy, compare_links
from core.calendars.findings import ids_in, sort_out
from core.calendars.metered import MeteredCalendar
from core.calendars.pull import AHEAD, BACK, CalendarPull
from core.calendars.pusher import Calendars, wanted_event
from core.calendars.rates import Rates
from core.domain.clock import Clock
from core.domain.principal import Principal
from core.domain.timespan import Timespan
from core.scheduler.checks import CalendarChecks, Checked
from core.scheduler.due import Due
from core.scheduler.pulls import CalendarPulls

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Report:
    """What a comparison of one calendar came to, without content; `at` is aware, in UTC.

    `compared` links were looked at; others were `on_their_way`, or `undecided` until a person decides. Where the
    calendar did not answer, `problem` is the sentence that says so, and nothing was compared.
    """

    calendar: Checked
    at: datetime
    compared: int = 0
    on_their_way: int = 0
    undecided: int = 0
    differences: tuple[Difference, ...] = ()
    problem: str = ""

    @property
    def in_step(self) -> bool:
        """Whether it was compared and nothing differs."""
        return not self.differences and not self.problem


@dataclass(frozen=True, slots=True)
class Mended:
    """What was set going: events to be sent again, and events that were removed; `problem` where it broke off."""

    sent: int
    removed: int
    problem: str = ""


class CalendarCheck:
    """Both sides, from now on: links, somebody else's busy time, and events of ours that nobody knows of."""

    def __init__(
        self,
        checks: CalendarChecks,
        pull: CalendarPull,
        pulls: CalendarPulls,
        calendars: Calendars,
        clock: Clock,
        rates: Rates | None = None,
    ) -> None:
        self._checks = checks
        self._pull = pull
        self._pulls = pulls
        self._calendars = calendars
        self._clock = clock
        self._rates = rates or Rates(clock)

    def calendars(self, principal: Principal) -> list[Checked]:
        """What can be compared; for managers."""
        return self._checks.calendars(principal)

    def run(self, principal: Principal) -> Iterator[Report]:
        """Compare all calendars, one after the other. Each is read first, so what remains is not merely unread."""
        for checked in self._checks.calendars(principal):
            yield self.compare(checked)

    def compare(self, checked: Checked) -> Report:
        """Read the calendar, then compare it and keep how much differs."""
        self._pull.pull_now(checked.calendar_id)  # what goes wrong there goes wrong below, or is found to differ
        began = self._clock()
        window = Window(Timespan(began - BACK, began + AHEAD), checked.zone)
        try:
            calendar = self._open(checked)
            events = calendar.changes(None, window).events
            report = self._compare(checked, events, calendar.fetch, began)
        except CalendarError as error:
            return Report(checked, began, problem=str(error))
        self._checks.record(checked.calendar_id, len(report.differences))
        return report

    def mend(self, principal: Principal, report: Report) -> Mended:
        """Let what differs be sent again, remove what nobody knows of, and read anew what takes time."""
        calendar_id = report.calendar.calendar_id
        links = [found.link_id for found in report.differences if found.link_id is not None]
        sent = self._checks.send_again(principal, calendar_id, links)
        unknown = [found for found in report.differences if found.kind is Kind.UNKNOWN]
        removed = 0
        try:
            for found in unknown:
                self._checks.may_remove(principal, calendar_id, found.appointment_id)
                self._open(report.calendar).delete(found.event_id)
                removed += 1
        except CalendarError as error:
            return Mended(sent, removed, str(error))
        if any(found.kind is Kind.BUSY for found in report.differences):
            self._checks.read_anew(principal, calendar_id)
            self._pull.pull_now(calendar_id)
        return Mended(sent, removed)

    def _open(self, checked: Checked) -> MeteredCalendar:
        found = self._calendars.calendar(checked.provider, checked.calendar_id, checked.name)
        return MeteredCalendar(
            found, checked.provider, partial(self._rates.take, (checked.provider, checked.connection_id))
        )

    def _compare(
        self,
        checked: Checked,
        events: Sequence[FoundEvent],
        fetch: Callable[[str], FoundEvent | None],
        began: datetime,
    ) -> Report:
        findings = sort_out(checked.calendar_id, events, self._pulls.known(ids_in(events)))
        expected = self._checks.expected(checked.calendar_id, began)
        found = {number: item.found for number, item in findings.ours.items()}
        for due in expected.settled:
            if due.wanted and due.link_id not in found:  # one answer that leaves something out is not believed
                found[due.link_id] = fetch(due.event_id)
        foreign = [*findings.foreign, *(stray.found for stray in findings.strays if stray.found is not None)]
        unknown = self._unknown(checked, foreign)
        busy = self._checks.busy(checked.calendar_id, began + COMPARED)
        differences = [
            *compare_links(map(_wanted, expected.settled), found),
            *(Difference(Kind.UNKNOWN, event.event_id, starts_at=event.starts_at) for event in unknown),
            *compare_busy(
                [event for event in foreign if event not in unknown],
                {event_id: spans for event_id, spans in busy.items() if event_id not in _ids(unknown)},
                began,
            ),
        ]
        return Report(
            checked, began, len(expected.settled), expected.on_their_way, expected.undecided, tuple(differences)
        )

    def _unknown(self, checked: Checked, foreign: Sequence[FoundEvent]) -> list[FoundEvent]:
        like_ours = {event.event_id for event in foreign if not event.cancelled and _is_hex(event.event_id)}
        made_here = self._checks.made_here(checked.calendar_id, like_ours)
        return [event for event in foreign if not event.cancelled and event.event_id in made_here]


def _is_hex(event_id: str) -> bool:
    return len(event_id) == 32 and _HEX.issuperset(event_id)  # noqa: PLR2004 - a UUID in hex


def _ids(events: Sequence[FoundEvent]) -> set[str]:
    return {event.event_id for event in events}


def _wanted(due: Due) -> Wanted:
    return Wanted(due.link_id, due.appointment_id, due.event_id, due.doctor_name, due.starts_at, wanted_event(due))
