"""Google's stand-in in a process of its own: its checks of every request take no time of the measured one."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials

from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET

LATENCY = 0.02
START_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Where the stand-in listens, and the service account's key that it honours."""

    endpoint: str
    token_endpoint: str
    key: dict[str, Any]


class _Desk:
    """What is asked of the stand-in from outside its process."""

    def __init__(self, server: GoogleStandIn) -> None:
        self._server = server

    def new_calendar(self, name: str) -> str:
        return self._server.new_calendar(name)

    def requests(self) -> Counter[str]:
        if self._server.violations:
            raise AssertionError(f"refused: {self._server.violations[:3]}")
        counted = Counter(one.operation for one in self._server.requests)
        self._server.requests.clear()
        return counted

    def put(self, calendar_id: str, spans: list[tuple[datetime, datetime]]) -> list[str]:
        return [self._server.put(calendar_id, summary="Busy", **_times(*span)) for span in spans]

    def move(self, calendar_id: str, spans: dict[str, tuple[datetime, datetime]]) -> None:
        for event_id, span in spans.items():
            self._server.edit(calendar_id, event_id, **_times(*span))

    def times(self, calendar_id: str) -> list[tuple[datetime, datetime]]:
        contents = [one.content for one in self._server.events(calendar_id)]
        return sorted((_moment(one["start"]), _moment(one["end"])) for one in contents)


class Google:
    """The stand-in, seen from the measuring process."""

    def __init__(self, pipe: Connection, place: Place) -> None:
        self._pipe = pipe
        self.place = place

    def new_calendar(self, name: str) -> str:
        """A calendar of a person's, shared with the service account; its id."""
        return str(self._ask("new_calendar", name))

    def requests(self) -> Counter[str]:
        """How many requests came since this was last asked, by what was asked; AssertionError where one was refused."""
        found: Counter[str] = self._ask("requests")
        return found

    def put(self, calendar_id: str, spans: list[tuple[datetime, datetime]]) -> list[str]:
        """Events of somebody else's from and until these instants; their ids."""
        return list(self._ask("put", calendar_id, spans))

    def move(self, calendar_id: str, spans: dict[str, tuple[datetime, datetime]]) -> None:
        """Move events, by their ids, as their person would in Google's own pages."""
        self._ask("move", calendar_id, spans)

    def times(self, calendar_id: str) -> list[tuple[datetime, datetime]]:
        """When the events that stand in the calendar begin and end, in order."""
        return list(self._ask("times", calendar_id))

    def credentials(self) -> Credentials:
        """The person's, with a token already."""
        made = Credentials(None, "refresh-token", None, self.place.token_endpoint, CLIENT_ID, CLIENT_SECRET)
        made.refresh(google_auth_httplib2.Request(httplib2.Http()))
        return made

    def _ask(self, what: str, *given: Any) -> Any:
        self._pipe.send((what, given))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def google() -> Iterator[Google]:
    """The stand-in with twenty milliseconds of latency, for as long as the block lasts."""
    spawning = multiprocessing.get_context("spawn")
    ours, its = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(its, LATENCY), daemon=True)
    process.start()
    its.close()
    try:
        if not ours.poll(START_SECONDS):
            raise TimeoutError("the stand-in does not start")
        yield Google(ours, ours.recv())
    finally:
        ours.close()
        process.join(5)
        process.kill()


def _serve(pipe: Connection, latency: float) -> None:
    with GoogleStandIn(latency=latency) as server:
        desk = _Desk(server)
        pipe.send(Place(server.endpoint, server.token_endpoint, server.service_account_info()))
        while True:
            try:
                what, given = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(getattr(desk, what)(*given))
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                pipe.send(error)


def _times(starts: datetime, ends: datetime) -> dict[str, Any]:
    return {"start": {"dateTime": starts.isoformat()}, "end": {"dateTime": ends.isoformat()}}


def _moment(told: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(told["dateTime"])
