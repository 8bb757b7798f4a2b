"""The server's life: what it refuses to start with, what it starts with, and what it lets go of at the end."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import streamlit as st
import streamlit.logger

from core.bootstrap import Ready, build, make_ready
from core.domain.clock import system_clock
from core.domain.errors import CareSlotError
from core.settings import read_settings
from core.telemetry import logs
from core.telemetry.unexpected import report
from core.ui.application import use
from core.ui.server.sockets import send_at_once
from core.worker import Worker

_log = logs.get("server")


def begin() -> None:
    """Begin to log, and end the program with a sentence where the settings don't allow it to serve."""
    try:
        settings = read_settings()
        settings.refuse_unfit()
    except CareSlotError as error:
        sys.exit(str(error))
    logs.configure(json=settings.json_logs, level=settings.log_level)
    # Streamlit gives each of its loggers a way out of its own, when its module is first used.
    streamlit.logger.setup_formatter = logs.adopt


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:  # noqa: ARG001 - Streamlit's signature
    """Make ready, start the worker, and let go of everything at the end."""
    settings = read_settings()
    send_at_once()
    with _saying_why_not():
        address = f"http://localhost:{st.get_option('server.port')}"
        _tell(await asyncio.to_thread(make_ready, settings, system_clock, address))
        clinic = build(settings)
    use(clinic)
    _log.info("server_started")
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
        _log.info("server_stopped")


@contextmanager
def _saying_why_not() -> Iterator[None]:
    """Print why the server can't start, for whoever started it; the error goes on and ends the program."""
    try:
        yield
    except CareSlotError as error:
        _log.error("start_refused", outcome=type(error).__name__)
        _say(str(error))
        raise
    except Exception as error:
        _say(f"Something went wrong, reference {report(error, 'start')}.")
        raise


def _say(why: str) -> None:
    print(why, file=sys.stderr, flush=True)  # noqa: T201 - this is for the terminal
    # The web server logs the error once more, by its traceback, of which nothing may be shown.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def _tell(ready: Ready) -> None:
    """Print how to get in, for whoever started the server."""
    for line in ready.lines():
        print(line, flush=True)  # noqa: T201 - this is for the terminal
