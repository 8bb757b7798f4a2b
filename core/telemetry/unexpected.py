"""Errors that nobody expected: counted, and logged under a reference that people can be told."""

import secrets

from core.telemetry import logs, measurements

_log = logs.get("errors")


def report(error: BaseException, where: str) -> str:
    """Log the error's types and lines of code, count it, and return its reference (8 hex digits).

    `where` is the kind of place that met it, such as "page" or "worker". No message and no values are kept: they may
    quote a patient's details.
    """
    reference = secrets.token_hex(4)
    measurements.met_unexpected(where)
    _log.error("unexpected_error", where=where, reference=reference, **logs.of_error(error))
    return reference
