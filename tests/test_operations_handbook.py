"""The handbook names what there is: every setting, and no command that is missing."""

import re
from pathlib import Path

from core.__main__ import commands
from core.settings import Settings

HANDBOOK = (Path(__file__).parents[1] / "docs" / "operations.md").read_text()


def test_the_table_of_settings_has_each_setting_and_nothing_else() -> None:
    table = HANDBOOK.split("## Settings")[1].split("## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named == {field.alias for field in Settings.model_fields.values()}


def test_every_command_that_it_tells_to_run_is_there() -> None:
    told = set(re.findall(r"(?:^|`)careslot ([a-z-]+)|python -m core ([a-z-]+)", HANDBOOK, re.MULTILINE))
    there = {command.name for command in commands.registered_commands}
    assert {first or second for first, second in told} <= there
