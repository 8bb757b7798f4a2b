"""Appointments mirrored to calendars by the application as it is wired, and what was changed there read back. Google is the
tests' stand-in, in a process of its own, with 20 ms of latency for each request; CalDAV is the built-in server. The clinic's
quota of requests is lifted (GOOGLE_REQUESTS_PER_MINUTE), since Google's own 600 a minute would be all that is measured.

gcsa is the Google Calendar Simple API, with which one event is written after the other; in turn with the clinic it writes
every fourth of them, which then stand as the clinic's do. A pull is timed from the question to the last row: what changed is read, planned and
applied. Half of the hundred changes are visits moved to another free time, each of which reschedules an appointment, and
half are somebody else's events. Bookings are made in turn in a clinic without and in one with a calendar that takes every
booking, while a worker in a process of its own brings them to Google.

To say what changed, the built-in server opens three small files for each event that it holds, so that "nothing" at ten
thousand events takes it most of what a hundred changes take. The rest is rescheduling: 5 ms each on an idle machine, half
of it for reading which of the calendar's ten thousand foreign events take the doctor's time, since those are found by when
they end. A first push of few events is mostly sixteen threads opening their connections, as `--quick` shows.
"""

from bench.calendars_booking import bookings
from bench.calendars_pull import pulls_from_google, pulls_from_radicale
from bench.calendars_push import pushes
from bench.data import Context
from bench.google_process import google
from bench.result import Result

TITLE = "Calendars"


def run(context: Context) -> list[Result]:
    """Pushes, pulls at both vendors, and bookings beside a worker that pushes."""
    with google() as server:
        return [
            *pushes(context, server),
            *pulls_from_google(context, server),
            *pulls_from_radicale(context),
            *bookings(context, server),
        ]
