"""What a page's run costs the web process: all that it computes, in its threads together, from the visitor's question to the
last message. The floor is an empty page of the same app for the same person, with the sign-in, the menu and the sidebar; both
run in turn. At the demo clinic's size, and with fifty doctors and 1,000,000 appointments. Where a page takes longer
than it should, its note tells what a profiler saw of its script.

Nobody writes meanwhile, so Clinic's figures are those it keeps. The run after a change reads them anew: some 40 ms of
computing in the database with fifty doctors, and where the figures differ, the sums and the charts besides.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.data import Context
from bench.load_cluster import ROOT, Program, web
from bench.load_crowd import folder_for
from bench.load_visitor import Visitor
from bench.pages_profile import PROFILE, where_runs_spend_time
from bench.pages_screens import Screen, screens_of
from bench.result import Result
from core.domain.clock import system_clock
from core.scheduler.demo.load import PASSWORD, fill_demo
from core.scheduler.migrate import migrate
from core.scheduler.store import Store, open_engine

TITLE = "Pages"
EMPTY = "welcome"
_EMPTY_PAGE = f'from core.ui import shell\n\nshell.open_page("{EMPTY}")\n'
_HOME = "    run()\n"
_PROFILED_HOME = "    from bench.pages_profile import profiled\n\n    profiled(run)\n"
_AT_MOST = 6
_PROFILED_RUNS = 5


def run(context: Context) -> list[Result]:
    """Every page of the menu by those who see it, and the main steps within."""
    with folder_for(context) as folder:
        app = _app_with_an_empty_page(folder)
        found = []
        with _demo_clinic(folder) as url:
            found += _measured(context, folder, app, "demo", url)
        with context.sqlite_copy(context.large) as url:
            found += _measured(context, folder, app, f"{context.large:,}", url)
    return found


def _measured(context: Context, folder: Path, app: Path, size: str, url: str) -> list[Result]:
    profiles = folder / "profiles"
    profiles.mkdir(exist_ok=True)
    found = []
    with _server(folder, app, url) as server:
        for email, screens in screens_of(url):
            context.say(f"pages at {size} as {email or 'a visitor'}")
            found += asyncio.run(_visits(context, server, size, email, screens))
    if all(result.met for result, _ in found):
        return [result for result, _ in found]
    with _server(folder, app, url, **{PROFILE: str(profiles)}) as server:
        return [result if result.met else _explained(server, profiles, result, screen) for result, screen in found]


async def _visits(
    context: Context, server: Program, size: str, email: str, screens: list[Screen]
) -> list[tuple[Result, Screen]]:
    """Two tabs of one person, the empty page in one of them."""
    found = []
    async with Visitor(server.url) as empty, Visitor(server.url) as visitor:
        for tab in (empty, visitor):
            await _enter(tab, email)
        await empty.open(EMPTY)
        for what, page, query in screens:
            await visitor.open(page, **query)
            if not query.items() <= visitor.screen.query.items():
                raise AssertionError(f"{what} is shown elsewhere: {visitor.screen.query}")
            floor, ours = await _in_turn(context.rounds(25), server, empty, visitor)
            who = email.partition("@")[0] or "anonymous"
            result = Result.slower(f"{size}, {who}: {what}", floor, ours, _AT_MOST)
            found.append((result, (email, page, query)))
    return found


async def _enter(tab: Visitor, email: str) -> None:
    if email:
        await tab.open("account")
        await tab.sign_in(email, PASSWORD)


async def _in_turn(rounds: int, server: Program, *tabs: Visitor) -> list[float]:
    """Median seconds that the server computes for a run of each tab."""
    times: list[list[float]] = [[] for _ in tabs]
    for number in range(rounds + 2):
        for tab, own in zip(tabs, times, strict=True):
            before = _computed(server.pid)
            await tab.again()
            if troubles := tab.screen.troubles():
                raise AssertionError(troubles)
            await asyncio.sleep(0.01)  # for what the server does after its last word
            if number >= 2:
                own.append(_computed(server.pid) - before)
    return [median(own) for own in times]


def _computed(pid: int) -> float:
    """Seconds of computing in all threads of a process, to the nanosecond (clock_getcpuclockid(3), as Linux makes it)."""
    return time.clock_gettime((~pid << 3) | 2)


def _explained(server: Program, profiles: Path, result: Result, screen: Screen) -> Result:
    email, page, query = screen
    asyncio.run(_profile(server, email, page, query))
    return replace(result, note=where_runs_spend_time(profiles, _PROFILED_RUNS))


async def _profile(server: Program, email: str, page: str, query: dict[str, str]) -> None:
    async with Visitor(server.url) as visitor:
        await _enter(visitor, email)
        await visitor.open(page, **query)
        for _ in range(_PROFILED_RUNS):
            await visitor.again()


def _app_with_an_empty_page(folder: Path) -> Path:
    """A copy of Home and the pages in which one of them draws nothing."""
    app = folder / "app"
    shutil.copytree(ROOT / "pages", app / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    home = (ROOT / "Home.py").read_text()
    assert home.count(_HOME) == 1
    (app / "Home.py").write_text(home.replace(_HOME, _PROFILED_HOME))
    (app / "pages" / f"{EMPTY}.py").write_text(_EMPTY_PAGE)
    return app / "Home.py"


@contextmanager
def _server(folder: Path, home: Path, database_url: str, **environment: str) -> Iterator[Program]:
    known = {
        "CARESLOT_WORKER": "0",
        "DATABASE_URL": database_url,
        "PYTHONPATH": str(ROOT),
    }
    server = web(folder, {**known, **environment}, home=home)
    try:
        yield server.wait_until_it_serves()
    finally:
        server.stop()


@contextmanager
def _demo_clinic(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'demo.db'}"
    migrate(url)
    store = Store(open_engine(url))
    try:
        fill_demo(store, system_clock)
    finally:
        store.dispose()
    yield url
