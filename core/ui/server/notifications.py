"""The route at which Google says that a calendar changed: it is read soon after, by a worker."""

from contextlib import suppress

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.calendars.watch import NOTIFICATIONS
from core.scheduler.channels import Answered
from core.scheduler.store import DatabaseBusy
from core.telemetry import logs, measurements
from core.ui.application import application

LONGEST_HEADER = 256
_log = logs.get("server")


async def _notified(request: Request) -> Response:
    """200 for a message through one of our channels, 404 for any other; what it says is only that something changed."""
    channel_id, token = (request.headers.get(f"x-goog-channel-{name}", "")[:LONGEST_HEADER] for name in ("id", "token"))
    answered, calendar_id = await run_in_threadpool(application().channels.heard, channel_id, token)
    if answered is not Answered.KNOWN or calendar_id is None:
        measurements.refused("channel")
        _log.warning("notification_refused", outcome=answered.value)
        return Response(status_code=404)
    if request.headers.get("x-goog-resource-state") == "sync":  # the channel begins; nothing has changed
        return Response(status_code=200)
    return Response(status_code=200, background=BackgroundTask(_ask, calendar_id))


def _ask(calendar_id: str) -> None:
    """Let the calendar be read; where the database is too busy for that, its minute comes anyway."""
    with suppress(DatabaseBusy):
        application().channels.ask(calendar_id)


ROUTES = [Route(NOTIFICATIONS, _notified, methods=["POST"])]
"""What Google calls."""
