"""From `streamlit run` on a prepared database to the first page that a visitor has whole, each time in a fresh process.

The floor is a Streamlit script of one title, started and visited in the same way.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.data import Context
from bench.load_cluster import Program, free_port, web
from bench.load_visitor import Visitor
from bench.result import Result

TITLE = "Start-up"
_AT_MOST = 3.0


def run(context: Context) -> list[Result]:
    """Until the server answers, and until the page Book stands, in turn with the floor."""
    floor: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    with context.sqlite_copy(context.small) as url, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bare = folder / "bare.py"
        bare.write_text("import streamlit as st\n\nst.title('Hello')\n")
        for _ in range(context.rounds(7)):
            floor.append(_started(lambda: _bare(bare), ""))
            ours.append(_started(lambda: web(folder, {"DATABASE_URL": url, "CARESLOT_ENV": "development"}), "book"))
    return [
        Result.slower(what, median(one[at] for one in floor), median(one[at] for one in ours), _AT_MOST)
        for at, what in enumerate(("until the server answers", "until the first page stands"))
    ]


def _bare(script: Path) -> Program:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    return Program(command, {}, script.with_suffix(".log"), f"http://127.0.0.1:{port}")


def _started(start: Callable[[], Program], path: str) -> tuple[float, float]:
    """Seconds from the start of the process to its health, and to its first whole page."""
    started = perf_counter()
    program = start()
    try:
        program.wait_until_it_serves()
        serves = perf_counter() - started
        asyncio.run(_visit(program.url, path))
        return serves, perf_counter() - started
    finally:
        program.stop()


async def _visit(url: str, path: str) -> None:
    async with Visitor(url) as visitor:
        await visitor.open(path)
