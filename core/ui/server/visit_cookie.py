"""The server's cookies: how they are read and set, and the visit's, which every browser gets with its first page."""

import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ui.application import application
from core.ui.visit import VISIT_COOKIE, cookie_name

VISIT_SECONDS = 180 * 24 * 3600


class VisitCookie:
    """Gives every browser a cookie of 256 random bits with its first page; holds and sign-in tickets are bound to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to a page that is asked for without one."""
        if scope["type"] != "http" or scope["method"] != "GET" or cookie(request := Request(scope), VISIT_COOKIE):
            await self._app(scope, receive, send)
            return

        # A browser that forgot its cookies may still keep the page, and is told only that it has not changed.
        opens_page = request.headers.get("sec-fetch-dest") == "document"

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if opens_page or headers.get("content-type", "").startswith("text/html"):
                    made = Response()
                    set_cookie(request, made, VISIT_COOKIE, secrets.token_urlsafe(32), VISIT_SECONDS)
                    headers.append("set-cookie", made.headers["set-cookie"])
                    message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, with_cookie)


def cookie(request: Request, name: str) -> str:
    """What the browser sent under this name, empty where it sent nothing."""
    return request.cookies.get(cookie_name(name, secure=_is_secure(request)), "")


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a cookie that no script can read; one of 0 seconds is forgotten at once."""
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


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or application().settings.public_url.startswith("https://")
