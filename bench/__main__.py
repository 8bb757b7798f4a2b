"""python -m bench: measures everything, checks answers first, and writes bench/RESULTS.md.

Every module here with a TITLE and a run(context) -> list[Result] is a topic; its docstring introduces its table.
"""

import argparse
import importlib
import os
import pkgutil
import sqlite3
import sys
import tempfile
import traceback
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

HERE = Path(__file__).parent
_VENDORS = ("SQLAlchemy", "psycopg", "streamlit", "pandas")
_BEGUN = perf_counter()


def main() -> int:
    """Run the topics; 1 where one of them could not be run."""
    found = {
        name: module
        for name in sorted(entry.name for entry in pkgutil.iter_modules([str(HERE)]) if entry.name != "__main__")
        if hasattr(module := importlib.import_module(f"bench.{name}"), "TITLE")
    }
    asked = _arguments(list(found))
    asked.data.mkdir(parents=True, exist_ok=True)
    now = system_clock()
    sections, failed = [_head(now)], False
    with ExitStack() as closing:
        noon = datetime.combine(now.date(), time(15), now.tzinfo)  # the morning of the demo clinic's New York
        context = Context(asked.data, noon, asked.quick, _say, closing)
        for name, module in found.items():
            if asked.only and name not in asked.only:
                continue
            _say(f"{name}: {module.TITLE}")
            try:
                results: list[Result] = module.run(context)
            except Exception:  # noqa: BLE001 - the other topics are worth having all the same
                traceback.print_exc()
                failed = True
                sections.append(f"## {module.TITLE}\n\nCould not be measured in this run.\n")
                continue
            print(as_table(results), flush=True)
            sections.append(_section(module, results))
    if asked.only or asked.quick:
        _say("RESULTS.md is written by a whole run only")
    else:
        (HERE / "RESULTS.md").write_text("\n".join(sections))
        _say("written to bench/RESULTS.md")
    return int(failed)


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


def _head(now: datetime) -> str:
    vendors = ", ".join(f"{name} {version(name)}" for name in _VENDORS)
    return (
        f"# Results\n\nMeasured by `python -m bench` on {now:%Y-%m-%d}; {os.cpu_count()} cores, {system()} {machine()}, "
        f"Python {python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {postgresql_version()}, {vendors}.\n\n"
        f"The clinic has {DOCTORS} doctors and, where nothing else is said, 1,000,000 stored appointments. A floor is the "
        "same work by hand: the raw driver and plain Python, checked to give the same answers. Both run in turn, and the "
        "medians are compared: trust the ratios more than the times.\n"
    )


def _section(module: ModuleType, results: list[Result]) -> str:
    return f"## {module.TITLE}\n\n{(module.__doc__ or '').strip()}\n\n{as_table(results)}\n"


if __name__ == "__main__":
    sys.exit(main())
