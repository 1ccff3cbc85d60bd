"""docs/operations.md names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from app.limits import Limits

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_setting_is_explained() -> None:
    code = (ROOT / "app" / "config.py").read_text("utf-8")
    names = set(re.findall(r'"([A-Z][A-Z_]{3,})"', code)) - {"INSTANCE"}
    names |= {f"LIMIT_{name.upper()}" for name in Limits._fields}
    assert len(names) >= 12, "the settings must be found for this to mean anything"
    assert {name for name in names if f"| `{name}` |" not in OPERATIONS} == set()


@pytest.mark.parametrize("name", ["members", "seed", "token", "user"])
def test_every_command_is_explained(app: Flask, name: str) -> None:
    group = app.cli.commands[name]
    assert isinstance(group, click.Group)
    for command in group.commands:
        assert f"| `flask {name} {command} " in OPERATIONS


def test_every_script_is_there() -> None:
    named = set(re.findall(r"`(bin/\w+)`", OPERATIONS))
    assert {"bin/run", "bin/setup", "bin/test"} <= named
    assert all((ROOT / script).is_file() for script in named)
