"""The audit of dependencies hides nothing: only advisories that can't be fetched are no failure."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools import check_dependencies
from tools.check_dependencies import allowed, main, run_dependencies

FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}


def test_everything_that_is_needed_to_run_is_looked_at_and_nothing_that_only_tests_need() -> None:
    found = run_dependencies()
    assert {"streamlit", "psycopg-binary", "uvicorn", "cffi"} <= set(found)
    assert not {"pytest", "playwright", "mypy"} & set(found)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later", False),
        ("GPL-3.0-or-later OR Apache-2.0", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("Apache Software License; BSD License", True),
        ("Apache Software License; GNU General Public License (GPL)", False),
        ("UNKNOWN", False),
    ],
)
def test_a_licence_is_allowed_if_every_part_that_binds_is(licence: str, expected: bool) -> None:
    assert allowed(licence) is expected


@pytest.mark.parametrize(
    ("answer", "complaint", "code", "said"),
    [
        (
            [{"name": "one", "version": "1.0", "vulns": [FLAW]}],
            "",
            1,
            "Vulnerable: one 1.0: PYSEC-2026-1, mended in 2.0",
        ),
        ([{"name": "one", "version": "1.0", "vulns": []}], "", 0, "0 known vulnerabilities."),
        (
            [{"name": "one", "skip_reason": "not found"}],
            "",
            0,
            "Advisories could not be fetched: vulnerabilities were not",
        ),
        (
            None,
            "Could not connect to the vulnerability feed",
            0,
            "Advisories could not be fetched: vulnerabilities were",
        ),
        (None, "Something else broke", "pip-audit failed:\nSomething else broke", ""),
    ],
    ids=["vulnerable", "well", "unknown there", "unreachable", "broken"],
)
def test_a_vulnerability_fails_the_check_and_an_unreachable_service_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: list[dict[str, Any]] | None,
    complaint: str,
    code: int | str,
    said: str,
) -> None:
    spoken = "" if answer is None else json.dumps({"dependencies": answer})
    licences = json.dumps([{"Name": "one", "License": "MIT"}])
    for name, text in (("pip-audit", spoken), ("pip-licenses", licences)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{complaint}' >&2\necho '{text}'\n")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setattr(check_dependencies, "PROGRAMS", tmp_path)
    monkeypatch.setattr(check_dependencies, "run_dependencies", lambda: {"one": "1.0"})
    with pytest.raises(SystemExit) as end:
        main()
    assert str(end.value.code).strip() == str(code)
    assert said in capsys.readouterr().out
