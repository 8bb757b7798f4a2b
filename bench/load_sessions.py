"""One web process on SQLite with its worker inside, as on a fresh machine, and the crowd in a process beside it, which
takes part of the second core. A run is what a visitor waits for: from the tap to the last element of the page. One
process is one core (Python's lock), so where its cores come near 1.00 it is full and runs wait for each other.
"""

import asyncio
from collections.abc import Iterator

from bench.data import Context
from bench.load_cluster import Program, web
from bench.load_crowd import CROWDS, QUICK_CROWDS, QUICK_SECONDS, SECONDS, Crowd, demo_clinic, folder_for, measure, warm
from bench.load_visitor import Visitor
from bench.result import Result

TITLE = "Visitors at once: one process on SQLite"

_MILLISECONDS = {8: (200, 1000), 30: (200, 1000), 100: (500, 3000)}
_WAVES, _TABS = 4, 100


def run(context: Context) -> list[Result]:
    """Crowds of thirty and a hundred, then sessions that come and go."""
    crowds = QUICK_CROWDS if context.quick else CROWDS
    with folder_for(context) as folder:
        (folder / "data").mkdir()
        emails = demo_clinic(f"sqlite:///{folder / 'data' / 'healthcare.db'}", sum(crowds))
        server = web(folder, {}).wait_until_it_serves()
        try:
            return [*_crowds(context, server, emails, crowds), _growth(server, 10 if context.quick else _TABS)]
        finally:
            server.stop()


def _crowds(context: Context, server: Program, emails: Iterator[str], sizes: tuple[int, ...]) -> list[Result]:
    asyncio.run(warm(server.url, next(emails)))
    found = []
    for size in sizes:
        crowd = Crowd(server.url, size, emails, QUICK_SECONDS if context.quick else SECONDS)
        found += measure(crowd, [server], _MILLISECONDS[size])
    return found


def _growth(server: Program, tabs: int) -> Result:
    """Waves of visits that come and go: memory that keeps growing from wave to wave is never given back."""
    after = []
    for _ in range(_WAVES):
        asyncio.run(_open_and_close(server.url, tabs))
        after.append(server.megabytes())
    told = ", ".join(f"{one:.0f}" for one in after)
    grown = (after[-1] - after[1]) / (tabs * (_WAVES - 2)) * 1000
    return Result.within(
        "memory kept by a visit that is over", grown, 50, "kB", f"MB after each wave of {tabs}: {told}"
    )


async def _open_and_close(url: str, tabs: int) -> None:
    for _ in range(tabs):
        async with Visitor(url) as visitor:
            await visitor.open("book")
            await visitor.press(visitor.screen.buttons("book_visit_")[0])
