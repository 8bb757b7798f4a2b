"""Measuring side by side: what runs in turn on a shared machine suffers alike, so ratios hold where times do not."""

import cProfile
import gc
import pstats
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

_MOST_SECONDS = 20.0


def race(*runners: Callable[[], Any], rounds: int) -> list[float]:
    """Median seconds of each runner, run in turn for so many rounds; a slow race ends after twenty seconds.

    The order is reversed every other round, and the garbage collector waits for the end of each run.
    """
    for runner in runners:
        runner()
    times: list[list[float]] = [[] for _ in runners]
    order = list(enumerate(runners))
    started = perf_counter()
    for number in range(rounds):
        for index, runner in order if number % 2 == 0 else reversed(order):
            times[index].append(_once(runner))
        if perf_counter() - started > _MOST_SECONDS and number >= 2:
            break
    return [median(one) for one in times]


def _once(runner: Callable[[], Any]) -> float:
    gc.collect(0)
    gc.disable()
    try:
        started = perf_counter()
        runner()
        return perf_counter() - started
    finally:
        gc.enable()


def where_time_goes(runner: Callable[[], Any], times: int = 20) -> str:
    """A sentence on which packages' own code takes the time, and which of our functions take most."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        runner()
    profile.disable()
    return shares_of(pstats.Stats(profile))


def shares_of(profiled: pstats.Stats) -> str:
    """The same sentence for what was profiled elsewhere."""
    packages: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in profiled.stats.items():  # type: ignore[attr-defined]
        package = _package(file, name)
        packages[package] += own
        if package == "core":
            ours[f"{Path(file).stem}.{name}"] += own
    whole = sum(packages.values())
    return f"under a profiler, {_shares(packages, whole)}; of our own code most in {_shares(ours, whole)}."


def _package(file: str, name: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if "core" in parts:
        return "core"
    if file.startswith(("~", "<")):
        return next((vendor for vendor in ("sqlite3", "psycopg", "sqlalchemy") if vendor in name), "Python")
    return "Python"


def _shares(counted: Counter[str], whole: float) -> str:
    return ", ".join(f"{name} {share / whole:.0%}" for name, share in counted.most_common(3))


def refuse_unequal(floor: Any, ours: Any, what: str) -> None:
    """Stop where the two do not give the same answer: their times would mean nothing."""
    if floor != ours:
        different = [pair for pair in zip(floor, ours, strict=False) if pair[0] != pair[1]][:1]
        raise UnequalAnswersError(f"{what}: floor gave {len(floor)}, ours {len(ours)}; first difference {different}")


class UnequalAnswersError(Exception):
    """A floor that answers differently does not measure the same work."""
