"""When a calendar that keeps failing is left alone for a while, and how it is tried again: pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_IN_A_ROW = 5
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
SIGNED_OUT = "reconnect"
"""The kind of error after which the whole calendar waits for a person, who signs in anew."""
SIGNED_OUT_REST = timedelta(hours=1)
PASSING = frozenset({"passing", "quota"})


@dataclass(frozen=True, slots=True)
class Circuit:
    """How often in a row a calendar failed, and until when it rests; the instant is aware, in UTC.

    One that failed too often is tried with a single change after each rest, and goes on when that succeeds.
    """

    failures: int = 0
    paused_until: datetime | None = None

    @property
    def suspect(self) -> bool:
        """Whether only one change at a time may be tried."""
        return self.failures >= FAILURES_IN_A_ROW

    def succeeded(self) -> "Circuit":
        """The calendar answered for itself. A pause that it asked for goes on unless it was on trial."""
        return Circuit() if self.suspect else replace(self, failures=0)

    def failed(self, kind: str, now: datetime, *, probing: bool, repeated: bool, asked: datetime | None) -> "Circuit":
        """A change met this kind of error; `asked` is until when the calendar itself wants peace.

        `probing` tells that the change was sent to try a suspect calendar, `repeated` that it had failed before: a
        single change that never succeeds must not bring rest upon all others. What was under way already when the
        calendar became suspect counts no more. A refusal is an answer like any other.
        """
        if kind == SIGNED_OUT:
            return Circuit(max(self.failures, FAILURES_IN_A_ROW), now + SIGNED_OUT_REST)
        if kind not in PASSING:
            answered = self.succeeded()
            return replace(answered, paused_until=_later(answered.paused_until, asked))
        counts = probing or not (repeated or self.suspect or kind == "quota")
        failures = self.failures + counts
        rest = None
        if counts and failures >= FAILURES_IN_A_ROW:
            rest = now + min(LONGEST_REST, FIRST_REST * 2.0 ** min(failures - FAILURES_IN_A_ROW, 10))
        # While it is on trial, its pause has only kept others from trying at the same time.
        return Circuit(failures, _later(None if probing else self.paused_until, asked, rest))


def _later(*instants: datetime | None) -> datetime | None:
    """The last of those that are known."""
    return max((one for one in instants if one is not None), default=None)
