"""The routes that exchange a page's ticket for the session's cookie, and take the cookie back."""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.domain.errors import CareSlotError
from core.scheduler.accounts import LONGEST_SESSION
from core.ui.application import application
from core.ui.cookies import END_ROUTE, OPEN_ROUTE
from core.ui.server.door import is_own_origin
from core.ui.server.visit_cookie import VISIT_SECONDS, cookie, set_cookie
from core.ui.visit import SESSION_COOKIE, VISIT_COOKIE, browser_of, next_visit

LONGEST_BODY = 1000


async def _open_session(request: Request) -> Response:
    """Exchange a sign-in ticket for the session's cookie; 403 for anything that our own page did not send."""
    visit = cookie(request, VISIT_COOKIE)
    if not _from_our_page(request) or not visit:
        return _refused()
    ticket = await _ticket(request)
    if not ticket:
        return _refused()
    try:
        token = await run_in_threadpool(application().tickets.redeem, ticket, browser_of(visit))
    except CareSlotError:
        return _refused()
    response = Response(status_code=204)
    set_cookie(request, response, SESSION_COOKIE, token, int(LONGEST_SESSION.total_seconds()))
    return response


async def _end_session(request: Request) -> Response:
    """End the session of the browser's cookie and remove the cookie, and begin a new visit for whoever comes next."""
    if not _from_our_page(request):
        return _refused()
    if token := cookie(request, SESSION_COOKIE):
        await run_in_threadpool(application().accounts.sign_out, token)
    response = Response(status_code=204)
    set_cookie(request, response, SESSION_COOKIE, "", 0)
    set_cookie(request, response, VISIT_COOKIE, next_visit(cookie(request, VISIT_COOKIE)), VISIT_SECONDS)
    return response


ROUTES = [
    Route(OPEN_ROUTE, _open_session, methods=["POST"]),
    Route(END_ROUTE, _end_session, methods=["POST"]),
]
"""Signing in and out."""


def _from_our_page(request: Request) -> bool:
    """Whether the browser says that a page of this very server sent the request (Origin, Sec-Fetch-Site)."""
    own = is_own_origin(application().settings, request.headers)
    return own and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def _ticket(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            return ""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    ticket = content.get("ticket") if isinstance(content, dict) else None
    return ticket if isinstance(ticket, str) and ticket.isascii() else ""


def _refused() -> Response:
    return Response(status_code=403)
