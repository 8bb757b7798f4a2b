"""HTTP as the client sees it: reads requests, records them, and spoils answers as a test ordered."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.stand_ins.google.discovery import Operation
from tests.stand_ins.google.faults import Fault
from tests.stand_ins.google.refusals import error_body

if TYPE_CHECKING:
    from tests.stand_ins.google.server import GoogleStandIn

ROOT = "/calendar/v3/"
CONSENT = "/consent"
FOUND = 302
_PAGE = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"


@dataclass(frozen=True)
class Recorded:
    """One request as it came and the status that the server gave it, faults apart."""

    operation: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    status: int


class Wire(ThreadingHTTPServer):
    """A threaded server on a free port of 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 128  # so many clients may knock at the same moment

    def __init__(self, stand_in: "GoogleStandIn") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stand_in = stand_in


class Handler(BaseHTTPRequestHandler):
    """One connection; every verb goes through `_serve`."""

    server: Wire
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        stand_in = self.server.stand_in
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token_call = parts.path == "/token" and self.command == "POST"
        found = stand_in.discovery.find(self.command, parts.path.removeprefix(ROOT))
        operation = found if parts.path.startswith(ROOT) else None
        consent = parts.path == CONSENT and self.command == "GET"
        name = (
            "token"
            if token_call
            else "consent"
            if consent
            else operation.id
            if operation
            else f"{self.command} {parts.path}"
        )
        fault = stand_in.faults.take(name)
        if stand_in.latency:
            stand_in.wait(stand_in.latency)
        if fault and fault.kind == "latency" and fault.when == "before":
            stand_in.wait(fault.seconds)
        if fault and fault.kind != "latency" and fault.when == "before":
            status, body = 200, {"kind": "calendar#event", "id": "lost"}
        elif token_call:
            status, body = stand_in.answer_token(dict(parse_qsl(raw.decode())))
        elif consent:
            status, body = stand_in.answer_consent(dict(parse_qsl(parts.query)))
        elif operation:
            status, body = self._call(operation, query, raw)
        else:
            status, body = 501, stand_in.refuse_unknown(f"unknown address: {name}")
        told = None if token_call or not raw else raw.decode(errors="replace")
        stand_in.requests.append(Recorded(name, parts.path, query, dict(self.headers), told, status))
        self._send_through(fault, status, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _call(self, operation: Operation, query: dict[str, list[str]], raw: bytes) -> tuple[int, Any]:
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            self.server.stand_in.violations.append(f"{operation.id}: the body is no JSON")
            return 400, error_body(400, "parseError")
        try:
            return self.server.stand_in.answer(operation, query, body, self.headers)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            self.server.stand_in.violations.append(f"{operation.id}: the stand-in stumbled over {error!r}")
            return 500, error_body(500, "backendError")

    def _send_through(self, fault: Fault | None, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body, indent=1).encode()
        kind = "application/json; charset=UTF-8"
        extra: dict[str, str] = {}
        if status == FOUND:
            extra, body, content = {"Location": body}, None, b""
        match fault.kind if fault else "":
            case "silence":
                self.close_connection = True
                return
            case "latency" if fault and fault.when == "after":
                self.server.stand_in.wait(fault.seconds)
            case "html" if fault:
                status, content, kind = fault.status, _PAGE, "text/html; charset=UTF-8"
                extra = {"Location": fault.location} if fault.location else {}
            case "answer" if fault:
                status, content = fault.status, _fault_body(fault)
                extra = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            case "truncated":
                self._send(200, content or b"{}", kind, extra, cut=True)
                return
        self._send(status, content, kind, extra)

    def _send(self, status: int, content: bytes, kind: str, extra: dict[str, str], *, cut: bool = False) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = cut or self.close_connection
        self.wfile.write(content[: len(content) // 2] if cut else content)

    def handle_one_request(self) -> None:
        """As always, but a client that hangs up is no news."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing: requests are recorded."""


def _fault_body(fault: Fault) -> bytes:
    if fault.operation == "token":
        return json.dumps({"error": fault.reason, "error_description": "ordered by the test"}).encode()
    return json.dumps(error_body(fault.status, fault.reason)).encode()
