"""python -m bench: measures everything, checks answers first, and writes bench/RESULTS.md.

With --only the sections of the other topics stay as they were. Every module here with a TITLE and a run(context) -> list[Result] is a topic; its docstring introduces its table.
"""

import argparse
import importlib
import os
import pkgutil
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, time
from importlib.metadata import version
from pathlib import Path
from platform import machine, python_version, system
from time import perf_counter
from types import ModuleType

from bench.data import DOCTORS, Context
from bench.result import Result, as_table
from core.domain.clock import system_clock
from tests.postgresql import postgresql_version

RESULTS = Path(__file__).with_name("RESULTS.md")
_VENDORS = ("SQLAlchemy", "psycopg", "streamlit", "pandas")
_BEGUN = perf_counter()


def main() -> int:
    """Run the topics; 1 where one of them could not be run."""
    found = {
        name: module
        for name in sorted(
            entry.name for entry in pkgutil.iter_modules([str(RESULTS.parent)]) if entry.name != "__main__"
        )
        if hasattr(module := importlib.import_module(f"bench.{name}"), "TITLE")
    }
    asked = _arguments(list(found))
    asked.data.mkdir(parents=True, exist_ok=True)
    now = system_clock()
    sections, failed = {} if asked.quick else _kept(found.values()), False
    with ExitStack() as closing:
        noon = datetime.combine(now.date(), time(15), now.tzinfo)  # the morning of the demo clinic's New York
        context = Context(asked.data, noon, asked.quick, _say, closing)
        for name, module in found.items():
            if asked.only and name not in asked.only:
                continue
            _say(f"{name}: {module.TITLE}")
            load = os.getloadavg()[0]
            try:
                results: list[Result] = module.run(context)
            except Exception:  # noqa: BLE001 - the other topics are worth having all the same
                traceback.print_exc()
                failed = True
                sections[module.TITLE] = "Could not be measured in the last run.\n"
                continue
            print(as_table(results), flush=True)
            sections[module.TITLE] = _section(module, results, now, load)
            if not asked.quick:
                ordered = (module.TITLE for module in found.values() if module.TITLE in sections)
                RESULTS.write_text("\n".join([_head(), *(f"## {title}\n\n{sections[title]}" for title in ordered)]))
    _say("a quick run leaves RESULTS.md alone" if asked.quick else "written to bench/RESULTS.md")
    return int(failed)


def _kept(modules: Iterable[ModuleType]) -> dict[str, str]:
    """The sections of earlier runs by their titles."""
    titles = {module.TITLE for module in modules}
    parts = (part.partition("\n\n") for part in RESULTS.read_text().split("\n## ")[1:])
    return {title: f"{text.strip()}\n" for title, _, text in parts if title in titles}


def _arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure CareSlot against hand-written floors."
    )
    parser.add_argument("--only", action="append", choices=names, help="this topic; may be given again")
    parser.add_argument("--quick", action="store_true", help="little data, few rounds: shows only that all works")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "careslot-bench",
        help="where the measured clinics are built and kept (%(default)s)",
    )
    return parser.parse_args()


def _say(words: str) -> None:
    print(f"[{perf_counter() - _BEGUN:5.0f} s] {words}", file=sys.stderr, flush=True)


def _head() -> str:
    vendors = ", ".join(f"{name} {version(name)}" for name in _VENDORS)
    return (
        f"# Results\n\nMeasured by `python -m bench`; {os.cpu_count()} cores, {system()} {machine()}, "
        f"Python {python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {postgresql_version()}, {vendors}.\n\n"
        f"The clinic has {DOCTORS} doctors and, where nothing else is said, 1,000,000 stored appointments. A floor is the "
        "same work by hand: the raw driver and plain Python, checked to give the same answers. Both run in turn, and the "
        "medians are compared: trust the ratios more than the times.\n"
    )


def _section(module: ModuleType, results: list[Result], now: datetime, load: float) -> str:
    """What a topic is about, its table, and how busy the machine was when its turn came."""
    measured = f"Measured on {now:%Y-%m-%d}, at a load of {load:.1f}."
    return f"{(module.__doc__ or '').strip()}\n\n{measured}\n\n{as_table(results)}\n"


if __name__ == "__main__":
    sys.exit(main())
