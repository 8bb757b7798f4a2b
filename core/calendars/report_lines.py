"""A comparison's report for a terminal: numbers, times and kinds, never what events say."""

from collections.abc import Iterator

from core.calendars.check import Report
from core.calendars.differences import Difference, Kind

_KINDS = {
    Kind.MISSING: "missing there",
    Kind.DIFFERING: "different there",
    Kind.UNWANTED: "should not stand there",
    Kind.UNKNOWN: "an event of ours that no appointment knows of",
    Kind.BUSY: "time taken by somebody else is known wrongly",
}


def report_lines(report: Report) -> Iterator[str]:
    """How one calendar compares, and then each difference."""
    if report.problem:
        yield f"{report.calendar.name}: not compared. {report.problem}"
        return
    found = len(report.differences)
    verdict = "in step" if not found else f"{found} {'differs' if found == 1 else 'differ'}"
    aside = [
        f"{count} {what}"
        for count, what in ((report.on_their_way, "on their way"), (report.undecided, "waiting for a decision"))
        if count
    ]
    yield f"{report.calendar.name}: {verdict} ({', '.join([f'{report.compared} events compared', *aside])})."
    yield from map(_line, report.differences)


def _line(found: Difference) -> str:
    what = _KINDS[found.kind]
    if found.parts:
        what = f"{what} ({', '.join(found.parts)})"
    when = "" if found.starts_at is None else f", {found.starts_at:%Y-%m-%d %H:%M} UTC"
    whose = "" if found.appointment_id is None else f"appointment {found.appointment_id}"
    return f"  {whose or 'event'}{when}: {what}"
