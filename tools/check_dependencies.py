"""Looks at everything that CareSlot needs to run: known vulnerabilities, and licences that a clinic may use it under.

Ends with 1 for a vulnerability or a licence that is not allowed here. Where the advisories can't be fetched it says so,
and only that is no failure: a machine without the internet has to be able to check its own change.
"""

import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent

# By their SPDX identifiers and by the names that packages give instead. All let CareSlot be used, changed and passed on
# under its own licence; those of LGPL and MPL bind only changes to the library itself.
ALLOWED = {
    "0BSD", "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "Apache-2.0", "BSD 3-Clause",
    "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0",
    "GNU Lesser General Public License v3 or later (LGPLv3+)", "ISC", "ISC License (ISCL)", "LGPL-3.0-only",
    "LGPL-3.0-or-later", "MIT", "MIT License", "MIT-0", "MIT-CMU", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0", "Python Software Foundation License", "The Unlicense (Unlicense)", "Zlib",
}  # fmt: skip
EXCEPTIONS = {
    "radicale": "GPL: a program of its own, which CareSlot starts and speaks to over HTTP, as it would to any server",
    "text-unidecode": "Artistic License or GPL, as the user chooses",
}


def run_dependencies() -> dict[str, str]:
    """What requirements.txt needs, and what that needs in turn: name and installed version."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    todo = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    found: dict[str, str] = {}
    seen: set[str] = set()
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        for extra in {"", *wanted.extras}:
            if f"{name}[{extra}]" in seen:
                continue
            seen.add(f"{name}[{extra}]")
            installed = distribution(name)
            found[name] = installed.version
            needs = map(Requirement, installed.requires or [])
            todo += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return found


def unwelcome_licences(packages: dict[str, str]) -> list[str]:
    """A line for each package whose licence is neither allowed nor excepted."""
    told = run("pip-licenses", "--from=mixed", "--format=json", "--packages", *packages).stdout
    licences = {canonicalize_name(row["Name"]): row["License"] for row in json.loads(told)}
    return [
        f"{name}: {licences.get(name, 'unknown')}"
        for name in sorted(packages)
        if name not in EXCEPTIONS and not allowed(licences.get(name, "unknown"))
    ]


def allowed(licence: str) -> bool:
    """Whether a licence, or an expression of several, leaves us one that is allowed."""
    for separator, enough in ((r"\s+OR\s+", any), (r"\s+AND\s+|;\s*", all)):
        parts = re.split(separator, licence)
        if len(parts) > 1:
            return enough(allowed(part.strip("() ")) for part in parts)
    return licence in ALLOWED


def vulnerabilities(packages: dict[str, str]) -> tuple[list[str], list[str]]:
    """A line for each known vulnerability, and the packages that nothing could be learnt about."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
        pinned.write("".join(f"{name}=={version}\n" for name, version in packages.items()))
        pinned.flush()
        only_these = ("--requirement", pinned.name, "--no-deps", "--disable-pip")
        done = run("pip-audit", *only_these, "--timeout=5", "--progress-spinner=off", "--format=json")
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        if "connect" in done.stderr.lower():
            return [], sorted(packages)
        sys.exit(f"pip-audit failed:\n{done.stderr}")
    found = [
        f"{row['name']} {row['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for row in rows
        for flaw in row.get("vulns", [])
    ]
    return found, sorted(row["name"] for row in rows if "skip_reason" in row)


def run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of this environment."""
    return subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603


def main() -> None:
    """Check, and say what was found."""
    packages = run_dependencies()
    licences = unwelcome_licences(packages)
    flaws, unknown = vulnerabilities(packages)
    say = [f"{len(packages)} run dependencies, {len(licences)} with a licence that is not allowed here."]
    say += [f"Licence not allowed: {line}" for line in licences]
    if len(unknown) == len(packages):
        say.append("Advisories could not be fetched: vulnerabilities were not looked for.")
    else:
        say.append(f"{len(flaws)} known vulnerabilities.")
        say += [f"Vulnerable: {line}" for line in flaws]
        say += [f"Advisories could not be fetched for {name}." for name in unknown]
    sys.stdout.write("\n".join([*say, ""]))
    sys.exit(1 if licences or flaws else 0)


if __name__ == "__main__":
    main()
