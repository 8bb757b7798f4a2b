"""One line of the results: what was measured, against what, and whether the target was met."""

from dataclasses import dataclass

_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Result:
    """A measurement ready to be shown; `note` says where the time goes, or what else should be known."""

    what: str
    floor: str
    ours: str
    value: str
    target: str
    met: bool
    note: str = ""

    @classmethod
    def slower(cls, what: str, floor: float, ours: float, at_most: float, note: str = "") -> "Result":
        """Two times in seconds; ours may take `at_most` times the floor's."""
        ratio = ours / floor
        return cls(
            what, _time(floor), _time(ours), f"{ratio:.2f} {_TIMES}", f"≤ {at_most:g} {_TIMES}", ratio <= at_most, note
        )

    @classmethod
    def rate(cls, what: str, floor: float, ours: float, at_least: float, note: str = "") -> "Result":
        """Two rates a second; ours has to reach `at_least` times the floor's."""
        ratio = ours / floor
        return cls(
            what,
            f"{floor:,.0f}/s",
            f"{ours:,.0f}/s",
            f"{ratio:.2f} {_TIMES}",
            f"≥ {at_least:g} {_TIMES}",
            ratio >= at_least,
            note,
        )

    @classmethod
    def within(cls, what: str, ours: float, at_most: float, unit: str, note: str = "") -> "Result":
        """One figure with its unit that may not exceed a bound; there is no floor."""
        return cls(what, "", f"{ours:,.4g} {unit}", "", f"≤ {at_most:,g} {unit}", ours <= at_most, note)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def as_table(results: list[Result]) -> str:
    """The results as a Markdown table, followed by their notes."""
    lines = ["| what | floor | ours | ratio | target | met |", "|---|---:|---:|---:|---:|---|"]
    lines += [
        f"| {one.what} | {one.floor} | {one.ours} | {one.value} | {one.target} | {'yes' if one.met else '**no**'} |"
        for one in results
    ]
    notes = [f"- {one.what}: {one.note}" for one in results if one.note]
    return "\n".join(lines + (["", *notes] if notes else []))
