"""The server's door: who is let in under which host name, and what browsers are told about every answer."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain.principal import Capability
from core.settings import Settings
from core.telemetry import measurements
from core.ui.application import application
from core.ui.server.probes import PATHS as PROBES
from core.ui.server.visit_cookie import cookie
from core.ui.visit import SESSION_COOKIE

UPLOADS = "/_stcore/upload_file/"
CLOSED = ("/_stcore/metrics", "/_stcore/agent/")
"""What Streamlit answers to everybody and nobody needs here: it has /metrics in its place, and no agents."""


class Door:
    """Turns away what is not for this server, before anything else sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request or the websocket through, or answer it with the reason."""
        refusal = await _refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, why, words = refusal
        measurements.refused(why)
        await PlainTextResponse(words, status)(scope, receive, send)


async def _refusal(scope: Scope) -> tuple[int, str, str] | None:
    """The status, the reason for the count, and the words, of what is not let in."""
    headers, path = Headers(scope=scope), scope["path"]
    settings = application().settings
    # Probes come by number from a load balancer or a container's host, and tell nothing about people.
    if path not in PROBES and not settings.serves_host(_name(headers.get("host", ""))):
        return 400, "host", "This server is not known by this address. Its names are set in ALLOWED_HOSTS."
    if scope["type"] == "websocket" and not is_own_origin(settings, headers, needed=False):
        return 400, "origin", "Only this server's own pages may speak with it."
    if path.startswith(CLOSED):
        return 404, "closed", "Not found."
    # Streamlit takes files of whoever has a page open, and keeps them in memory; only managers' pages ask for any.
    if path.startswith(UPLOADS) and scope["method"] == "PUT" and not await _is_manager(Request(scope)):
        return 403, "upload", "Sign in as a manager to send files."
    return None


def is_own_origin(settings: Settings, headers: Headers, *, needed: bool = True) -> bool:
    """Whether the browser says that a page of this very server sent the request; programs send no Origin."""
    origin = headers.get("origin")
    if origin is None:
        return not needed
    ours = {headers.get("host", ""), urlsplit(settings.public_url).netloc} - {""}
    return origin.partition("://")[2] in ours


async def _is_manager(request: Request) -> bool:
    token = cookie(request, SESSION_COOKIE)
    principal = await run_in_threadpool(application().accounts.principal_of, token, "") if token else None
    return principal is not None and principal.may(Capability.ADMINISTER)


def _name(host: str) -> str:
    """The host name without its port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
