"""What machines ask: whether the server lives, whether the clinic can work, and what was measured.

A load balancer asks /readyz and sends nobody to a process that answers 503. /healthz tells only that the process answers,
for whoever restarts what hangs: a database that is down is no reason to restart. /metrics tells of this one process.
"""

import asyncio
import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY

from core.scheduler.readiness import Standing, queue_of, readiness
from core.telemetry import measurements
from core.ui.application import application

HEALTH, READY, METRICS = "/healthz", "/readyz", "/metrics"
PATHS = frozenset({HEALTH, READY, METRICS})
PATIENCE_SECONDS = 5.0

_FRESH = {"cache-control": "no-store"}


async def _health(request: Request) -> Response:  # noqa: ARG001 - Starlette's signature
    return PlainTextResponse("ok", headers=_FRESH)


async def _ready(request: Request) -> Response:  # noqa: ARG001 - Starlette's signature
    """503 where pages can't work; 200 otherwise, with what else is wrong named as degraded."""
    app = application()
    try:
        asked = run_in_threadpool(readiness, app.store, app.clock)
        standings = await asyncio.wait_for(asked, PATIENCE_SECONDS)
    except TimeoutError:
        standings = [Standing("database", "failed", (f"no answer in {PATIENCE_SECONDS:.0f} seconds",))]
    states = {standing.state for standing in standings}
    status = next((state for state in ("failed", "degraded") if state in states), "ok")
    checks = {standing.name: {"state": standing.state, "reasons": standing.reasons} for standing in standings}
    return JSONResponse({"status": status, "checks": checks}, 503 if status == "failed" else 200, headers=_FRESH)


async def _metrics(request: Request) -> Response:
    """404 where no METRICS_TOKEN is set, 401 without it."""
    token = application().settings.metrics_token
    if not token:
        return PlainTextResponse("Not found.", 404)
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("A token is needed.", 401, headers={"www-authenticate": "Bearer"})
    await run_in_threadpool(_look)
    return Response(measurements.exposition(), media_type=measurements.CONTENT_TYPE, headers=_FRESH)


ROUTES = [
    Route(HEALTH, _health, methods=["GET"]),
    Route(READY, _ready, methods=["GET"]),
    Route(METRICS, _metrics, methods=["GET"]),
]
"""What machines ask."""


def _look() -> None:
    """Measure what is not counted as it happens."""
    app = application()
    found = queue_of(app.store, app.clock)
    measurements.database_answers(found is not None)
    if found is not None:
        measurements.queue_stands(waiting=found.waiting, failing=found.failing, lag_seconds=found.lag.total_seconds())
        unread = {provider: lag.total_seconds() for provider, lag in found.unread.items()}
        measurements.calendars_stand(unread_seconds=unread, drift=found.drift)
    if runtime.exists():
        stats = runtime.get_instance().stats_mgr.get_stats(family_names=[ACTIVE_SESSIONS_FAMILY])
        measurements.visits_are_open(sum(getattr(stat, "value", 0) for stat in stats.get(ACTIVE_SESSIONS_FAMILY, ())))
