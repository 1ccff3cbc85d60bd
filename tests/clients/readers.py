"""The readers in `clients/`, one for each language, as commands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.command import ROOT, Command


@dataclass(frozen=True)
class Language:
    """How to run a reader, what building it requires, and how to run its own tests."""

    words: tuple[str, ...]
    programs: tuple[str, ...]
    folder: str
    built: str = ""  # by bin/readers
    tests: tuple[str, ...] = ()

    @property
    def missing(self) -> str:
        """Why it can't run on this machine; empty if it can."""
        absent = [program for program in self.programs if shutil.which(program) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        if self.built and not (ROOT / self.built).exists():
            return f"not built: {self.built}"
        return ""


LANGUAGES = {
    "JavaScript": Language(
        ("node", "clients/javascript/src/cli.js"), ("node",), "clients/javascript"
    ),
    "Go": Language(
        ("clients/go/target/midstream-reader",),
        ("go",),
        "clients/go",
        "clients/go/target/midstream-reader",
        ("go", "test", "-count=1", "./..."),
    ),
    "Java": Language(
        ("java", "-jar", "clients/java/target/midstream-reader.jar"),
        ("java", "mvn"),
        "clients/java",
        "clients/java/target/midstream-reader.jar",
        ("mvn", "--offline", "--quiet", "--batch-mode", "surefire:test"),
    ),
    "Rust": Language(
        ("clients/rust/target/debug/midstream-reader",),
        ("cargo",),
        "clients/rust",
        "clients/rust/target/debug/midstream-reader",
        ("cargo", "test", "--quiet", "--locked", "--test", "vectors", "--test", "list"),
    ),
}

PRESENT = [name for name, language in LANGUAGES.items() if not language.missing]
EVERY = ["Python", *PRESENT]
PYTHON = (sys.executable, "-m", "midstream")


def needs(name: str) -> Language:
    """Return a language; skip the test if it can't run on this machine."""
    language = LANGUAGES[name]
    if language.missing:
        pytest.skip(language.missing)
    return language


class Readers:
    """Starts readers as processes, which run at the same time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._commands: list[Command] = []

    def start(
        self, name: str, *arguments: str, token: str, url: str = "", files: Sequence[str] = ()
    ) -> Command:
        """Start one of them; a question may have files, by their ids."""
        if name == "Python":
            files = [f"--file={file}" for file in files]
        command = [*words(name, asks=len(arguments) > 1), *arguments, *files]
        return self._run(command, token, url)

    def upload(self, name: str, conversation: str, *paths: Path, token: str) -> Command:
        """Let one of them upload files."""
        program = PYTHON if name == "Python" else LANGUAGES[name].words
        return self._run([*program, "upload", conversation, *map(str, paths)], token)

    def _run(self, command: Sequence[str], token: str, url: str = "") -> Command:
        environment = {"MIDSTREAM_URL": url or self._url, "MIDSTREAM_TOKEN": token}
        environment |= {"PYTHONPATH": "clients/python"}
        self._commands.append(Command(command, **environment))
        return self._commands[-1]

    def close(self) -> None:
        """Kill those that are still running."""
        for command in self._commands:
            command.close()


def words(name: str, *, asks: bool = False) -> tuple[str, ...]:
    """Return the command line of a reader; the one in Python has subcommands."""
    return (*PYTHON, "ask" if asks else "read") if name == "Python" else LANGUAGES[name].words
