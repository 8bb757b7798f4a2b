"""CalendarPull: reads what changed in calendars, plans, and applies it here in chunks that may be applied twice."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from time import perf_counter

from core.calendars.calendar import (
    CalendarError,
    CalendarUnreachable,
    Changes,
    CursorExpired,
    FoundEvent,
    Window,
)
from core.calendars.findings import Findings, Item, ids_in, sort_out
from core.calendars.metered import MeteredCalendar
from core.calendars.plan import Reaction, seconds_to_wait, too_many_gone
from core.calendars.pusher import Calendars
from core.calendars.rates import Rates
from core.calendars.react import Outcome, planned, react, settle_gone
from core.calendars.strays import Strays
from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.timespan import Timespan
from core.scheduler.foreign_busy import Busy
from core.scheduler.link_effects import Known, OpenLink
from core.scheduler.pull_leases import EVERY, SKEW, SOON, PullLost, Reading
from core.scheduler.pulls import CHUNK, CalendarPulls, batches
from core.telemetry import logs, measurements
from core.telemetry.unexpected import report

LIST_EVERY = timedelta(days=1)
BACK = timedelta(days=1)
AHEAD = timedelta(days=400)
BUSY_CHUNK = 200
ASK_AGAIN = timedelta(minutes=1)
RELUCTANTLY = timedelta(minutes=10)
_CHANCE = secrets.SystemRandom()
_log = logs.get("calendars")


class PullFailed(CalendarError):
    """Something unexpected kept the calendar from being read. We keep trying."""

    kind = "passing"


class CalendarPull:
    """Reads calendars by their cursors. The database knows how far each was read, so a crash at any point is made good."""

    def __init__(self, pulls: CalendarPulls, calendars: Calendars, clock: Clock, rates: Rates | None = None) -> None:
        self._pulls = pulls
        self._calendars = calendars
        self._clock = clock
        self._rates = rates or Rates(clock)
        self._strays = Strays(pulls, self._calendar_at)

    def run_due(self, limit: int = 1) -> int:
        """Read up to `limit` calendars whose time has come; how many were read, well or not."""
        done = 0
        while done < limit and (reading := self._pulls.claim()) is not None:
            self._read(reading)
            done += 1
        return done

    def pull_now(self, calendar_id: str) -> CareSlotError | None:
        """Read this calendar at once; what went wrong, if anything did.

        PullLost where another worker reads it or syncing is paused: it is read as soon as that is over.
        """
        reading = self._pulls.claim(calendar_id)
        if reading is None:
            self._pulls.ask(calendar_id)
            return PullLost()
        return self._read(reading)

    def ask(self, calendar_id: str) -> None:
        """Let the calendar be read as soon as a worker is free."""
        self._pulls.ask(calendar_id)

    def settle_due(self, limit: int = 20) -> int:
        """Cancel what has been gone for its grace and still is, or let be what came back; of how many links that was.

        At most `limit` are looked at.
        """
        return sum(self._settle_gone(known) for known in self._pulls.to_cancel(limit))

    def _settle_gone(self, known: Known) -> bool:
        if self._pulls.hold_vanished(known.calendar_id, too_many_gone):
            return False
        zone = self._pulls.place(known.calendar_id)[-1]
        try:
            found = self._calendar_at(known.calendar_id).fetch(known.event_id)
        except CalendarError:
            again = self._clock() + ASK_AGAIN
            self._pulls.settle([known.link_id], lambda link: link.ask_again(again) if link.same_as(known) else None)
            return False

        def act(link: OpenLink) -> bool:
            if not link.same_as(known):
                return False  # somebody decided meanwhile
            settle_gone(link, found, zone)
            return True

        return any(self._pulls.settle([known.link_id], act).values())

    def _read(self, reading: Reading) -> CareSlotError | None:
        began = perf_counter()
        error: CareSlotError | None = None
        try:
            self._pull(reading)
        except PullLost as lost:
            error = lost
        except CalendarError as failed:
            error = self._failed(reading, failed)
        except Exception as broken:  # noqa: BLE001 - one calendar must not end the reading of all, nor fail unseen
            report(broken, "pull")
            error = self._failed(reading, PullFailed())
        word = "done" if error is None else error.kind if isinstance(error, CalendarError) else "lease lost"
        measurements.pulled(reading.provider, word, perf_counter() - began)
        if error is not None:
            _log.warning("pull_failed", provider=reading.provider, outcome=word, attempts=reading.attempts)
        return error

    def _failed(self, reading: Reading, failed: CalendarError) -> CalendarError:
        """Keep it for people to see, and read again when there is hope."""
        retry_after = failed.retry_after if isinstance(failed, CalendarUnreachable) else None
        wait = seconds_to_wait(failed.kind, reading.attempts, retry_after, _CHANCE.random())
        self._pulls.fail(
            reading, kind=failed.kind, sentence=str(failed), retry_at=self._clock() + timedelta(seconds=wait)
        )
        return failed

    def _pull(self, reading: Reading) -> None:
        calendar = self._calendar_at(reading.calendar_id)
        window = Window(Timespan(reading.began_at - BACK, reading.began_at + AHEAD), reading.zone)
        with self._pulls.kept(reading):
            changes = self._changes(reading, calendar, window)
        findings = sort_out(reading.calendar_id, changes.events, self._pulls.known(ids_in(changes.events)))
        copies, homes_known = self._strays.bring_home(reading, calendar, findings)
        foreign = self._strays.clear_outgrown(reading, calendar, [*findings.foreign, *copies])
        self._keep_busy(reading, foreign, window)
        settled = self._settle(reading, calendar, self._news(reading, findings))
        if changes.complete:
            settled &= self._look_for_missing(reading, calendar, findings)
        self._pulls.hold_vanished(reading.calendar_id, too_many_gone, reading)
        if not settled or not homes_known:
            # Where a home can't be asked that may last, and each time all of a large calendar would be listed.
            self._pulls.put_off(reading, SOON if not settled else RELUCTANTLY if changes.complete else EVERY)
            return
        listed = {event.event_id for event in foreign if not event.cancelled} if changes.complete else None
        self._pulls.finish(reading, changes.cursor, listed, window.span.start)

    def _calendar_at(self, calendar_id: str) -> MeteredCalendar:
        provider, name, connection_id, _ = self._pulls.place(calendar_id)
        found = self._calendars.calendar(provider, calendar_id, name)
        return MeteredCalendar(found, provider, partial(self._rates.take, (provider, connection_id)))

    def _changes(self, reading: Reading, calendar: MeteredCalendar, window: Window) -> Changes:
        """What changed; everything where the cursor is too old, and once a day, for series move on into the window."""
        fresh = reading.listed_at is not None and reading.listed_at > reading.began_at - LIST_EVERY
        if reading.cursor is None or not fresh:
            return calendar.changes(None, window)
        try:
            return calendar.changes(reading.cursor, window)
        except CursorExpired:
            return calendar.changes(None, window)

    def _keep_busy(self, reading: Reading, foreign: Sequence[FoundEvent], window: Window) -> None:
        for some in batches(foreign, BUSY_CHUNK):
            busy = [Busy(event.event_id, () if event.cancelled else event.spans) for event in some]
            self._pulls.replace_busy(reading, busy, window.span.start)

    def _news(self, reading: Reading, findings: Findings) -> list[Item]:
        """What is not merely our own echo, and what is being sent: what comes of that is not known yet."""
        now = self._clock()
        return [
            item
            for item in findings.ours.values()
            if item.known.leased or planned(item.known, item.found, reading.zone, now).reaction is not Reaction.NOTHING
        ]

    def _look_for_missing(self, reading: Reading, calendar: MeteredCalendar, findings: Findings) -> bool:
        """Ask for each event that should have been listed; only what is not there by that answer is gone."""
        missing = [known for known in self._pulls.expected(reading.calendar_id) if known.link_id not in findings.ours]
        settled = True
        for some in batches(missing, CHUNK):
            items = [Item(known, calendar.fetch(known.event_id), known.version) for known in some]
            settled &= self._settle(reading, calendar, items)
        return settled

    def _settle(self, reading: Reading, calendar: MeteredCalendar, items: Sequence[Item]) -> bool:
        """Act on what was found; False where something was being sent just then, so that it has to be read again."""
        doubtful = self._act(reading, items)
        if not doubtful:
            return True
        again: list[Item] = []
        for known in self._pulls.known({item.known.event_id for item in doubtful}):
            if known.leased:
                continue
            again.append(Item(known, calendar.fetch(known.event_id), known.version))
        return len(again) == len(doubtful) and not self._act(reading, again)

    def _act(self, reading: Reading, items: Sequence[Item]) -> list[Item]:
        """Act chunk by chunk; what is in doubt. Where a time is taken by an event that moved away too, order matters."""
        left, doubtful, final = list(items), [], False
        while left:
            came = {
                number: outcome
                for some in batches(left, CHUNK)
                for number, outcome in self._chunk(reading, some, final)
            }
            doubtful += [item for item in left if came.get(item.known.link_id) is Outcome.IN_DOUBT]
            taken = [item for item in left if came.get(item.known.link_id) is Outcome.TAKEN]
            final = len(taken) == len(left)
            left = taken
        return doubtful

    def _chunk(self, reading: Reading, items: Sequence[Item], final: bool) -> Iterable[tuple[int, Outcome]]:
        by_link = {item.known.link_id: item for item in items}

        def act(link: OpenLink) -> Outcome:
            item = by_link[link.known.link_id]
            if _in_doubt(link, item, reading):
                return Outcome.IN_DOUBT
            return react(link, item.found, reading.zone, final=final)

        return self._pulls.settle(list(by_link), act, reading).items()


def _in_doubt(link: OpenLink, item: Item, reading: Reading) -> bool:
    """Whether something may have been sent after the event was read."""
    known = link.known
    if known.leased:
        return True
    if item.version is not None:
        return known.version != item.version
    return known.synced_at is not None and known.synced_at >= reading.began_at - SKEW
