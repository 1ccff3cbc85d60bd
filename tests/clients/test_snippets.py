"""The example programs on the account page work in each language."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from html import unescape
from pathlib import Path

import pytest

from app.views.tokens import LANGUAGES as OFFERED
from tests.clients.command import ROOT, Command
from tests.clients.readers import LANGUAGES, PRESENT
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = pytest.mark.system

SNIPPET = re.compile(r'data-snippet="(\w+)">(.*?)</code>', re.DOTALL)
EXPORT = re.compile(r">export MIDSTREAM_TOKEN=(midstream_[\w-]{43})</code>")
HERE = "http://localhost"  # the address in the browser
SETTINGS = {"PYTHONPATH": "clients/python"}
QUICK = "Why? /think 5 /tokens 20 /rate 0"
SLOW = "And now? /think 0 /tokens 60 /rate 60"
RUST = "clients/rust/target/debug"
JAVA = "clients/java/target"
RUNS = {
    "Python": ("listening.py", "exec {python} {file}"),
    "JavaScript": ("listening.mjs", "exec node {file}"),
    "Go": (
        "main.go",
        "cd clients/go && go build -o {folder}/listening-go {file} && exec {folder}/listening-go",
    ),
    "Java": ("Listening.java", f"exec java -cp {JAVA}/*:{JAVA}/lib/* {{file}}"),
    "Rust": (
        "listening.rs",
        f"rustc {{file}} --edition 2021 -L dependency={RUST}/deps"
        f" --extern midstream={RUST}/libmidstream.rlib -o {{folder}}/listening"
        " && exec {folder}/listening",
    ),
}


def test_there_is_one_for_each_language() -> None:
    assert list(OFFERED) == list(RUNS) == ["Python", *LANGUAGES]


def test_they_print_each_message_when_it_has_ended(
    server: Server,
    database: Database,
    cast: Cast,
    read: Callable[..., Reader],
    tmp_path: Path,
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    first = olive.send(QUICK)["reply"]
    eventually(lambda: database.message(first).status == "complete")
    with ExitStack() as running:
        commands = [
            running.enter_context(closing(command))
            for command in _start_all(_offered(database, cast), server.url, tmp_path)
        ]
        expected = f"{QUICK}\n{database.message(first).content}\n"
        for command in commands:
            command.wait_for_output(len(expected))
        second = olive.send(SLOW)["reply"]
        for command in commands:
            command.wait_for_output(len(expected) + len(SLOW))
        eventually(lambda: database.message(second).status == "complete")
        expected += f"{SLOW}\n{database.message(second).content}\n"
        for command in commands:
            eventually(lambda command=command: command.output == expected, what=command.errors)


def _offered(database: Database, cast: Cast) -> tuple[dict[str, str], str]:
    """Return the programs on the account page, and a new token."""
    browser = Browser(database.app).signed_in(cast.olive)
    browser.post("/account/tokens", form_on="/account", name="snippets")
    page = browser.open("/account/tokens").text
    programs = {language: unescape(program) for language, program in SNIPPET.findall(page)}
    token = EXPORT.search(page)
    assert token
    return {name: programs[OFFERED[name]] for name in OFFERED}, token[1]


def _start_all(offered: tuple[dict[str, str], str], url: str, folder: Path) -> Iterator[Command]:
    """Start those with a toolchain on this machine."""
    programs, token = offered
    for name in ("Python", *PRESENT):
        file_name, words = RUNS[name]
        file = folder / file_name
        assert HERE in programs[name]
        program = programs[name].replace(HERE, url)
        # It runs in a folder of the test, not of the project.
        file.write_text(program.replace("./clients", f"{ROOT}/clients"))
        line = words.format(file=file, folder=folder, python=sys.executable)
        yield Command(["sh", "-c", line], MIDSTREAM_TOKEN=token, **SETTINGS)
