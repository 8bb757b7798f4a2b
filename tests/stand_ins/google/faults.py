"""Failures that a test orders: which call, before or after it took effect, and what the client sees of it."""

import threading
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["answer", "html", "truncated", "silence", "latency"]


@dataclass(frozen=True)
class Fault:
    """One ordered failure.

    `operation` is an id of the discovery document, such as calendar.events.insert, or "token"; empty for any.
    `when` "after" means that the server did what was asked and only the answer is lost.
    `skip` calls pass unharmed first, then `times` calls fail. `seconds` is latency's length.
    """

    kind: Kind
    operation: str = ""
    when: Literal["before", "after"] = "before"
    times: int = 1
    skip: int = 0
    status: int = 200
    reason: str = ""
    retry_after: str = ""
    seconds: float = 0.0
    location: str = ""

    @classmethod
    def answer(cls, status: int, reason: str, *, retry_after: str = "") -> "Fault":
        """An error in Google's form."""
        return cls("answer", status=status, reason=reason, retry_after=retry_after)

    @classmethod
    def html(cls, status: int = 200) -> "Fault":
        """A page instead of JSON, as a proxy or a captive portal would send."""
        return cls("html", status=status)

    @classmethod
    def redirect(cls, location: str) -> "Fault":
        """An answer that sends the client elsewhere."""
        return cls("html", status=307, location=location)

    @classmethod
    def truncated(cls) -> "Fault":
        """An answer that ends in its middle."""
        return cls("truncated")

    @classmethod
    def silence(cls) -> "Fault":
        """The connection closes with no answer, twice: httplib2 repeats a request once by itself after that."""
        return cls("silence", times=2)

    @classmethod
    def latency(cls, seconds: float) -> "Fault":
        """The answer comes, but late."""
        return cls("latency", seconds=seconds)

    def at(self, operation: str) -> "Fault":
        """The same for one operation only."""
        return replace(self, operation=operation)

    def repeated(self, times: int) -> "Fault":
        """The same for so many calls."""
        return replace(self, times=times)

    def after_commit(self) -> "Fault":
        """The same once the server has done what was asked."""
        return replace(self, when="after")


class Faults:
    """The failures in waiting, first ordered first served; safe to use from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def append(self, fault: Fault) -> None:
        """Order a failure."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Call off all that are still in waiting."""
        with self._lock:
            self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, operation: str) -> Fault | None:
        """The failure for this call, if one is due; counts it off."""
        with self._lock:
            for at, fault in enumerate(self._waiting):
                if fault.operation not in {"", operation}:
                    continue
                if fault.skip:
                    self._waiting[at] = replace(fault, skip=fault.skip - 1)
                    return None
                if fault.times <= 1:
                    del self._waiting[at]
                else:
                    self._waiting[at] = replace(fault, times=fault.times - 1)
                return fault
        return None
