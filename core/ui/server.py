"""The web server around the pages: the routes that pages can't be, the visit cookie, and the worker beside them."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.bootstrap import Ready, build, make_ready
from core.domain.clock import system_clock
from core.domain.errors import CareSlotError
from core.scheduler.accounts import LONGEST_SESSION
from core.settings import read_settings
from core.ui.application import application, use
from core.ui.cookies import END_ROUTE, OPEN_ROUTE
from core.ui.failures import show_unexpected
from core.ui.visit import SESSION_COOKIE, VISIT_COOKIE, cookie_name
from core.worker import Worker

LONGEST_BODY = 1000
VISIT_SECONDS = 180 * 24 * 3600


def refuse_unfit() -> None:
    """End the program with a sentence where the settings don't allow it to serve, before anything is served."""
    try:
        read_settings().refuse_unfit()
    except CareSlotError as error:
        sys.exit(str(error))


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:  # noqa: ARG001 - Streamlit's signature
    """Make ready, start the worker, and let go of everything at the end."""
    settings = read_settings()
    address = f"http://localhost:{st.get_option('server.port')}"
    _tell(await asyncio.to_thread(make_ready, settings, system_clock, address))
    clinic = build(settings)
    use(clinic)
    worker = Worker(clinic) if settings.worker else None
    if worker is not None:
        worker.start()
    try:
        yield {}
    finally:
        if worker is not None:
            await asyncio.to_thread(worker.stop)
        use(None)
        await asyncio.to_thread(clinic.close)


def _tell(ready: Ready) -> None:
    """Print how to get in, for whoever started the server."""
    for line in ready.lines():
        print(line, flush=True)  # noqa: T201 - this is for the terminal


async def _open_session(request: Request) -> Response:
    """Exchange a sign-in ticket for the session's cookie; 403 for anything that our own page did not send."""
    visit = _cookie(request, VISIT_COOKIE)
    if not _from_our_page(request) or not visit:
        return _refused()
    ticket = await _ticket(request)
    if not ticket:
        return _refused()
    try:
        token = await run_in_threadpool(application().tickets.redeem, ticket, visit)
    except CareSlotError:
        return _refused()
    response = Response(status_code=204)
    _set_cookie(request, response, SESSION_COOKIE, token, int(LONGEST_SESSION.total_seconds()))
    return response


async def _end_session(request: Request) -> Response:
    """End the session of the browser's cookie and remove the cookie, and begin a new visit for whoever comes next."""
    if not _from_our_page(request):
        return _refused()
    if token := _cookie(request, SESSION_COOKIE):
        await run_in_threadpool(application().accounts.sign_out, token)
    response = Response(status_code=204)
    _set_cookie(request, response, SESSION_COOKIE, "", 0)
    _set_cookie(request, response, VISIT_COOKIE, secrets.token_urlsafe(32), VISIT_SECONDS)
    return response


ROUTES = [
    Route(OPEN_ROUTE, _open_session, methods=["POST"]),
    Route(END_ROUTE, _end_session, methods=["POST"]),
]
"""What the server answers beside the pages."""


class VisitCookie:
    """Gives every browser a cookie of 256 random bits with its first page; holds and sign-in tickets are bound to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to a page that is asked for without one."""
        if scope["type"] != "http" or scope["method"] != "GET" or _cookie(request := Request(scope), VISIT_COOKIE):
            await self._app(scope, receive, send)
            return

        # A browser that forgot its cookies may still keep the page, and is told only that it has not changed.
        opens_page = request.headers.get("sec-fetch-dest") == "document"

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if opens_page or headers.get("content-type", "").startswith("text/html"):
                    made = Response()
                    _set_cookie(request, made, VISIT_COOKIE, secrets.token_urlsafe(32), VISIT_SECONDS)
                    headers.append("set-cookie", made.headers["set-cookie"])
                    message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, with_cookie)


MIDDLEWARE = [Middleware(VisitCookie)]
"""What every request passes."""

on_script_error = show_unexpected
"""What shows an error that no page caught, such as one in a callback."""


def _from_our_page(request: Request) -> bool:
    """Whether the browser says that a page of this very server sent the request (Origin, Sec-Fetch-Site)."""
    origin = urlsplit(request.headers.get("origin", ""))
    public = urlsplit(application().settings.public_url)
    ours = {request.headers.get("host", ""), public.netloc} - {""}
    return origin.netloc in ours and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def _ticket(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            return ""
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    ticket = content.get("ticket") if isinstance(content, dict) else None
    return ticket if isinstance(ticket, str) else ""


def _refused() -> Response:
    return Response(status_code=403)


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or application().settings.public_url.startswith("https://")


def _cookie(request: Request, name: str) -> str:
    return request.cookies.get(cookie_name(name, secure=_is_secure(request)), "")


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    secure = _is_secure(request)
    response.set_cookie(
        cookie_name(name, secure=secure),
        value,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
