"""The small readers in `clients/`, one for each language, as commands."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

import pytest

from tests.clients.command import ROOT, Command


@dataclass(frozen=True)
class Language:
    """What a reader is run by, what it is built with, and how its own tests are run."""

    words: tuple[str, ...]
    programs: tuple[str, ...]
    folder: str
    built: str = ""  # by bin/readers
    tests: tuple[str, ...] = ()

    @property
    def missing(self) -> str:
        """Say why it can't be tried on this machine, if it can't."""
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
        ("cargo", "test", "--quiet", "--locked", "--test", "vectors"),
    ),
}

PRESENT = [name for name, language in LANGUAGES.items() if not language.missing]
EVERY = ["Python", *PRESENT]
PYTHON = (sys.executable, "-m", "midstream")


def needs(name: str) -> Language:
    """Return a language; skip, and say what it lacks, where it can't be tried."""
    language = LANGUAGES[name]
    if language.missing:
        pytest.skip(language.missing)
    return language


class Readers:
    """Runs the readers that are there, all at the same time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._commands: list[Command] = []

    def start(self, name: str, *arguments: str, token: str, url: str = "") -> Command:
        """Start one of them."""
        access = {"MIDSTREAM_URL": url or self._url, "MIDSTREAM_TOKEN": token}
        access |= {"PYTHONPATH": "clients/python"}
        self._commands.append(
            Command([*words(name, asks=len(arguments) > 1), *arguments], **access)
        )
        return self._commands[-1]

    def close(self) -> None:
        """End them all."""
        for command in self._commands:
            command.close()


def words(name: str, *, asks: bool = False) -> tuple[str, ...]:
    """Return what starts a command; the one in Python has a verb for what is to be done."""
    return (*PYTHON, "ask" if asks else "read") if name == "Python" else LANGUAGES[name].words
