"""The way to Google's consent and back, for whoever connects a calendar on a page."""

from collections.abc import Callable
from html import escape
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.calendars.connecting import CALLBACK_ROUTE
from core.domain.errors import CareSlotError
from core.domain.principal import Capability, Principal, Scope, SignInNeeded
from core.telemetry import logs
from core.ui.application import application
from core.ui.connecting import START_ROUTE
from core.ui.server.visit_cookie import cookie
from core.ui.visit import SESSION_COOKIE, VISIT_COOKIE
from core.ui.words import _, sentence_of

LONGEST_ANSWER = 2000
_FRESH = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_log = logs.get("calendars")


class ConsentDenied(CareSlotError):
    """Google was told not to share the calendars. Nothing was connected; begin again if that was a mistake."""


class NotFromHere(CareSlotError):
    """Begin on the page where you connect calendars."""


async def _start(request: Request) -> Response:
    """Away to Google, for somebody who may connect; `connection` names one that is to be signed in anew."""
    return await run_in_threadpool(_answered, request, _begin)


async def _callback(request: Request) -> Response:
    """Back from Google: the consent becomes a connection, and the browser goes on where a calendar is chosen."""
    return await run_in_threadpool(_answered, request, _end)


ROUTES = [
    Route(START_ROUTE, _start, methods=["GET"]),
    Route(CALLBACK_ROUTE, _callback, methods=["GET"]),
]
"""To Google's consent and back."""


def _begin(request: Request, principal: Principal) -> str:
    # Another site must not send somebody on this way who then agrees to what they have not asked for.
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise NotFromHere
    asked = request.query_params.get("connection", "")
    connection_id = int(asked) if asked.isdecimal() and len(asked) < 10 else None  # noqa: PLR2004
    connecting = application().connecting
    return connecting.ask_google(principal, cookie(request, VISIT_COOKIE), _site(request), connection_id)


def _end(request: Request, principal: Principal) -> str:
    state, code = (request.query_params.get(name, "")[:LONGEST_ANSWER] for name in ("state", "code"))
    visit, connecting = cookie(request, VISIT_COOKIE), application().connecting
    number = connecting.google_answered(principal, visit, _site(request), state, code)
    if number is None:
        raise ConsentDenied
    return f"{_back(principal)}{'&' if '?' in _back(principal) else '?'}{urlencode({'connection': number})}"


def _answered(request: Request, act: Callable[[Request, Principal], str]) -> Response:
    """Where the browser goes on, or a plain page with what is wrong and the cure."""
    token = cookie(request, SESSION_COOKIE)
    principal = application().accounts.principal_of(token, "") if token else None
    try:
        if principal is None:
            raise SignInNeeded
        return RedirectResponse(act(request, principal), 303, headers=_FRESH)
    except CareSlotError as error:
        _log.warning("consent_failed", outcome=type(error).__name__)
        back = "/sign_in" if principal is None else _back(principal)
        return HTMLResponse(_page(sentence_of(error), back), 400, headers=_FRESH)


def _back(principal: Principal) -> str:
    """The page where this person connects calendars."""
    own = principal.scope(Capability.CONNECT) is not Scope.ANY
    return "/account" if own else "/calendars?part=add&where=google"


def _site(request: Request) -> str:
    """The address of the clinic's pages: PUBLIC_URL, or while developing that under which this browser knows them."""
    public = application().settings.public_url.rstrip("/")
    return public or f"{request.url.scheme}://{request.url.netloc}"


def _page(sentence: str, back: str) -> str:
    title = escape(_("Google was not connected"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
        ":root{color-scheme:light dark}body{font:16px/1.5 sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;"
        "background:#FBFAF7;color:#1C2A2E}h1{font-family:serif;font-weight:500}"
        "a{color:#0B5A8A;display:inline-block;padding:10px 0}"
        "@media(prefers-color-scheme:dark){body{background:#10191B;color:#E6EDEB}a{color:#7CC4E8}}"
        f"</style></head><body><h1>{title}</h1><p>{escape(sentence)}</p>"
        f'<p><a href="{escape(back)}">{escape(_("Back"))}</a></p></body></html>'
    )
