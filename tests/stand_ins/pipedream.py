"""Pipedream Connect on loopback, for tests: its token, its accounts, and its proxy before the Google stand-in.

    with GoogleStandIn() as google, PipedreamStandIn(google) as pipedream:
        access = pipedream.access()

It forwards only headers with the prefix x-pd-proxy-, and signs in at Google itself, as the real one does. `violations`
are requests that the real one would not understand: tests assert that they stay none.
"""

import base64
import http.client
import json
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from core.calendars.pipedream import PipedreamAccess
from tests.stand_ins.google import GoogleStandIn
from tests.stand_ins.google.oauth import CLIENT_ID, CLIENT_SECRET, TokenRefusal

GOOGLE = "https://www.googleapis.com/calendar/v3/"
PROJECT, USER, CLIENT, SECRET = "proj_clinic", "riverside-clinic", "pipedream-client", "pipedream-secret"


@dataclass
class Account:
    """A connected account of a user's."""

    id: str
    user: str = USER
    app: str = "google_calendar"
    healthy: bool = True
    dead: bool = False
    created_at: str = "2026-11-01T09:00:00.000Z"

    def told(self) -> dict[str, Any]:
        app = {"id": "app_13Gh2V", "name_slug": self.app, "name": "Google Calendar"}
        state = {"healthy": self.healthy, "dead": self.dead, "created_at": self.created_at}
        return {"id": self.id, "name": None, "external_id": self.user, "app": app} | state


@dataclass(frozen=True)
class Answer:
    """What goes back to the client: bytes as they are, anything else as JSON."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


class PipedreamStandIn:
    """Pipedream on 127.0.0.1, for one `with` block; `answers` are given first, instead of what was asked for."""

    def __init__(self, google: GoogleStandIn, *, environment: str = "production") -> None:
        self.google = google
        self.environment = environment
        self.accounts = [Account("apn_clinic")]
        self.answers: list[tuple[str, Answer]] = []
        self.requests: list[str] = []
        self.violations: list[str] = []
        self.tokens: set[str] = set()
        self._google_token = ""
        self._lock = threading.Lock()
        self._server = _Wire(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def access(self, **changes: str) -> PipedreamAccess:
        """Access that this server honours, unless changed."""
        given = {
            "project_id": PROJECT,
            "environment": self.environment,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "external_user_id": USER,
            "base_url": self.address,
        }
        return PipedreamAccess(**given | changes)

    def ordered(self, kind: str) -> Answer | None:
        """The answer that a test ordered for this kind of request (token, accounts or proxy), if one is in waiting."""
        with self._lock:
            for at, (wanted, answer) in enumerate(self.answers):
                if wanted == kind:
                    del self.answers[at]
                    return answer
        return None

    def token(self, body: Any) -> Answer:
        """The answer to a request for a token."""
        if not isinstance(body, dict) or body.get("grant_type") != "client_credentials":
            self.violations.append("a token was asked for in another form")
            return Answer(400, {"error": "unsupported_grant_type"})
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT, SECRET):
            return Answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        made = secrets.token_urlsafe(18)
        self.tokens.add(made)
        return Answer(200, {"access_token": made, "token_type": "Bearer", "expires_in": 3600})

    def refusal(self, headers: Any, project: str) -> Answer | None:
        """Why a request to the project is refused, if it is."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return Answer(401, {"error": "invalid access token"})
        if headers.get("x-pd-environment") not in {"production", "development"}:
            self.violations.append("no environment was named")
            return Answer(400, {"error": "environment is required"})
        return None if project == PROJECT else Answer(404, {"error": "record not found"})

    def listed(self, headers: Any, query: dict[str, list[str]]) -> Answer:
        """The accounts of a user in one environment, for one app."""
        (user,), (app,) = query["external_user_id"], query["app"]
        here = headers["x-pd-environment"] == self.environment
        found = [one.told() for one in self.accounts if here and (one.user, one.app) == (user, app)]
        return Answer(200, {"page_info": {"total_count": len(found), "count": len(found)}, "data": found})

    def proxied(self, method: str, encoded: str, query: dict[str, list[str]], headers: Any, raw: bytes) -> Answer:
        """Google's answer to the request that stands in this one."""
        (user,), (number,) = query["external_user_id"], query["account_id"]
        account = next((one for one in self.accounts if (one.id, one.user) == (number, user)), None)
        if account is None or headers["x-pd-environment"] != self.environment:
            return Answer(400, {"error": {"account": ["account and user mismatch"]}})
        address = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        stray = {name.lower() for name in headers} & {"if-match", "if-none-match"}
        if not address.startswith(GOOGLE) or stray or (raw and headers.get_content_type() != "application/json"):
            self.violations.append("a request that Google would never see as it was meant")
            return Answer(400, {"error": "bad request"})
        try:
            token = self._token_at_google()
        except TokenRefusal:
            account.healthy, account.dead = False, True
            return Answer(400, {"error": "account credentials are no longer valid"})
        forwarded = {
            name.lower().removeprefix("x-pd-proxy-"): value
            for name, value in headers.items()
            if name.lower().startswith("x-pd-proxy-")
        }
        kind = {"Content-Type": "application/json"} if raw else {}
        path = "/calendar/v3/" + address.removeprefix(GOOGLE)
        return self._forward(method, path, raw, forwarded | kind | {"Authorization": f"Bearer {token}"})

    def _forward(self, method: str, path: str, raw: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.google.address).netloc, timeout=10)
        try:
            connection.request(method, path, raw or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return Answer(502, {"error": "upstream request failed"})
        finally:
            connection.close()
        kept = {name: answer.headers[name] for name in ("Retry-After", "Content-Type") if name in answer.headers}
        return Answer(answer.status, content, kept)

    def _token_at_google(self) -> str:
        """An access token of the connected person's, made anew when Google takes it no more."""
        with self._lock:
            if self.google.tokens.grant(f"Bearer {self._google_token}") is None:
                form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
                told = self.google.tokens.issue(form | {"refresh_token": "refresh-token"})
                self._google_token = str(told["access_token"])
            return self._google_token


class _Wire(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    stand_in: PipedreamStandIn


class _Handler(BaseHTTPRequestHandler):
    server: _Wire
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self._answer(raw)
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _answer(self, raw: bytes) -> Answer:
        stand_in = self.server.stand_in
        parts = urlsplit(self.path)
        steps = [unquote(step) for step in parts.path.strip("/").split("/")]
        query = parse_qs(parts.query)
        match (self.command, *steps):
            case ("POST", "v1", "oauth", "token"):
                stand_in.requests.append("token")
                return stand_in.ordered("token") or stand_in.token(json.loads(raw))
            case ("GET", "v1", "connect", project, "accounts"):
                stand_in.requests.append("accounts")
                ordered = stand_in.ordered("accounts") or stand_in.refusal(self.headers, project)
                return ordered or stand_in.listed(self.headers, query)
            case (method, "v1", "connect", project, "proxy", encoded):
                stand_in.requests.append(f"proxy {method}")
                ordered = stand_in.ordered("proxy") or stand_in.refusal(self.headers, project)
                return ordered or stand_in.proxied(method, encoded, query, self.headers, raw)
        stand_in.violations.append(f"unknown address: {self.command} {parts.path}")
        return Answer(404, {"error": "not found"})

    def handle_one_request(self) -> None:
        """As always, but a client that hangs up is no news."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing: requests are recorded."""
