"""How many requests may go to a vendor: a token bucket for each account, within the vendor's quota."""

import threading
from datetime import datetime

from core.domain.clock import Clock

GOOGLE_A_MINUTE = 600
"""Google's quota for one user; that of a project, which all of a clinic's accounts share, is the next."""
GOOGLE_PROJECT_A_MINUTE = 10_000
GOOGLE = frozenset({"google", "pipedream"})

Account = tuple[str, int | None]
"""A provider and the number of a connection there; None for the sign-in by settings."""


class TokenBucket:
    """Holds up to a minute's worth of requests and fills evenly. Safe to share by threads."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = float(per_minute)
        self._filled_at: datetime = clock()

    def take(self) -> None:
        """Count one request. What has begun is finished, so this may leave a debt, which is paid back first."""
        with self._lock:
            self._fill()
            self._tokens -= 1

    def left(self) -> int:
        """How many requests may be begun now."""
        with self._lock:
            self._fill()
            return max(0, int(self._tokens))

    def limit(self, per_minute: int) -> None:
        """Hold and fill at another rate from now on."""
        with self._lock:
            self._fill()
            self._per_minute = per_minute
            self._tokens = min(self._tokens, float(per_minute))

    def _fill(self) -> None:
        now = self._clock()
        gained = max(0.0, (now - self._filled_at).total_seconds()) * self._per_minute / 60
        self._tokens, self._filled_at = min(float(self._per_minute), self._tokens + gained), now


class Rates:
    """The buckets of this process, by account; vendors without a known quota have none. Safe to share by threads."""

    def __init__(self, clock: Clock, google_a_minute: int = GOOGLE_A_MINUTE) -> None:
        self._clock = clock
        self._google_a_minute = google_a_minute
        self._project_a_minute = max(google_a_minute, GOOGLE_PROJECT_A_MINUTE)
        self._among = 1
        self._lock = threading.Lock()
        self._project = TokenBucket(self._project_a_minute, clock)
        self._buckets: dict[Account, TokenBucket] = {}

    def share(self, among: int) -> None:
        """So many processes send at the same time: each takes its part of the quota."""
        with self._lock:
            if among == self._among or among < 1:
                return
            self._among = among
            self._project.limit(max(1, self._project_a_minute // among))
            for bucket in self._buckets.values():
                bucket.limit(self._mine())

    def take(self, account: Account) -> None:
        """Count one request of this account."""
        for bucket in self._of(account):
            bucket.take()

    def left(self, account: Account, most: int) -> int:
        """How many requests of this account may be begun now; at most `most`."""
        return min([most, *(bucket.left() for bucket in self._of(account))])

    def _mine(self) -> int:
        return max(1, self._google_a_minute // self._among)

    def _of(self, account: Account) -> tuple[TokenBucket, ...]:
        if account[0] not in GOOGLE:
            return ()
        with self._lock:
            if account not in self._buckets:
                self._buckets[account] = TokenBucket(self._mine(), self._clock)
            return self._buckets[account], self._project
