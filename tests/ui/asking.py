"""Requests put through the server's routes and middleware as the web server would, without a network."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from core.ui import server

SECRET = "Jane Smith, jane.smith@example.com"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    cookies: dict[str, Any] = field(default_factory=dict)


def broken(request: Request) -> Response:
    raise RuntimeError(SECRET)


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


# What Streamlit would answer.
PAGES = [
    Route("/", lambda _: HTMLResponse("<html></html>")),
    Route("/plain", lambda _: PlainTextResponse("ok")),
    Route("/unchanged", lambda _: PlainTextResponse("", status_code=304)),
    Route("/broken", broken),
    Route("/_stcore/metrics", lambda _: PlainTextResponse("Streamlit's own")),
    Route("/_stcore/upload_file/session/file", lambda _: Response(status_code=204), methods=["PUT"]),
    WebSocketRoute("/_stcore/stream", stream),
]


def ask(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", scheme: str = "http"
) -> Answer:
    """The answer to one request; for the method "WEBSOCKET", with status 101 where the connection is accepted."""
    asgi = Starlette(routes=[*server.ROUTES, *PAGES], middleware=server.MIDDLEWARE)
    named = {"host": "localhost", **(headers or {})}
    upgrade = method == "WEBSOCKET"
    scope = {
        "type": "websocket" if upgrade else "http",
        "method": method,
        "path": path.partition("?")[0],
        "raw_path": path.partition("?")[0].encode(),
        "query_string": path.partition("?")[2].encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "scheme": scheme,
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "root_path": "",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if upgrade else {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    # In a thread of its own: in this one a browser's driver may have a loop that runs.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(asgi(scope, receive, send))).result()
    if sent[0]["type"] == "websocket.accept":
        return Answer(101)
    given = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    cookies: dict[str, Any] = {}
    for name, value in given:
        if name == "set-cookie":
            cookies.update(SimpleCookie(value))
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], dict(given), content.decode(), cookies)
