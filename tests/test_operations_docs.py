"""docs/operations.md lists all settings, commands and scripts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

from app.commands import COMMANDS, register
from app.config import RateLimits

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_setting_is_documented() -> None:
    modules = (ROOT / "app" / "config").glob("[!_]*.py")
    names = set(re.findall(r'"([A-Z][A-Z_]{3,})"', "".join(map(Path.read_text, modules))))
    names |= {f"LIMIT_{name.upper()}" for name in RateLimits._fields}
    assert len(names) >= 12, "precondition: the settings are found"
    assert {name for name in names if f"| `{name}` |" not in OPERATIONS} == set()


def test_every_variable_of_a_provider_is_documented() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "app" / "providers").glob("*.py"))
    prefixes = re.findall(r'^    prefix = "([A-Z]+)"$', code, re.MULTILINE)
    suffixes = re.findall(r'from_env\(f"\{self\.prefix\}(\w+)"\)', code)
    names = {prefix + suffix for prefix in prefixes for suffix in suffixes}
    names |= set(re.findall(r'from_env\("(\w+)"\)', code))
    assert {"OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"} <= names
    assert {name for name in names if f"| `{name}` |" not in OPERATIONS} == set()


def test_every_variable_of_the_setup_is_documented() -> None:
    code = (ROOT / "bin" / "setup").read_text("utf-8")
    names = set(re.findall(r"\$\{([A-Z_]+):-", code))
    assert "PYTHON" in names
    assert {name for name in names if f"| `{name}` |" not in OPERATIONS} == set()


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_is_documented(app: Flask, name: str) -> None:
    register(app)
    command = app.cli.commands[name]
    parts = (
        [f"{name} {each}" for each in command.commands]
        if isinstance(command, click.Group)
        else [name]
    )
    for part in parts:
        assert re.search(rf"\| `flask {part}[ `]", OPERATIONS)


def test_every_script_is_documented_and_exists() -> None:
    explained = set(re.findall(r"^\| `(bin/[\w-]+)` \|", OPERATIONS, re.MULTILINE))
    assert {"bin/run", "bin/setup", "bin/test"} <= explained
    scripts = [path for path in (ROOT / "bin").iterdir() if not path.suffix]  # else a part of one
    assert explained == {f"bin/{path.name}" for path in scripts}


@pytest.mark.parametrize("name", ["deployment", "operations"])
def test_a_shell_understands_the_commands_and_their_files_exist(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5, "precondition: the commands are found"
    for block in blocks:
        ran = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True)
        assert not ran.stderr, block
        for path in re.findall(r"(?:^|\s|/srv/midstream/)((?:bin|deploy)/[\w./-]*\w)", block):
            assert (ROOT / path).exists() or list(ROOT.glob(f"{path}*")), path
    wanted = set(re.findall(r"^\s*(?:[a-z]+=\$\()?flask ([a-z]+)", "\n".join(blocks), re.MULTILINE))
    assert wanted <= {command.name for command in COMMANDS} | {"db"}
