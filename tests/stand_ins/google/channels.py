"""Push notifications: channels on a calendar's events, and the real POSTs that they cause.

Google refuses addresses without https, and so does this server; `routes` says where on this machine a public address
leads, as the TLS proxy before a clinic's server does. What has no route is lost, as messages may be at any time.
"""

import contextlib
import http.client
import queue
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.stand_ins.google.refusals import Refusal, invalid
from tests.stand_ins.google.store import Store, StoredCalendar

LIFE = timedelta(days=7)
_CHANNEL_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")


@dataclass
class StoredChannel:
    """One channel; `messages` counts what was sent through it."""

    id: str
    token: str
    address: str
    calendar_id: str
    resource_id: str
    principal: str
    expires_at: datetime
    messages: int = 0


@dataclass(frozen=True)
class Delivery:
    """One message, and the status that it was answered with; None where it was lost."""

    channel_id: str
    state: str
    status: int | None


class Channels:
    """Opens and stops channels and calls their addresses; callers hold the store's lock."""

    def __init__(self, store: Store) -> None:
        self.routes: dict[str, str] = {}
        self.deliveries: list[Delivery] = []
        self.losing = False
        self._store = store
        self._open: dict[str, StoredChannel] = {}
        self._waiting: queue.Queue[tuple[StoredChannel, dict[str, str]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        store.changed = self._announce

    @property
    def living(self) -> list[StoredChannel]:
        """The channels that have neither ended nor been stopped."""
        return [one for one in self._open.values() if one.expires_at > self._store.clock()]

    def open(self, calendar: StoredCalendar, body: dict[str, Any], principal: str) -> dict[str, Any]:
        """The answer to events.watch, after which a `sync` message is on its way."""
        channel_id, address = body.get("id", ""), body.get("address", "")
        if not _CHANNEL_ID.fullmatch(channel_id):
            raise invalid("Invalid channel id.", "id")
        if body.get("type") not in {"web_hook", "webhook"}:
            raise invalid("Invalid channel type.", "type")
        if len(body.get("token", "")) > 256:
            raise invalid("Channel token is too long.", "token")
        if channel_id in self._open:
            raise Refusal(400, "channelIdNotUnique", f"Channel id {channel_id} not unique")
        if urlsplit(address).scheme != "https":
            raise Refusal(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        now = self._store.clock()
        asked = datetime.fromtimestamp(int(body["expiration"]) / 1000, UTC) if "expiration" in body else now + LIFE
        resource_id = f"res-{secrets.token_hex(8)}-{calendar.id[:12]}"
        made = StoredChannel(
            channel_id, body.get("token", ""), address, calendar.id, resource_id, principal, min(asked, now + LIFE)
        )
        self._open[channel_id] = made
        self._send(made, "sync")
        return {
            "kind": "api#channel",
            "id": made.id,
            "resourceId": made.resource_id,
            "resourceUri": _resource_uri(made),
            "token": made.token,
            "expiration": str(int(made.expires_at.timestamp() * 1000)),
        }

    def stop(self, body: dict[str, Any], principal: str) -> None:
        """End a channel; only whoever opened it may."""
        found = self._open.get(body.get("id", ""))
        if found not in self.living or (found.resource_id, found.principal) != (body.get("resourceId"), principal):
            raise Refusal(404, "notFound", f"Channel '{body.get('id')}' not found for project")
        del self._open[found.id]

    def settle(self) -> None:
        """Wait until every message that is on its way has been answered or lost."""
        self._waiting.join()

    def close(self) -> None:
        """Call nobody any more."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _announce(self, calendar: StoredCalendar) -> None:
        for channel in self.living:
            if channel.calendar_id == calendar.id:
                self._send(channel, "exists")

    def _send(self, channel: StoredChannel, state: str) -> None:
        channel.messages += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": channel.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": _resource_uri(channel),
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.messages),
            "Content-Length": "0",
            **({"X-Goog-Channel-Token": channel.token} if channel.token else {}),
        }
        self._waiting.put((channel, headers))
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, daemon=True)
            self._thread.start()

    def _deliver(self) -> None:
        while (message := self._waiting.get()) is not None:
            channel, headers = message
            status = None if self.losing else self._post(channel.address, headers)
            self.deliveries.append(Delivery(channel.id, headers["X-Goog-Resource-State"], status))
            self._waiting.task_done()

    def _post(self, address: str, headers: dict[str, str]) -> int | None:
        """Call the address where it leads on this machine; the status, or None where nobody answered."""
        parts = urlsplit(address)
        route = self.routes.get(f"{parts.scheme}://{parts.netloc}")
        if route is None:
            return None
        connection = http.client.HTTPConnection(urlsplit(route).netloc, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("POST", parts.path or "/", headers=headers | {"Host": parts.netloc})
            return connection.getresponse().status
        return None


def _resource_uri(channel: StoredChannel) -> str:
    return f"https://www.googleapis.com/calendar/v3/calendars/{channel.calendar_id}/events?alt=json"
