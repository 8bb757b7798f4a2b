"""Log lines: JSON for machines, text for people; the only file that knows structlog.

Nothing in a log line was written by a patient. Our own events are a name and values that we chose. Of the messages of
other programs stay the words that stand in their code, and numbers; of errors the types and the lines of code.
"""

import copy
import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter, add_log_level, add_logger_name, filter_by_level

OURS = "careslot"
WITHHELD = "a message whose words do not stand in the code"
MOST_FRAMES = 30

_Event = MutableMapping[str, Any]
_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")


def get(name: str) -> BoundLogger:
    """The log of one part of CareSlot: `log.info("event_name", key=value)`, with values that tell nothing of people."""
    made: BoundLogger = structlog.wrap_logger(
        logging.getLogger(f"{OURS}.{name}"),
        processors=[
            filter_by_level,
            merge_contextvars,
            add_logger_name,
            add_log_level,
            _STAMP,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=BoundLogger,
    )
    return made


def context(**values: str) -> AbstractContextManager[None]:
    """Have these values in every line that is logged inside, such as a request's id."""
    return bound_contextvars(**values)


def of_error(error: BaseException) -> dict[str, Any]:
    """What a log line tells of an error: the types of its chain, and the lines of code that it passed; no message."""
    frames = [
        f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    types, cause = [], error
    while cause is not None:
        types.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)  # type: ignore[assignment]
    return {"error": " from ".join(types), "frames": frames[-MOST_FRAMES:]}


def formatter(*, json: bool) -> logging.Formatter:
    """What turns any record, ours or another program's, into a line that holds nobody's details."""
    return _Discreet(
        foreign_pre_chain=[merge_contextvars, add_logger_name, add_log_level, _STAMP],
        processors=[
            _tell_error,
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer() if json else _text,
        ],
    )


def configure(*, json: bool, level: str, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to `stream` (standard error unless given), and nothing past it.

    Our own lines from `level` on; those of other programs from warnings on, or from `level` where that is debug.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(json=json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.getLogger(OURS).setLevel(level.upper())
    for known in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(known, logging.Logger):
            adopt(known)
    logging.getLogger("sqlalchemy").setLevel(
        logging.WARNING
    )  # below that it tells statements, and nobody may read them
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a line that can't be formatted would be printed with all its values
    # What nobody catches is printed with its message by default.
    uncaught = get("uncaught")
    sys.excepthook = lambda _, error, __: uncaught.critical("uncaught_error", **of_error(error))
    threading.excepthook = lambda found: uncaught.critical(
        "uncaught_error", **of_error(found.exc_value or found.exc_type())
    )
    sys.unraisablehook = lambda found: uncaught.error("uncaught_error", **of_error(found.exc_value or Exception()))


def adopt(logger: logging.Logger) -> None:
    """Have another program's logger speak through ours only."""
    logger.handlers.clear()
    logger.propagate = True
    if not logger.name.startswith(OURS):
        logger.setLevel(logging.NOTSET)


class _Discreet(ProcessorFormatter):
    """Takes out of other programs' records what they may have been told about people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        return super().format(record if hasattr(record, "_logger") else _without_details(record))


def _without_details(record: logging.LogRecord) -> logging.LogRecord:
    kept = copy.copy(record)
    kept.msg, kept.args, kept.exc_text, kept.stack_info = _words(record), None, None, None
    return kept


def _words(record: logging.LogRecord) -> str:
    template = record.msg
    if not isinstance(template, str) or not _stands_in_the_code(record):
        return f"{WITHHELD} ({record.module}:{record.lineno})"
    given = record.args
    if not given:
        return template
    try:
        if isinstance(given, dict):
            return template % {name: _shown(value) for name, value in given.items()}
        return template % tuple(_shown(value) for value in given)
    except (TypeError, ValueError, KeyError):
        return template


def _stands_in_the_code(record: logging.LogRecord) -> bool:
    """Whether the message is a constant of the function that logs it; one put together there is not."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - a record does not tell its frame
    while frame is not None:
        if (frame.f_code.co_filename, frame.f_lineno) == (record.pathname, record.lineno):
            return record.msg in frame.f_code.co_consts
        frame = frame.f_back
    return False


def _shown(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    return type(value).__name__ if isinstance(value, BaseException) else "…"


def _tell_error(logger: Any, method: str, event: _Event) -> _Event:  # noqa: ARG001 - structlog's signature
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    return {**event, **of_error(error)} if isinstance(error, BaseException) else event


def _text(logger: Any, method: str, event: _Event) -> str:
    frames = event.pop("frames", ())
    line = structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at")(logger, method, event)
    return "\n".join([line, *(f"    {frame}" for frame in frames)])
