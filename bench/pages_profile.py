"""Where the runs of a server's pages spend their time: profiles that the server writes, one for each run."""

import cProfile
import os
import pstats
import time
from collections.abc import Callable
from pathlib import Path

from bench.race import shares_of

PROFILE = "CARESLOT_BENCH_PROFILES"
"""The variable that names the folder for profiles; without it nothing is profiled."""


def profiled(run: Callable[[], None]) -> None:
    """Run a page; Streamlit's own ways out of it pass through."""
    folder = os.environ.get(PROFILE)
    if not folder:
        run()
        return
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    try:
        run()
    finally:
        profile.disable()
        profile.dump_stats(Path(folder) / f"{time.monotonic_ns()}.profile")


def where_runs_spend_time(folder: Path, last: int) -> str:
    """A sentence about the last runs; all profiles are gone afterwards."""
    found = sorted(folder.glob("*.profile"))
    told = shares_of(pstats.Stats(*map(str, found[-last:])))
    for one in found:
        one.unlink()
    return told
