"""Appointments pushed for the first time and after they were changed, against gcsa doing the same one by one."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from googleapiclient.discovery import build

from bench.calendar_clinic import Clinic, Visit, clinic
from bench.data import Context
from bench.google_process import Google
from bench.race import refuse_unequal
from bench.result import Result

_TURNS = 4
_SHARE = 4  # of so many, gcsa is given one: all of them take it a minute
_AT_LEAST = 6


class OneByOne:
    """What gcsa's users do: a calendar, and a call for each event."""

    def __init__(self, server: Google) -> None:
        from gcsa.event import Event  # here, so that the other topics can be measured without it
        from gcsa.google_calendar import GoogleCalendar

        self._event = Event
        self.calendar_id = server.new_calendar("One by one")
        signed = server.credentials()
        self._calendar = GoogleCalendar(self.calendar_id, credentials=signed)
        # It knows Google's own address only.
        options = {"api_endpoint": server.place.endpoint}
        self._calendar.service = build("calendar", "v3", credentials=signed, client_options=options)
        self._events: dict[int, Any] = {}

    def add(self, visits: Sequence[Visit]) -> None:
        for visit in visits:
            event = self._event(
                "Appointment: John Doe with Dr. Sarah Johnson",
                visit.starts_at,
                visit.ends_at,
                event_id=visit.event_id,
                description=f"Reason: Follow-up after the last visit\nAppointment ID: {visit.appointment_id}",
                color_id="7",
                location="Room 2",
                minutes_before_popup_reminder=30,
            )
            self._events[visit.appointment_id] = self._calendar.add_event(event)

    def change(self, visits: Sequence[Visit]) -> None:
        for visit in visits:
            event = self._events[visit.appointment_id]
            event.start, event.end = visit.starts_at, visit.ends_at
            self._calendar.update_event(event)

    def holds(self, visits: Sequence[Visit]) -> list[Visit]:
        return [visit for visit in visits if visit.appointment_id in self._events]


def pushes(context: Context, server: Google) -> list[Result]:
    """The first pushes, then as many after each visit was made shorter."""
    count = 60 if context.quick else 1_000
    with clinic(context, server=server) as place:
        place.connect("google", server.new_calendar("Clinic"))
        place.book(count)
        other = OneByOne(server)
        first = _race(place, other, other.add, server, "appointments for the first time", "calendar.events.insert")
        place.shorten()
        return first + _race(place, other, other.change, server, "reschedules", "calendar.events.update")


def _race(
    place: Clinic,
    other: OneByOne,
    one_by_one: Callable[[Sequence[Visit]], None],
    server: Google,
    what: str,
    request: str,
) -> list[Result]:
    """Push everything that is due, in turn with gcsa; the rates, and how many requests each of ours took."""
    started = perf_counter()
    place.app.links.make_requested()
    ours = perf_counter() - started
    visits = place.visits()
    size, its = len(visits) // _TURNS, len(visits) // _TURNS // _SHARE
    floor, sent = 0.0, 0
    for first in range(0, len(visits), size):
        server.requests()
        started = perf_counter()
        place.push(size)
        ours += perf_counter() - started
        counted = server.requests()
        sent += counted.total() - counted["token"]
        refuse_unequal([size], [counted[request]], what)
        started = perf_counter()
        one_by_one(visits[first : first + its])
        floor += perf_counter() - started
    refuse_unequal([0], [place.app.links.pending(place.calendar_id)], "pending")
    for calendar_id, held in ((place.calendar_id, visits), (other.calendar_id, other.holds(visits))):
        refuse_unequal(sorted((one.starts_at, one.ends_at) for one in held), server.times(calendar_id), what)
    title = f"{len(visits):,} {what}"
    return [
        Result.rate(f"{title} (gcsa as floor)", its * _TURNS / floor, len(visits) / ours, _AT_LEAST),
        Result.within(f"{title}: requests for each", sent / len(visits), 1, ""),
    ]
