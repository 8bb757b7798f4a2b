"""What is counted and timed while the clinic runs; the only file that knows prometheus_client.

Each process counts for itself since its start, so each web process and worker is to be scraped by itself. Labels come
from short lists that stand in our code, never from people.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # type: ignore[no-untyped-call]  # two lines for each that nobody reads
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_bookings = Counter("careslot_bookings", "Appointments booked.", ["by"], registry=REGISTRY)
_races = Counter("careslot_races_lost", "Bookings refused because the time was just taken.", registry=REGISTRY)
_sign_ins = Counter("careslot_sign_ins_refused", "Sign-ins that were refused.", registry=REGISTRY)
_pushes = Counter("careslot_calendar_pushes", "Pushes to calendars.", ["provider", "outcome"], registry=REGISTRY)
_push_seconds = Histogram(
    "careslot_calendar_push_seconds", "Time a push took.", ["provider"], buckets=_SECONDS, registry=REGISTRY
)
_pulls = Counter("careslot_calendar_pulls", "Looks at calendars.", ["provider", "outcome"], registry=REGISTRY)
_pull_seconds = Histogram(
    "careslot_calendar_pull_seconds", "Time a look took.", ["provider"], buckets=_SECONDS, registry=REGISTRY
)
_asked = Counter(
    "careslot_calendar_requests", "Requests sent to calendars.", ["provider", "request"], registry=REGISTRY
)
_page_seconds = Histogram(
    "careslot_page_seconds", "Time a full run of a page took.", ["page"], buckets=_SECONDS, registry=REGISTRY
)
_requests = Counter("careslot_http_requests", "Answers given.", ["route", "status"], registry=REGISTRY)
_refusals = Counter("careslot_http_refused", "Requests refused before any page saw them.", ["why"], registry=REGISTRY)
_unexpected = Counter("careslot_unexpected_errors", "Errors that nobody expected.", ["where"], registry=REGISTRY)
_waiting = Gauge("careslot_calendar_changes_waiting", "Changes that calendars have not taken.", registry=REGISTRY)
_failing = Gauge("careslot_calendar_changes_failing", "Those of them that failed at the last try.", registry=REGISTRY)
_lag = Gauge("careslot_calendar_lag_seconds", "How long the longest-waiting change has been due.", registry=REGISTRY)
_unread = Gauge(
    "careslot_calendar_unread_seconds",
    "How long the calendar that has waited longest has not been read.",
    ["provider"],
    registry=REGISTRY,
)
_drift = Gauge("careslot_calendar_drift", "What the last complete comparisons found to differ.", registry=REGISTRY)
_database = Gauge("careslot_database_up", "Whether the database answered this scrape.", registry=REGISTRY)
_visits = Gauge("careslot_open_visits", "Browser tabs that are connected to this process.", registry=REGISTRY)


def booked(*, by_patient: bool) -> None:
    """An appointment was booked, by a patient or by staff."""
    _bookings.labels("patient" if by_patient else "staff").inc()


def race_lost() -> None:
    """A booking found its time just taken."""
    _races.inc()


def sign_in_refused() -> None:
    """An address and password were refused."""
    _sign_ins.inc()


def pushed(provider: str, outcome: str, seconds: float) -> None:
    """A calendar took a change ("done"), or the kind of error with which it did not."""
    _pushes.labels(provider, outcome).inc()
    _push_seconds.labels(provider).observe(seconds)


def calendar_asked(provider: str, request: str) -> None:
    """A request was sent to a calendar; a vendor's client may make several of it."""
    _asked.labels(provider, request).inc()


def pulled(provider: str, outcome: str, seconds: float) -> None:
    """A calendar was read ("done"), or the kind of error with which it was not."""
    _pulls.labels(provider, outcome).inc()
    _pull_seconds.labels(provider).observe(seconds)


@contextmanager
def page_run(name: str) -> Iterator[None]:
    """Time the full run of a page, also of one that ends early."""
    began = perf_counter()
    try:
        yield
    finally:
        _page_seconds.labels(name).observe(perf_counter() - began)


def answered(route: str, status: int) -> None:
    """The server gave an answer; `route` names a kind of address."""
    _requests.labels(route, str(status)).inc()


def refused(why: str) -> None:
    """A request was turned away at the door."""
    _refusals.labels(why).inc()


def met_unexpected(where: str) -> None:
    """Something failed that nobody expected."""
    _unexpected.labels(where).inc()


def queue_stands(*, waiting: float, failing: float, lag_seconds: float) -> None:
    """How the queue of calendar changes stands now."""
    _waiting.set(waiting)
    _failing.set(failing)
    _lag.set(lag_seconds)


def calendars_stand(*, unread_seconds: Mapping[str, float], drift: float) -> None:
    """For how long calendars have not been read, by provider, and what differs in them."""
    _unread.clear()
    for provider, seconds in unread_seconds.items():
        _unread.labels(provider).set(seconds)
    _drift.set(drift)


def database_answers(answers: bool) -> None:
    """Whether the database answered; where it did not, the queue is not known."""
    _database.set(answers)
    if not answers:
        queue_stands(waiting=math.nan, failing=math.nan, lag_seconds=math.nan)
        calendars_stand(unread_seconds={}, drift=math.nan)


def visits_are_open(number: int) -> None:
    """How many browser tabs are connected to this process."""
    _visits.set(number)


def exposition() -> bytes:
    """Everything, in Prometheus' text format."""
    return generate_latest(REGISTRY)
