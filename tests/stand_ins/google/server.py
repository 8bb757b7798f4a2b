"""The loopback server: HTTP in front of the token endpoint and the calendar operations."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from core.calendars.google_access import GoogleAccess
from tests.stand_ins.google.channels import Channels
from tests.stand_ins.google.discovery import Discovery, Operation
from tests.stand_ins.google.faults import Faults
from tests.stand_ins.google.oauth import (
    CLIENT_ID,
    CLIENT_SECRET,
    PERSON,
    SERVICE_ACCOUNT,
    TokenRefusal,
    TokenServer,
    service_account_info,
)
from tests.stand_ins.google.operations import Call, NotBuilt, Operations
from tests.stand_ins.google.partial import select
from tests.stand_ins.google.refusals import Refusal, error_body
from tests.stand_ins.google.store import Store, StoredEvent
from tests.stand_ins.google.wire import CONSENT, FOUND, ROOT, Recorded, Wire


def real_clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class GoogleStandIn:
    """Google Calendar on 127.0.0.1, for one `with` block.

    `faults` are failures in waiting, `requests` what came, `violations` what the discovery document refuses or this
    server does not know: tests assert that the last stays empty. `latency` are the seconds that every request takes,
    for benchmarks.
    """

    def __init__(self, clock: Callable[[], datetime] = real_clock, *, latency: float = 0.0) -> None:
        self.discovery = Discovery()
        self.store = Store(clock)
        self.tokens = TokenServer(clock, self.discovery.scopes)
        self.operations = Operations(self.store)
        self.faults = Faults()
        self.latency = latency
        self.requests: list[Recorded] = []
        self.violations: list[str] = []
        self._server = Wire(self)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.endpoint = self.address + ROOT
        self.token_endpoint = self.address + "/token"
        self.consent_endpoint = self.address + CONSENT
        self.tokens.address = self.token_endpoint

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.channels.close()

    def service_account_info(self) -> dict[str, Any]:
        """A service account's JSON key that this server honours."""
        return service_account_info()

    def service_access(self) -> GoogleAccess:
        """Access by the service account."""
        return _service_access()

    def refresh_access(self) -> GoogleAccess:
        """Access by a refresh token of the person."""
        return GoogleAccess.refresh_token(CLIENT_ID, CLIENT_SECRET, "refresh-token")

    def new_calendar(self, summary: str, *, role: str = "writer", zone: str = "Europe/Zurich") -> str:
        """A calendar of the person's, shared with the service account in the given role; its id."""
        with self.store.lock:
            made = self.store.add_calendar(summary, zone, PERSON)
            made.roles[SERVICE_ACCOUNT] = role
            return made.id

    def primary_calendar(self) -> str:
        """The person's first calendar, which bears their address; its id."""
        with self.store.lock:
            if PERSON not in self.store.calendars:
                made = self.store.add_calendar("Clinic", "Europe/Zurich", PERSON)
                self.store.calendars[PERSON] = self.store.calendars.pop(made.id)
                made.id = PERSON
            return PERSON

    def share(self, calendar_id: str, role: str) -> None:
        """Change what the service account may do; "none" stops sharing."""
        self.store.calendars[calendar_id].roles[SERVICE_ACCOUNT] = role

    def remove_calendar(self, calendar_id: str) -> None:
        """Delete a calendar as its owner would."""
        with self.store.lock:
            del self.store.calendars[calendar_id]

    def events(self, calendar_id: str) -> list[StoredEvent]:
        """The events that are not cancelled."""
        with self.store.lock:
            return [one for one in self.store.calendars[calendar_id].events.values() if not one.cancelled]

    def edit(self, calendar_id: str, event_id: str, **changes: Any) -> None:
        """Change an event as its person would in Google's own pages."""
        with self.store.lock:
            calendar = self.store.calendars[calendar_id]
            event = self.store.event(calendar, event_id)
            self.store.replace(calendar, event, self.store.patched(event, changes), PERSON)

    def remove(self, calendar_id: str, event_id: str) -> None:
        """Delete an event as its person would in Google's own pages."""
        with self.store.lock:
            calendar = self.store.calendars[calendar_id]
            self.store.delete(calendar, self.store.event(calendar, event_id))

    def put(self, calendar_id: str, **content: Any) -> str:
        """An event that its person makes in Google's own pages; its id."""
        with self.store.lock:
            return self.store.insert(self.store.calendars[calendar_id], content, PERSON).id

    def move(self, calendar_id: str, event_id: str, target_id: str) -> None:
        """Carry an event to another calendar as its person would in Google's own pages."""
        with self.store.lock:
            source = self.store.calendars[calendar_id]
            self.store.move(source, source.events[event_id], self.store.calendars[target_id])

    @property
    def channels(self) -> Channels:
        """The channels by which this server calls when events change."""
        return self.operations.channels

    def expire_sync_tokens(self, calendar_id: str) -> None:
        """Make the sync tokens given so far for this calendar stale."""
        with self.store.lock:
            self.operations.listing.expire(self.store.calendars[calendar_id])

    def answer_token(self, form: dict[str, str]) -> tuple[int, Any]:
        """Status and body for a token request."""
        try:
            return 200, self.tokens.issue(form)
        except TokenRefusal as refusal:
            return refusal.status, refusal.body

    def answer_consent(self, query: dict[str, str]) -> tuple[int, Any]:
        """Status and body for a browser that asks its person for consent: away at once, or Google's own error."""
        self.primary_calendar()
        try:
            return FOUND, self.tokens.consent(query)
        except TokenRefusal as refusal:
            return refusal.status, refusal.body

    def answer(self, operation: Operation, query: dict[str, list[str]], body: Any, headers: Any) -> tuple[int, Any]:
        """Status and body for a call of the API, checked by the document on both sides."""
        grant = self.tokens.grant(headers.get("Authorization", ""))
        if grant is None:
            return 401, error_body(401, "authError", location="Authorization", locationType="header")
        if not grant.scopes & set(operation.description["scopes"]):
            return 403, error_body(403, "insufficientPermissions")
        wrong = self.discovery.request_faults(operation, query, body)
        if wrong:
            self.violations += [f"{operation.id}: {fault}" for fault in wrong]
            return 400, error_body(400, "invalid", wrong[0])
        call = Call(grant.principal, operation.path_values, query, body or {}, headers.get("If-Match"))
        try:
            told = self.operations.run(operation.id, call)
            self.violations += [
                f"answer to {operation.id}: {one}" for one in self.discovery.answer_faults(operation, told)
            ]
            return (204, None) if told is None else (200, select(told, query.get("fields", [""])[0]))
        except Refusal as refusal:
            return refusal.status, refusal.body
        except NotBuilt as missing:
            return 501, self.refuse_unknown(f"not built: {missing}")

    def refuse_unknown(self, what: str) -> dict[str, Any]:
        """Note something that this server does not know, and the error body that says so."""
        self.violations.append(what)
        return error_body(501, "notImplemented", what)

    def wait(self, seconds: float) -> None:
        """Be late, but not longer than the server lives."""
        self._stopping.wait(seconds)


@lru_cache(maxsize=1)
def _service_access() -> GoogleAccess:
    """Made once: reading the key takes longer than most tests."""
    return GoogleAccess.service_account(service_account_info())
