"""Everything that is logged during a test, as the lines that a clinic's machine would keep."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from core.telemetry import logs


@pytest.fixture(params=["json", "text"])
def lines(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """All log lines, down to debug, in each format in turn."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logs.formatter(json=request.param == "json"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.setLevel(level)
    root.removeHandler(handler)
