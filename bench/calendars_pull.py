"""Calendars of ten thousand events read back: where nothing changed, and where a hundred did."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import randrange
from statistics import median
from time import perf_counter

from bench.calendar_clinic import Clinic, clinic
from bench.data import Context
from bench.google_process import Google
from bench.race import refuse_unequal
from bench.radicale_folder import counted_requests, radicale_folder
from bench.result import Result
from core.calendars.caldav_changes import BY_TOKEN
from core.domain.timespan import Timespan
from tests.calendars.by_caldav import somebody_at

_HALF = 50  # of a hundred changes
_LATER = timedelta(minutes=5)

Spans = dict[str, tuple[datetime, datetime]]


def pulls_from_google(context: Context, server: Google) -> list[Result]:
    """Read from the stand-in."""
    count, ours, rounds = _sizes(context)
    with clinic(context, server=server) as place:
        place.connect("google", server.new_calendar("Pulled"))
        place.book(ours)
        place.push_all()
        spans = _at_night(context.now, count - ours)
        foreign: Spans = dict(zip(server.put(place.calendar_id, spans), spans, strict=True))
        place.clock.skip(minutes=5)
        started = perf_counter()
        place.pull()
        note = f"all of it is read in {perf_counter() - started:.1f} s"

        def pull() -> int:
            server.requests()
            place.pull()
            return server.requests().total()

        def move(moved: Spans) -> None:
            server.move(place.calendar_id, moved)

        return _measure(place, f"Google, {count:,} events", foreign, rounds, move, pull, note)


def pulls_from_radicale(context: Context) -> list[Result]:
    """Read from the built-in server. The first listing, which takes it and us a minute, is taken for done."""
    count, ours, rounds = _sizes(context)
    spans = _at_night(context.now, count - ours)
    folder = radicale_folder(context, spans)
    with clinic(context, folder=folder.path) as place:
        place.connect("embedded")
        refuse_unequal([folder.slug], [place.calendar_id], "short name")
        place.book(ours)
        with folder.emptied():
            place.push_all()
        embedded = place.app.registry.embedded
        calendar = embedded.calendar(folder.slug, "Measured", place.clock)
        place.read_up_to(BY_TOKEN + folder.token(calendar.url, embedded.password), folder.spans)
        place.clock.skip(minutes=5)
        with somebody_at(embedded, calendar, folder.slug) as somebody:

            def move(moved: Spans) -> None:
                for event_id, span in moved.items():
                    somebody.move(event_id, Timespan(*span))

            def pull() -> int:
                with counted_requests() as counted:
                    place.pull()
                return counted.total

            found = _measure(place, f"built-in server, {count:,} events", folder.spans, rounds, move, pull, "")
        folder.remove(visit.event_id for visit in place.visits())
        return found


def _sizes(context: Context) -> tuple[int, int, int]:
    """How many events, how many of them ours, and how many rounds of a hundred changes."""
    rounds = 1 if context.quick else 3
    return 400 if context.quick else 10_000, rounds * _HALF, rounds


def _at_night(now: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """Half hours in which the clinic is closed, over most of a year."""
    first = now.replace(hour=5, minute=0, second=0, microsecond=0) + timedelta(days=2)
    starts = [first + timedelta(days=number % 360, minutes=number // 360 * 5) for number in range(count)]
    return [(one, one + timedelta(minutes=30)) for one in starts]


def _measure(
    place: Clinic,
    what: str,
    foreign: Spans,
    rounds: int,
    move: Callable[[Spans], None],
    pull: Callable[[], int],
    note: str,
) -> list[Result]:
    """Pull where nothing changed, then a hundred changes again and again; `pull` tells how many requests it took."""
    quiet = [_timed(pull) for _ in range(3)]
    visits, others, seconds = place.visits(), list(foreign), timedelta(seconds=randrange(1, 300))

    busy = []
    for first in range(0, rounds * _HALF, _HALF):
        moved = {one.event_id: (one.starts_at + _LATER, one.ends_at + _LATER) for one in visits[first : first + _HALF]}
        for event_id in others[first : first + _HALF]:
            starts, ends = foreign[event_id]
            moved[event_id] = (starts + seconds, ends + seconds)
        move(moved)
        busy.append(_timed(pull))
    expected = [(one.starts_at + _LATER, one.ends_at + _LATER) for one in visits]
    refuse_unequal(expected, [(one.starts_at, one.ends_at) for one in place.visits()], what)
    note = f"nothing changed is known after {median(took for took, _ in quiet):.2f} s{'; ' if note else ''}{note}."
    return [
        Result.within(f"{what}, nothing changed: requests", max(sent for _, sent in quiet), 1, ""),
        Result.within(f"{what}, {2 * _HALF} changed: requests", max(sent for _, sent in busy), 2, ""),
        Result.within(f"{what}, {2 * _HALF} changed", median(took for took, _ in busy), 1, "s", note),
    ]


def _timed(pull: Callable[[], int]) -> tuple[float, int]:
    started = perf_counter()
    sent = pull()
    return perf_counter() - started, sent
