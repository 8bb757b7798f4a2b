"""The route of feeds: calendars that programs read without signing in, by an address that nobody can guess."""

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.ui.application import application
from core.ui.feeds.address import ENDING, PREFIX

LONGEST_TOKEN = 100


async def _feed(request: Request) -> Response:
    """The calendar, or 304 where the program has it already; 404 for an address that is none or is none any more."""
    body = await run_in_threadpool(_read, request.path_params["name"])
    if body is None:
        return PlainTextResponse("Not found.", 404, headers={"cache-control": "no-store"})
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "etag": etag,
        "cache-control": "private, no-cache",  # kept by whoever reads it, and asked for again each time
        "content-disposition": 'inline; filename="appointments.ics"',
        "x-robots-tag": "noindex",
    }
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        headers["content-length"] = str(len(body))
        return Response(headers=headers, media_type="text/calendar")
    return Response(body, headers=headers, media_type="text/calendar")


ROUTES = [Route(f"{PREFIX}{{name}}", _feed, methods=["GET"])]
"""Feeds by their token; HEAD as well."""


def _read(name: str) -> bytes | None:
    from core.calendars.feed import feed_calendar  # heavy, and few servers are asked for a feed soon

    token = name.removesuffix(ENDING)
    if token == name or not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    contents = application().feeds.read(token)
    return None if contents is None else feed_calendar(contents)


def _has(asked: str, etag: str) -> bool:
    """Whether If-None-Match names this version; a proxy that compresses marks it as weak."""
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    return bool(known & {etag, "*"})
