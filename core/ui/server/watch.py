"""Keeps an eye on requests: an id for their log lines, a count of answers, and a reference where something failed."""

import secrets

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.telemetry import logs, measurements
from core.telemetry.unexpected import report

_KINDS = (
    "_stcore",
    "auth",
    "component",
    "feeds",
    "google",
    "healthz",
    "media",
    "metrics",
    "oauth",
    "readyz",
    "scripts",
    "static",
)


class Watch:
    """Counts every answer by the kind of its address: addresses themselves may hold what is nobody's business."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error that nobody caught is answered with its reference."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route = kind_of(scope["path"])
        begun = False

        async def counting(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                measurements.answered(route, message["status"])
            await send(message)

        with logs.context(request=secrets.token_hex(8), route=route):
            try:
                await self._app(scope, receive, counting)
            except Exception as error:
                reference = report(error, "request")
                if begun:
                    raise
                sorry = PlainTextResponse(f"Something went wrong. Please mention {reference}.", 500)
                await sorry(scope, receive, counting)


def kind_of(path: str) -> str:
    """The first part of an address where it is one of a few, and "page" for all others."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in _KINDS else "page"
